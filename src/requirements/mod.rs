//! What W&B demands of a bucket, as data.
//!
//! A [`Requirement`] has a name, and says of the [`Facts`] of a bucket and the [`Wish`] of its owner in which words it is met or
//! not. Requirements that are kept in the same document of the bucket share a [`Setting`], which is enforced as a whole.
//! Everything else is a use of [`REQUIREMENTS`]: create and update enforce what is not met, refresh observes, the plan shows the
//! verdicts, the documentation lists them.

mod aws;
mod cors;
mod encryption;
mod facts;
pub mod key;
mod lifecycle;
mod patience;
pub mod policy;
pub mod principals;
mod proof;
mod provision;
mod rivals;
mod tags;
mod verdict;
mod versioning;

use std::collections::{BTreeMap, BTreeSet};

pub use aws::{AwsFacts, AwsWish, KeyWish};
pub use cors::CorsWish;
pub use facts::{Facts, Known, observe, observe_surely};
pub use patience::{Stop, Undone};
pub use proof::{Check, Extent, ProofFailure, prove};
pub use provision::{
    Begun, Claim, Look, Unsettled, begin_facts, finish, is_empty_but_for_a_proof, look, make,
    outlive, remove, settle, undo,
};
pub use rivals::{Use, use_of_key};
pub use verdict::Verdict;

use crate::clouds::Cloud;
use crate::clouds::aws::Keys;
use crate::clouds::s3::{Bucket, Encryption};

/// The tag that marks a bucket whose creation has not ended. Only a bucket that carries it, and is empty, may be taken over by a
/// later create. It is removed as the last step of a create.
pub const CREATION_TAG: &str = "terraform-provider-wandb:creating";

/// A bucket, and what belongs to it.
#[derive(Clone)]
pub struct Target {
    /// The bucket.
    pub bucket: Bucket,
    /// The key management beside it; AWS has one.
    pub keys: Option<Keys>,
}

/// What the owner of a bucket wants of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// Default encryption; none is set unless asked for.
    pub encryption: Option<Encryption>,
    /// Which browsers may use it.
    pub cors: CorsWish,
    /// Whether old versions are kept.
    pub versioning: bool,
    /// Days after which old versions go; 0 is never.
    pub noncurrent_days: i32,
    /// Days after which unfinished uploads go; 0 is never.
    pub abort_days: i32,
    /// Our tags.
    pub tags: BTreeMap<String, String>,
    /// Keys of tags that were ours and are no longer wanted.
    pub retired_tags: BTreeSet<String>,
    /// Where W&B's objects are; none is the whole bucket.
    pub path: Option<String>,
    /// What only AWS has.
    pub aws: Option<AwsWish>,
}

/// A document of the bucket that is written as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// The tags.
    Tags,
    /// The default encryption.
    Encryption,
    /// The CORS rules.
    Cors,
    /// Whether versions are kept.
    Versioning,
    /// The lifecycle rules.
    Lifecycle,
    /// The block of public access.
    PublicAccess,
    /// The ownership of objects.
    Ownership,
    /// The bucket's policy.
    Policy,
    /// Whether the key can be used.
    Key,
    /// The key's policy.
    KeyPolicy,
    /// Whether the key's secret is replaced.
    KeyRotation,
    /// The key's tags.
    KeyTags,
    /// The policy of the key that encrypted before.
    FormerKeyPolicy,
}

/// One thing W&B demands, or this provider adds for its sake.
pub struct Requirement {
    /// Its key in the map `requirements`.
    pub name: &'static str,
    /// Where it is asked for.
    pub clouds: &'static [Cloud],
    /// The attribute of the resource that states the wish, after a dot one of the cloud's block; none where there is nothing to wish.
    pub attribute: Option<&'static str>,
    /// What it is for, in Markdown, with its source.
    pub purpose: &'static str,
    /// The document it is kept in; none where this provider only looks.
    pub setting: Option<Setting>,
    /// Permissions that observing and enforcing it need.
    pub permissions: &'static [&'static str],
    /// Its verdict; none when it was not asked for.
    pub judge: fn(&Wish, &Facts) -> Option<Verdict>,
}

