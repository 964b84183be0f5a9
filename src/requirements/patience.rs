//! Waiting for what AWS knows only after some seconds.

use std::time::Duration;

use super::Wish;
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
    ) || error.code() == Some(NO_SUCH_BUCKET)
}

/// Its code, also where a failure was found to prove nothing.
const NO_SUCH_BUCKET: &str = "NoSuchBucket";

/// Waits.
pub(super) async fn sleep(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
