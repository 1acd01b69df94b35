//! Keeps what a cell serves over a restart of its process.

pub mod file;
mod folder;
mod probation;
mod slots;
