//! The provider block lacks something, or holds something wrong.

use crate::framework::diagnostic::Diagnostic;
use crate::framework::path::Path;

/// A bucket needs the endpoint of its store.
#[must_use]
pub fn no_endpoint() -> Diagnostic {
    Diagnostic::error(
        "The endpoint of the S3-compatible store is not known",
        "A bucket with `s3_compatible` lives in the store that the provider block names, and it names none. Nothing was changed.\n\nSet \
         `s3_compatible = { endpoint = \"https://minio.example.com\" }` in the block `provider \"wandb\"`, or the environment variable \
         WANDB_S3_ENDPOINT.",
    )
}

/// A bucket needs credentials of its store.
#[must_use]
pub fn no_credentials() -> Diagnostic {
    Diagnostic::error(
        "There are no credentials for the S3-compatible store",
        "Neither the provider block nor the environment has an access key. Nothing was changed.\n\nSet the environment variables \
         WANDB_S3_ACCESS_KEY and WANDB_S3_SECRET_KEY, or `s3_compatible.access_key` and `s3_compatible.secret_key` in the block `provider \
         \"wandb\"`.",
    )
}

/// Only one of the two keys is set.
#[must_use]
pub fn half_a_key_pair(missing: &str) -> Diagnostic {
    let (other, variable) = match missing {
        "access_key" => ("secret_key", "WANDB_S3_ACCESS_KEY"),
        _ => ("access_key", "WANDB_S3_SECRET_KEY"),
    };
    Diagnostic::error(
        "Half of the store's credentials is missing",
        format!(
            "`s3_compatible.{other}` is set, and `s3_compatible.{missing}` is not. Nothing was changed.\n\nSet both in the provider block, or \
             {variable} in the environment."
        ),
    )
    .at(Path::of("s3_compatible").attribute(missing))
}

/// The endpoint is no address of a store.
#[must_use]
pub fn bad_endpoint(path: Path, endpoint: &str, fault: &str) -> Diagnostic {
    Diagnostic::error(
        "Invalid endpoint",
        format!("{endpoint:?} {fault} Write the scheme, the host and the port, if it is not the usual one: for example \
             \"https://minio.example.com\" or \"http://127.0.0.1:9000\"."),
    )
    .at(path)
}

/// A part of an AWS login that is of no use alone.
#[must_use]
pub fn half_an_aws_login(given: &str, missing: &str) -> Diagnostic {
    Diagnostic::error(
        "Half of the AWS login is missing",
        format!(
            "`aws.{given}` is set, and `aws.{missing}` is not. Nothing was changed.\n\nSet both, or neither: then AWS's own chain of credentials is \
             used."
        ),
    )
    .at(Path::of("aws").attribute(missing))
}

/// Two logins to AWS, of which only one can count.
#[must_use]
pub fn two_aws_logins(one: &str, other: &str) -> Diagnostic {
    Diagnostic::error(
        "Two logins to AWS",
        format!("`aws.{one}` and `aws.{other}` each say how to log in. Nothing was changed.\n\nKeep one of them."),
    )
    .at(Path::of("aws").attribute(other))
}

/// Nobody says who W&B is.
#[must_use]
pub fn no_principal(self_managed: bool) -> Diagnostic {
    let (summary, detail, path) = if self_managed {
        (
            "The principal of your self-managed W&B is not known",
            "The bucket must grant W&B access, and only you know as whom your own W&B asks AWS.\n\nSet `aws.principal_arns` of the bucket to the ARN \
             of the role of W&B's nodes or service account; W&B's System Console shows it as \"Identity\".",
            Path::of("aws").attribute("principal_arns"),
        )
    } else {
        (
            "It is not known how W&B runs",
            "The bucket must grant W&B access, and W&B's principal depends on how it runs.\n\nSet `deployment` of the bucket or of the provider \
             block to \"multi-tenant\", \"dedicated\" or \"self-managed\", or the provider's `base_url`, or `aws.principal_arns` of the bucket.",
            Path::of("deployment"),
        )
    };
    Diagnostic::error(summary, detail).at(path)
}

/// The certificates cannot be used.
#[must_use]
pub fn bad_ca_bundle(fault: &str) -> Diagnostic {
    Diagnostic::error(
        "Invalid certificate bundle",
        format!("{fault} `ca_bundle` takes PEM text (`file(\"ca.pem\")`) or the path of a PEM file, with the certificates of the \
             authorities that sign the store's certificate."),
    )
    .at(Path::of("s3_compatible").attribute("ca_bundle"))
}

/// The provider's configuration depends on something that is known only after apply.
#[must_use]
pub fn not_known_yet(what: &str) -> Diagnostic {
    Diagnostic::warning(
        "The provider cannot look at the server yet",
        format!(
            "{what} in the provider block is known only after apply. The state is taken as it is, without a look at the server; drift \
             will be found by the next plan."
        ),
    )
}

/// The same, where going on is impossible.
#[must_use]
pub fn needed_now(what: &str) -> Diagnostic {
    Diagnostic::error(
        "The provider's configuration is not known",
        format!(
            "{what} in the provider block is not known, and this cannot be done without it. Nothing was changed.\n\nGive it a value that \
             does not depend on resources, or make those resources first (`terraform apply -target=…`)."
        ),
    )
}

/// W&B's multi-tenant cloud has no use for a bucket in such a store.
#[must_use]
pub fn not_on_multi_tenant(path: Path) -> Diagnostic {
    Diagnostic::error(
        "W&B's multi-tenant cloud cannot use an S3-compatible store",
        "Teams on multi-tenant W&B can store their data on Amazon S3, Google Cloud Storage and CoreWeave; S3-compatible stores such as \
         MinIO and Ceph work with dedicated and self-managed W&B (W&B BYOB page, \"Availability matrix\").\n\nSet `deployment` to \
         \"dedicated\" or \"self-managed\" if that is where your W&B runs, or put the bucket on one of those clouds.",
    )
    .at(path)
}

/// A setting of W&B cannot be used.
#[must_use]
pub fn wandb_setting(cause: &str) -> Diagnostic {
    Diagnostic::error(
        "The settings of W&B cannot be used",
        format!("This was found: {cause}. Nothing was changed.\n\nCorrect it where it stands."),
    )
}

/// The key of W&B that was found cannot be used.
#[must_use]
pub fn wandb_key(cause: &str) -> Diagnostic {
    Diagnostic::error(
        "The key of W&B cannot be used",
        format!(
            "This was found: {cause}. Nothing was changed.\n\nCorrect it where it stands. A key is made in W&B, \"User settings\", \"API keys\", and shown there once."
        ),
    )
}

/// Nobody gave a key for W&B.
#[must_use]
pub fn no_api_key(server: &str) -> Diagnostic {
    Diagnostic::error(
        "There is no W&B API key",
        format!(
            "Teams are made with the key of an organization's administrator or of a service account of the whole organization, and none was found for \
             {server}.\n\nSet the variable WANDB_API_KEY, or run `wandb login --host {server}`, which writes it into netrc, or set `api_key` in the provider block \
             from a variable that is marked as sensitive."
        ),
    )
    .at(Path::of("api_key"))
}
