//! Terraform's remote procedures: each is decoded, handed to the framework and encoded, without any meaning of its own.
//!
//! Values travel as msgpack ([`msgpack`]) and rest in states as JSON ([`json`]); both are read by the type the schema gives.

mod diagnostics;
mod dynamic_value;
pub mod json;
pub mod msgpack;
mod rpc;
mod schema;
mod service;
mod type_json;

pub use service::Service;

use crate::framework::path::Path;

/// A value does not have the shape its schema demands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{what}", place(.path))]
pub struct Malformed {
    /// Where.
    pub path: Path,
    /// What is wrong.
    pub what: String,
}

impl Malformed {
    fn new(path: &Path, what: impl Into<String>) -> Self {
        Self {
            path: path.clone(),
            what: what.into(),
        }
    }
}

fn place(path: &Path) -> String {
    if path.steps().is_empty() {
        String::new()
    } else {
        format!("{path}: ")
    }
}

/// Deeper nesting than any schema has: beyond it a value is hostile, and reading on could exhaust the stack.
const DEEPEST: usize = 64;
