//! The documents of a bucket: versioning, encryption, CORS, lifecycle, tags.
//!
//! `DELETE /bucket?document` is dangerous: a store that does not know the document ignores the query and deletes the *bucket*
//! (MinIO, Ceph and s3rver do so for some). Such a request is sent only after the store has shown that it knows the document: a PUT of it was
//! accepted and a GET read it back, within the same call.

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketVersioningStatus, CorsConfiguration, CorsRule,
    LifecycleRule, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging,
    TransitionDefaultMinimumObjectSize, VersioningConfiguration,
};

use super::bucket::{Bucket, call};
use super::watch::Watch;
use super::{Observed, Tags};
use crate::clouds::{Error, Kind};

/// The default encryption of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encryption {
    /// `AES256` or `aws:kms`.
    pub algorithm: String,
    /// The key, with `aws:kms`; none is the store's own.
    pub key_id: Option<String>,
    /// Whether one data key serves many objects, which saves calls to the key management. Amazon's own S3 has it.
    pub bucket_key: bool,
}

/// The lifecycle rules of a bucket.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lifecycle {
    /// The rules, ours and those of others.
    pub rules: Vec<LifecycleRule>,
    /// Which small objects the rules of others leave where they are. It comes and goes beside the document, and a PUT without it resets it (S3
    /// API, PutBucketLifecycleConfiguration).
    pub smallest_transition: Option<TransitionDefaultMinimumObjectSize>,
}

/// Sends a GET of one document.
macro_rules! get {
    ($bucket:expr, $operation:literal, $request:expr, absent = $absent:expr, root = $root:literal) => {{
        let watch = Watch::default();
        let result = $request
            .bucket(&$bucket.name)
            .customize()
            .interceptor(watch.clone())
            .send()
            .await;
        let result = $bucket.finished($operation, &watch, result);
        $bucket.observed(result, &watch, $absent, $root)
    }};
}
pub(super) use get;

