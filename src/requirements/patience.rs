//! Waiting for what AWS knows only after some seconds.

use std::time::Duration;

use crate::clouds::{Error, Kind};

/// Pauses between the tries: together a minute, longer than IAM takes to make a role known, and no longer than one waits for a typing error.
const PAUSES: [u64; 8] = [1, 2, 4, 8, 10, 10, 12, 13];

/// Repeats a call that fails only because something made a moment ago is not known everywhere yet, or because the service is still
/// busy with the call before.
pub(super) async fn patiently<T, F: Future<Output = Result<T, Error>>>(
    call: impl Fn() -> F,
) -> Result<T, Error> {
    for pause in PAUSES {
        match call().await {
            Err(error) if passes(&error) => {
                tracing::info!(%error, "waiting until it is known there");
                tokio::time::sleep(Duration::from_secs(pause)).await;
            }
            other => return other,
        }
    }
    call().await
}

fn passes(error: &Error) -> bool {
    matches!(
        error.kind(),
        Kind::UnknownPrincipal | Kind::Conflict | Kind::KeyNotFound
    )
}
