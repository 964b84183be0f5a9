//! Making a bucket, whole or not at all, and changing one.
//!
//! A create looks, creates, writes all settings at once (one by one where the store would lose some) and reads all of them back at once. The bucket carries
//! [`CREATION_TAG`] with a token of this very create until its last step, so that a later create can tell a bucket that was left
//! half made from a bucket that is somebody's, and two creates at the same time can tell which of them made it. No store compares before it
//! writes, so a create that takes over waits first whether the other still lives, and both look for their token once more before they end.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::aws::{AwsFacts, observe_key};
use super::patience::{self, LONG, SHORT, Stop, patiently};
use super::proof::proof_prefix;
use super::{
    CREATION_TAG, Facts, KeyWish, Known, REQUIREMENTS, Setting, Target, Verdict, Wish, enforce,
    observe, tags, unmet_settings,
};
use crate::clouds::s3::{Bucket, Observed, Tags};
use crate::clouds::{Error, Kind};

/// How often a create is sent whose answer was lost and whose bucket is not there.
const CREATE_ATTEMPTS: u32 = 3;

/// How long a creation tag must stand still before its create is taken for dead: longer than a create on a store nearby takes.
const STILL: Duration = Duration::from_secs(3);

/// How often it is looked at meanwhile.
const LOOKS: Duration = Duration::from_millis(250);

/// How often it is looked again for a token that is gone, and how much later each time.
const MORE_LOOKS: u32 = 3;
const MORE_LATER: Duration = Duration::from_secs(1);

/// How a create began.
#[derive(Debug)]
pub enum Begun {
    /// The bucket is there and this create made it.
    Made,
    /// An earlier create left the bucket half made, and now it carries this create's token.
    TakenOver,
    /// A bucket of that name is there and is not ours to touch.
    Exists,
    /// A bucket of that name belongs to somebody else.
    Taken,
    /// Another create is making the bucket at the same time.
    LostRace,
    /// Nothing was made: somebody wanted an end before.
    Stopped,
}

/// Why a bucket is not as it was wished.
#[derive(Debug)]
pub enum Unsettled {
    /// A call failed while the document was written, or while the bucket was observed.
    Failed(Option<Setting>, Error),
    /// Another create made the bucket at the same time.
    LostRace,
}

/// What a look at the name found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// No such bucket.
    Absent,
    /// A bucket that is finished, or was never ours.
    There,
    /// A bucket whose creation, by the create with that token, has not ended.
    Unfinished(String),
}

/// Waits whether the create that left `seen` still lives, and gives what is there then; none when it does, or has just ended.
///
/// # Errors
/// The call that failed.
pub async fn outlive(bucket: &Bucket, seen: Look) -> Result<Option<Look>, Error> {
    let Look::Unfinished(token) = &seen else {
        return Ok(Some(seen));
    };
    let end = Instant::now() + STILL;
    while Instant::now() < end {
        sleep(LOOKS).await;
        match look(bucket).await? {
            Look::Unfinished(found) if found == *token => {}
            Look::Absent => return Ok(Some(Look::Absent)),
            Look::Unfinished(_) | Look::There => return Ok(None),
        }
    }
    Ok(Some(seen))
}

