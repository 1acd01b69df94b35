//! The spellings of a definition, each with its reader and its writer.

pub mod message;
mod text;
pub mod yaml;
pub mod yaml_write;
