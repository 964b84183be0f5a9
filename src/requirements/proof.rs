//! Proof, not hope: the bucket is tried the way W&B and browsers use it.
//!
//! W&B hands out pre-signed URLs and never touches the data itself, so a bucket works when such URLs do. The proof is made with the
//! credentials at hand, not with W&B's. It catches what no configuration shows: encryption that is accepted and broken, a wrong clock, a name
//! that does not resolve, CORS that is ignored.

use std::fmt;

use futures_util::TryFutureExt;

use super::cors::preflight_fault;
use super::facts::ask_browsers;
use super::patience::{SHORT, passes, patiently, sleep};
use super::{Verdict, Wish};
use crate::clouds::s3::{Bucket, Probe};
use crate::clouds::{Error, Kind};

/// What is tried, in the words of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// A pre-signed PUT.
    Write,
    /// What was written is encrypted as asked.
    Encryption,
    /// A pre-signed HEAD.
    Head,
    /// A pre-signed GET gives the same bytes.
    Read,
    /// The listing shows the object.
    List,
    /// A multipart upload can be begun and aborted.
    Upload,
    /// A browser's preflight is answered well.
    Preflight,
    /// A script in a browser may see the `ETag`.
    ExposeEtag,
    /// What was written can be removed.
    Remove,
}

impl Check {
    /// What to do when it fails.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Write => {
                "Give the access key `s3:PutObject` on the bucket, and see that nothing in the store forbids new objects."
            }
            Self::Encryption => {
                "See that the store's key management works and has the key, or ask for another encryption."
            }
            Self::Head | Self::Read => "Give the access key `s3:GetObject` on the bucket.",
            Self::List => "Give the access key `s3:ListBucket` on the bucket.",
            Self::Upload => {
                "Give the access key `s3:PutObject` and `s3:AbortMultipartUpload` on the bucket."
            }
            Self::Preflight | Self::ExposeEtag => {
                "See that the store answers CORS requests by the rules of the bucket, and that no proxy before it answers in its place."
            }
            Self::Remove => {
                "Give the access key `s3:DeleteObject` and `s3:DeleteObjectVersion` on the bucket, and remove the object by hand."
            }
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Write => "an object cannot be written",
            Self::Encryption => "objects are not encrypted as asked",
            Self::Head => "the head of an object cannot be read",
            Self::Read => "an object cannot be read back",
            Self::List => "the bucket's listing does not show an object",
            Self::Upload => "a multipart upload cannot be begun and aborted",
            Self::Preflight => "a browser's preflight is refused",
            Self::ExposeEtag => "a browser may not see the ETag",
            Self::Remove => "an object cannot be removed",
        })
    }
}

/// A check that failed, and why.
#[derive(Debug)]
pub struct ProofFailure {
    /// Which.
    pub check: Check,
    /// Why, in one line.
    pub cause: String,
    /// It may be over in a moment, where documents and keys are not known everywhere at once.
    passing: bool,
    /// It is the fault of the key, in these words.
    of_key: Option<&'static str>,
}

impl ProofFailure {
    /// What was seen is not what was asked for; it may be what was there before.
    fn seen(check: Check, cause: impl Into<String>) -> Self {
        Self {
            check,
            cause: cause.into(),
            passing: true,
            of_key: None,
        }
    }

    fn failed(check: Check, error: &Error) -> Self {
        Self {
            check,
            cause: error.to_string(),
            passing: passes(error)
                || matches!(error.kind(), Kind::NotFound)
                || error.code().is_some_and(|code| REVIVED.contains(&code)),
            of_key: key_fault(error),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.of_key.unwrap_or_else(|| self.check.remedy())
    }
}

/// What to do where S3 says that it is the key which stands in the way (S3 User Guide, "Using server-side encryption with AWS KMS keys").
fn key_fault(error: &Error) -> Option<&'static str> {
    let words = error.to_string();
    match error.code() {
        Some("KMS.DisabledException") => {
            Some("The bucket's key is disabled. Enable it, or give the bucket another key.")
        }
        Some("KMS.NotFoundException") => {
            Some("The bucket's key does not exist. Give the bucket a key that does.")
        }
        Some("KMS.KMSInvalidStateException") => Some(
            "The bucket's key cannot be used; it may be scheduled for deletion. Make it usable again, or give the bucket another key.",
        ),
        _ if words.contains("kms:GenerateDataKey") || words.contains("kms:Decrypt") => Some(
            "Allow `kms:GenerateDataKey` and `kms:Decrypt` on the bucket's key to these credentials, in their own policy and, for a key of another \
             account, in the key's.",
        ),
        _ => None,
    }
}

/// What S3 says while it does not know yet that a key can be used again.
const REVIVED: [&str; 2] = ["KMS.DisabledException", "KMS.KMSInvalidStateException"];

/// How much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything.
    Whole,
    /// Only that what is written is encrypted as asked: no store's word is taken for that.
    Encryption,
}

/// How the keys begin of what a proof writes.
pub(super) fn proof_prefix(path: Option<&str>) -> String {
    let folder = path.map(|path| format!("{path}/")).unwrap_or_default();
    format!("{folder}.terraform-provider-wandb-proof-")
}