/// Makes the bucket that `seen` found absent, or takes over an empty one that an earlier create left half made.
///
/// # Errors
/// The call that failed. An ambiguous one ([`Error::is_ambiguous`]) means that nobody can say whether the bucket was made.
pub async fn make(
    bucket: &Bucket,
    seen: Look,
    location: Option<&str>,
    token: &str,
    wish: &Wish,
    stop: &Stop,
) -> Result<Begun, Error> {
    match seen {
        Look::Absent => {}
        Look::There => return Ok(Begun::Exists),
        Look::Unfinished(other) => {
            // What an earlier create's own proof left there is no data.
            let empty = is_empty_but_for_a_proof(bucket, wish.path.as_deref()).await?;
            return match empty {
                true => take_over(bucket, &other, token, wish, stop).await,
                false => Ok(Begun::Exists),
            };
        }
    }
    let marker = Tags::from([(CREATION_TAG.to_owned(), token.to_owned())]);
    let mut attempt = 1;
    let mut pauses = wish.pauses(SHORT).iter();
    loop {
        if stop.is_now() && attempt == 1 {
            return Ok(Begun::Stopped);
        }
        let lost = match bucket.create(location, &marker).await {
            Ok(()) => return Ok(Begun::Made),
            Err(error) => match error.kind() {
                // It may be what an earlier attempt made.
                Kind::AlreadyOwned if attempt > 1 => error,
                Kind::AlreadyOwned => return Ok(Begun::Exists),
                Kind::OwnedByOther => return Ok(Begun::Taken),
                _ if error.is_ambiguous() => error,
                // A bucket of that name may have been removed a moment ago (S3 API, `OperationAborted`). Somebody else may make it meanwhile, and
                // Amazon's first region answers 200 to making one's own bucket again: so it is looked for before it is asked for again.
                _ if patience::passes(&error)
                    && let Some(pause) = pauses.next() =>
                {
                    if !stop.pause(*pause).await {
                        return match attempt {
                            1 => Ok(Begun::Stopped),
                            // What became of the first attempt is told.
                            _ => Err(error),
                        };
                    }
                    match look(bucket).await? {
                        Look::Absent => continue,
                        Look::Unfinished(found) if found == token => return Ok(Begun::Made),
                        Look::Unfinished(_) | Look::There => return Ok(Begun::Exists),
                    }
                }
                _ => return Err(error),
            },
        };
        // The store may have made the bucket before its answer was lost. It was not there a moment ago.
        match look(bucket).await.map_err(|_| lost.clone())? {
            Look::Unfinished(other) if other != token => return Ok(Begun::Exists),
            Look::Unfinished(_) => return Ok(Begun::Made),
            Look::There if bucket.is_empty().await? => return Ok(Begun::Made),
            Look::There => return Ok(Begun::Exists),
            Look::Absent if attempt == CREATE_ATTEMPTS || stop.is_now() => return Err(lost),
            Look::Absent => attempt += 1,
        }
    }
}

/// Puts this create's token in place of the other's, before anything else, unless the other create was heard of meanwhile.
async fn take_over(
    bucket: &Bucket,
    other: &str,
    token: &str,
    wish: &Wish,
    stop: &Stop,
) -> Result<Begun, Error> {
    let mut tags = match bucket.tags().await? {
        Observed::Set(tags) => tags,
        Observed::NotSet | Observed::Unsupported(_) => Tags::new(),
    };
    if tags.get(CREATION_TAG).is_none_or(|found| found != other) {
        return Ok(Begun::LostRace);
    }
    tags.insert(CREATION_TAG.to_owned(), token.to_owned());
    bucket.put_tags(&tags).await?;
    let mut seen = look(bucket).await?;
    for pause in wish.pauses(SHORT) {
        // Who wants an end now has what was done undone, which looks again whose it is.
        if stop.is_now() {
            return Ok(Begun::TakenOver);
        }
        if matches!(&seen, Look::Unfinished(found) if found == token) {
            break;
        }
        stop.pause(*pause).await;
        seen = look(bucket).await?;
    }
    Ok(match seen {
        Look::Unfinished(found) if found == token => Begun::TakenOver,
        Look::Unfinished(_) | Look::There | Look::Absent => Begun::LostRace,
    })
}

/// The mark of a create on its bucket.
#[derive(Debug)]
pub struct Claim {
    token: String,
    /// The token was there once: where it is gone, somebody else took it away.
    held: AtomicBool,
}

impl Claim {
    /// Of a create with that token, which the bucket carries already or not.
    #[must_use]
    pub fn new(token: String, held: bool) -> Self {
        Self {
            token,
            held: AtomicBool::new(held),
        }
    }

    /// Whether the bucket belongs to another create by now.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn is_lost(&self, bucket: &Bucket, wish: &Wish) -> Result<bool, Error> {
        let tags = || patiently(wish.pauses(SHORT), || bucket.tags());
        let mut found = tags().await?;
        // What Amazon's S3 shows of a bucket may be some seconds old.
        for _ in 0..MORE_LOOKS {
            let other = matches!(&found, Observed::Set(tags) if tags.contains_key(CREATION_TAG));
            if other || !self.is_lost_by(&found) {
                break;
            }
            sleep(MORE_LATER).await;
            found = tags().await?;
        }
        Ok(self.is_lost_by(&found))
    }

    /// This create takes its token away itself.
    fn release(&self) {
        self.held.store(false, Ordering::Relaxed);
    }

    /// The same by the tags that the bucket was seen with.
    fn is_lost_by(&self, tags: &Observed<Tags>) -> bool {
        let found = match tags {
            Observed::Set(tags) => tags.get(CREATION_TAG),
            Observed::NotSet => None,
            Observed::Unsupported(_) => return false,
        };
        match found {
            Some(found) if *found == self.token => {
                self.held.store(true, Ordering::Relaxed);
                false
            }
            Some(_) => true,
            // The store may have lost it, or not show it yet, until it was seen.
            None => self.held.load(Ordering::Relaxed),
        }
    }
}

