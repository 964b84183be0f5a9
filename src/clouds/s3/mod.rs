//! Any store that speaks S3: MinIO, Ceph, and clouds whose own list of requirements builds on the same calls.

mod bucket;
mod causes;
mod classify;
mod client;
mod contents;
mod documents;
mod preflight;
mod presigned;
mod probe;
mod watch;

use std::collections::BTreeMap;

pub use aws_sdk_s3::types::{CorsRule, LifecycleRule};
pub use bucket::Bucket;
pub use client::{Client, Credentials, Settings};
pub use contents::Inventory;
pub use documents::Encryption;
pub use preflight::Preflight;
pub use probe::Probe;

/// Tags of a bucket.
pub type Tags = BTreeMap<String, String>;

/// What a store says of one document of a bucket.
#[derive(Debug, Clone, PartialEq)]
pub enum Observed<T> {
    /// It is there.
    Set(T),
    /// The store knows such documents, and the bucket has none.
    NotSet,
    /// The store knows no such documents; in the words of its answer, such as `501 NotImplemented`.
    Unsupported(String),
}
