//! What is in a bucket, and removing it.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use aws_sdk_s3::types::{Delete, MultipartUpload, ObjectIdentifier};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::bucket::{Bucket, call};
use super::classify::kind_of_code;
use crate::clouds::{Error, Kind};

/// The most keys one `DeleteObjects` takes (Amazon S3 API reference).
const BATCH: usize = 1000;

/// How many uploads are aborted, or objects deleted one by one, at the same time.
const AT_ONCE: usize = 8;

/// Counted up to one page of each kind; a full page means "at least".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Objects and old versions.
    pub versions: usize,
    /// Delete markers.
    pub delete_markers: usize,
    /// Multipart uploads that have not ended.
    pub uploads: usize,
    /// There is more than was counted.
    pub more: bool,
}

impl Inventory {
    /// Whether nothing at all is in the bucket. A page may be empty and not the last one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.versions + self.delete_markers + self.uploads == 0 && !self.more
    }
}

impl fmt::Display for Inventory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |number: usize, one: &str, many: &str| match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            number => Some(format!("{number} {many}")),
        };
        let parts = [
            count(
                self.versions,
                "object or old version",
                "objects and old versions",
            ),
            count(self.delete_markers, "delete marker", "delete markers"),
            count(self.uploads, "unfinished upload", "unfinished uploads"),
        ];
        let counted = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        match (counted.as_str(), self.more) {
            ("", true) => f.write_str("more than its first page shows"),
            (counted, true) => write!(f, "at least {counted}"),
            (counted, false) => f.write_str(counted),
        }
    }
}

/// Pauses in seconds before objects are asked to be deleted again.
const PAUSES: [u64; 4] = [1, 2, 4, 8];

/// Why objects are still there, and which, where that is told of each.
struct Refused {
    error: Error,
    keys: BTreeSet<String>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self {
            error,
            keys: BTreeSet::new(),
        }
    }
}

/// One page of what can be deleted.
#[derive(Default)]
struct Page {
    versions: Vec<ObjectIdentifier>,
    markers: Vec<ObjectIdentifier>,
    more: bool,
}

