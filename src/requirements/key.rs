//! The key of our own that encrypts a bucket on AWS: made with the bucket, retired with it.

use std::collections::{BTreeMap, BTreeSet};

use super::aws::key_policy::{key_policy, root};
use super::patience::patiently;
use crate::clouds::aws::{Key, KeyState, Keys};
use crate::clouds::{Error, Kind};

/// The tag that says whose key it is: the bucket's name. Only a key that carries it is ever retired.
pub const OWNER_TAG: &str = "terraform-provider-wandb:bucket";

/// The name of the key of a bucket.
#[must_use]
pub fn alias(bucket: &str) -> String {
    // Names of keys know no dots.
    format!("alias/wandb-byob/{}", bucket.replace('.', "_"))
}

/// What a key of our own is made for.
pub struct Order<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The account that owns the key.
    pub account: &'a str,
    /// The part of AWS.
    pub partition: &'a str,
    /// Who W&B is.
    pub principals: &'a BTreeSet<String>,
    /// Tags for the key.
    pub tags: &'a BTreeMap<String, String>,
}

/// Finds the key that an earlier create of the bucket made, or makes one.
///
/// `search` says that an earlier create left the bucket half made: it may have made a key and not named it yet.
///
/// # Errors
/// The call that failed.
pub async fn obtain(keys: &Keys, order: &Order<'_>, search: bool) -> Result<Key, Error> {
    let bucket = order.bucket;
    if let Some(key) = keys.describe(&alias(bucket)).await?
        && key.state == KeyState::Enabled
        && is_ours(keys, &key.arn, bucket).await?
    {
        return Ok(key);
    }
    let key = match search {
        true => find(keys, bucket).await?,
        false => None,
    };
    let key = match key {
        Some(key) => key,
        None => make(keys, order).await?,
    };
    match keys.name(&alias(bucket), &key.arn).await {
        Ok(()) => Ok(key),
        // Nobody would find it again.
        Err(error) => {
            keys.retire(&key.arn, SHORTEST_WINDOW).await?;
            Err(error)
        }
    }
}

async fn make(keys: &Keys, order: &Order<'_>) -> Result<Key, Error> {
    let bucket = order.bucket;
    let policy = key_policy(
        None,
        &root(order.partition, order.account),
        order.principals,
    );
    let description = format!("Encrypts the bucket {bucket} for Weights & Biases");
    let mut tags = order.tags.clone();
    tags.insert(OWNER_TAG.to_owned(), bucket.to_owned());
    match patiently(|| keys.create(&description, &policy, &tags)).await {
        // The key may have been made before the answer was lost.
        Err(error) if error.is_ambiguous() => find(keys, bucket).await?.ok_or(error),
        other => other,
    }
}

/// The key that was made for the bucket and has no name yet: every key of the region is looked at.
async fn find(keys: &Keys, bucket: &str) -> Result<Option<Key>, Error> {
    for arn in keys.list().await? {
        if is_seen_to_be_ours(keys, &arn, bucket).await?
            && let Some(key) = keys.describe(&arn).await?
            && key.state == KeyState::Enabled
        {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// Days that AWS keeps a key at least that is scheduled for deletion.
pub const SHORTEST_WINDOW: i32 = 7;

/// Whether the key was made by this provider, for that bucket.
///
/// # Errors
/// The call that failed; `Forbidden` where nobody can say.
pub async fn is_ours(keys: &Keys, arn: &str, bucket: &str) -> Result<bool, Error> {
    match keys.tags(arn).await {
        Ok(tags) => Ok(tags.get(OWNER_TAG).is_some_and(|owner| owner == bucket)),
        Err(error) if matches!(error.kind(), Kind::KeyNotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The same where a key that may not be looked at is somebody else's.
///
/// # Errors
/// The call that failed.
pub async fn is_seen_to_be_ours(keys: &Keys, arn: &str, bucket: &str) -> Result<bool, Error> {
    match is_ours(keys, arn, bucket).await {
        Err(error) if matches!(error.kind(), Kind::Forbidden) => Ok(false),
        other => other,
    }
}

/// Schedules the key of a bucket for deletion, if it is ours; tells until when that can be undone.
///
/// # Errors
/// The call that failed.
pub async fn retire(
    keys: &Keys,
    arn: &str,
    bucket: &str,
    days: i32,
) -> Result<Option<String>, Error> {
    let (ours, key) = tokio::join!(is_ours(keys, arn, bucket), keys.describe(arn));
    if !ours? {
        return Ok(None);
    }
    let until = match key? {
        None => return Ok(None),
        Some(Key {
            state: KeyState::PendingDeletion(until),
            ..
        }) => until.unwrap_or_default(),
        Some(key) => keys.retire(&key.arn, days).await?,
    };
    keys.remove_name(&alias(bucket)).await?;
    Ok(Some(until))
}

/// Takes a scheduled deletion back.
///
/// # Errors
/// The call that failed.
pub async fn revive(keys: &Keys, arn: &str) -> Result<(), Error> {
    match keys.describe(arn).await? {
        Some(key) if key.state != KeyState::Enabled => keys.revive(&key).await,
        _ => Ok(()),
    }
}
