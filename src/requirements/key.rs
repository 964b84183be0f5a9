//! The key of our own that encrypts a bucket on AWS: made with the bucket, retired with it.

use std::collections::{BTreeMap, BTreeSet};

use super::aws::key_policy::{key_policy, root};
use super::patience::{LONG, patiently};
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

/// Where else than under its name a key of the bucket is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// Nowhere: the bucket was made a moment ago, and what lies about of an earlier one rests in peace.
    Nowhere,
    /// Among the usable keys: an earlier create left the bucket half made, and may have made a key and not named it yet.
    Usable,
    /// Among all: the bucket may hold objects that a key encrypts which somebody disabled since.
    Everywhere,
}

/// Why there is no key.
#[derive(Debug)]
pub struct NoKey {
    /// The call that failed.
    pub error: Error,
    /// A key that was made and is of no use, because its name could not be given and its deletion not be scheduled.
    pub left: Option<String>,
}

impl From<Error> for NoKey {
    fn from(error: Error) -> Self {
        Self { error, left: None }
    }
}

/// Finds the key that an earlier create of the bucket made, or makes one. One that is disabled or to be deleted is made usable again: a second
/// one would cost as much, and what the first encrypted could not be read.
///
/// # Errors
/// The call that failed, and what it left.
pub async fn obtain(keys: &Keys, order: &Order<'_>, search: Search) -> Result<Key, NoKey> {
    let bucket = order.bucket;
    if let Some(key) = keys.describe(&alias(bucket)).await?
        && is_ours(keys, &key.arn, bucket).await?
    {
        return Ok(usable(keys, key).await?);
    }
    if let Some(key) = find(keys, bucket, search).await? {
        let key = usable(keys, key).await?;
        keys.name(&alias(bucket), &key.arn).await?;
        return Ok(key);
    }
    let key = make(keys, order).await?;
    let name = alias(bucket);
    let Err(error) = patiently(LONG, || keys.name(&name, &key.arn)).await else {
        return Ok(key);
    };
    // Nobody would find it again.
    let left = match keys.retire(&key.arn, SHORTEST_WINDOW).await {
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(%error, key = key.arn, "a key without a name could not be retired");
            Some(key.arn)
        }
    };
    Err(NoKey { error, left })
}

async fn usable(keys: &Keys, key: Key) -> Result<Key, Error> {
    match key.state {
        KeyState::Enabled => Ok(key),
        _ => keys.revive(&key).await.map(|()| Key {
            state: KeyState::Enabled,
            ..key
        }),
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
    match patiently(LONG, || keys.create(&description, &policy, &tags)).await {
        // The key may have been made before the answer was lost.
        Err(error) if error.is_ambiguous() => {
            find(keys, bucket, Search::Usable).await?.ok_or(error)
        }
        other => other,
    }
}

/// The key that was made for the bucket and has no name yet: every key of the region is looked at. A usable one is the better find.
async fn find(keys: &Keys, bucket: &str, search: Search) -> Result<Option<Key>, Error> {
    if search == Search::Nowhere {
        return Ok(None);
    }
    let mut unusable = None;
    for arn in keys.list().await? {
        if is_seen_to_be_ours(keys, &arn, bucket).await?
            && let Some(key) = keys.describe(&arn).await?
        {
            match key.state {
                KeyState::Enabled => return Ok(Some(key)),
                _ if search == Search::Everywhere => unusable = Some(key),
                _ => {}
            }
        }
    }
    Ok(unusable)
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

/// Schedules the key of a bucket for deletion, if it is ours; tells until when that can be undone. It keeps its name.
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
    Ok(match key? {
        None => None,
        Some(Key {
            state: KeyState::PendingDeletion(until),
            ..
        }) => Some(until.unwrap_or_default()),
        Some(key) => Some(keys.retire(&key.arn, days).await?),
    })
}

/// Takes the name from the key of a bucket that is gone. Until then it must stay: by it the key is found again if the bucket stays, too. A name that
/// stays does no harm: a later create of the bucket takes the key up again.
///
/// # Errors
/// The call that failed.
pub async fn forget(keys: &Keys, bucket: &str) -> Result<(), Error> {
    keys.remove_name(&alias(bucket)).await
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
