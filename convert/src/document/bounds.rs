//! What a run takes in. Every bound on files and documents stands here; those of a mapping
//! stand in `evaluate/budget.rs`.
//!
//! A file is bounded by the memory that it takes, and not by its bytes alone: two bytes may be
//! a value. The bound of one file leaves a process below 64 MiB; a tree may have many files.

/// Bytes of one file.
pub const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Bytes that the text of one file and its values may take, as they are reckoned here. A
/// file of 100,000 routes takes about thirty million.
pub const FILE_MEMORY_MAX: usize = 48 * 1024 * 1024;
/// Files of one run.
pub const FILES_MAX: usize = 100_000;
/// Bytes of all files of one run.
pub const RUN_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Folders within each other.
pub const FOLDERS_MAX: usize = 64;
/// Lists and maps within each other.
pub const DEPTH_MAX: usize = 64;
/// Values of one document, with every alias written out: what a program could walk through.
pub const VALUES_MAX: u64 = 2_000_000;
/// Things that not every reader takes for the same, of one file. The first are told.
pub const QUIRKS_MAX: usize = 100_000;
/// Bytes of one scalar or key.
pub const SCALAR_BYTES_MAX: usize = 1024 * 1024;
/// Documents of one file.
pub const DOCUMENTS_MAX: usize = 100_000;
