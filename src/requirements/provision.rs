//! Making a bucket, whole or not at all, and changing one.
//!
//! A create looks, creates, writes all settings at once (one by one where the store would lose some) and reads all of them back at once. The bucket carries
//! [`CREATION_TAG`] with a token of this very create until its last step, so that a later create can tell a bucket that was left
//! half made from a bucket that is somebody's, and two creates at the same time can tell which of them made it: both look for their token once
//! more before they end.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::aws::{AwsFacts, observe_key};
use super::patience::{self, LONG, SHORT, patiently};
use super::{
    CREATION_TAG, Claim, Facts, KeyWish, Known, REQUIREMENTS, Setting, Target, Verdict, Wish,
    enforce, observe, tags, unmet_settings,
};
use crate::clouds::s3::{Bucket, Observed};
use crate::clouds::{Error, Kind};

/// Why a bucket is not as it was wished.
#[derive(Debug)]
pub enum Unsettled {
    /// A call failed while the document was written, or while the bucket was observed.
    Failed(Option<Setting>, Error),
    /// Another create made the bucket at the same time.
    LostRace,
}

/// What is true of a bucket that was made a moment ago: nothing is set, and its key is as it is, once it is seen at all.
///
/// # Errors
/// The call that failed.
pub async fn begin_facts(target: &Target, wish: &Wish) -> Result<Facts, Error> {
    let mut facts = Facts::of_a_new_bucket();
    if let Some(aws) = &wish.aws {
        let mut found = AwsFacts::of_a_new_bucket();
        found.key = observe_key(target, &aws.key).await?;
        let own = matches!(aws.key, KeyWish::Own(_));
        for pause in SHORT {
            if !own || !found.waits_for_key() {
                break;
            }
            patience::sleep(*pause).await;
            found.key = observe_key(target, &aws.key).await?;
        }
        facts.aws = Some(found);
    }
    Ok(facts)
}

/// Writes what is not met, all documents at once, and observes the result.
///
/// `claim` is that of the create which makes the bucket; a change of a finished bucket has none.
///
/// # Errors
/// The document and the call that failed. A document the store does not know is no failure: it is learned, and its verdict
/// says so.
pub async fn settle(
    target: &Target,
    wish: &Wish,
    before: Facts,
    claim: Option<&Claim>,
) -> Result<Facts, Unsettled> {
    let mut marked = wish.clone();
    marked
        .tags
        .extend(claim.map(|claim| (CREATION_TAG.to_owned(), claim.token().to_owned())));
    let mut known = before.known().clone();

    let first = unmet_settings(&marked, &before);
    if let Some(claim) = claim {
        claim.note_begun();
    }
    match claim {
        Some(claim) if wish.aws.is_none() => {
            write_marked(target, &marked, &before, &first, &mut known, claim).await?;
        }
        _ => write_all(target, &marked, &before, &first, &mut known, claim).await?,
    }
    let mut facts = read_back(target, &marked, &known, claim).await?;

    let on_aws = wish.aws.is_some();
    if !on_aws {
        learn_what_was_dropped(&marked, &mut facts, &first);
    }
    // Some stores lose one of several settings written at the same time; alone none is.
    for setting in unmet_settings(&marked, &facts) {
        let mut known = facts.known().clone();
        write_all(
            target,
            &marked,
            &facts,
            &BTreeSet::from([setting]),
            &mut known,
            claim,
        )
        .await?;
        facts = read_back(target, &marked, &known, claim).await?;
    }
    // AWS has all that is asked of it: what does not show is late, or somebody else's work.
    if !on_aws {
        for requirement in unmet(&marked, &facts) {
            let mut known = Known::default();
            known.learn(requirement, "it accepts the setting and does not keep it");
            facts.learn(&known);
        }
    }
    Ok(facts)
}

/// Ends a create: takes the creation tag away.
///
/// # Errors
/// The call that failed.
pub async fn finish(
    bucket: &Bucket,
    wish: &Wish,
    facts: &Facts,
    claim: &Claim,
) -> Result<(), Error> {
    claim.release();
    match &facts.tags {
        Observed::Set(found) if found.contains_key(CREATION_TAG) => {
            patiently(wish.pauses(LONG), || {
                tags::end_creation(bucket, wish, facts)
            })
            .await
        }
        _ => Ok(()),
    }
}

/// Writes the tags first, and looks for the mark while it writes the rest: a store that loses some of several documents written at the same time loses
/// none that stands already.
async fn write_marked(
    target: &Target,
    wish: &Wish,
    facts: &Facts,
    settings: &BTreeSet<Setting>,
    known: &mut Known,
    claim: &Claim,
) -> Result<(), Unsettled> {
    let (tags, others): (BTreeSet<_>, _) = settings
        .iter()
        .partition(|setting| **setting == Setting::Tags);
    write_all(target, wish, facts, &tags, known, Some(claim)).await?;
    let lost = async {
        match claim.is_lost(&target.bucket, wish).await {
            Ok(false) => Ok(()),
            Ok(true) => Err(Unsettled::LostRace),
            Err(error) => Err(Unsettled::Failed(Some(Setting::Tags), error)),
        }
    };
    let written = write_all(target, wish, facts, &others, known, None);
    tokio::try_join!(lost, written).map(drop)
}

