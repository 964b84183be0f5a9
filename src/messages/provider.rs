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
pub fn bad_endpoint(endpoint: &str, fault: &str) -> Diagnostic {
    Diagnostic::error(
        "Invalid endpoint",
        format!("{endpoint:?} {fault} Write the scheme, the host and the port, if it is not the usual one: for example \
             \"https://minio.example.com\" or \"http://127.0.0.1:9000\"."),
    )
    .at(Path::of("s3_compatible").attribute("endpoint"))
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
        "The provider cannot look at the store yet",
        format!(
            "{what} in the provider block is known only after apply. The state is taken as it is, without a look at the store; drift \
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

/// A setting of W&B could not be looked up.
#[must_use]
pub fn wandb_setting(cause: &str) -> Diagnostic {
    Diagnostic::error(
        "The settings of W&B cannot be used",
        format!("{cause}. Nothing was changed."),
    )
}