impl Bucket {
    /// Whether versions are kept; `NotSet` when they never were.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn versioning(&self) -> Result<Observed<bool>, Error> {
        let request = self.client.sdk.get_bucket_versioning();
        let found = get!(
            self,
            "GetBucketVersioning",
            request,
            absent = &[],
            root = "VersioningConfiguration"
        )?;
        Ok(match found {
            Observed::Set(found) => match found.status() {
                Some(status) => Observed::Set(*status == BucketVersioningStatus::Enabled),
                None => Observed::NotSet,
            },
            Observed::NotSet => Observed::NotSet,
            Observed::Unsupported(how) => Observed::Unsupported(how),
        })
    }

    /// Keeps versions from now on, or stops keeping them.
    ///
    /// # Errors
    /// The call that failed; `Unsupported` when the store has no versions.
    pub async fn put_versioning(&self, keep: bool) -> Result<(), Error> {
        let status = if keep {
            BucketVersioningStatus::Enabled
        } else {
            BucketVersioningStatus::Suspended
        };
        let request = self.client.sdk.put_bucket_versioning().bucket(&self.name);
        let request = request
            .versioning_configuration(VersioningConfiguration::builder().status(status).build());
        call!(self, "PutBucketVersioning", request).map(drop)
    }

    /// The default encryption.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn encryption(&self) -> Result<Observed<Encryption>, Error> {
        let request = self.client.sdk.get_bucket_encryption();
        let absent = &[
            "ServerSideEncryptionConfigurationNotFoundError",
            "NoSuchServerSideEncryptionConfiguration",
        ];
        let found = get!(
            self,
            "GetBucketEncryption",
            request,
            absent = absent,
            root = "ServerSideEncryptionConfiguration"
        )?;
        Ok(match found {
            Observed::Set(found) => first_encryption(found.server_side_encryption_configuration()),
            Observed::NotSet => Observed::NotSet,
            Observed::Unsupported(how) => Observed::Unsupported(how),
        })
    }

    /// Sets the default encryption.
    ///
    /// # Errors
    /// The call that failed; `Unsupported` when the store has no such setting or no keys.
    pub async fn put_encryption(&self, encryption: &Encryption) -> Result<(), Error> {
        let default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::from(encryption.algorithm.as_str()))
            .set_kms_master_key_id(encryption.key_id.clone())
            .build();
        let rule = default.ok().map(|default| {
            ServerSideEncryptionRule::builder()
                .apply_server_side_encryption_by_default(default)
                .set_bucket_key_enabled(encryption.bucket_key.then_some(true))
                .build()
        });
        // The builders ask for an algorithm and a rule, which are given.
        let configuration = ServerSideEncryptionConfiguration::builder()
            .set_rules(rule.map(|rule| vec![rule]))
            .build()
            .ok();
        let request = self.client.sdk.put_bucket_encryption().bucket(&self.name);
        let request = request.set_server_side_encryption_configuration(configuration);
        call!(self, "PutBucketEncryption", request).map(drop)
    }

    /// The CORS rules.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn cors(&self) -> Result<Observed<Vec<CorsRule>>, Error> {
        let request = self.client.sdk.get_bucket_cors();
        let found = get!(
            self,
            "GetBucketCors",
            request,
            absent = &["NoSuchCORSConfiguration"],
            root = "CORSConfiguration"
        )?;
        Ok(list(found, |found| found.cors_rules().to_vec()))
    }

    /// Replaces the CORS rules.
    ///
    /// # Errors
    /// The call that failed; `Unsupported` when the store has no CORS rules of a bucket.
    pub async fn put_cors(&self, rules: &[CorsRule]) -> Result<(), Error> {
        // The builder asks for rules, which are given.
        let configuration = CorsConfiguration::builder()
            .set_cors_rules(Some(rules.to_vec()))
            .build()
            .ok();
        let request = self
            .client
            .sdk
            .put_bucket_cors()
            .bucket(&self.name)
            .set_cors_configuration(configuration);
        call!(self, "PutBucketCors", request).map(drop)
    }

    /// The lifecycle rules.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn lifecycle(&self) -> Result<Observed<Lifecycle>, Error> {
        let request = self.client.sdk.get_bucket_lifecycle_configuration();
        let found = get!(
            self,
            "GetBucketLifecycleConfiguration",
            request,
            absent = &["NoSuchLifecycleConfiguration"],
            root = "LifecycleConfiguration"
        )?;
        Ok(match found {
            Observed::Set(found) if found.rules().is_empty() => Observed::NotSet,
            found => found.map(|found| Lifecycle {
                smallest_transition: found.transition_default_minimum_object_size().cloned(),
                rules: found.rules.unwrap_or_default(),
            }),
        })
    }

    /// Replaces the lifecycle rules.
    ///
    /// # Errors
    /// The call that failed; `Unsupported` when the store has no lifecycle rules.
    pub async fn put_lifecycle(&self, lifecycle: &Lifecycle) -> Result<(), Error> {
        // The builder asks for rules, which are given.
        let configuration = BucketLifecycleConfiguration::builder()
            .set_rules(Some(lifecycle.rules.clone()))
            .build()
            .ok();
        let request = self
            .client
            .sdk
            .put_bucket_lifecycle_configuration()
            .bucket(&self.name);
        let request = request
            .set_lifecycle_configuration(configuration)
            .set_transition_default_minimum_object_size(lifecycle.smallest_transition.clone());
        call!(self, "PutBucketLifecycleConfiguration", request).map(drop)
    }

    /// Removes all lifecycle rules. Nothing is sent when there are none.
    ///
    /// # Errors
    /// `Unsupported` when the store has not shown that it knows lifecycle rules.
    pub async fn delete_lifecycle(&self) -> Result<(), Error> {
        let Observed::Set(found) = self.lifecycle().await? else {
            return Ok(());
        };
        self.put_lifecycle(&found).await?;
        if self.lifecycle().await? != Observed::Set(found) {
            return Err(self.unproven("DeleteBucketLifecycle"));
        }
        call!(
            self,
            "DeleteBucketLifecycle",
            self.client.sdk.delete_bucket_lifecycle().bucket(&self.name)
        )
        .map(drop)
    }

    /// The tags.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn tags(&self) -> Result<Observed<Tags>, Error> {
        let request = self.client.sdk.get_bucket_tagging();
        let found = get!(
            self,
            "GetBucketTagging",
            request,
            absent = &["NoSuchTagSet", "NoSuchTagSetError"],
            root = "Tagging"
        )?;
        let tags = |tags: &[Tag]| {
            tags.iter()
                .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
                .collect::<Tags>()
        };
        Ok(match found {
            Observed::Set(found) if found.tag_set().is_empty() => Observed::NotSet,
            Observed::Set(found) => Observed::Set(tags(found.tag_set())),
            Observed::NotSet => Observed::NotSet,
            Observed::Unsupported(how) => Observed::Unsupported(how),
        })
    }

    /// Replaces the tags.
    ///
    /// # Errors
    /// The call that failed; `Unsupported` when the store has no tags of buckets.
    pub async fn put_tags(&self, tags: &Tags) -> Result<(), Error> {
        // The builders ask for keys, values and a set, which are given.
        let set = tags
            .iter()
            .filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok())
            .collect();
        let tagging = Tagging::builder().set_tag_set(Some(set)).build().ok();
        let request = self
            .client
            .sdk
            .put_bucket_tagging()
            .bucket(&self.name)
            .set_tagging(tagging);
        call!(self, "PutBucketTagging", request).map(drop)
    }

    /// Removes all tags. Nothing is sent when there are none.
    ///
    /// # Errors
    /// `Unsupported` when the store has not shown that it knows tags of buckets.
    pub async fn delete_tags(&self) -> Result<(), Error> {
        let Observed::Set(tags) = self.tags().await? else {
            return Ok(());
        };
        self.put_tags(&tags).await?;
        if self.tags().await? != Observed::Set(tags) {
            return Err(self.unproven("DeleteBucketTagging"));
        }
        self.delete_proven_tags().await
    }

    /// Removes all tags of a bucket whose store has shown that it knows them: the caller has put some and read them back.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn delete_proven_tags(&self) -> Result<(), Error> {
        let request = self.client.sdk.delete_bucket_tagging().bucket(&self.name);
        call!(self, "DeleteBucketTagging", request).map(drop)
    }

    fn unproven(&self, operation: &'static str) -> Error {
        let message = "the store has not shown that it knows this document; the request could delete the bucket";
        Error {
            message: Some(message.to_owned()),
            ..Error::new(Kind::Unsupported, operation, &self.client.endpoint)
        }
    }
}

fn first_encryption(
    configuration: Option<&ServerSideEncryptionConfiguration>,
) -> Observed<Encryption> {
    let rules = configuration
        .map(ServerSideEncryptionConfiguration::rules)
        .unwrap_or_default();
    let rule = rules
        .iter()
        .find_map(|rule| Some((rule, rule.apply_server_side_encryption_by_default()?)));
    rule.map_or(Observed::NotSet, |(rule, default)| {
        Observed::Set(Encryption {
            algorithm: default.sse_algorithm().as_str().to_owned(),
            key_id: default
                .kms_master_key_id()
                .filter(|key| !key.is_empty())
                .map(str::to_owned),
            bucket_key: rule.bucket_key_enabled() == Some(true),
        })
    })
}

/// A document that is a list; an empty one is none.
fn list<D, T>(found: Observed<D>, rules: impl FnOnce(&D) -> Vec<T>) -> Observed<Vec<T>> {
    match found {
        Observed::Set(document) => {
            let rules = rules(&document);
            if rules.is_empty() {
                Observed::NotSet
            } else {
                Observed::Set(rules)
            }
        }
        Observed::NotSet => Observed::NotSet,
        Observed::Unsupported(how) => Observed::Unsupported(how),
    }
}