/// The requirements on a bucket, in the order they are told.
pub const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        name: "encryption",
        clouds: &Cloud::ALL,
        attribute: Some(".encryption"),
        purpose: "Objects are encrypted as `encryption` says. Proven by a write.",
        setting: Some(Setting::Encryption),
        permissions: &[
            "s3:GetEncryptionConfiguration",
            "s3:PutEncryptionConfiguration",
        ],
        judge: encryption::judge,
    },
    Requirement {
        name: "cors",
        clouds: &Cloud::ALL,
        attribute: Some("cors"),
        purpose: "Browsers on the W&B front end may `GET`, `HEAD` and `PUT` with any header and see the `ETag` (W&B BYOB page, CORS \
                  policy).",
        setting: Some(Setting::Cors),
        permissions: &["s3:GetBucketCORS", "s3:PutBucketCORS"],
        judge: cors::judge,
    },
    Requirement {
        name: "versioning",
        clouds: &Cloud::ALL,
        attribute: Some("versioning"),
        purpose: "Old versions of objects are kept, which W&B's clean-up of deleted artifacts needs (W&B documentation, \"Delete an \
                  artifact\").",
        setting: Some(Setting::Versioning),
        permissions: &["s3:GetBucketVersioning", "s3:PutBucketVersioning"],
        judge: versioning::judge,
    },
    Requirement {
        name: "noncurrent_version_expiration",
        clouds: &Cloud::ALL,
        attribute: Some("noncurrent_version_expiration_days"),
        purpose: "Old versions are removed after a while, so that deleted data stops costing.",
        setting: Some(Setting::Lifecycle),
        permissions: &[
            "s3:GetLifecycleConfiguration",
            "s3:PutLifecycleConfiguration",
        ],
        judge: lifecycle::judge_noncurrent,
    },
    Requirement {
        name: "abort_incomplete_uploads",
        clouds: &Cloud::ALL,
        attribute: Some("abort_incomplete_uploads_days"),
        purpose: "Multipart uploads that never ended are removed after a while.",
        setting: Some(Setting::Lifecycle),
        permissions: &[
            "s3:GetLifecycleConfiguration",
            "s3:PutLifecycleConfiguration",
        ],
        judge: lifecycle::judge_abort,
    },
    Requirement {
        name: "no_expiration",
        clouds: &Cloud::ALL,
        attribute: None,
        purpose: "No lifecycle rule of yours expires live objects: W&B would lose the history of runs (W&B BYOB page, note on \
                  lifecycle policies).",
        setting: None,
        permissions: &["s3:GetLifecycleConfiguration"],
        judge: lifecycle::judge_expiration,
    },
    Requirement {
        name: "tags",
        clouds: &Cloud::ALL,
        attribute: Some("tags"),
        purpose: "Your tags are on the bucket; other tags are kept.",
        setting: Some(Setting::Tags),
        permissions: &["s3:GetBucketTagging", "s3:PutBucketTagging"],
        judge: tags::judge,
    },
    Requirement {
        name: "public_access_block",
        clouds: AWS,
        attribute: None,
        purpose: "All public access is blocked: W&B uses pre-signed URLs, never public objects.",
        setting: Some(Setting::PublicAccess),
        permissions: &[
            "s3:GetBucketPublicAccessBlock",
            "s3:PutBucketPublicAccessBlock",
        ],
        judge: aws::access::judge_public_access,
    },
    Requirement {
        name: "ownership",
        clouds: AWS,
        attribute: None,
        purpose: "The owner of the bucket owns what W&B writes, and ACLs are off (`BucketOwnerEnforced`; `BucketOwnerPreferred`, which W&B's own \
                  module sets, is accepted).",
        setting: Some(Setting::Ownership),
        permissions: &[
            "s3:GetBucketOwnershipControls",
            "s3:PutBucketOwnershipControls",
        ],
        judge: aws::access::judge_ownership,
    },
    Requirement {
        name: "policy",
        clouds: AWS,
        attribute: Some(".principal_arns"),
        purpose: "W&B's principal may do the eleven actions that W&B lists, on the bucket and its objects (W&B BYOB page, AWS tab). Statements of \
                  others are kept.",
        setting: Some(Setting::Policy),
        permissions: &["s3:GetBucketPolicy", "s3:PutBucketPolicy"],
        judge: aws::access::judge_policy,
    },
    Requirement {
        name: "https_only",
        clouds: AWS,
        attribute: Some(".https_only"),
        purpose: "Plain HTTP is refused, if you asked for it.",
        setting: Some(Setting::Policy),
        permissions: &["s3:GetBucketPolicy", "s3:PutBucketPolicy"],
        judge: aws::access::judge_https_only,
    },
    Requirement {
        name: "kms_key",
        clouds: AWS,
        attribute: Some(".kms_key_arn"),
        purpose: "The key can be used. A key that this resource made is made usable again when somebody disabled it or scheduled its deletion; a given \
                  key is never touched.",
        setting: Some(Setting::Key),
        permissions: &[
            "kms:CreateKey",
            "kms:TagResource",
            "kms:CreateAlias",
            "kms:UpdateAlias",
            "kms:DeleteAlias",
            "kms:DescribeKey",
            "kms:ListKeys",
            "kms:ListResourceTags",
            "kms:EnableKey",
            "kms:CancelKeyDeletion",
            "kms:ScheduleKeyDeletion",
            "sts:GetCallerIdentity",
        ],
        judge: aws::key_policy::judge_key,
    },
    Requirement {
        name: "kms_key_policy",
        clouds: AWS,
        attribute: None,
        purpose: "Your account has full access to the key, and W&B's principal may encrypt and decrypt with it (W&B BYOB page, AWS tab). The policy \
                  of a given key is looked at, as far as these credentials may, and never changed.",
        setting: Some(Setting::KeyPolicy),
        permissions: &[
            "kms:GetKeyPolicy",
            "kms:PutKeyPolicy",
            "kms:GenerateDataKey",
            "kms:Decrypt",
        ],
        judge: aws::key_policy::judge_key_policy,
    },
    Requirement {
        name: "kms_key_rotation",
        clouds: AWS,
        attribute: None,
        purpose: "The secret of a key that this resource made is replaced every year.",
        setting: Some(Setting::KeyRotation),
        permissions: &["kms:GetKeyRotationStatus", "kms:EnableKeyRotation"],
        judge: aws::key_policy::judge_key_rotation,
    },
    Requirement {
        name: "kms_key_tags",
        clouds: AWS,
        attribute: Some("tags"),
        purpose: "Your tags are on a key that this resource made, too; other tags are kept.",
        setting: Some(Setting::KeyTags),
        permissions: &[
            "kms:ListResourceTags",
            "kms:TagResource",
            "kms:UntagResource",
        ],
        judge: aws::key_tags::judge,
    },
    Requirement {
        name: "kms_former_key",
        clouds: AWS,
        attribute: None,
        purpose: "A key that this resource made, and that the bucket uses no more, still lets W&B read what it encrypted: its policy follows. It is never \
                  made usable again.",
        setting: Some(Setting::FormerKeyPolicy),
        permissions: &["kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy"],
        judge: aws::former_key::judge,
    },
];

