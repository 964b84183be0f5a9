//! A call to the store failed.

use crate::clouds::{Cloud, Error, Kind, TlsProblem};
use crate::framework::diagnostic::Diagnostic;
use crate::framework::operation::Interrupted;

/// A call failed.
///
/// `doing` is what was being done and to what, such as `Reading the bucket "acme"`; `now` is what is true now, in whole
/// sentences.
#[must_use]
pub fn call_failed(cloud: Cloud, doing: &str, now: &str, error: &Error) -> Diagnostic {
    let (what, remedy) = explain(cloud, error);
    told(doing, now, &what, &remedy, error)
}

/// The same of a call that may be refused because the name belongs to somebody else.
#[must_use]
pub fn name_refused(cloud: Cloud, doing: &str, now: &str, error: &Error) -> Diagnostic {
    let (what, remedy) = explain(cloud, error);
    let remedy = format!("{remedy} If the bucket is somebody else's, choose another name.");
    told(doing, now, &what, &remedy, error)
}

fn told(doing: &str, now: &str, what: &str, remedy: &str, error: &Error) -> Diagnostic {
    let detail = format!(
        "{doing} failed: {what} {now}\n\n{remedy}\n\n{}\n{error}",
        facts(error)
    );
    Diagnostic::error(format!("{doing} failed"), detail)
}

/// An operation was stopped before its end.
#[must_use]
pub fn interrupted(doing: &str, now: &str, attribute: &str, cause: Interrupted) -> Diagnostic {
    let (summary, remedy) = match cause {
        Interrupted::Cancelled => (
            format!("{doing} was stopped"),
            "Apply again to go on.".to_owned(),
        ),
        Interrupted::TimedOut(limit) => (
            format!("{doing} took longer than {} seconds", limit.as_secs()),
            format!(
                "Find out why it is slow, or give it more time with `timeouts.{attribute}`, and apply again."
            ),
        ),
    };
    Diagnostic::error(
        summary,
        format!("{doing} was ended because {cause}. {now}\n\n{remedy}"),
    )
}

