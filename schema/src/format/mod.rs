//! The spellings of a definition, each with its reader and its writer.

pub mod message;
pub mod proto;
pub mod proto_write;
pub(crate) mod text;
pub mod yaml;
pub mod yaml_write;
