//! The requirements, one after the other. Everything else is a use of them.

use super::{Requirement, Setting, aws, cors, encryption, lifecycle, tags, versioning};
use crate::clouds::Cloud;

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
pub(super) const ONLY: [(&str, Cloud, &str); 3] = [
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
