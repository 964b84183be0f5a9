//! What a user writes and sees of `wandb_byob_bucket`.

use std::time::Duration;

use crate::framework::schema::{Attribute, Schema};
use crate::framework::timeouts::Timeouts;
use crate::framework::types::Type;
use crate::framework::value::Value;
use crate::resources::{aws_rules, rules as naming};

/// W&B's own CORS policy remembers a preflight for this long (W&B BYOB page, CORS policy).
pub(super) const MAX_AGE_SECONDS: i64 = 3000;

/// Old versions keep costing until they expire; a month leaves time to notice a mistake.
pub(super) const NONCURRENT_DAYS: i64 = 30;

/// An upload of a large artifact that has not ended within a week never will.
pub(super) const ABORT_DAYS: i64 = 7;

/// The words of `deployment`.
pub const DEPLOYMENTS: [&str; 3] = ["multi-tenant", "dedicated", "self-managed"];

/// The words of `encryption`.
pub(super) const ENCRYPTIONS: [&str; 2] = ["AES256", WITH_KEY];

/// The encryption that uses a key of a key management.
pub(super) const WITH_KEY: &str = "aws:kms";

/// As long as AWS allows: a key that is gone takes everything with it that it encrypted.
pub(super) const KEY_DELETION_DAYS: i64 = 30;

/// The schema of `wandb_byob_bucket`.
pub(super) fn schema() -> Schema {
    let timeouts = Timeouts {
        create: Duration::from_secs(5 * 60),
        read: Duration::from_secs(2 * 60),
        update: Duration::from_secs(5 * 60),
        delete: Duration::from_secs(10 * 60),
    };
    let mut attributes = identity();
    attributes.extend(settings());
    attributes.extend(safety());
    attributes.push(timeouts.attribute());
    attributes.push(aws());
    attributes.push(s3_compatible());
    attributes.extend(results());
    Schema {
        version: 0,
        description: "A bucket that Weights & Biases accepts for your data (\"bring your own bucket\"), made as W&B demands and proven \
                      to work the way W&B and browsers use it.\n\nW&B reaches the bucket through pre-signed URLs. The computed map \
                      `requirements` says of each of W&B's demands whether it is met; a bucket that has drifted shows an in-place \
                      change that says what will be repaired."
            .to_owned(),
        deprecated: None,
        attributes,
        timeouts: Some(timeouts),
    }
}

fn identity() -> Vec<Attribute> {
    vec![
        Attribute::string("name").required().requires_replace().rule(naming::bucket_name).described(
            "Name of the bucket: 3 to 63 lower-case letters, digits, hyphens and dots. A change needs another bucket.",
        ),
        Attribute::string("path").rule(naming::sub_path).described(
            "Folder inside the bucket that W&B uses, such as `teams/omega`. Without it W&B uses the whole bucket. A change only \
             changes the address that is handed to W&B; no object is moved.",
        ),
        Attribute::string("deployment").rule(naming::one_of("Unknown deployment", &DEPLOYMENTS)).described(
            "Where W&B runs: `multi-tenant`, `dedicated` or `self-managed`. Default: the provider's. A change is made in place.",
        ),
    ]
}

