//! A panic becomes a message.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use super::diagnostic::Diagnostic;

/// The words of a panic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panicked(String);

/// Runs `work`, and stops a panic in it.
///
/// # Errors
/// When it panicked.
pub async fn guarded<T>(work: impl Future<Output = T>) -> Result<T, Panicked> {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .map_err(|payload| Panicked(words(payload.as_ref())))
}

/// What the user is told; `now` says what is true now.
#[must_use]
pub fn panicked(panic: &Panicked, now: &str) -> Diagnostic {
    let detail = format!(
        "The provider stopped at a point that its authors held impossible. {now}\n\nPlease report this with the configuration that led to it, \
         and without any secrets. Original error: {}",
        panic.0
    );
    Diagnostic::error("The provider has a bug", detail)
}

fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
