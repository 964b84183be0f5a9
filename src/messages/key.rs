//! What is said of the key of a bucket on AWS.

use super::store::permission;
use crate::clouds::Error;
use crate::clouds::aws::KeyState;
use crate::framework::diagnostic::Diagnostic;
use crate::framework::path::Path;
use crate::requirements::key::Unfit;

/// A key that is given cannot encrypt the bucket.
#[must_use]
pub fn unfit(arn: &str, why: &Unfit, now: &str) -> Diagnostic {
    let refused = |summary: &str, detail: String| {
        Diagnostic::error(summary, detail).at(Path::of("aws").attribute("kms_key_arn"))
    };
    let cannot = |what: String, remedy: &str| {
        refused(
            "The key cannot be used",
            format!(
                "The key {arn} {what}: S3 would take it, and every write to the bucket would fail. {now}\n\n{remedy}"
            ),
        )
    };
    match why {
        Unfit::Missing => refused(
            "The key does not exist",
            format!(
                "AWS knows no key {arn} that these credentials could see. {now}\n\nCheck `aws.kms_key_arn`: account, region and id; or remove it, and a \
                 key is made."
            ),
        ),
        Unfit::Asymmetric => cannot(
            "does not encrypt and decrypt with one secret".to_owned(),
            "Give a symmetric key in `aws.kms_key_arn`, or remove it, and a key is made.",
        ),
        Unfit::State(KeyState::Disabled) => cannot(
            "is disabled".to_owned(),
            &format!(
                "Enable it, or give another key. To enable it, run\n\n{}",
                command("enable-key", arn)
            ),
        ),
        Unfit::State(KeyState::PendingDeletion(until)) => cannot(
            match until {
                Some(until) => format!("is scheduled for deletion on {until}"),
                None => "is scheduled for deletion".to_owned(),
            },
            &format!("Give another key, or keep this one. {}", undo(arn)),
        ),
        Unfit::State(KeyState::Enabled) => cannot("is not ready".to_owned(), "Apply again."),
        Unfit::State(KeyState::Other(state)) => cannot(
            format!("is in the state {state}"),
            "Give another key in `aws.kms_key_arn`, or have whoever looks after it make it usable.",
        ),
    }
}

/// A destroy scheduled the deletion of the bucket's own key.
#[must_use]
pub fn retired(name: &str, arn: &str, until: Option<&str>) -> Diagnostic {
    Diagnostic::warning(
        format!("The key of the bucket {name:?} is scheduled for deletion"),
        format!(
            "The bucket is gone. Its key {arn} {}. {}\n\nCopies of objects elsewhere that are encrypted with it cannot be read after that.",
            goes(until),
            undo(arn)
        ),
    )
}

/// A create failed, and the key that it made, or had made usable again, is scheduled for deletion.
#[must_use]
pub fn taken_back(name: &str, arn: &str, until: Option<&str>) -> Diagnostic {
    Diagnostic::warning(
        format!("The key made for the bucket {name:?} is scheduled for deletion"),
        format!(
            "The create failed, and its key {arn} is not needed. It {}, and AWS does not charge for it meanwhile. {}",
            goes(until),
            undo(arn)
        ),
    )
}

/// Why a key is still there, enabled, after an apply failed.
#[derive(Debug, Clone, Copy)]
pub enum Left<'a> {
    /// It was made in vain, has no name, and its deletion could not be scheduled.
    Unnamed,
    /// It was made in vain, and its deletion could not be scheduled.
    Unscheduled(&'a Error),
    /// It was there before.
    Found,
    /// It was found by its tag, could not be named, and may be needed.
    Needed,
    /// The bucket of another create is encrypted with it.
    Encrypts,
    /// The other create had not ended.
    Open,
}

