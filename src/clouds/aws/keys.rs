//! The key management: keys that encrypt what is in a bucket.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_kms::types::{KeyMetadata, KeySpec, KeyState as SdkKeyState, KeyUsageType, Tag};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::retry::RetryConfig;

use super::call;
use crate::clouds::{Error, Kind};

/// The name of a key's only policy.
const POLICY: &str = "default";

/// What the key management says to a call that does not fit the state of the key.
pub const INVALID_STATE: &str = "KMSInvalidStateException";

/// The key management of one region.
#[derive(Clone)]
pub struct Keys {
    pub(super) sdk: aws_sdk_kms::Client,
    pub(super) endpoint: Arc<str>,
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its address.
    pub arn: String,
    /// Whether it can be used.
    pub state: KeyState,
    /// Whether it encrypts and decrypts with one secret: the only kind that S3 can use.
    pub symmetric: bool,
}

/// Whether a key can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// It can.
    Enabled,
    /// Somebody disabled it.
    Disabled,
    /// It is scheduled for deletion, on that day where it is told.
    PendingDeletion(Option<String>),
    /// Anything else, in the service's word.
    Other(String),
}

impl Keys {
    /// Makes a key. It is sent once: there is no way to send it again without risking a second key.
    ///
    /// # Errors
    /// The call that failed; `UnknownPrincipal` when the policy names one that is not known, perhaps not yet.
    pub async fn create(
        &self,
        description: &str,
        policy: &str,
        tags: &BTreeMap<String, String>,
    ) -> Result<Key, Error> {
        let request = self
            .sdk
            .create_key()
            .key_usage(KeyUsageType::EncryptDecrypt)
            .description(description)
            .policy(policy)
            .set_tags(Some(sdk_tags(tags)));
        let watch = crate::clouds::s3::watch::Watch::default();
        let once = aws_sdk_kms::Config::builder().retry_config(RetryConfig::disabled());
        let result = request
            .customize()
            .config_override(once)
            .interceptor(watch.clone())
            .send()
            .await;
        let made = super::finished(&self.endpoint, "CreateKey", &watch, result)?;
        self.known("CreateKey", made.key_metadata())
    }

    /// A key by its address or by an alias; none where there is none.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn describe(&self, id: &str) -> Result<Option<Key>, Error> {
        let request = self.sdk.describe_key().key_id(id);
        match call!(&self.endpoint, "DescribeKey", request) {
            Ok(found) => self.known("DescribeKey", found.key_metadata()).map(Some),
            Err(error) if matches!(error.kind(), Kind::KeyNotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn known(&self, operation: &'static str, metadata: Option<&KeyMetadata>) -> Result<Key, Error> {
        let key = metadata.and_then(|metadata| {
            Some(Key {
                arn: metadata.arn()?.to_owned(),
                state: state_of(metadata),
                symmetric: metadata
                    .key_spec()
                    .is_none_or(|spec| *spec == KeySpec::SymmetricDefault),
            })
        });
        key.ok_or_else(|| Error::new(Kind::Garbage, operation, &self.endpoint))
    }

    /// The tags of a key.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn tags(&self, id: &str) -> Result<BTreeMap<String, String>, Error> {
        let request = self.sdk.list_resource_tags().key_id(id);
        let found = call!(&self.endpoint, "ListResourceTags", request)?;
        let tags = found.tags().iter();
        Ok(tags
            .map(|tag| (tag.tag_key().to_owned(), tag.tag_value().to_owned()))
            .collect())
    }

    /// The addresses of all keys in the region, for finding one that nobody knows the address of.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn list(&self) -> Result<Vec<String>, Error> {
        let (mut found, mut marker) = (Vec::new(), None);
        loop {
            let request = self.sdk.list_keys().set_marker(marker);
            let page = call!(&self.endpoint, "ListKeys", request)?;
            found.extend(
                page.keys()
                    .iter()
                    .filter_map(|key| key.key_arn().map(str::to_owned)),
            );
            match page.next_marker() {
                Some(next) if page.truncated() => marker = Some(next.to_owned()),
                _ => return Ok(found),
            }
        }
    }

