//! The one table of what stores can do. The tests beside it hold it to the stores, and the documentation shows it.

use crate::support::stores::Store;

/// What a store does with a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It keeps it, and tells it back.
    Kept,
    /// It cannot keep it: asking for it is an error.
    Refused,
    /// Only its operator can set it for all buckets; a wish that does not fit is an error.
    OfTheOperator,
}

/// What differs between stores.
pub struct Capabilities {
    /// CORS rules of a bucket.
    pub cors: Offer,
    /// Removing unfinished uploads after some days.
    pub abort_uploads: Offer,
    /// Default encryption with keys of the store's own.
    pub encryption: Offer,
    /// Whether it looks at keys at all.
    pub checks_keys: bool,
    /// Its settings are written one by one, since it loses many that are written at the same time.
    pub written_serially: bool,
    /// Requests of an S3 client (in boto3's words) that should remove a document and remove an empty bucket: it does not know the document, and ignores the
    /// query of the request.
    pub deletes_buckets_for: &'static [&'static str],
}

impl Store {
    /// What it can do.
    pub fn capabilities(self) -> Capabilities {
        match self {
            Self::Minio | Self::MinioWithKeys => Capabilities {
                cors: Offer::OfTheOperator,
                abort_uploads: Offer::Refused,
                encryption: match self {
                    Self::MinioWithKeys => Offer::Kept,
                    _ => Offer::Refused,
                },
                checks_keys: true,
                written_serially: true,
                deletes_buckets_for: &[
                    "delete_bucket_ownership_controls",
                    "delete_public_access_block",
                ],
            },
            Self::Ceph => Capabilities {
                cors: Offer::Kept,
                abort_uploads: Offer::Kept,
                encryption: Offer::Refused,
                checks_keys: true,
                written_serially: false,
                deletes_buckets_for: &[
                    "delete_bucket_encryption",
                    "delete_bucket_ownership_controls",
                ],
            },
            Self::Aws => Capabilities {
                cors: Offer::Kept,
                abort_uploads: Offer::Kept,
                encryption: Offer::Kept,
                checks_keys: false,
                written_serially: false,
                deletes_buckets_for: &[],
            },
        }
    }
}
