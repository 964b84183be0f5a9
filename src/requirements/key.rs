//! The key of our own that encrypts a bucket on AWS: made with the bucket, retired with it.

use std::collections::{BTreeMap, BTreeSet};

use super::aws::key_policy::{key_policy, root};
use super::patience::{GONE, LONG, SHORT, Stop, Undone, patiently, sleep};
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
    /// Days that it waits for its deletion, if it comes to that.
    pub days: i32,
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

/// The key of a bucket.
#[derive(Debug)]
pub struct Obtained {
    /// Its address.
    pub arn: String,
    /// Where it is from.
    pub origin: Origin,
}

/// Where the key of a bucket is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It was made now.
    Made,
    /// It was there, and in that state.
    Found(KeyState),
}

/// Why there is no key.
#[derive(Debug)]
pub struct NoKey {
    /// What came in between.
    pub why: Undone,
    /// A key that is there without a name, and where it is from.
    pub left: Option<Obtained>,
    /// A key that was made in vain and is scheduled for deletion, until then where that is told.
    pub retired: Option<(String, Option<String>)>,
}

impl From<Undone> for NoKey {
    fn from(why: Undone) -> Self {
        Self {
            why,
            left: None,
            retired: None,
        }
    }
}

/// Finds the key that an earlier create of the bucket made, or makes one. One that is disabled or to be deleted is made usable again: a second
/// one would cost as much, and what the first encrypted could not be read.
///
/// # Errors
/// What came in between, and what it left.
pub async fn obtain(
    keys: &Keys,
    order: &Order<'_>,
    search: Search,
    stop: &Stop,
) -> Result<Obtained, NoKey> {
    let name = alias(order.bucket);
    let named = stop.run(named(keys, &name, order.bucket)).await?;
    if let Some(key) = named {
        return Ok(usable(keys, key, stop).await?);
    }
    if let Some(key) = stop.run(find(keys, order.bucket, search)).await? {
        let key = usable(keys, key, stop).await?;
        // What it encrypted may be needed: it is never retired here.
        return match stop.patiently(SHORT, || keys.name(&name, &key.arn)).await {
            Ok(()) => Ok(key),
            Err(why) => Err(NoKey {
                why,
                left: Some(key),
                retired: None,
            }),
        };
    }
    let key = Obtained {
        arn: make(keys, order, stop).await?.arn,
        origin: Origin::Made,
    };
    let Err(why) = stop.patiently(SHORT, || keys.name(&name, &key.arn)).await else {
        return Ok(key);
    };
    // Nobody would find it again.
    let (left, retired) = match keys.retire(&key.arn, order.days).await {
        Ok(until) => (None, Some((key.arn, until))),
        Err(error) => {
            tracing::warn!(%error, key = key.arn, "a key without a name could not be retired");
            (Some(key), None)
        }
    };
    Err(NoKey { why, left, retired })
}

async fn named(keys: &Keys, name: &str, bucket: &str) -> Result<Option<Key>, Error> {
    match keys.describe(name).await? {
        Some(key) if is_ours(keys, &key.arn, bucket).await? => Ok(Some(key)),
        _ => Ok(None),
    }
}

async fn usable(keys: &Keys, key: Key, stop: &Stop) -> Result<Obtained, Undone> {
    if key.state != KeyState::Enabled {
        stop.patiently(SHORT, || keys.revive(&key)).await?;
    }
    Ok(Obtained {
        arn: key.arn,
        origin: Origin::Found(key.state),
    })
}

async fn make(keys: &Keys, order: &Order<'_>, stop: &Stop) -> Result<Key, Undone> {
    let bucket = order.bucket;
    let policy = key_policy(
        None,
        &root(order.partition, order.account),
        order.principals,
    );
    let description = format!("Encrypts the bucket {bucket} for Weights & Biases");
    let mut tags = order.tags.clone();
    tags.insert(OWNER_TAG.to_owned(), bucket.to_owned());
    let create = || keys.create(&description, &policy, &tags);
    match stop.patiently(LONG, create).await {
        Err(Undone::Failed(error)) if error.is_ambiguous() => {
            let found = made_unheard(keys, bucket).await;
            found.ok_or(Undone::Failed(error))
        }
        other => other,
    }
}

