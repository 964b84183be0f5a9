//! A call to the store failed.

use crate::clouds::{Error, Kind, TlsProblem};
use crate::framework::diagnostic::Diagnostic;
use crate::framework::operation::Interrupted;

/// A call failed.
///
/// `doing` is what was being done and to what, such as `Reading the bucket "acme"`; `now` is what is true now, in whole
/// sentences.
#[must_use]
pub fn call_failed(doing: &str, now: &str, error: &Error) -> Diagnostic {
    let (what, remedy) = explain(error);
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
                "Find out why the store is slow, or give it more time with `timeouts.{attribute}`, and apply again."
            ),
        ),
    };
    Diagnostic::error(
        summary,
        format!("{doing} was ended because {cause}. {now}\n\n{remedy}"),
    )
}

/// What the failure means, and what to do about it.
fn explain(error: &Error) -> (String, String) {
    let endpoint = error.endpoint();
    let operation = error.operation();
    let say = |what: &str, remedy: &str| (what.to_owned(), remedy.to_owned());
    match error.kind() {
        Kind::BucketAbsent => say(
            "the store says that the bucket does not exist.",
            "Somebody removed it. Run `terraform plan`: it will show what is to be made again.",
        ),
        Kind::NotFound => say(
            "the store answered \"not found\" without saying what.",
            "Some stores answer so to an access key they do not know. Check the endpoint and the access key in the provider block.",
        ),
        Kind::AlreadyOwned | Kind::OwnedByOther => {
            say("a bucket of that name exists already.", "Import it if it is yours, or choose another name.")
        }
        Kind::Forbidden => (
            format!("the store does not allow these credentials to call {operation}."),
            format!(
                "If the bucket is yours, give the access key the permission `s3:{}`. If it is not, choose another name.",
                permission(operation)
            ),
        ),
        Kind::UnknownAccessKey => say(
            "the store does not know the access key.",
            "Check `s3_compatible.access_key` in the provider block, or WANDB_S3_ACCESS_KEY, and that the endpoint is the right store.",
        ),
        Kind::SignatureMismatch => say(
            "the store knows the access key, but the secret key does not belong to it.",
            "Check `s3_compatible.secret_key` in the provider block, or WANDB_S3_SECRET_KEY. A proxy that rewrites requests has the same \
             effect.",
        ),
        Kind::ExpiredCredentials => say("the credentials have expired.", "Get new ones and run the command again."),
        Kind::WrongRegion { expected } => {
            let wanted = expected.as_ref().map_or_else(String::new, |region| format!(": it is in {region:?}"));
            let set = expected.as_deref().unwrap_or("REGION");
            (
                format!("the request was signed for another region than the store's{wanted}."),
                format!("Set `s3_compatible.region = {set:?}` in the provider block, or WANDB_S3_REGION."),
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
            "Check `s3_compatible.kms_key_id`: the key must exist before the bucket uses it.",
        ),
        Kind::Throttled => say("the store asked to slow down, again and again.", "Run the command again later, with a lower `-parallelism`."),
        Kind::Unavailable => say("the store had a fault of its own.", "Look at its log or its status page, and run the command again."),
        Kind::Conflict => say("something else is changing the bucket at the same time.", "Wait until it has ended, and run the command again."),
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
            "Check `s3_compatible.endpoint` in the provider block, or WANDB_S3_ENDPOINT, the name's DNS entry, the port and the firewall."
                .to_owned(),
        ),
        Kind::Interrupted => (
            format!("the connection to {endpoint} broke off before the answer; the store may have acted."),
            "Run the command again: it looks first what is there.".to_owned(),
        ),
        Kind::Tls(problem) => explain_tls(endpoint, *problem),
        Kind::Garbage => (
            format!("{endpoint} answered with something that is not S3."),
            "Check `s3_compatible.endpoint`: it must be the store's S3 port, not its console, and no login page or proxy may be in between."
                .to_owned(),
        ),
    }
}

fn explain_tls(endpoint: &str, problem: TlsProblem) -> (String, String) {
    match problem {
        TlsProblem::PlaintextServer => (
            format!("{endpoint} does not speak TLS, but the endpoint begins with https."),
            "Write `http://` in `s3_compatible.endpoint`, or switch TLS on in the store.".to_owned(),
        ),
        TlsProblem::EncryptedServer => (
            format!("{endpoint} speaks TLS, but the endpoint begins with http."),
            "Write `https://` in `s3_compatible.endpoint`.".to_owned(),
        ),
        TlsProblem::UntrustedCertificate => (
            format!("the certificate of {endpoint} is signed by nobody this machine trusts."),
            "Give the certificate of its authority in `s3_compatible.ca_bundle`. W&B itself needs a publicly trusted one.".to_owned(),
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

/// The permission that a call needs, where it is not the call's own name (Amazon S3, "Actions, resources, and condition keys").
fn permission(operation: &str) -> &str {
    match operation {
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
    }
}

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
