//! The mark of a create on its bucket, and taking back what a create made.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::sleep;

use super::patience::{self, SHORT, patiently};
use super::proof::proof_prefix;
use super::{CREATION_TAG, Target, Wish};
use crate::clouds::s3::{Bucket, Observed, Tags};
use crate::clouds::{Error, Kind};

/// How often it is looked again for a token that is gone, and how much later each time.
const MORE_LOOKS: u32 = 3;
const MORE_LATER: Duration = Duration::from_secs(1);

/// The mark of a create on its bucket.
#[derive(Debug)]
pub struct Claim {
    token: String,
    /// The token was there once: where it is gone, somebody else took it away.
    held: AtomicBool,
    /// Documents were written, the token among them.
    begun: AtomicBool,
    /// The store took the token, and may not show it yet.
    written: AtomicBool,
    /// This create took its token away itself.
    released: AtomicBool,
}

impl Claim {
    /// Of a create with that token, which the bucket carries already or not.
    #[must_use]
    pub fn new(token: String, held: bool) -> Self {
        Self {
            token,
            held: AtomicBool::new(held),
            begun: AtomicBool::default(),
            written: AtomicBool::default(),
            released: AtomicBool::default(),
        }
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// From now on documents are written.
    pub(super) fn note_begun(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    /// The store took the token.
    pub(super) fn note_written(&self) {
        self.written.store(true, Ordering::Relaxed);
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
    pub(super) fn release(&self) {
        self.held.store(false, Ordering::Relaxed);
        self.released.store(true, Ordering::Relaxed);
    }

    /// Whether a bucket without any token may be this create's. Amazon's first region answers 200 to making one's own bucket again, so it may as well
    /// be that of another create, which has ended by now.
    async fn may_be_ours(&self, bucket: &Bucket, wish: &Wish) -> Result<bool, Error> {
        let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        if wish.aws.is_none() || is(&self.held) || is(&self.released) {
            return Ok(true);
        }
        if is(&self.begun) && !is(&self.written) {
            // What is there, but for the token, is this create's as well as another's.
            return Ok(true);
        }
        if !is(&self.begun) {
            // This create wrote nothing yet. One that has ended left a policy and CORS rules.
            let (policy, cors) = tokio::try_join!(bucket.policy(), bucket.cors())?;
            return Ok(!matches!(policy, Observed::Set(_)) && !matches!(cors, Observed::Set(_)));
        }
        for pause in SHORT {
            if self.is_lost_by(&bucket.tags().await?) {
                return Ok(false);
            }
            if is(&self.held) {
                return Ok(true);
            }
            patience::sleep(*pause).await;
        }
        Ok(false)
    }

    /// The same by the tags that the bucket was seen with.
    pub(super) fn is_lost_by(&self, tags: &Observed<Tags>) -> bool {
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

/// Takes back what a create made: the bucket, if nothing is in it but what the create's own proof left; whether it was still this create's.
///
/// # Errors
/// Why the bucket is still there.
pub async fn undo(bucket: &Bucket, claim: &Claim, wish: &Wish) -> Result<bool, Error> {
    // It was made: that it is not there is believed only when it is said again and again.
    let removed = patiently(wish.pauses(SHORT), || async {
        if claim.is_lost(bucket, wish).await? || !claim.may_be_ours(bucket, wish).await? {
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
