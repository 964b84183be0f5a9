//! The key of a create that lost its bucket to another create.

use super::Target;
use super::begin::{Look, look};
use super::patience::{SHORT, sleep};
use crate::clouds::Error;
use crate::clouds::s3::Observed;

/// What is to become of the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Use {
    /// Nobody uses it; the bucket, if it is there, uses that other one.
    None(Option<String>),
    /// The bucket is encrypted with it.
    Encrypts,
    /// The other create has not ended, and may still take it up by its name.
    Open,
}

/// Whether the bucket of the other create uses the key. That create may have found the key by its name, so its end is waited for.
///
/// # Errors
/// The call that failed.
pub async fn use_of_key(target: &Target, arn: &str) -> Result<Use, Error> {
    let mut seen = look(&target.bucket).await?;
    for pause in SHORT {
        let Look::Unfinished(_) = seen else {
            break;
        };
        sleep(*pause).await;
        seen = look(&target.bucket).await?;
    }
    if seen == Look::Absent {
        return Ok(Use::None(None));
    }
    let key = match target.bucket.encryption().await? {
        Observed::Set(found) => found.key_id,
        Observed::NotSet | Observed::Unsupported(_) => None,
    };
    Ok(match (key, seen) {
        (Some(key), _) if key == arn => Use::Encrypts,
        (_, Look::Unfinished(_)) => Use::Open,
        (key, _) => Use::None(key),
    })
}