    /// The policy of a key, as it is written.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn policy(&self, id: &str) -> Result<String, Error> {
        let request = self.sdk.get_key_policy().key_id(id).policy_name(POLICY);
        let found = call!(&self.endpoint, "GetKeyPolicy", request)?;
        Ok(found.policy().unwrap_or_default().to_owned())
    }

    /// Replaces the policy of a key.
    ///
    /// # Errors
    /// The call that failed; `UnknownPrincipal` as for [`Keys::create`].
    pub async fn put_policy(&self, id: &str, policy: &str) -> Result<(), Error> {
        let request = self.sdk.put_key_policy().key_id(id).policy_name(POLICY);
        call!(&self.endpoint, "PutKeyPolicy", request.policy(policy)).map(drop)
    }

    /// Whether the key's secret is replaced every year.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn rotates(&self, id: &str) -> Result<bool, Error> {
        let request = self.sdk.get_key_rotation_status().key_id(id);
        let found = call!(&self.endpoint, "GetKeyRotationStatus", request)?;
        Ok(found.key_rotation_enabled())
    }

    /// Has the key's secret replaced every year.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn rotate(&self, id: &str) -> Result<(), Error> {
        let request = self.sdk.enable_key_rotation().key_id(bare(id));
        call!(&self.endpoint, "EnableKeyRotation", request).map(drop)
    }

    /// Gives the key a name, and takes it from another key that has it.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn name(&self, alias: &str, id: &str) -> Result<(), Error> {
        let request = self
            .sdk
            .create_alias()
            .alias_name(alias)
            .target_key_id(bare(id));
        match call!(&self.endpoint, "CreateAlias", request) {
            Err(error) if error.code() == Some("AlreadyExistsException") => {
                let request = self
                    .sdk
                    .update_alias()
                    .alias_name(alias)
                    .target_key_id(bare(id));
                call!(&self.endpoint, "UpdateAlias", request).map(drop)
            }
            other => other.map(drop),
        }
    }

    /// Removes a name; one that is gone already is as good.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn remove_name(&self, alias: &str) -> Result<(), Error> {
        let request = self.sdk.delete_alias().alias_name(alias);
        match call!(&self.endpoint, "DeleteAlias", request) {
            Err(error) if matches!(error.kind(), Kind::KeyNotFound) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Makes a key usable that was disabled or scheduled for deletion.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn revive(&self, key: &Key) -> Result<(), Error> {
        if let KeyState::PendingDeletion(_) = key.state {
            self.keep(&key.arn).await?;
        }
        let request = self.sdk.enable_key().key_id(bare(&key.arn));
        call!(&self.endpoint, "EnableKey", request).map(drop)
    }

    /// Cancels the deletion of a key, which is disabled then.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn keep(&self, id: &str) -> Result<(), Error> {
        let request = self.sdk.cancel_key_deletion().key_id(bare(id));
        match call!(&self.endpoint, "CancelKeyDeletion", request) {
            // It is no longer to be deleted, and was described as it was before.
            Err(error) if error.code() == Some(INVALID_STATE) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Schedules the key for deletion, in so many days; tells until when that can be undone, where the service says so.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn retire(&self, id: &str, days: i32) -> Result<Option<String>, Error> {
        let request = self.sdk.schedule_key_deletion().key_id(bare(id));
        let request = request.pending_window_in_days(days);
        match call!(&self.endpoint, "ScheduleKeyDeletion", request) {
            Ok(scheduled) => Ok(scheduled.deletion_date().and_then(day)),
            // It is scheduled already (AWS KMS Developer Guide, "Key states"), perhaps by a request whose answer was lost.
            Err(error) if error.code() == Some(INVALID_STATE) => match self.describe(id).await {
                Ok(Some(Key {
                    state: KeyState::PendingDeletion(until),
                    ..
                })) => Ok(until),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// Puts tags on the key, and takes those with these names away.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn put_tags(
        &self,
        id: &str,
        tags: &BTreeMap<String, String>,
        retired: &[String],
    ) -> Result<(), Error> {
        if !retired.is_empty() {
            let request = self.sdk.untag_resource().key_id(bare(id));
            let request = request.set_tag_keys(Some(retired.to_vec()));
            call!(&self.endpoint, "UntagResource", request)?;
        }
        if tags.is_empty() {
            return Ok(());
        }
        let request = self.sdk.tag_resource().key_id(bare(id));
        call!(
            &self.endpoint,
            "TagResource",
            request.set_tags(Some(sdk_tags(tags)))
        )
        .map(drop)
    }
}

/// The id of a key of the account's own, from its address: every call takes it, also where an address is not understood.
fn bare(arn: &str) -> &str {
    arn.rsplit_once("key/").map_or(arn, |(_, id)| id)
}

/// The builder asks for key and value, which are given.
fn sdk_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    let tags = tags
        .iter()
        .map(|(key, value)| Tag::builder().tag_key(key).tag_value(value).build());
    tags.filter_map(Result::ok).collect()
}

fn day(date: &DateTime) -> Option<String> {
    date.fmt(Format::DateTime).ok()
}

fn state_of(metadata: &KeyMetadata) -> KeyState {
    match metadata.key_state() {
        Some(SdkKeyState::PendingDeletion) => {
            KeyState::PendingDeletion(metadata.deletion_date().and_then(day))
        }
        Some(SdkKeyState::Disabled) => KeyState::Disabled,
        // While its primary region changes it can be used (AWS KMS Developer Guide, "Key states"); some that imitate the service tell no state
        // of a new key.
        Some(SdkKeyState::Enabled | SdkKeyState::Updating) | None => KeyState::Enabled,
        Some(other) => KeyState::Other(other.as_str().to_owned()),
    }
}
