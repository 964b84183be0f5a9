//! Amazon Web Services: who asks, and the services beside S3.

mod keys;
mod partition;
mod session;
mod web_identity;

pub use keys::{INVALID_STATE, Key, KeyState, Keys};
pub use partition::Partition;
pub use session::{Endpoints, Login, Role, Session, Settings};

use crate::clouds::s3::classify;
use crate::clouds::s3::watch::Watch;
use crate::clouds::{Error, Kind};

/// Sends a prepared call to a service and says what its failure means.
macro_rules! call {
    ($endpoint:expr, $operation:literal, $request:expr) => {{
        let watch = $crate::clouds::s3::watch::Watch::default();
        let result = $request.customize().interceptor(watch.clone()).send().await;
        $crate::clouds::aws::finished($endpoint, $operation, &watch, result)
    }};
}
use call;

fn finished<T, E>(
    endpoint: &str,
    operation: &'static str,
    watch: &Watch,
    result: Result<T, aws_sdk_s3::error::SdkError<E>>,
) -> Result<T, Error>
where
    E: aws_sdk_s3::error::ProvideErrorMetadata + std::error::Error + 'static,
{
    let seen = watch.seen();
    tracing::debug!(
        operation,
        attempts = seen.attempts,
        failed = result.is_err(),
        "call to the service ended"
    );
    match result {
        // Where no document is expected the SDK takes any page with a 200 for success.
        Ok(_) if seen.is_foreign() => Err(Error {
            attempts: seen.attempts.max(1),
            ..Error::new(Kind::Garbage, operation, endpoint)
        }),
        result => result.map_err(|error| classify::sdk_error(operation, endpoint, &error, &seen)),
    }
}
