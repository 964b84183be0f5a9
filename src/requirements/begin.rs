//! Beginning a bucket: is the name free, is a bucket there that an earlier create left half made, and what became of a request whose answer was lost.
//!
//! No store compares before it writes, so a create that takes over waits first whether the other still lives.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::patience::{self, SHORT, Stop, patiently};
use super::{CREATION_TAG, Wish, is_empty_but_for_a_proof};
use crate::clouds::s3::{Bucket, Observed, Tags};
use crate::clouds::{Error, Kind};

/// How often a create is sent whose answer was lost and whose bucket is not there.
const CREATE_ATTEMPTS: u32 = 3;

/// How long a creation tag must stand still before its create is taken for dead: longer than a create on a store nearby takes.
const STILL: Duration = Duration::from_secs(3);

/// How often it is looked at meanwhile.
const LOOKS: Duration = Duration::from_millis(250);

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
