//! The owner's tags are on the bucket; the tags of others stay.

use std::collections::BTreeMap;

use super::{CREATION_TAG, Facts, Verdict, Wish};
use crate::clouds::Error;
use crate::clouds::s3::{Bucket, Observed};

pub(super) fn judge(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let how = facts.not_offered("tags").or(match &facts.tags {
        Observed::Unsupported(how) => Some(how.as_str()),
        Observed::Set(_) | Observed::NotSet => None,
    });
    if let Some(how) = how {
        let nothing_asked =
            wish.tags.is_empty() && wish.retired_tags.iter().all(|key| key == CREATION_TAG);
        return Some(if nothing_asked {
            Verdict::Met
        } else {
            Verdict::NotOffered(how.to_owned())
        });
    }
    Some(match fault(wish, &current(facts)) {
        None => Verdict::Met,
        Some(fault) => Verdict::Unmet(format!("tags: {fault}")),
    })
}

/// What is wrong with the tags that were found, if anything.
pub(super) fn fault(wish: &Wish, found: &BTreeMap<String, String>) -> Option<String> {
    let missing = wish
        .tags
        .keys()
        .filter(|key| !found.contains_key(*key))
        .map(|key| format!("{key:?} is missing"));
    let other = wish
        .tags
        .iter()
        .filter(|(key, value)| found.get(*key).is_some_and(|other| other != *value));
    let other = other.map(|(key, _)| format!("{key:?} has another value"));
    let left = wish
        .retired_tags
        .iter()
        .filter(|key| found.contains_key(*key))
        .map(|key| format!("{key:?} is still there"));
    let faults = missing.chain(other).chain(left).collect::<Vec<_>>();
    (!faults.is_empty()).then(|| faults.join(", "))
}

/// Writes our tags without the creation tag: the last step of a create, which has put that tag and read it back.
pub(super) async fn end_creation(bucket: &Bucket, wish: &Wish, facts: &Facts) -> Result<(), Error> {
    let mut tags = merged(wish, current(facts));
    tags.remove(CREATION_TAG);
    if tags.is_empty() {
        bucket.delete_proven_tags().await
    } else {
        bucket.put_tags(&tags).await
    }
}

/// Writes our tags over what is there. While a bucket is being made its creation tag is kept.
pub(super) async fn enforce(bucket: &Bucket, wish: &Wish, facts: &Facts) -> Result<(), Error> {
    let tags = merged(wish, current(facts));
    if tags.is_empty() {
        bucket.delete_tags().await
    } else {
        bucket.put_tags(&tags).await
    }
}

fn merged(wish: &Wish, mut tags: BTreeMap<String, String>) -> BTreeMap<String, String> {
    tags.retain(|key, _| !wish.retired_tags.contains(key));
    tags.extend(wish.tags.clone());
    tags
}

fn current(facts: &Facts) -> BTreeMap<String, String> {
    match &facts.tags {
        Observed::Set(tags) => tags.clone(),
        Observed::NotSet | Observed::Unsupported(_) => BTreeMap::new(),
    }
}