impl Bucket {
    /// Whether there is neither an object, nor an old version, nor an unfinished upload.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.inventory().await?.is_empty())
    }

    /// Counts what is in the bucket, one page of each kind.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn inventory(&self) -> Result<Inventory, Error> {
        let (page, uploads) = tokio::try_join!(self.page(), self.uploads())?;
        Ok(Inventory {
            versions: page.versions.len(),
            delete_markers: page.markers.len(),
            uploads: uploads.0.len(),
            more: page.more || uploads.1,
        })
    }

    /// Removes every object, version, delete marker and unfinished upload, until nothing is listed any more.
    ///
    /// # Errors
    /// The call that failed; what was removed by then is gone.
    pub async fn empty(&self) -> Result<(), Error> {
        loop {
            let (page, (uploads, _)) = tokio::try_join!(self.page(), self.uploads())?;
            let entries = page
                .versions
                .into_iter()
                .chain(page.markers)
                .collect::<Vec<_>>();
            if entries.is_empty() && uploads.is_empty() {
                return Ok(());
            }
            tracing::info!(
                bucket = self.name,
                objects = entries.len(),
                uploads = uploads.len(),
                "emptying the bucket"
            );
            for batch in entries.chunks(BATCH) {
                self.delete_batch(batch).await?;
            }
            let aborts = uploads
                .iter()
                .map(|upload| self.abort(upload))
                .collect::<Vec<_>>();
            stream::iter(aborts)
                .buffer_unordered(AT_ONCE)
                .try_collect::<()>()
                .await?;
        }
    }

    /// Removes all objects and unfinished uploads whose keys begin so: one page, for what was made a moment ago.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn remove_under(&self, prefix: &str) -> Result<(), Error> {
        // MinIO lists the uploads of a whole bucket or of one exact key, and none by the beginning of their keys.
        let (uploads, _) = self.uploads().await?;
        let begins =
            |upload: &&MultipartUpload| upload.key().is_some_and(|key| key.starts_with(prefix));
        for upload in uploads.iter().filter(begins) {
            self.abort(upload).await?;
        }
        self.remove_all(prefix).await
    }

    /// Removes every version of the objects whose keys begin so.
    ///
    /// # Errors
    /// The call that failed.
    pub(super) async fn remove_all(&self, key: &str) -> Result<(), Error> {
        let request = self
            .client
            .sdk
            .list_object_versions()
            .bucket(&self.name)
            .prefix(key);
        let entries = match call!(self, "ListObjectVersions", request) {
            Ok(listed) => {
                let versions = listed
                    .versions()
                    .iter()
                    .filter_map(|entry| identifier(entry.key(), entry.version_id()));
                let markers = listed
                    .delete_markers()
                    .iter()
                    .filter_map(|entry| identifier(entry.key(), entry.version_id()));
                versions.chain(markers).collect()
            }
            Err(error) if matches!(error.kind(), Kind::Unsupported) => {
                identifier(Some(key), None).into_iter().collect::<Vec<_>>()
            }
            Err(error) => return Err(error),
        };
        self.delete_batch(&entries).await
    }

    /// The first page. What is listed is deleted before the next look, so the first page is always enough.
    async fn page(&self) -> Result<Page, Error> {
        let request = self.client.sdk.list_object_versions().bucket(&self.name);
        let listed = match call!(self, "ListObjectVersions", request) {
            Ok(listed) => listed,
            Err(error) if matches!(error.kind(), Kind::Unsupported) => {
                return self.page_of_objects().await;
            }
            Err(error) => return Err(error),
        };
        let version = |key: Option<&str>, version: Option<&str>| identifier(key, version);
        let versions = listed
            .versions()
            .iter()
            .filter_map(|entry| version(entry.key(), entry.version_id()))
            .collect();
        let markers = listed
            .delete_markers()
            .iter()
            .filter_map(|entry| version(entry.key(), entry.version_id()))
            .collect();
        Ok(Page {
            versions,
            markers,
            more: listed.is_truncated() == Some(true),
        })
    }

    async fn page_of_objects(&self) -> Result<Page, Error> {
        let request = self.client.sdk.list_objects_v2().bucket(&self.name);
        let listed = call!(self, "ListObjectsV2", request)?;
        let versions = listed
            .contents()
            .iter()
            .filter_map(|object| identifier(object.key(), None))
            .collect();
        Ok(Page {
            versions,
            markers: Vec::new(),
            more: listed.is_truncated() == Some(true),
        })
    }

    /// Aborts every upload to that key.
    ///
    /// # Errors
    /// The call that failed.
    pub(super) async fn abort_all(&self, key: &str) -> Result<(), Error> {
        let request = self
            .client
            .sdk
            .list_multipart_uploads()
            .bucket(&self.name)
            .prefix(key);
        let uploads = match call!(self, "ListMultipartUploads", request) {
            Ok(listed) => listed.uploads().to_vec(),
            Err(error) if matches!(error.kind(), Kind::Unsupported) => Vec::new(),
            Err(error) => return Err(error),
        };
        for upload in &uploads {
            self.abort(upload).await?;
        }
        Ok(())
    }

    async fn uploads(&self) -> Result<(Vec<MultipartUpload>, bool), Error> {
        let request = self.client.sdk.list_multipart_uploads().bucket(&self.name);
        match call!(self, "ListMultipartUploads", request) {
            Ok(listed) => Ok((
                listed.uploads().to_vec(),
                listed.is_truncated() == Some(true),
            )),
            // A store that cannot list them keeps none that could be removed.
            Err(error) if matches!(error.kind(), Kind::Unsupported) => Ok((Vec::new(), false)),
            Err(error) => Err(error),
        }
    }

    /// What the store only had no time for is asked for again: that is told of each object, and the SDK repeats only a call that fails as a whole
    /// (S3 API, DeleteObjects).
    async fn delete_batch(&self, batch: &[ObjectIdentifier]) -> Result<(), Error> {
        let mut left = batch.to_vec();
        for pause in PAUSES {
            match self.delete_once(&left).await {
                Err(Refused { error, keys }) if error.is_temporary() && !keys.is_empty() => {
                    tracing::info!(%error, "waiting until the store has time to delete");
                    left.retain(|entry| keys.contains(entry.key()));
                    tokio::time::sleep(Duration::from_secs(pause)).await;
                }
                other => return other.map_err(|refused| refused.error),
            }
        }
        self.delete_once(&left)
            .await
            .map_err(|refused| refused.error)
    }

    async fn delete_once(&self, batch: &[ObjectIdentifier]) -> Result<(), Refused> {
        if batch.is_empty() {
            return Ok(());
        }
        // The builder asks for objects, which are given.
        let delete = Delete::builder()
            .set_objects(Some(batch.to_vec()))
            .quiet(true)
            .build()
            .ok();
        let request = self
            .client
            .sdk
            .delete_objects()
            .bucket(&self.name)
            .set_delete(delete);
        let answer = match call!(self, "DeleteObjects", request) {
            Ok(answer) => answer,
            Err(error) if matches!(error.kind(), Kind::Unsupported) => {
                return Ok(self.delete_singly(batch).await?);
            }
            Err(error) => return Err(error.into()),
        };
        let kind = |code: Option<&str>| code.and_then(kind_of_code).unwrap_or(Kind::Invalid);
        let passing = |refused: &&aws_sdk_s3::types::Error| {
            matches!(kind(refused.code()), Kind::Throttled | Kind::Unavailable)
        };
        // What will not pass is told first.
        let refused = answer.errors().iter().find(|refused| !passing(refused));
        let Some(refused) = refused.or(answer.errors().first()) else {
            return Ok(());
        };
        let error = Error {
            code: refused.code().map(str::to_owned),
            message: Some(format!(
                "{} objects could not be deleted",
                answer.errors().len()
            )),
            status: Some(200),
            ..Error::new(kind(refused.code()), "DeleteObjects", &self.client.endpoint)
        };
        let keys = answer.errors().iter().filter_map(|refused| refused.key());
        let keys = keys.map(str::to_owned).collect();
        Err(Refused { error, keys })
    }

    async fn delete_singly(&self, batch: &[ObjectIdentifier]) -> Result<(), Error> {
        let deletes = batch
            .iter()
            .map(|entry| self.delete_one(entry))
            .collect::<Vec<_>>();
        stream::iter(deletes)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn delete_one(&self, entry: &ObjectIdentifier) -> Result<(), Error> {
        let request = self
            .client
            .sdk
            .delete_object()
            .bucket(&self.name)
            .key(entry.key());
        call!(
            self,
            "DeleteObject",
            request.set_version_id(entry.version_id().map(str::to_owned))
        )
        .map(drop)
    }

    async fn abort(&self, upload: &MultipartUpload) -> Result<(), Error> {
        let request = self.client.sdk.abort_multipart_upload().bucket(&self.name);
        let request = request
            .set_key(upload.key().map(str::to_owned))
            .set_upload_id(upload.upload_id().map(str::to_owned));
        match call!(self, "AbortMultipartUpload", request) {
            Err(error) if error.code() == Some("NoSuchUpload") => Ok(()),
            other => other.map(drop),
        }
    }
}

fn identifier(key: Option<&str>, version: Option<&str>) -> Option<ObjectIdentifier> {
    ObjectIdentifier::builder()
        .key(key?)
        .set_version_id(version.map(str::to_owned))
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_page_that_is_not_the_last_is_no_empty_bucket() {
        let found = Inventory {
            more: true,
            ..Inventory::default()
        };
        assert!(!found.is_empty());
        assert_eq!(found.to_string(), "more than its first page shows");
        assert!(Inventory::default().is_empty());
    }
}