/// Looks whether there is a bucket of that name, and whose.
///
/// # Errors
/// The call that failed; `Forbidden` also for a bucket of somebody else.
pub async fn look(bucket: &Bucket) -> Result<Look, Error> {
    // Of the tags alone one cannot tell: MinIO says "no tags" of a bucket that does not exist.
    let (presence, tags) = tokio::join!(bucket.require_presence(), bucket.tags());
    match presence {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), Kind::BucketAbsent) => return Ok(Look::Absent),
        Err(error) => return Err(error),
    }
    let tags = match tags {
        // It was made between the two answers, by somebody else at this very moment.
        Err(error) if matches!(error.kind(), Kind::BucketAbsent) => {
            patiently(SHORT, || bucket.tags()).await?
        }
        answered => answered?,
    };
    match tags {
        Observed::Set(mut tags) => Ok(tags
            .remove(CREATION_TAG)
            .map_or(Look::There, Look::Unfinished)),
        Observed::NotSet | Observed::Unsupported(_) => Ok(Look::There),
    }
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
        .extend(claim.map(|claim| (CREATION_TAG.to_owned(), claim.token.clone())));
    let mut known = before.known().clone();

    let first = unmet_settings(&marked, &before);
    match claim {
        Some(claim) if wish.aws.is_none() => {
            write_marked(target, &marked, &before, &first, &mut known, claim).await?;
        }
        _ => write_all(target, &marked, &before, &first, &mut known).await?,
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

/// Takes back what a create made: the bucket, if nothing is in it but what the create's own proof left; whether it was still this create's.
///
/// # Errors
/// Why the bucket is still there.
pub async fn undo(bucket: &Bucket, claim: &Claim, wish: &Wish) -> Result<bool, Error> {
    // It was made: that it is not there is believed only when it is said again and again.
    let removed = patiently(wish.pauses(SHORT), || async {
        if claim.is_lost(bucket, wish).await? {
            return Ok(false);
        }
        if is_empty_but_for_a_proof(bucket, wish.path.as_deref()).await? {
            bucket.delete().await.map(|()| true)
        } else {
            Err(Error::not_empty(bucket))
        }
    });
    match removed.await {
        Err(error) if matches!(error.kind(), Kind::BucketAbsent) => Ok(true),
        other => other,
    }
}

/// Removes an empty bucket.
///
/// # Errors
/// Why it is still there, as far as anybody can say.
pub async fn remove(target: &Target) -> Result<(), Error> {
    // AWS may still be busy with what was changed a moment ago.
    let pauses = if target.keys.is_some() { SHORT } else { &[] };
    patiently(pauses, || target.bucket.delete()).await
}

/// Removes what a proof left, and tells whether nothing else is there.
///
/// # Errors
/// The call that failed.
pub async fn is_empty_but_for_a_proof(bucket: &Bucket, path: Option<&str>) -> Result<bool, Error> {
    if bucket.is_empty().await? {
        return Ok(true);
    }
    bucket.remove_under(&proof_prefix(path)).await?;
    bucket.is_empty().await
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
    write_all(target, wish, facts, &tags, known).await?;
    let lost = async {
        match claim.is_lost(&target.bucket, wish).await {
            Ok(false) => Ok(()),
            Ok(true) => Err(Unsettled::LostRace),
            Err(error) => Err(Unsettled::Failed(Some(Setting::Tags), error)),
        }
    };
    let written = write_all(target, wish, facts, &others, known);
    tokio::try_join!(lost, written).map(drop)
}

async fn write_all(
    target: &Target,
    wish: &Wish,
    facts: &Facts,
    settings: &BTreeSet<Setting>,
    known: &mut Known,
) -> Result<(), Unsettled> {
    for (setting, written) in written(target, wish, facts, settings).await {
        match written {
            Ok(()) => {}
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
