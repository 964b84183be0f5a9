//! The clouds: one client each, one kind of error for all. Nothing here knows Terraform or W&B.

mod error;
pub mod s3;

pub use error::{Error, Kind, TlsProblem};
