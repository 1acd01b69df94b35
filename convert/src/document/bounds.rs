//! What a run takes in. Every bound on files and documents stands here; those of a mapping
//! stand in `evaluate/budget.rs`.
//!
//! A file is bounded by the memory that it takes, and not by its bytes alone: two bytes may be
//! a value. The bound of one file leaves a process below 64 MiB; a tree may have many files.

/// Bytes of one file.
pub const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Bytes that the text of one file and its values may take, as they are reckoned here, which
/// is a little more than they do. 100,000 times `name: [consumer, consumer]` are allowed.
pub const FILE_MEMORY_MAX: usize = 60 * 1024 * 1024;
/// Bytes of a file in UTF-16, which is held twice.
pub const WIDE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// What a sign of flow style takes in the parser, which keeps the whole of an outermost `[..]`
/// or `{..}`: a `:` behind it would make all of it a key.
pub(super) const FLOW_SIGN_BYTES: usize = 400;
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

/// Bytes that an index of the lines takes for each.
pub(super) const LINE_BYTES: usize = 2 * size_of::<u32>();

/// Refuses a text of which the lines alone would take too much.
pub(super) fn check(text: String) -> Result<String, String> {
    let lines = text.bytes().filter(|byte| *byte == b'\n').count();
    match text.len() + lines * LINE_BYTES > FILE_MEMORY_MAX {
        true => Err(format!("the file has too many lines: {lines}")),
        false => Ok(text),
    }
}