async fn write_all(
    target: &Target,
    wish: &Wish,
    facts: &Facts,
    settings: &BTreeSet<Setting>,
    known: &mut Known,
    claim: Option<&Claim>,
) -> Result<(), Unsettled> {
    for (setting, written) in written(target, wish, facts, settings).await {
        match written {
            Ok(()) => {
                if let (Setting::Tags, Some(claim)) = (setting, claim) {
                    claim.note_written();
                }
            }
            Err(error) if matches!(error.kind(), Kind::Unsupported) => {
                let kept_there = REQUIREMENTS
                    .iter()
                    .filter(|requirement| requirement.setting == Some(setting));
                kept_there.for_each(|requirement| known.learn(requirement.name, error.how()));
            }
            Err(error) => return Err(Unsettled::Failed(Some(setting), error)),
        }
    }
    Ok(())
}

async fn written(
    target: &Target,
    wish: &Wish,
    facts: &Facts,
    settings: &BTreeSet<Setting>,
) -> Vec<(Setting, Result<(), Error>)> {
    let one_by_one = target.bucket.loses_concurrent_writes();
    // A key that cannot be used takes no other change (AWS KMS Developer Guide, "Key states").
    let (first, others): (Vec<_>, Vec<_>) = settings
        .iter()
        .partition(|setting| one_by_one || **setting == Setting::Key);
    let mut done = Vec::new();
    for setting in first {
        done.push((setting, enforce_one(setting, target, wish, facts).await));
    }
    let writes = others
        .iter()
        .map(|setting| enforce_one(*setting, target, wish, facts));
    let written = join_all(writes.collect::<Vec<_>>()).await;
    done.extend(others.into_iter().zip(written));
    done
}

async fn enforce_one(
    setting: Setting,
    target: &Target,
    wish: &Wish,
    facts: &Facts,
) -> Result<(), Error> {
    patiently(wish.pauses(LONG), || enforce(setting, target, wish, facts)).await
}

/// Observes what was written. AWS may show for some seconds what was there before.
async fn read_back(
    target: &Target,
    wish: &Wish,
    known: &Known,
    claim: Option<&Claim>,
) -> Result<Facts, Unsettled> {
    let mut facts = read_once(target, wish, known, claim).await?;
    for pause in wish.pauses(SHORT) {
        let unmet = unmet_settings(wish, &facts);
        if unmet.is_empty() {
            break;
        }
        tracing::info!(?unmet, "waiting until what was written is seen there");
        patience::sleep(*pause).await;
        facts = read_once(target, wish, known, claim).await?;
    }
    Ok(facts)
}

async fn read_once(
    target: &Target,
    wish: &Wish,
    known: &Known,
    claim: Option<&Claim>,
) -> Result<Facts, Unsettled> {
    let failed = |error| Unsettled::Failed(None, error);
    let seen = patiently(wish.pauses(LONG), || observe(target, wish, known));
    let facts = seen.await.map_err(failed)?;
    if let Some(claim) = claim
        && claim.is_lost_by(&facts.tags)
        && claim.is_lost(&target.bucket, wish).await.map_err(failed)?
    {
        return Err(Unsettled::LostRace);
    }
    Ok(facts)
}

/// A lifecycle rule of ours that came back without a part of it: the store does not know that part, and writing it again would
/// not help. A part with another value is one whose write was lost.
fn learn_what_was_dropped(wish: &Wish, facts: &mut Facts, written: &BTreeSet<Setting>) {
    if !written.contains(&Setting::Lifecycle) || !facts.has_our_lifecycle_rule() {
        return;
    }
    let mut known = Known::default();
    let parts = [
        (
            "noncurrent_version_expiration",
            wish.noncurrent_days,
            facts.noncurrent_days(),
        ),
        (
            "abort_incomplete_uploads",
            wish.abort_days,
            facts.abort_days(),
        ),
    ];
    for (requirement, wanted, found) in parts {
        if wanted > 0 && found.is_none() {
            known.learn(requirement, "it accepts the setting and drops it silently");
        }
    }
    facts.learn(&known);
}

fn unmet(wish: &Wish, facts: &Facts) -> Vec<&'static str> {
    let unmet = REQUIREMENTS
        .iter()
        .filter(|requirement| matches!((requirement.judge)(wish, facts), Some(Verdict::Unmet(_))));
    unmet.map(|requirement| requirement.name).collect()
}
