//! What W&B demands of a bucket, as data.
//!
//! A [`Requirement`] has a name, and says of the [`Facts`] of a bucket and the [`Wish`] of its owner in which words it is met or
//! not. Requirements that are kept in the same document of the bucket share a [`Setting`], which is enforced as a whole.
//! Everything else is a use of [`REQUIREMENTS`]: create and update enforce what is not met, refresh observes, the plan shows the
//! verdicts, the documentation lists them.

mod aws;
mod begin;
mod claim;
mod cors;
mod encryption;
mod facts;
pub mod key;
mod lifecycle;
mod list;
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
pub use begin::{Begun, Look, look, make, outlive};
pub use claim::{Claim, is_empty_but_for_a_proof, remove, undo};
pub use cors::CorsWish;
pub use facts::{Facts, Known, observe, observe_surely};
pub use list::{BUCKET_PERMISSIONS, OBJECT_PERMISSIONS, REQUIREMENTS};
pub use patience::{Stop, Undone};
pub use proof::{Check, Extent, ProofFailure, prove};
pub use provision::{Unsettled, begin_facts, finish, settle};
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

impl Requirement {
    /// What it is for in that cloud, in Markdown; none is all of them.
    #[must_use]
    pub fn purpose_in(&self, cloud: Option<Cloud>) -> String {
        let mut text = self.purpose.to_owned();
        for (_, only, words) in list::ONLY.iter().filter(|(name, ..)| *name == self.name) {
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
