//! Waiting for what AWS knows only after some seconds.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Wish;
use crate::clouds::aws::INVALID_STATE;
use crate::clouds::{Error, Kind};

/// Pauses in seconds between the tries of a call that is sure to succeed in the end: together a minute, longer than IAM takes to make a role
/// known, and no longer than one waits for a typing error.
pub(super) const LONG: &[u64] = &[1, 2, 4, 8, 10, 10, 12, 13];

/// Pauses before what is seen is believed: what was written a moment ago may not be seen everywhere yet.
pub(super) const SHORT: &[u64] = &[1, 2, 4, 8];

/// Pauses before an absence is believed that nothing gainsays.
pub(super) const GONE: &[u64] = &[1, 2];

impl Wish {
    /// The pauses, where they are needed: AWS needs patience with what was made a moment ago; a store of one's own knows at once.
    pub(super) fn pauses(&self, on_aws: &'static [u64]) -> &'static [u64] {
        match self.aws {
            Some(_) => on_aws,
            None => &[],
        }
    }
}

/// Repeats a call that fails only because something made a moment ago is not known everywhere yet, or because the service is still
/// busy with the call before.
pub(super) async fn patiently<T, F: Future<Output = Result<T, Error>>>(
    pauses: &[u64],
    call: impl Fn() -> F,
) -> Result<T, Error> {
    for pause in pauses {
        match call().await {
            Err(error) if passes(&error) => {
                tracing::info!(%error, "waiting until it is known there");
                sleep(*pause).await;
            }
            other => return other,
        }
    }
    call().await
}

/// Whether a failure may be over in a moment. The bucket itself is one of the things that AWS does not know everywhere at once.
pub(super) fn passes(error: &Error) -> bool {
    matches!(
        error.kind(),
        Kind::UnknownPrincipal
            | Kind::Conflict
            | Kind::KeyNotFound
            | Kind::Throttled
            | Kind::BucketAbsent
    ) || error.code().is_some_and(|code| PASSING.contains(&code))
}

/// Codes of the same: of a bucket that is missing, also where a failure was found to prove nothing, and of a key that was made usable again a moment
/// ago (AWS KMS Developer Guide, "Key states").
const PASSING: [&str; 3] = ["NoSuchBucket", INVALID_STATE, "DisabledException"];

/// Whether somebody wants an end: the time is up, or Terraform was asked to stop. What is on its way then is waited for, since nobody could say what
/// became of it; pauses end at once, and nothing more is asked for.
#[derive(Debug, Clone, Default)]
pub struct Stop(CancellationToken);

/// Why something is not done.
#[derive(Debug)]
pub enum Undone {
    /// A call failed.
    Failed(Error),
    /// Somebody wanted an end.
    Stopped,
}

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Stop {
    /// From now on.
    pub fn now(&self) {
        self.0.cancel();
    }

    /// Whether it is time.
    #[must_use]
    pub fn is_now(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits; whether that came to its end.
    pub(super) async fn pause(&self, seconds: u64) -> bool {
        tokio::select! {
            biased;
            () = self.0.cancelled() => false,
            () = sleep(seconds) => true,
        }
    }

    /// Runs what only looks, which may be left at any time.
    ///
    /// # Errors
    /// `Stopped` when it was left.
    pub(super) async fn run<T>(
        &self,
        look: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Undone> {
        tokio::select! {
            biased;
            () = self.0.cancelled() => Err(Undone::Stopped),
            found = look => Ok(found?),
        }
    }

    /// As [`patiently`], until somebody wants an end.
    ///
    /// # Errors
    /// `Stopped` only between two calls: the last one did nothing.
    pub(super) async fn patiently<T, F: Future<Output = Result<T, Error>>>(
        &self,
        pauses: &[u64],
        call: impl Fn() -> F,
    ) -> Result<T, Undone> {
        for pause in pauses {
            if self.is_now() {
                return Err(Undone::Stopped);
            }
            match call().await {
                Err(error) if passes(&error) => {
                    tracing::info!(%error, "waiting until it is known there");
                    self.pause(*pause).await;
                }
                other => return Ok(other?),
            }
        }
        if self.is_now() {
            return Err(Undone::Stopped);
        }
        Ok(call().await?)
    }
}

/// Waits.
pub(super) async fn sleep(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_waits_on_after_an_end_was_asked_for() {
        let stop = Stop::default();
        let busy = || async { Err::<(), _>(Error::unanswered(Kind::Throttled)) };
        let (done, ()) = tokio::join!(stop.patiently(LONG, busy), async { stop.now() });
        assert!(matches!(done, Err(Undone::Stopped)), "{done:?}");
        let asked = std::cell::Cell::new(false);
        let ask = || async {
            asked.set(true);
            Ok(())
        };
        let done = stop.patiently(LONG, ask).await;
        assert!(matches!(done, Err(Undone::Stopped)) && !asked.get());
    }
}