fn settings() -> Vec<Attribute> {
    let allowed_origins = Attribute::new("allowed_origins", Type::set(Type::String))
        .default(Value::set_of_strings(["*"]))
        .rule(naming::origins)
        .described(
            "Origins of the W&B front end, such as `https://wandb.example.com`; one `*` is a wildcard. Default `[\"*\"]`, as W&B's page has it.",
        );
    let max_age_seconds = Attribute::number("max_age_seconds")
        .default(MAX_AGE_SECONDS)
        .rule(naming::seconds)
        .described("Seconds that a browser may remember the answer. Default `3000`.");
    let everyone = Value::object([
        ("allowed_origins", Value::set_of_strings(["*"])),
        ("max_age_seconds", Value::from(MAX_AGE_SECONDS)),
    ]);
    vec![
        Attribute::single("cors", vec![allowed_origins, max_age_seconds]).default(everyone).described(
            "Which browsers may use the bucket. Methods `GET`, `HEAD` and `PUT`, all request headers and the exposed `ETag` are W&B's \
             demand and always set. Other CORS rules of the bucket are kept. A change is made in place.",
        ),
        Attribute::bool("versioning").default(true).described(
            "Whether the bucket keeps old versions of objects, which W&B's clean-up of deleted artifacts needs. Default `true`. \
             `false` suspends it; versions that exist stay. A change is made in place.",
        ),
        Attribute::number("noncurrent_version_expiration_days").default(NONCURRENT_DAYS).rule(naming::days).described(
            "Days after which an old version of an object is removed; `0` is never. Default `30`. Live objects are never expired: W&B \
             would lose the history of runs. A change is made in place.",
        ),
        Attribute::number("abort_incomplete_uploads_days").default(ABORT_DAYS).rule(naming::days).described(
            "Days after which an unfinished multipart upload is removed; `0` is never. Default `7`. A change is made in place.",
        ),
        Attribute::new("tags", Type::map(Type::String)).default(Value::Map(Default::default())).rule(naming::tags).described(
            "Tags of the bucket, added to the provider's `default_tags`. Other tags of the bucket are kept. A change is made in place.",
        ),
    ]
}

fn safety() -> Vec<Attribute> {
    vec![
        Attribute::bool("force_destroy").default(false).described(
            "Whether destroying the resource may remove everything in the bucket: objects, old versions and unfinished uploads. \
             Default `false`. It counts only once it was applied.",
        ),
        Attribute::bool("deletion_protection").default(true).described(
            "Whether a plan that would destroy or replace the bucket is refused; a replacement that `-replace` or a taint asks for is refused by the apply. Default \
             `true`. To remove a bucket set it to `false`, apply, and then destroy.",
        ),
        Attribute::bool("verify").default(true).described(
            "Whether every create and change ends with a proof through pre-signed URLs: a small object is written, listed, read and removed, \
             a multipart upload is begun and aborted, and a browser's preflight is asked. It proves the bucket with *your* \
             credentials, not with W&B's. Default `true`.",
        ),
    ]
}

fn aws() -> Attribute {
    let region = Attribute::string("region")
        .required()
        .requires_replace()
        .rule(aws_rules::aws_region)
        .described("Region of the bucket, such as `us-east-1`. A change needs another bucket.");
    let encryption =
        Attribute::string("encryption").default(WITH_KEY).rule(naming::one_of("Unknown encryption", &ENCRYPTIONS)).described(
            "Default encryption: `aws:kms` with a key of AWS KMS and a bucket key, as W&B's page asks for it, or `AES256` with S3's own keys. \
             Default `aws:kms`. It is proven by a write, unless `verify` is `false`. A change is made in place and concerns objects written from then on; \
             `storage_bucket.kms_key_id` changes with it, which a `wandb_team_storage` on the bucket refuses for ever.",
        );
    let kms_key_arn = Attribute::string("kms_key_arn").rule(aws_rules::kms_key_arn).described(
        "ARN of a key that exists, in the bucket's region, with `encryption = \"aws:kms\"`. Its policy must let W&B's principal encrypt and decrypt; it is \
         checked as far as it can be read, and never changed. Default: a key is made. A change is made in place and concerns objects written \
         from then on; `storage_bucket.kms_key_id` changes with it, which a `wandb_team_storage` on the bucket refuses for ever.",
    );
    let create_kms_key = Attribute::bool("create_kms_key").described(
        "Whether a key is made for the bucket. Default: `true` with `encryption = \"aws:kms\"` and no `kms_key_arn`, which is the only case \
         in which it may be `true`. S3's own AWS-managed key is no choice: W&B's account could not use it.",
    );
    let window = Attribute::number("kms_key_deletion_window_days")
        .default(KEY_DELETION_DAYS)
        .rule(aws_rules::deletion_window)
        .described(
            "Days from the destruction of the bucket until its own key is deleted; until then it can be undone. 7 to 30. Default `30`. A \
             change is made in place.",
        );
    let principals = Attribute::new("principal_arns", Type::set(Type::String)).rule(aws_rules::principals).described(
        "Principals that W&B uses the bucket as. Default: W&B's own, by `deployment`: `arn:aws:iam::725579432336:role/WandbIntegration` for \
         multi-tenant, `arn:aws:iam::830241207209:root` for dedicated. Required for self-managed W&B. A change is made in place; principals left \
         out lose their access.",
    );
    let https_only = Attribute::bool("https_only").default(false).described(
        "Whether the bucket's policy refuses plain HTTP, by a statement of its own beside W&B's. Default `false`. A change is made in place.",
    );
    Attribute::single(
        "aws",
        vec![
            region,
            encryption,
            kms_key_arn,
            create_kms_key,
            window,
            principals,
            https_only,
        ],
    )
    .described("The bucket lives on AWS, in the account that the provider block names.")
}