/// What the failure means, and what to do about it.
fn explain(cloud: Cloud, error: &Error) -> (String, String) {
    let words = Words::of(cloud);
    let endpoint = error.endpoint();
    let operation = error.operation();
    let say = |what: &str, remedy: &str| (what.to_owned(), remedy.to_owned());
    match error.kind() {
        Kind::BucketAbsent => say(
            "the store says that the bucket does not exist.",
            "Somebody removed it. Run `terraform plan`: it will show what is to be made again.",
        ),
        Kind::NotFound if error.code() == Some("NoSuchBucket") => say(
            "one of its answers said that the bucket does not exist, and another that it does.",
            "What was made or changed a moment ago is not known everywhere at once. Run the command again.",
        ),
        Kind::NotFound => say(
            "the store answered \"not found\" without saying what.",
            "Some stores answer so to an access key they do not know. Check the endpoint and the access key in the provider block.",
        ),
        Kind::AlreadyOwned | Kind::OwnedByOther => {
            say("a bucket of that name exists already.", "Import it if it is yours, or choose another name.")
        }
        Kind::Forbidden => (
            format!("{} does not allow these credentials to call {operation}.", service(operation).0),
            format!(
                "Give them the permission `{}`, and see that no policy between denies it.",
                permission(error)
            ),
        ),
        Kind::NoCredentials => (
            "no credentials could be had.".to_owned(),
            format!("Check {}; the cause is below.", words.access_key),
        ),
        Kind::UnknownAccessKey => (
            "the store does not know the access key.".to_owned(),
            format!("Check {}, and that {}.", words.access_key, words.right_place),
        ),
        Kind::SignatureMismatch => (
            "the store knows the access key, but the secret key does not belong to it.".to_owned(),
            format!("Check {}. A proxy that rewrites requests has the same effect.", words.secret_key),
        ),
        // A region that the account has not enabled says so of the token of a session (IAM User Guide, "Managing AWS STS in an AWS Region").
        Kind::ExpiredCredentials if error.code() == Some("InvalidToken") => (
            "the store does not accept the session's token.".to_owned(),
            format!("Get new credentials; see, too, that {}.", words.right_place),
        ),
        Kind::ExpiredCredentials => say("the credentials have expired.", "Get new ones and run the command again."),
        Kind::WrongRegion { expected } => {
            let wanted = expected.as_ref().map_or_else(String::new, |region| format!(": it is in {region:?}"));
            let set = expected.as_deref().unwrap_or("REGION");
            (
                format!("the request was signed for another region than the store's{wanted}."),
                words.set_region(set, operation),
            )
        }
        Kind::ClockSkew { server, local } => {
            let server = server.as_deref().unwrap_or("another time");
            (
                format!("the clock of this machine differs too much from the store's: here it is {local}, there {server}."),
                "Set the clock of this machine (NTP), and run the command again.".to_owned(),
            )
        }
        Kind::Unsupported => {
            (format!("the store does not offer {operation}."), "Use a store that does, or leave the attribute out.".to_owned())
        }
        Kind::BucketNotEmpty => say("the bucket is not empty.", "Empty it, or set `force_destroy = true`, apply, and destroy again."),
        Kind::KeyNotFound => say(
            "the store's key management does not know the encryption key.",
            words.key,
        ),
        Kind::UnknownPrincipal => say(
            "the policy names a principal that does not exist, or is not known yet.",
            "Check the account and the role in `principal_arns`; the role must exist before the bucket grants it anything. A statement of somebody else \
             in the same policy may name a role that was deleted: AWS shows it as an id that begins with AROA or AIDA; remove it.",
        ),
        Kind::Throttled => say("the store asked to slow down, again and again.", "Run the command again later, with a lower `-parallelism`."),
        Kind::Unavailable => say("the store had a fault of its own.", "Look at its log or its status page, and run the command again."),
        Kind::Conflict if operation == "CreateBucket" && cloud == Cloud::Aws => say(
            "AWS is still busy with a bucket of that name.",
            "Run the command again later. The name of a bucket that was deleted a moment ago can stay blocked for an hour.",
        ),
        Kind::Conflict => say("something else is changing the bucket at the same time.", "Wait until it has ended, and run the command again."),
        Kind::Invalid if error.code() == Some("TooManyBuckets") => say(
            "the account may not have more buckets.",
            "Remove buckets that nobody needs, or ask for a higher quota \"Buckets\" of Amazon S3 (AWS Service Quotas).",
        ),
        Kind::Invalid if error.code() == Some("LimitExceededException") => say(
            "a quota of AWS KMS is used up.",
            "Remove keys or aliases that nobody needs, or ask for a higher quota: \"Customer managed keys\" or \"Aliases per key\" of AWS KMS (AWS \
             Service Quotas).",
        ),
        Kind::Invalid => say(
            "the store refused the request as wrong.",
            "Its own words are below. If your configuration is right, this is a fault of the provider: please report it.",
        ),
        Kind::TimedOut => (
            format!("{endpoint} did not answer in time."),
            "Check that the store is up and that no firewall drops the connection, and run the command again.".to_owned(),
        ),
        Kind::Unreachable => (
            format!("{endpoint} cannot be reached."),
            format!("Check {}, the name's DNS entry, the port, the proxy and the firewall.", words.endpoint),
        ),
        Kind::Interrupted => (
            format!("the connection to {endpoint} broke off before the answer; the store may have acted."),
            "Run the command again: it looks first what is there.".to_owned(),
        ),
        Kind::Tls(problem) => explain_tls(cloud, endpoint, *problem),
        Kind::Garbage => (
            format!("{endpoint} answered with something that is not {}.", service(operation).1),
            format!(
                "Check {}: it must be the port of the service, not a console, and no login page or proxy may be in between.",
                words.endpoint
            ),
        ),
    }
}