/// What there is to say of a requirement in one cloud only.
const ONLY: [(&str, Cloud, &str); 3] = [
    (
        "encryption",
        Cloud::Aws,
        "By default with a key of KMS that is made for the bucket.",
    ),
    (
        "encryption",
        Cloud::S3Compatible,
        "Nothing is set unless asked for.",
    ),
    (
        "cors",
        Cloud::S3Compatible,
        "Where the store has no CORS rules of a bucket, it is judged by a browser's preflight.",
    ),
];

/// Permissions for making, finding, looking into and removing a bucket.
pub const BUCKET_PERMISSIONS: &[&str] = &[
    "s3:CreateBucket",
    "s3:TagResource",
    "s3:GetBucketLocation",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:ListBucketMultipartUploads",
    "s3:DeleteBucket",
];

/// Permissions for the proof, and for emptying a bucket.
pub const OBJECT_PERMISSIONS: &[&str] = &[
    "s3:PutObject",
    "s3:GetObject",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:AbortMultipartUpload",
];

/// The clouds of what only AWS has.
const AWS: &[Cloud] = &[Cloud::Aws];

impl Requirement {
    /// What it is for in that cloud, in Markdown; none is all of them.
    #[must_use]
    pub fn purpose_in(&self, cloud: Option<Cloud>) -> String {
        let mut text = self.purpose.to_owned();
        for (_, only, words) in ONLY.iter().filter(|(name, ..)| *name == self.name) {
            match cloud {
                None => text += &format!(" `{}`: {words}", only.word()),
                Some(cloud) if cloud == *only => text += &format!(" {words}"),
                Some(_) => {}
            }
        }
        text
    }