fn s3_compatible() -> Attribute {
    let region = Attribute::string("region").requires_replace().rule(naming::not_empty).described(
        "Region to make the bucket in. Default: the provider's, which the store is not told. A change needs another bucket.",
    );
    let encryption = Attribute::string("encryption").rule(naming::one_of("Unknown encryption", &ENCRYPTIONS)).described(
        "Default encryption: `AES256` with the store's keys or `aws:kms` with a key of its key management. Default: none is set. It is \
         proven by a write. Removing the attribute leaves the bucket's encryption as it is. A change is made in place and concerns \
         objects written from then on.",
    );
    let kms_key_id = Attribute::string("kms_key_id").rule(naming::not_empty).described(
        "Name of the key in the store's key management, with `encryption = \"aws:kms\"`. Default: the store's own. A change is made \
         in place and concerns objects written from then on.",
    );
    Attribute::single("s3_compatible", vec![region, encryption, kms_key_id]).described(
        "The bucket lives in an S3-compatible store such as MinIO or Ceph, which the provider block names. `{}` takes the defaults.",
    )
}

fn results() -> Vec<Attribute> {
    let texts =
        |names: &[&'static str]| Type::object(names.iter().map(|name| (*name, Type::String)));
    let mut instance = texts(&[
        "provider",
        "bucket_name",
        "path",
        "region",
        "kms_key",
        "endpoint",
        "account",
        "container",
    ]);
    if let Type::Object(attributes) = &mut instance {
        attributes.insert("tls".to_owned(), Type::Bool);
    }
    vec![
        Attribute::string("id").computed().described("`aws/NAME` or `s3_compatible/NAME`; also the import id."),
        Attribute::new("tags_all", Type::map(Type::String))
            .computed()
            .described("All tags this resource sets: `tags` over the provider's `default_tags`."),
        Attribute::new("requirements", Type::map(Type::String)).computed().described(
            "What W&B demands of the bucket, each with the verdict `met`, what is wrong, `not offered by this store: …` or `needs \
             you: …` where the provider may not act.",
        ),
        Attribute::new(
            "storage_bucket",
            texts(&[
                "name",
                "provider",
                "path",
                "kms_key_id",
                "aws_external_id",
                "azure_tenant_id",
                "azure_client_id",
            ]),
        )
        .computed()
        .described("The bucket as W&B's SCIM API takes it when a team is created on it."),
        Attribute::string("storage_address").computed().described(
            "The bucket's address in W&B's own notation, without credentials, such as \
             `s3://minio.example.com/acme-wandb?region=us-east-1&tls=true`.",
        ),
        Attribute::new(
            "instance_settings",
            instance,
        )
        .computed()
        .described(
            "What W&B's System Console, its Helm chart or its staff ask for when the bucket serves a whole instance, in the chart's \
             spelling. Null on multi-tenant W&B, which has no instance storage of yours.",
        ),
    ]
}