fn explain_tls(cloud: Cloud, endpoint: &str, problem: TlsProblem) -> (String, String) {
    let attribute = Words::of(cloud).endpoint;
    match problem {
        TlsProblem::PlaintextServer => (
            format!("{endpoint} does not speak TLS, but the endpoint begins with https."),
            format!("Write `http://` in {attribute}, or switch TLS on in the store."),
        ),
        TlsProblem::EncryptedServer => (
            format!("{endpoint} speaks TLS, but the endpoint begins with http."),
            format!("Write `https://` in {attribute}."),
        ),
        TlsProblem::UntrustedCertificate => (
            format!("the certificate of {endpoint} is signed by nobody this machine trusts."),
            match cloud {
                Cloud::S3Compatible => {
                    "Give the certificate of its authority in `s3_compatible.ca_bundle`. W&B itself needs a publicly trusted one."
                }
                Cloud::Aws => "Something between here and AWS breaks TLS open: have this machine trust its authority, or go around it.",
            }
            .to_owned(),
        ),
        TlsProblem::WrongName => (
            format!("the certificate of {endpoint} is for another name."),
            "Use the name in the certificate as the endpoint's host, or have the certificate reissued.".to_owned(),
        ),
        TlsProblem::Other => (
            format!("no TLS connection to {endpoint} could be made."),
            "The cause is below. The store must offer TLS 1.2 or 1.3 and a certificate that is valid today.".to_owned(),
        ),
    }
}

/// What the parts of a store's configuration are called, for remedies.
struct Words {
    access_key: &'static str,
    secret_key: &'static str,
    endpoint: &'static str,
    key: &'static str,
    right_place: &'static str,
    cloud: Cloud,
}

impl Words {
    fn of(cloud: Cloud) -> Self {
        match cloud {
            Cloud::S3Compatible => Self {
                access_key: "`s3_compatible.access_key` in the provider block, or WANDB_S3_ACCESS_KEY",
                secret_key: "`s3_compatible.secret_key` in the provider block, or WANDB_S3_SECRET_KEY",
                endpoint: "`s3_compatible.endpoint` in the provider block, or WANDB_S3_ENDPOINT",
                key: "Check `s3_compatible.kms_key_id`: the key must exist before the bucket uses it.",
                right_place: "the endpoint is the right store",
                cloud,
            },
            Cloud::Aws => Self {
                access_key: "`aws` in the provider block, the variables AWS_ACCESS_KEY_ID and AWS_PROFILE, and the shared files",
                secret_key: "`aws` in the provider block, the variables AWS_SECRET_ACCESS_KEY and AWS_PROFILE, and the shared files",
                endpoint: "`aws.endpoints` in the provider block, or AWS_ENDPOINT_URL",
                key: "Check `aws.kms_key_arn`: the key must exist, in the bucket's region, before the bucket uses it.",
                right_place: "your account has the bucket's region: one that AWS opened after 2019 knows only keys of accounts that enabled it",
                cloud,
            },
        }
    }

    fn set_region(&self, region: &str, operation: &str) -> String {
        match self.cloud {
            Cloud::S3Compatible => format!(
                "Set `s3_compatible.region = {region:?}` in the provider block, or WANDB_S3_REGION."
            ),
            Cloud::Aws if operation == "CreateBucket" => {
                format!("Set `aws.region = {region:?}` of the bucket.")
            }
            // Where the bucket is in the state a changed region plans another bucket.
            Cloud::Aws => format!(
                "A bucket does not move, and a changed `aws.region` plans another one. Take this one out of the state with `terraform state rm`, set \
                 `aws.region = {region:?}`, and import it as `aws/` and its name."
            ),
        }
    }
}