/// An apply failed and left a key.
#[must_use]
pub fn left(name: &str, arn: &str, why: Left<'_>) -> Diagnostic {
    let schedule = command("schedule-key-deletion", arn);
    let detail = match why {
        Left::Unnamed => format!(
            "AWS charges for {arn} until it is deleted. It has no name, nothing is encrypted with it, and its deletion could not be scheduled. To be \
             rid of it, run\n\n{schedule}"
        ),
        Left::Unscheduled(error) => format!(
            "AWS charges for {arn} until it is deleted. Nothing is encrypted with it, and its deletion could not be scheduled: {error}.\n\nThe next \
             create of the bucket uses it. If there will be none, run\n\n{schedule}"
        ),
        Left::Found => format!(
            "An earlier create of a bucket of that name made {arn}, so this one left it as it is; AWS charges for it.\n\nThe next create of the bucket \
             uses it. If there will be none, and nothing that it encrypted is needed any more, run\n\n{schedule}"
        ),
        Left::Needed => format!(
            "The key {arn} was made for this bucket and could not be given its name. Objects of the bucket may be encrypted with it, so it must \
             stay.\n\nThe next apply finds it again by its tag; nothing needs to be done about it."
        ),
        Left::Encrypts => format!(
            "This run made {arn}, and the bucket of the other run is encrypted with it, so it must stay. AWS charges for it.\n\nWhoever owns the \
             bucket keeps the key. Once a plan there shows that the bucket uses another key, and no object needs this one, run\n\n{schedule}"
        ),
        Left::Open => format!(
            "This run made {arn}, and the other run, which had not ended, may use it. AWS charges for it.\n\nOnce the other run has ended, look \
             at the bucket's default encryption. If it names another key, run\n\n{schedule}"
        ),
    };
    Diagnostic::warning(
        format!("The key made for the bucket {name:?} is still there"),
        detail,
    )
}

/// A destroy could not take the name from the key of the bucket.
#[must_use]
pub fn keeps_name(name: &str, alias: &str, arn: &str, error: &Error) -> Diagnostic {
    let region = region(arn);
    Diagnostic::warning(
        format!("The key of the bucket {name:?} keeps its name"),
        format!(
            "The bucket is gone, and {alias} still names its key: {error}. It goes with the key; a bucket of that name made before then uses the key \
             again. To remove it now, run\n\n    aws kms delete-alias{region} --alias-name {alias}\n\nThat, and the provider, need the permission \
             `{}`.",
            permission(error)
        ),
    )
}

/// A destroy left the key alone, because it does not say whose it is.
#[must_use]
pub fn not_ours(name: &str, arn: &str, tag: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("The key of the bucket {name:?} was left alone"),
        format!(
            "The bucket is gone. Its key {arn} lacks the tag `{tag}` with the bucket's name, which somebody took away, and only a key with that tag \
             is ever scheduled for deletion. It is still there, and AWS charges for it.\n\nIf nothing else uses it, run\n\n{}",
            command("schedule-key-deletion", arn)
        ),
    )
}

/// Somebody else removed the bucket; its key stayed.
#[must_use]
pub fn without_bucket(name: &str, arn: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("The bucket {name:?} is gone, and its key is not"),
        format!(
            "Somebody removed the bucket, so it leaves the state. Its own key {arn} was not touched, and AWS charges for it.\n\nThe next create of \
             the bucket uses it. If there will be none, and no copy of an object needs it, run\n\n{}",
            command("schedule-key-deletion", arn)
        ),
    )
}

/// A destroy of a bucket without a key of its own could not see whether an earlier key is left.
#[must_use]
pub fn not_looked_for(name: &str, alias: &str, error: &Error) -> Diagnostic {
    Diagnostic::warning(
        format!("No key of the bucket {name:?} could be looked for"),
        format!(
            "The bucket is gone. It had no key of its own when it was last applied; whether one from before is left could not be seen, because the key \
             management did not answer: {error}.\n\nIf the bucket once had a key, look for the alias {alias} and schedule the deletion of its key; \
             otherwise nothing needs to be done."
        ),
    )
}

fn goes(until: Option<&str>) -> String {
    match until {
        Some(until) => format!("will be deleted on {until}"),
        None => "will be deleted when its waiting period is over".to_owned(),
    }
}

/// A key whose deletion is cancelled is disabled (AWS KMS API, CancelKeyDeletion).
fn undo(arn: &str) -> String {
    format!(
        "Until then that can be undone with\n\n{}\n{}",
        command("cancel-key-deletion", arn),
        command("enable-key", arn)
    )
}

fn command(what: &str, arn: &str) -> String {
    format!("    aws kms {what}{} --key-id {arn}", region(arn))
}

/// The option that names the region of `arn:PARTITION:kms:REGION:ACCOUNT:key/ID`: the one that the shell is set to may be another.
fn region(arn: &str) -> String {
    let region = arn.split(':').nth(3).filter(|region| !region.is_empty());
    region.map_or_else(String::new, |region| format!(" --region {region}"))
}
