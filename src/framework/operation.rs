//! One running operation: its time limit, its cancellation, and what of its result must survive a panic.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::private::Private;
use super::value::Value;

/// What a resource is told of the operation it carries out.
#[derive(Clone)]
pub struct Operation {
    cancelled: CancellationToken,
    limit: Duration,
    deadline: Instant,
    recorded: Arc<Mutex<Option<(Value, Private)>>>,
}

/// Why an operation was stopped before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Interrupted {
    /// Terraform asked for it: Ctrl-C, or another resource failed.
    #[error("Terraform asked the provider to stop")]
    Cancelled,
    /// It took longer than its limit.
    #[error("the time limit of {} seconds was reached", .0.as_secs())]
    TimedOut(Duration),
}

impl Operation {
    /// An operation that may take as long as `limit`.
    #[must_use]
    pub fn new(cancelled: CancellationToken, limit: Duration) -> Self {
        Self {
            cancelled,
            limit,
            deadline: Instant::now() + limit,
            recorded: Arc::default(),
        }
    }

    /// Runs `work` until it ends, the time is up or Terraform asks to stop.
    ///
    /// # Errors
    /// When it was stopped; `work` is dropped at the point where it waited.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, Interrupted> {
        tokio::select! {
            biased;
            () = self.cancelled.cancelled() => Err(Interrupted::Cancelled),
            result = tokio::time::timeout_at(self.deadline, work) => result.map_err(|_| Interrupted::TimedOut(self.limit)),
        }
    }

    /// Notes what exists by now, so that a panic cannot lose it.
    pub fn record(&self, state: Value, private: Private) {
        *self.recorded.lock().unwrap_or_else(PoisonError::into_inner) = Some((state, private));
    }

    /// What was noted last.
    #[must_use]
    pub fn recorded(&self) -> Option<(Value, Private)> {
        self.recorded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_operation_ends_at_its_limit() {
        let limit = Duration::from_millis(20);
        let operation = Operation::new(CancellationToken::new(), limit);
        let ended = operation.run(std::future::pending::<()>()).await;
        assert_eq!(ended, Err(Interrupted::TimedOut(limit)));
    }

    #[tokio::test]
    async fn an_operation_ends_when_terraform_asks_to_stop() {
        let token = CancellationToken::new();
        let operation = Operation::new(token.clone(), Duration::from_secs(5));
        token.cancel();
        assert_eq!(
            operation.run(std::future::pending::<()>()).await,
            Err(Interrupted::Cancelled)
        );
    }
}