/// Tries the bucket and leaves nothing behind: no object, no version, no delete marker. `beside` is run at the same time and fails it, too; `ending`
/// beside the last step, once all else has succeeded.
///
/// # Errors
/// The first check that failed.
pub async fn prove<E: From<ProofFailure>>(
    bucket: &Bucket,
    wish: &Wish,
    cors: Option<&Verdict>,
    extent: Extent,
    beside: impl Future<Output = Result<(), E>>,
    ending: impl Future<Output = Result<(), E>>,
) -> Result<(), E> {
    let id = uuid::Uuid::new_v4();
    let probe = bucket.probe(format!("{}{id}", proof_prefix(wish.path.as_deref())));
    // Where somebody else must see to CORS, the verdict says so; failing for it here would keep the bucket from being made.
    let browsers = extent == Extent::Whole
        && !matches!(cors, Some(Verdict::NeedsYou(_) | Verdict::NotOffered(_)));

    let tried = async {
        let upload = async {
            if extent == Extent::Whole {
                patiently(wish.pauses(SHORT), || probe.upload())
                    .await
                    .map_err(|error| ProofFailure::failed(Check::Upload, &error).into())
            } else {
                Ok(())
            }
        };
        let objects = patient_objects(&probe, bucket, wish, extent, browsers).map_err(E::from);
        // To the end, also where one fails early: an upload that is begun while nobody waits for it would stay.
        let (objects, upload, beside) = tokio::join!(objects, upload, beside);
        objects.and(upload).and(beside)
    };
    let tried = tried.await;
    let removed = probe.remove();
    if let Err(failure) = tried {
        // The failure is what matters; what cannot be removed either is named by the next proof or by the refusal to delete.
        if let Err(error) = removed.await {
            tracing::warn!(%error, "the object of a failed proof could not be removed");
        }
        return Err(failure);
    }
    let (removed, ended) = tokio::join!(removed, ending);
    removed.map_err(|error| ProofFailure::failed(Check::Remove, &error))?;
    ended
}

async fn patient_objects(
    probe: &Probe<'_>,
    bucket: &Bucket,
    wish: &Wish,
    extent: Extent,
    browsers: bool,
) -> Result<(), ProofFailure> {
    for pause in wish.pauses(SHORT) {
        match objects(probe, bucket, wish, extent, browsers).await {
            Err(failure) if failure.passing => {
                tracing::info!(check = %failure.check, cause = failure.cause, "waiting until the proof succeeds");
                sleep(*pause).await;
            }
            other => return other,
        }
    }
    objects(probe, bucket, wish, extent, browsers).await
}

async fn objects(
    probe: &Probe<'_>,
    bucket: &Bucket,
    wish: &Wish,
    extent: Extent,
    browsers: bool,
) -> Result<(), ProofFailure> {
    let content = format!(
        "Written by terraform-provider-wandb to prove that the bucket {:?} works; it may be removed.\n",
        bucket.name()
    );
    let used = probe
        .put(content.as_bytes())
        .await
        .map_err(|error| ProofFailure::failed(Check::Write, &error))?;
    let head = async {
        let told = probe
            .head()
            .await
            .map_err(|error| ProofFailure::failed(Check::Head, &error))?;
        encrypted(wish, told.or(used).as_deref())
    };
    if extent == Extent::Encryption {
        return head.await;
    }
    let read = async {
        let (found, exposed) = probe
            .get(&wish.cors.front_end)
            .await
            .map_err(|error| ProofFailure::failed(Check::Read, &error))?;
        if found != content.as_bytes() {
            return Err(ProofFailure::seen(
                Check::Read,
                "other bytes came back than were written",
            ));
        }
        let from_everywhere =
            wish.cors.origins.contains("*") || wish.cors.origins.contains(&wish.cors.front_end);
        if browsers && from_everywhere && !exposed {
            return Err(ProofFailure::seen(
                Check::ExposeEtag,
                "Access-Control-Expose-Headers lacks ETag",
            ));
        }
        Ok(())
    };
    let list = async {
        match probe.is_listed().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(ProofFailure::seen(Check::List, "the object is not listed")),
            Err(error) => Err(ProofFailure::failed(Check::List, &error)),
        }
    };
    let preflights = async {
        if browsers {
            preflights(bucket, wish).await
        } else {
            Ok(())
        }
    };
    tokio::try_join!(head, read, list, preflights).map(drop)
}

async fn preflights(bucket: &Bucket, wish: &Wish) -> Result<(), ProofFailure> {
    let answers = ask_browsers(bucket, wish)
        .await
        .map_err(|error| ProofFailure::failed(Check::Preflight, &error))?;
    match answers.iter().find_map(preflight_fault) {
        None => Ok(()),
        Some(fault) => Err(ProofFailure::seen(Check::Preflight, fault)),
    }
}

fn encrypted(wish: &Wish, used: Option<&str>) -> Result<(), ProofFailure> {
    match &wish.encryption {
        Some(wanted) if used != Some(wanted.algorithm.as_str()) => {
            let cause = format!(
                "{} was asked for, and the store used {}",
                wanted.algorithm,
                used.unwrap_or("none")
            );
            Err(ProofFailure::seen(Check::Encryption, cause))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_key_stands_in_the_way_the_remedy_says_so() {
        let denied = "User: arn:aws:iam::111122223333:user/deploy is not authorized to perform: kms:GenerateDataKey on this resource";
        let failure = ProofFailure::failed(Check::Write, &Error::refused("PutObject", denied));
        assert!(failure.remedy().contains("`kms:GenerateDataKey`"));
        let disabled = Error::sample(Kind::Invalid, 400, "KMS.DisabledException");
        let failure = ProofFailure::failed(Check::Write, &disabled);
        assert!(failure.remedy().contains("key is disabled"));
        let failure = ProofFailure::failed(Check::Write, &Error::refused("PutObject", "No."));
        assert_eq!(failure.remedy(), Check::Write.remedy());
    }
}