/// The permission that a call lacks: the one that AWS names, which may be another than the call's own (to make a key with tags takes one to tag), else
/// the call's (AWS Service Authorization Reference).
pub(super) fn permission(error: &Error) -> String {
    let words = error.to_string();
    let named = words.split_once("not authorized to perform: ");
    let named = named.and_then(|(_, after)| after.split([' ', ',']).next());
    match named.filter(|named| is_permission(named)) {
        Some(named) => named.to_owned(),
        None => permission_of(error.operation()),
    }
}

fn is_permission(text: &str) -> bool {
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
    text.split_once(':')
        .is_some_and(|(service, action)| letters(service) && letters(action))
}

/// Who answers a call, as messages call it, and what its answers are.
fn service(operation: &str) -> (&'static str, &'static str) {
    match operation {
        _ if KEY_CALLS.contains(&operation) => ("AWS KMS", "AWS KMS"),
        ACCOUNT_CALL => ("AWS STS", "AWS STS"),
        _ => ("the store", "S3"),
    }
}

/// The call to the token service.
const ACCOUNT_CALL: &str = "GetCallerIdentity";

fn permission_of(operation: &str) -> String {
    if KEY_CALLS.contains(&operation) {
        return format!("kms:{operation}");
    }
    if operation == ACCOUNT_CALL {
        return format!("sts:{operation}");
    }
    let action = match operation {
        "GetBucketPublicAccessBlock" | "GetPublicAccessBlock" => "GetBucketPublicAccessBlock",
        "PutPublicAccessBlock" => "PutBucketPublicAccessBlock",
        "ListObjectsV2" | "ListObjects" | "HeadBucket" => "ListBucket",
        "ListObjectVersions" => "ListBucketVersions",
        "ListMultipartUploads" => "ListBucketMultipartUploads",
        "GetBucketCors" => "GetBucketCORS",
        "PutBucketCors" => "PutBucketCORS",
        "GetBucketEncryption" => "GetEncryptionConfiguration",
        "PutBucketEncryption" | "DeleteBucketEncryption" => "PutEncryptionConfiguration",
        "GetBucketLifecycleConfiguration" => "GetLifecycleConfiguration",
        "PutBucketLifecycleConfiguration" | "DeleteBucketLifecycle" => "PutLifecycleConfiguration",
        "DeleteBucketTagging" => "PutBucketTagging",
        "DeleteObjects" => "DeleteObjectVersion",
        "HeadObject" => "GetObject",
        "CreateMultipartUpload" => "PutObject",
        other => other,
    };
    format!("s3:{action}")
}

/// The calls to the key management.
const KEY_CALLS: [&str; 16] = [
    "CancelKeyDeletion",
    "CreateAlias",
    "CreateKey",
    "DeleteAlias",
    "DescribeKey",
    "EnableKey",
    "EnableKeyRotation",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "ListKeys",
    "ListResourceTags",
    "PutKeyPolicy",
    "ScheduleKeyDeletion",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
];

fn facts(error: &Error) -> String {
    let mut facts = vec![
        format!("Call: {}", error.operation()),
        format!("Endpoint: {}", error.endpoint()),
    ];
    facts.extend(
        error
            .status()
            .map(|status| format!("HTTP status: {status}")),
    );
    facts.extend(error.code().map(|code| format!("Code: {code}")));
    facts.extend(error.request_id().map(|id| format!("Request id: {id}")));
    facts.push(format!("Attempts: {}", error.attempts()));
    facts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_permission_that_aws_names_goes_before_that_of_the_call() {
        let refused = |operation, words: &str| Error::refused(operation, words);
        let words = "User: arn:aws:iam::111122223333:user/deploy is not authorized to perform: kms:TagResource because no identity-based policy \
                     allows the kms:TagResource action";
        assert_eq!(permission(&refused("CreateKey", words)), "kms:TagResource");
        assert_eq!(permission(&refused("CreateKey", "No.")), "kms:CreateKey");
        assert_eq!(
            permission(&refused(ACCOUNT_CALL, "No.")),
            "sts:GetCallerIdentity"
        );
    }
}
