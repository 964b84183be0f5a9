//! A bucket itself: is it there, make it, remove it.

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, Tag};
use aws_smithy_types::retry::RetryConfig;

use super::classify;
use super::client::Client;
use super::watch::{Seen, Watch};
use super::{Observed, Tags};
use crate::clouds::{Error, Kind};

/// One bucket of a store, there or not.
#[derive(Clone)]
pub struct Bucket {
    pub(super) client: Client,
    pub(super) name: String,
}

/// Sends a prepared call and says what its failure means.
macro_rules! call {
    ($bucket:expr, $operation:literal, $request:expr) => {{
        let watch = $crate::clouds::s3::watch::Watch::default();
        let result = $request.customize().interceptor(watch.clone()).send().await;
        $bucket.finished($operation, &watch, result)
    }};
}
pub(super) use call;

impl Bucket {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether documents of the bucket must be written one after the other.
    ///
    /// MinIO keeps them in one file and loses some of those that are written at the same time, though it answers 200 to each. It is
    /// known by what its answers call themselves, so this is certain only after a first call.
    #[must_use]
    pub fn loses_concurrent_writes(&self) -> bool {
        self.client.is_minio()
    }

    /// Fails unless the bucket is there and these credentials may list it. A GET, because a HEAD has no room for the code that
    /// tells a missing bucket from anything else that is "not found".
    ///
    /// # Errors
    /// `BucketAbsent` when the store's code says so.
    pub async fn require_presence(&self) -> Result<(), Error> {
        let request = self
            .client
            .sdk
            .list_objects_v2()
            .bucket(&self.name)
            .max_keys(1);
        call!(self, "ListObjectsV2", request).map(drop)
    }

