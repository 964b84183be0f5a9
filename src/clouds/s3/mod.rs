//! Any store that speaks S3: MinIO, Ceph, and clouds whose own list of requirements builds on the same calls.

mod access;
mod bucket;
mod causes;
pub(super) mod classify;
mod client;
mod contents;
mod documents;
mod preflight;
mod presigned;
mod probe;
pub(super) mod watch;

use std::collections::BTreeMap;

pub use access::PublicAccess;
pub use aws_sdk_s3::types::{CorsRule, LifecycleRule};
pub use bucket::Bucket;
pub use client::{Client, Settings};
pub use contents::Inventory;
pub use documents::{Encryption, Lifecycle};
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

impl<T> Observed<T> {
    /// The same of something made of it.
    pub(super) fn map<U>(self, make: impl FnOnce(T) -> U) -> Observed<U> {
        match self {
            Self::Set(found) => Observed::Set(make(found)),
            Self::NotSet => Observed::NotSet,
            Self::Unsupported(how) => Observed::Unsupported(how),
        }
    }
}
