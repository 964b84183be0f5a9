//! Trying a bucket the way W&B and browsers use it: through pre-signed URLs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::bucket::{Bucket, call};
use super::preflight::listed;
use super::presigned::valid;
use super::watch::Watch;
use crate::clouds::{Error, Kind};

/// A small object that is written, looked at in every way, and removed.
pub struct Probe<'a> {
    bucket: &'a Bucket,
    key: String,
    written: Mutex<Written>,
    /// There may be uploads nobody knows the id of.
    unclear_upload: AtomicBool,
}

/// What is known of the writes, for removing them.
#[derive(Clone, Default)]
enum Written {
    /// Nothing was sent.
    #[default]
    Nothing,
    /// One object, under that version where the store has versions.
    Once(Option<String>),
    /// An answer was lost, or it was written again: there may be several versions.
    Unclear,
}

impl Bucket {
    /// A probe under that key.
    #[must_use]
    pub fn probe(&self, key: String) -> Probe<'_> {
        Probe {
            bucket: self,
            key,
            written: Mutex::default(),
            unclear_upload: AtomicBool::default(),
        }
    }
}

impl Probe<'_> {
    /// Writes the object, and gives the encryption that the store says it used.
    ///
    /// # Errors
    /// The request that failed.
    pub async fn put(&self, content: &[u8]) -> Result<Option<String>, Error> {
        let request = self.sdk().put_object().bucket(self.name()).key(&self.key);
        let signed = self
            .bucket
            .presign("PutObject", request.presigned(valid()?).await)?;
        let before = self.note(Written::Unclear);
        let answer = self
            .bucket
            .send_signed("PutObject", &signed, content, None)
            .await?;
        if answer.attempts == 1 && matches!(before, Written::Nothing) {
            self.note(Written::Once(answer.header("x-amz-version-id")));
        }
        Ok(answer.header("x-amz-server-side-encryption"))
    }

    fn note(&self, written: Written) -> Written {
        let mut noted = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut noted, written)
    }

    /// Asks for the object's head, and gives the encryption it names.
    ///
    /// # Errors
    /// The request that failed.
    pub async fn head(&self) -> Result<Option<String>, Error> {
        let request = self.sdk().head_object().bucket(self.name()).key(&self.key);
        let signed = self
            .bucket
            .presign("HeadObject", request.presigned(valid()?).await)?;
        let answer = self
            .bucket
            .send_signed("HeadObject", &signed, b"", None)
            .await?;
        Ok(answer.header("x-amz-server-side-encryption"))
    }

    /// Reads the object as a browser on `origin` would: its content, and whether a script may see the `ETag`.
    ///
    /// # Errors
    /// The request that failed.
    pub async fn get(&self, origin: &str) -> Result<(Vec<u8>, bool), Error> {
        let request = self.sdk().get_object().bucket(self.name()).key(&self.key);
        let signed = self
            .bucket
            .presign("GetObject", request.presigned(valid()?).await)?;
        let answer = self
            .bucket
            .send_signed("GetObject", &signed, b"", Some(origin))
            .await?;
        let exposed = answer
            .header("access-control-expose-headers")
            .is_some_and(|list| listed(&list, "etag"));
        Ok((answer.body, exposed))
    }

    /// Whether the bucket's listing shows the object.
    ///
    /// # Errors
    /// The request that failed.
    pub async fn is_listed(&self) -> Result<bool, Error> {
        let request = self
            .sdk()
            .list_objects_v2()
            .bucket(self.name())
            .prefix(&self.key);
        let listed = call!(self.bucket, "ListObjectsV2", request)?;
        Ok(listed
            .contents()
            .iter()
            .any(|object| object.key() == Some(&self.key)))
    }

    /// Begins a multipart upload and aborts it.
    ///
    /// # Errors
    /// The request that failed.
    pub async fn upload(&self) -> Result<(), Error> {
        let begin = self
            .sdk()
            .create_multipart_upload()
            .bucket(self.name())
            .key(&self.key);
        let before = self.unclear_upload.swap(true, Ordering::Relaxed);
        let watch = Watch::default();
        let begun = begin.customize().interceptor(watch.clone()).send().await;
        let begun = self
            .bucket
            .finished("CreateMultipartUpload", &watch, begun)?;
        let abort = self
            .sdk()
            .abort_multipart_upload()
            .bucket(self.name())
            .key(&self.key);
        let abort = abort.set_upload_id(begun.upload_id().map(str::to_owned));
        call!(self.bucket, "AbortMultipartUpload", abort)?;
        // A request that was sent again, here or before, may have begun more than one.
        let again = before || watch.seen().attempts > 1;
        self.unclear_upload.store(again, Ordering::Relaxed);
        Ok(())
    }

    /// Removes what was written, so that neither a version nor a delete marker stays.
    ///
    /// # Errors
    /// The request that failed.
    pub async fn remove(&self) -> Result<(), Error> {
        match self.try_to_remove().await {
            // Nothing else would ever remove it: once more, whatever it was.
            Err(error) => {
                tracing::info!(%error, "removing the object of the proof again");
                self.try_to_remove().await
            }
            Ok(()) => Ok(()),
        }
    }

    async fn try_to_remove(&self) -> Result<(), Error> {
        // One is removed also where the other cannot be.
        let uploads = match self.unclear_upload.load(Ordering::Relaxed) {
            true => self.bucket.abort_all(&self.key).await,
            false => Ok(()),
        };
        self.remove_object().await.and(uploads)
    }

    async fn remove_object(&self) -> Result<(), Error> {
        let written = self
            .written
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match written {
            Written::Nothing => Ok(()),
            Written::Once(version) => {
                // In a bucket whose versioning is suspended an object has the version "null"; without it a marker would stay.
                let null = version.is_none();
                match self
                    .remove_version(Some(version.unwrap_or_else(|| "null".to_owned())))
                    .await
                {
                    Err(error)
                        if null && matches!(error.kind(), Kind::Unsupported | Kind::Invalid) =>
                    {
                        self.remove_version(None).await
                    }
                    other => other,
                }
            }
            Written::Unclear => self.bucket.remove_all(&self.key).await,
        }
    }

    async fn remove_version(&self, version: Option<String>) -> Result<(), Error> {
        let request = self
            .sdk()
            .delete_object()
            .bucket(self.name())
            .key(&self.key);
        call!(self.bucket, "DeleteObject", request.set_version_id(version)).map(drop)
    }

    fn sdk(&self) -> &aws_sdk_s3::Client {
        &self.bucket.client.sdk
    }

    fn name(&self) -> &str {
        &self.bucket.name
    }
}