    /// The region of a bucket of Amazon's, which any region tells.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn location(&self) -> Result<String, Error> {
        let request = self.client.sdk.get_bucket_location().bucket(&self.name);
        let found = call!(self, "GetBucketLocation", request)?;
        // The oldest regions have names of their own here (S3 API, GetBucketLocation).
        Ok(
            match found
                .location_constraint()
                .map(BucketLocationConstraint::as_str)
            {
                None | Some("") => "us-east-1".to_owned(),
                Some("EU") => "eu-west-1".to_owned(),
                Some(region) => region.to_owned(),
            },
        )
    }

    /// Makes the bucket. It is sent once: a lost answer must be cleared up by looking, not by sending it again.
    ///
    /// # Errors
    /// `AlreadyOwned` and `OwnedByOther` when there is one; note that some stores answer 200 to making one's own bucket again.
    pub async fn create(&self, location: Option<&str>, tags: &Tags) -> Result<(), Error> {
        let refused = match self.send_create(location, tags).await {
            Err(error)
                if matches!(
                    error.kind(),
                    Kind::Invalid | Kind::Unsupported | Kind::Forbidden
                ) && !tags.is_empty() =>
            {
                error
            }
            other => return other,
        };
        // A store that does not know tags in this place may refuse the whole document; Amazon's S3 asks for a permission of its own for them.
        match self.send_create(location, &Tags::new()).await {
            Ok(()) => Ok(()),
            Err(again) if again.code() == refused.code() => Err(refused),
            Err(again) => Err(again),
        }
    }

    async fn send_create(&self, location: Option<&str>, tags: &Tags) -> Result<(), Error> {
        // The builder asks for key and value, which are given.
        let tags = tags
            .iter()
            .filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok())
            .collect::<Vec<_>>();
        let configuration = CreateBucketConfiguration::builder()
            .set_location_constraint(location.map(BucketLocationConstraint::from))
            .set_tags((!tags.is_empty()).then_some(tags))
            .build();
        let empty =
            configuration.location_constraint().is_none() && configuration.tags().is_empty();
        let request = self
            .client
            .sdk
            .create_bucket()
            .bucket(&self.name)
            .set_create_bucket_configuration((!empty).then_some(configuration));
        let watch = Watch::default();
        let once = aws_sdk_s3::Config::builder().retry_config(RetryConfig::disabled());
        let result = request
            .customize()
            .config_override(once)
            .interceptor(watch.clone())
            .send()
            .await;
        self.finished("CreateBucket", &watch, result).map(drop)
    }

    /// Removes the bucket; one that is gone already is as good. The caller has made sure that it is empty: some stores delete a
    /// full one.
    ///
    /// # Errors
    /// Why it is still there.
    pub async fn delete(&self) -> Result<(), Error> {
        match call!(
            self,
            "DeleteBucket",
            self.client.sdk.delete_bucket().bucket(&self.name)
        ) {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.kind(), Kind::BucketAbsent) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(super) fn finished<T, E>(
        &self,
        operation: &'static str,
        watch: &Watch,
        result: Result<T, aws_sdk_s3::error::SdkError<E>>,
    ) -> Result<T, Error>
    where
        E: aws_sdk_s3::error::ProvideErrorMetadata + std::error::Error + 'static,
    {
        let seen = watch.seen();
        let foreign = seen.foreign || seen.json;
        self.ended(operation, &seen, result, foreign)
    }

    /// The same for a call whose answer is a document in JSON.
    pub(super) fn json_document<T, E>(
        &self,
        operation: &'static str,
        watch: &Watch,
        result: Result<T, aws_sdk_s3::error::SdkError<E>>,
    ) -> Result<T, Error>
    where
        E: aws_sdk_s3::error::ProvideErrorMetadata + std::error::Error + 'static,
    {
        let seen = watch.seen();
        self.ended(operation, &seen, result, !seen.json)
    }

    /// `foreign` says whether a body that came with success is none of a store's.
    pub(super) fn ended<T, E>(
        &self,
        operation: &'static str,
        seen: &Seen,
        result: Result<T, aws_sdk_s3::error::SdkError<E>>,
        foreign: bool,
    ) -> Result<T, Error>
    where
        E: aws_sdk_s3::error::ProvideErrorMetadata + std::error::Error + 'static,
    {
        self.client.note_server(seen.server.as_deref());
        tracing::debug!(
            operation,
            bucket = self.name,
            attempts = seen.attempts,
            failed = result.is_err(),
            "call to the store ended"
        );
        let endpoint = &self.client.endpoint;
        match result {
            // Where no document is expected the SDK takes any page with a 200 for success.
            Ok(_) if foreign => Err(Error {
                attempts: seen.attempts.max(1),
                ..Error::new(Kind::Garbage, operation, endpoint)
            }),
            result => {
                result.map_err(|error| classify::sdk_error(operation, endpoint, &error, seen))
            }
        }
    }

    /// What a GET of one document said: `absent` is the store's code for a bucket that has none, `root` the document's element.
    pub(super) fn observed<T>(
        &self,
        result: Result<T, Error>,
        watch: &Watch,
        absent: &[&str],
        root: &str,
    ) -> Result<Observed<T>, Error> {
        match result {
            Ok(document) => Ok(match watch.seen().root {
                Some(found) if found == root => Observed::Set(document),
                // A store that does not know the document takes the request for a listing of the bucket.
                found => Observed::Unsupported(no_document(found)),
            }),
            Err(error) if error.code().is_some_and(|code| absent.contains(&code)) => {
                Ok(Observed::NotSet)
            }
            // The same where the SDK could make nothing of it: a listing, or nothing at all (Ceph 16 of an encryption).
            Err(error) if error.status() == Some(200) && !watch.seen().foreign => {
                Ok(Observed::Unsupported(no_document(watch.seen().root)))
            }
            Err(error) if matches!(error.kind(), Kind::Unsupported) => {
                Ok(Observed::Unsupported(error.how()))
            }
            Err(error) => Err(error),
        }
    }
}

fn no_document(found: Option<String>) -> String {
    let root = found.unwrap_or_else(|| "without a document".to_owned());
    format!("200 {root}")
}

impl Error {
    /// A bucket that should be empty is not: found by looking, before anything was sent.
    #[must_use]
    pub fn not_empty(bucket: &Bucket) -> Self {
        Self {
            message: Some("the bucket is not empty".to_owned()),
            ..Self::new(
                Kind::BucketNotEmpty,
                "DeleteBucket",
                &bucket.client.endpoint,
            )
        }
    }
}