    /// The attribute that states the wish of a bucket in that cloud, as a path with dots.
    #[must_use]
    pub fn attribute_in(&self, cloud: Cloud) -> Option<String> {
        let attribute = self.attribute?;
        Some(match attribute.strip_prefix('.') {
            Some(inner) => format!("{}.{inner}", cloud.word()),
            None => attribute.to_owned(),
        })
    }
}

/// The verdicts of all requirements that were asked for, by name.
#[must_use]
pub fn verdicts(wish: &Wish, facts: &Facts) -> BTreeMap<&'static str, Verdict> {
    let judged = REQUIREMENTS
        .iter()
        .map(|requirement| (requirement.name, (requirement.judge)(wish, facts)));
    judged
        .filter_map(|(name, verdict)| Some((name, verdict?)))
        .collect()
}

/// The documents that must be written so that every requirement is met.
#[must_use]
pub fn unmet_settings(wish: &Wish, facts: &Facts) -> BTreeSet<Setting> {
    let unmet = REQUIREMENTS
        .iter()
        .filter(|requirement| matches!((requirement.judge)(wish, facts), Some(Verdict::Unmet(_))));
    unmet
        .filter_map(|requirement| requirement.setting)
        .collect()
}

/// Writes one document of the bucket so that it holds what is wished, and keeps what others put there.
///
/// # Errors
/// When the store refuses; `Unsupported` when it does not know the document.
async fn enforce(
    setting: Setting,
    target: &Target,
    wish: &Wish,
    facts: &Facts,
) -> Result<(), crate::clouds::Error> {
    let bucket = &target.bucket;
    match setting {
        Setting::Tags => tags::enforce(bucket, wish, facts).await,
        Setting::Encryption => encryption::enforce(bucket, wish).await,
        Setting::Cors => cors::enforce(bucket, wish, facts).await,
        Setting::Versioning => versioning::enforce(bucket, wish).await,
        Setting::Lifecycle => lifecycle::enforce(bucket, wish, facts).await,
        Setting::PublicAccess => bucket.block_public_access().await,
        Setting::Ownership => bucket.own_all_objects().await,
        Setting::Policy
        | Setting::Key
        | Setting::KeyPolicy
        | Setting::KeyRotation
        | Setting::KeyTags
        | Setting::FormerKeyPolicy => {
            let whole = wish;
            let (Some(wish), Some(facts)) = (&wish.aws, &facts.aws) else {
                return Ok(()); // judged only where there are both
            };
            match setting {
                Setting::Policy => aws::access::enforce_policy(target, wish, facts).await,
                Setting::Key => aws::key_policy::enforce_key(target, facts).await,
                Setting::KeyPolicy => {
                    aws::key_policy::enforce_key_policy(target, wish, facts).await
                }
                Setting::KeyTags => aws::key_tags::enforce(target, whole, facts).await,
                Setting::FormerKeyPolicy => aws::former_key::enforce(target, wish, facts).await,
                _ => aws::key_policy::enforce_key_rotation(target, wish).await,
            }
        }
    }
}