/// The key that may have been made before the answer was lost. It may not be listed at once. Nobody may end this: later nobody would look for it.
async fn made_unheard(keys: &Keys, bucket: &str) -> Option<Key> {
    for pause in SHORT {
        match find(keys, bucket, Search::Usable).await {
            Ok(Some(key)) => return Some(key),
            Ok(None) => sleep(*pause).await,
            Err(error) => {
                tracing::warn!(%error, bucket, "a key that may have been made could not be looked for");
                return None;
            }
        }
    }
    None
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

/// What became of the key of a bucket that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retired {
    /// It is scheduled for deletion, until then where that is told, and was in that state before.
    Scheduled(Option<String>, KeyState),
    /// It does not carry the tag of the bucket's own key, and was left alone.
    NotOurs,
    /// There is none.
    Gone,
}

/// Schedules the key of a bucket for deletion, if it is ours. It keeps its name.
///
/// # Errors
/// The call that failed.
pub async fn retire(keys: &Keys, arn: &str, bucket: &str, days: i32) -> Result<Retired, Error> {
    let (ours, key) = tokio::join!(is_ours(keys, arn, bucket), keys.describe(arn));
    let (ours, key) = (ours?, key?);
    Ok(match key {
        None => Retired::Gone,
        Some(_) if !ours => Retired::NotOurs,
        Some(Key {
            state: KeyState::PendingDeletion(until),
            ..
        }) => Retired::Scheduled(until.clone(), KeyState::PendingDeletion(until)),
        Some(key) => Retired::Scheduled(keys.retire(&key.arn, days).await?, key.state),
    })
}

/// Schedules the key for deletion that this very create made: nobody needs to say whose it is.
///
/// # Errors
/// The call that failed.
pub async fn take_back(keys: &Keys, arn: &str, days: i32) -> Result<Option<String>, Error> {
    patiently(SHORT, || keys.retire(arn, days)).await
}

/// Takes the name from the key of a bucket that is gone. Until then it must stay: by it the key is found again if the bucket stays, too. A name that
/// stays does no harm: a later create of the bucket takes the key up again.
///
/// # Errors
/// The call that failed.
pub async fn forget(keys: &Keys, bucket: &str) -> Result<(), Error> {
    keys.remove_name(&alias(bucket)).await
}

/// The same where another create may have given the name to its own key meanwhile, or lost it to this one: then `heir`, if it is a key of the bucket,
/// has it again.
///
/// # Errors
/// The call that failed.
pub async fn pass_name_on(
    keys: &Keys,
    bucket: &str,
    arn: &str,
    heir: Option<&str>,
) -> Result<(), Error> {
    let name = alias(bucket);
    match keys.describe(&name).await? {
        Some(key) if key.arn == arn => {}
        _ => return Ok(()),
    }
    match heir {
        Some(heir) if is_seen_to_be_ours(keys, heir, bucket).await? => keys.name(&name, heir).await,
        _ => forget(keys, bucket).await,
    }
}

/// Takes a deletion back that was scheduled a moment ago: what the service says of the key may be older. The key is as it was before.
///
/// # Errors
/// The call that failed.
pub async fn restore(keys: &Keys, arn: &str, before: &KeyState) -> Result<(), Error> {
    match before {
        KeyState::PendingDeletion(_) => Ok(()),
        KeyState::Enabled => {
            let scheduled = Key {
                arn: arn.to_owned(),
                state: KeyState::PendingDeletion(None),
                symmetric: true,
            };
            patiently(SHORT, || keys.revive(&scheduled)).await
        }
        // A key whose deletion is cancelled is disabled (AWS KMS API, CancelKeyDeletion).
        KeyState::Disabled | KeyState::Other(_) => patiently(SHORT, || keys.keep(arn)).await,
    }
}

/// Why a given key cannot encrypt a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// There is no such key.
    Missing,
    /// It does not encrypt and decrypt with one secret.
    Asymmetric,
    /// It is in that state.
    State(KeyState),
}

/// Whether a given key is unfit: S3 takes any, and every later write fails. One that was made a moment ago may not be seen at once; nothing is said
/// of one that may be used and not be looked at.
///
/// # Errors
/// The call that failed.
pub async fn unfit(keys: &Keys, arn: &str) -> Result<Option<Unfit>, Error> {
    let mut pauses = GONE.iter();
    loop {
        return match (keys.describe(arn).await, pauses.next()) {
            (Err(error), _) if matches!(error.kind(), Kind::Forbidden) => Ok(None),
            (Ok(None), Some(pause)) => {
                sleep(*pause).await;
                continue;
            }
            (found, _) => Ok(match found? {
                None => Some(Unfit::Missing),
                Some(key) if !key.symmetric => Some(Unfit::Asymmetric),
                Some(key) if key.state != KeyState::Enabled => Some(Unfit::State(key.state)),
                Some(_) => None,
            }),
        };
    }
}
