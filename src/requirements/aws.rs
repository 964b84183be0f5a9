//! What W&B demands of a bucket on AWS beyond what any store has: who may use it, and the key (W&B BYOB page, AWS tab).

use std::collections::BTreeSet;

use super::policy::{Policy, Statement};
use super::{Facts, Target, Verdict, Wish};
use crate::clouds::aws::{Key, KeyState};
use crate::clouds::s3::{Observed, PublicAccess};
use crate::clouds::{Error, Kind};

/// What W&B may do with the bucket (W&B BYOB page, AWS tab, the bucket's policy).
const BUCKET_ACTIONS: [&str; 11] = [
    "s3:GetObject*",
    "s3:GetEncryptionConfiguration",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:PutObject",
    "s3:GetBucketCORS",
    "s3:GetBucketLocation",
    "s3:GetBucketVersioning",
];

/// What W&B may do with the key (W&B BYOB page, AWS tab, the key's policy).
const KEY_ACTIONS: [&str; 5] = [
    "kms:Decrypt",
    "kms:Describe*",
    "kms:Encrypt",
    "kms:ReEncrypt*",
    "kms:GenerateDataKey*",
];

/// The id of a policy that we begin, and of our statements: those of W&B's page, and the one that W&B's own Terraform module writes.
const POLICY_ID: &str = "WandBAccess";
const ACCESS: [&str; 2] = ["WAndBAccountAccess", "WandbAccountAccess"];
const HTTPS_ONLY: [&str; 1] = ["WAndBHttpsOnly"];
const KEY_OWNER: [&str; 1] = ["Internal"];
const KEY_ACCESS: [&str; 1] = ["External"];

/// What the owner wants of a bucket on AWS.
#[derive(Debug, Clone, PartialEq)]
pub struct AwsWish {
    /// The address of the bucket.
    pub bucket_arn: String,
    /// Who W&B is there.
    pub principals: BTreeSet<String>,
    /// Whether plain HTTP is refused.
    pub https_only: bool,
    /// The key that encrypts.
    pub key: KeyWish,
}

/// The key that encrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyWish {
    /// None: S3's own.
    None,
    /// One that somebody else looks after.
    Given(String),
    /// Our own; none while it is not made.
    Own(Option<String>),
}

impl KeyWish {
    /// The address of the key.
    #[must_use]
    pub fn arn(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Given(arn) => Some(arn),
            Self::Own(arn) => arn.as_deref(),
        }
    }
}

/// What is true of a bucket on AWS.
#[derive(Debug, Clone)]
pub struct AwsFacts {
    pub(super) public_access: Observed<PublicAccess>,
    pub(super) ownership: Observed<String>,
    pub(super) policy: Observed<String>,
    pub(super) key: Option<KeyFacts>,
}

/// What is true of the key.
#[derive(Debug, Clone)]
pub(super) struct KeyFacts {
    /// None when there is no such key.
    found: Option<Key>,
    /// None when these credentials may not read it.
    policy: Option<String>,
    rotates: bool,
}

impl AwsFacts {
    /// Of a bucket that was made a moment ago, with its key.
    pub(super) fn of_a_new_bucket() -> Self {
        Self {
            public_access: Observed::NotSet,
            ownership: Observed::NotSet,
            policy: Observed::NotSet,
            key: None,
        }
    }

    /// Whether our statement that refuses plain HTTP is there.
    pub(super) fn refuses_http(&self) -> bool {
        let Observed::Set(text) = &self.policy else {
            return false;
        };
        Policy::parse(text).is_some_and(|policy| policy.with_id(&HTTPS_ONLY).is_some())
    }
}

/// Observes what only AWS has, everything at the same time.
pub(super) async fn observe(target: &Target, wish: &AwsWish) -> Result<AwsFacts, Error> {
    let bucket = &target.bucket;
    let (public_access, ownership, policy, key) = tokio::join!(
        bucket.public_access(),
        bucket.ownership(),
        bucket.policy(),
        observe_key(target, &wish.key),
    );
    Ok(AwsFacts {
        public_access: public_access?,
        ownership: ownership?,
        policy: policy?,
        key: key?,
    })
}

pub(super) async fn observe_key(
    target: &Target,
    wish: &KeyWish,
) -> Result<Option<KeyFacts>, Error> {
    let (Some(keys), Some(arn)) = (&target.keys, wish.arn()) else {
        return Ok(None);
    };
    let given = matches!(wish, KeyWish::Given(_));
    let policy = async {
        match keys.policy(arn).await {
            Ok(policy) => Ok(Some(policy)),
            // A key of another account or team: what cannot be read is told, and stops nothing.
            Err(error) if given && matches!(error.kind(), Kind::Forbidden) => Ok(None),
            Err(error) if matches!(error.kind(), Kind::KeyNotFound) => Ok(None),
            Err(error) => Err(error),
        }
    };
    let rotates = async {
        if given {
            return Ok(false);
        }
        match keys.rotates(arn).await {
            Err(error) if matches!(error.kind(), Kind::KeyNotFound) => Ok(false),
            // It cannot be told of a key that is to be deleted.
            Err(error) if error.code() == Some("KMSInvalidStateException") => Ok(true),
            other => other,
        }
    };
    let (found, policy, rotates) = tokio::join!(keys.describe(arn), policy, rotates);
    Ok(Some(KeyFacts {
        found: match found {
            Err(error) if given && matches!(error.kind(), Kind::Forbidden) => Some(Key {
                arn: arn.to_owned(),
                state: KeyState::Enabled,
                symmetric: true,
            }),
            other => other?,
        },
        policy: policy?,
        rotates: rotates?,
    }))
}

pub(super) fn judge_public_access(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    wish.aws.as_ref()?;
    Some(match &facts.aws.as_ref()?.public_access {
        Observed::Set(found) if *found == PublicAccess::BLOCKED => Verdict::Met,
        Observed::Set(_) => Verdict::Unmet("public access is not blocked in every way".to_owned()),
        Observed::NotSet => Verdict::Unmet("public access is not blocked".to_owned()),
        Observed::Unsupported(how) => Verdict::NotOffered(how.clone()),
    })
}

/// `BucketOwnerPreferred` is what W&B's own module sets; it gives the objects to the owner, too, if the writer says so.
pub(super) fn judge_ownership(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    wish.aws.as_ref()?;
    Some(match &facts.aws.as_ref()?.ownership {
        Observed::Set(found)
            if found == "BucketOwnerEnforced" || found == "BucketOwnerPreferred" =>
        {
            Verdict::Met
        }
        Observed::Set(found) => Verdict::Unmet(format!(
            "objects belong to whoever writes them ({found}), not to the owner of the bucket"
        )),
        Observed::NotSet => Verdict::Unmet(
            "objects belong to whoever writes them, not to the owner of the bucket".to_owned(),
        ),
        Observed::Unsupported(how) => Verdict::NotOffered(how.clone()),
    })
}

pub(super) fn judge_policy(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let aws = wish.aws.as_ref()?;
    let policy = match written_policy(facts.aws.as_ref()?) {
        Ok(policy) => policy,
        Err(verdict) => return Some(verdict),
    };
    let resources = resources(aws);
    let verdict = match policy.with_id(&ACCESS) {
        Some(ours) => judge_ours(&ours, &aws.principals, &BUCKET_ACTIONS, &resources),
        None => judge_grants(&policy, &aws.principals, &BUCKET_ACTIONS, &resources),
    };
    if verdict != Verdict::Met {
        return Some(verdict);
    }
    let denials = aws
        .principals
        .iter()
        .flat_map(|principal| policy.denials(principal, &BUCKET_ACTIONS, &resources))
        .collect::<BTreeSet<_>>();
    if denials.is_empty() {
        return Some(Verdict::Met);
    }
    Some(Verdict::NeedsYou(format!(
        "the statement {} of the bucket's policy denies W&B what it needs; change it so that it leaves W&B's principal out",
        denials.into_iter().collect::<Vec<_>>().join(", ")
    )))
}

pub(super) fn judge_https_only(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let aws = wish.aws.as_ref()?;
    let found = facts.aws.as_ref()?;
    if !aws.https_only {
        return found
            .refuses_http()
            .then(|| Verdict::Unmet("plain HTTP is refused, and should not be".to_owned()));
    }
    let policy = match written_policy(found) {
        Ok(policy) => policy,
        Err(verdict) => return Some(verdict),
    };
    let wanted = Statement::https_only(HTTPS_ONLY[0], &resources(aws));
    let there = policy.statements().iter().any(|found| found.means(&wanted));
    Some(match there {
        true => Verdict::Met,
        false => Verdict::Unmet("plain HTTP is not refused".to_owned()),
    })
}

/// The policy, as far as there is one that can be read.
fn written_policy(facts: &AwsFacts) -> Result<Policy, Verdict> {
    match &facts.policy {
        Observed::Set(text) => Policy::parse(text).ok_or_else(|| {
            Verdict::NeedsYou(
                "the bucket's policy is not to be understood; write it anew or remove it"
                    .to_owned(),
            )
        }),
        Observed::NotSet => Ok(Policy::empty(Some(POLICY_ID))),
        Observed::Unsupported(how) => Err(Verdict::NotOffered(how.clone())),
    }
}

/// Our own statement must grant W&B all it needs and nobody else anything.
fn judge_ours(
    ours: &Statement,
    principals: &BTreeSet<String>,
    actions: &[&str],
    resources: &[String],
) -> Verdict {
    let wanted = Statement::allow("", principals, actions, resources);
    if ours.means(&wanted) {
        return Verdict::Met;
    }
    let found = ours.principals();
    if found != wanted.principals() {
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        return Verdict::Unmet(format!(
            "access is granted to {}, not to {}",
            list(&found),
            list(principals)
        ));
    }
    let lacking = ours.lacks(actions, resources);
    Verdict::Unmet(if lacking.is_empty() {
        "W&B's statement grants something else than W&B needs".to_owned()
    } else {
        format!("W&B is not granted {}", lacking.join(", "))
    })
}

/// Without our statement those of others may grant it all.
fn judge_grants(
    policy: &Policy,
    principals: &BTreeSet<String>,
    actions: &[&str],
    resources: &[String],
) -> Verdict {
    let without = principals
        .iter()
        .filter(|principal| !policy.allows(principal, actions, resources))
        .cloned()
        .collect::<Vec<_>>();
    if without.is_empty() {
        return Verdict::Met;
    }
    Verdict::Unmet(format!(
        "no policy grants W&B's principal {} access",
        without.join(", ")
    ))
}

fn resources(aws: &AwsWish) -> Vec<String> {
    vec![aws.bucket_arn.clone(), format!("{}/*", aws.bucket_arn)]
}

pub(super) async fn enforce_policy(
    target: &Target,
    wish: &AwsWish,
    facts: &AwsFacts,
) -> Result<(), Error> {
    let mut policy = match &facts.policy {
        Observed::Set(text) => Policy::parse(text),
        Observed::NotSet | Observed::Unsupported(_) => None,
    }
    .unwrap_or_else(|| Policy::empty(Some(POLICY_ID)));
    let resources = resources(wish);
    let granted = policy.with_id(&ACCESS).is_none()
        && judge_grants(&policy, &wish.principals, &BUCKET_ACTIONS, &resources) == Verdict::Met;
    if !granted {
        let ours = Statement::allow(ACCESS[0], &wish.principals, &BUCKET_ACTIONS, &resources);
        policy.put(&ACCESS, Some(ours));
    }
    let https_only = Statement::https_only(HTTPS_ONLY[0], &resources);
    let refused_by_others = policy.with_id(&HTTPS_ONLY).is_none()
        && policy
            .statements()
            .iter()
            .any(|found| found.means(&https_only));
    if !refused_by_others {
        policy.put(&HTTPS_ONLY, wish.https_only.then_some(https_only));
    }
    target.bucket.put_policy(&policy.text()).await
}

pub(super) fn judge_key(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let aws = wish.aws.as_ref()?;
    let key = facts.aws.as_ref()?.key.as_ref()?;
    let own = matches!(aws.key, KeyWish::Own(_));
    let wrong = match &key.found {
        None => {
            return Some(Verdict::NeedsYou(
                "the key does not exist any more; objects encrypted with it are lost, and W&B cannot write. Set `aws.kms_key_arn` to \
                 another key"
                    .to_owned(),
            ));
        }
        Some(key) if !key.symmetric => {
            return Some(Verdict::NeedsYou(
                "the key is asymmetric, and S3 takes only symmetric ones; give another key"
                    .to_owned(),
            ));
        }
        Some(key) => match &key.state {
            KeyState::Enabled => return Some(Verdict::Met),
            KeyState::Disabled => "the key is disabled".to_owned(),
            KeyState::PendingDeletion(Some(date)) => {
                format!("the key is scheduled for deletion on {date}")
            }
            KeyState::PendingDeletion(None) => "the key is scheduled for deletion".to_owned(),
            KeyState::Other(state) => {
                return Some(Verdict::NeedsYou(format!(
                    "the key cannot be used: it is {state}"
                )));
            }
        },
    };
    Some(if own {
        Verdict::Unmet(wrong)
    } else {
        Verdict::NeedsYou(format!(
            "{wrong}; whoever looks after it must make it usable"
        ))
    })
}

pub(super) fn judge_key_policy(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let aws = wish.aws.as_ref()?;
    let key = facts.aws.as_ref()?.key.as_ref()?;
    let arn = &key.found.as_ref()?.arn;
    let resources = [arn.clone()];
    if let KeyWish::Own(_) = aws.key {
        let policy = Policy::parse(key.policy.as_deref()?)?;
        let root = root_of(arn);
        if !policy.allows(&root, &["kms:*"], &resources) {
            return Some(Verdict::Unmet(
                "your own account has lost full access to the key".to_owned(),
            ));
        }
        return Some(match policy.with_id(&KEY_ACCESS) {
            Some(ours) => {
                // In the policy of a key `*` is that key.
                let everywhere = ["*".to_owned()];
                match judge_ours(&ours, &aws.principals, &KEY_ACTIONS, &everywhere) {
                    Verdict::Met => Verdict::Met,
                    _ => judge_ours(&ours, &aws.principals, &KEY_ACTIONS, &resources),
                }
            }
            None => judge_grants(&policy, &aws.principals, &KEY_ACTIONS, &resources),
        });
    }
    let Some(policy) = key.policy.as_deref().and_then(Policy::parse) else {
        return Some(Verdict::NeedsYou(format!(
            "these credentials may not read the key's policy; see that it allows {} to W&B",
            KEY_ACTIONS.join(", ")
        )));
    };
    Some(
        match judge_grants(&policy, &aws.principals, &KEY_ACTIONS, &resources) {
            Verdict::Unmet(why) => Verdict::NeedsYou(format!(
                "{why} to the key; add a statement to its policy that allows {}",
                KEY_ACTIONS.join(", ")
            )),
            other => other,
        },
    )
}

pub(super) fn judge_key_rotation(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let KeyWish::Own(_) = wish.aws.as_ref()?.key else {
        return None;
    };
    let key = facts.aws.as_ref()?.key.as_ref()?;
    key.found.as_ref()?;
    Some(if key.rotates {
        Verdict::Met
    } else {
        Verdict::Unmet("the key's secret is never replaced".to_owned())
    })
}

pub(super) async fn enforce_key(target: &Target, facts: &AwsFacts) -> Result<(), Error> {
    match (
        &target.keys,
        facts.key.as_ref().and_then(|key| key.found.as_ref()),
    ) {
        (Some(keys), Some(key)) => keys.revive(key).await,
        _ => Ok(()),
    }
}

pub(super) async fn enforce_key_policy(
    target: &Target,
    wish: &AwsWish,
    facts: &AwsFacts,
) -> Result<(), Error> {
    let (Some(keys), Some(arn)) = (&target.keys, wish.key.arn()) else {
        return Ok(());
    };
    let found = facts.key.as_ref().and_then(|key| key.policy.as_deref());
    let policy = key_policy(found, &root_of(arn), &wish.principals);
    keys.put_policy(arn, &policy).await
}

pub(super) async fn enforce_key_rotation(target: &Target, wish: &AwsWish) -> Result<(), Error> {
    match (&target.keys, wish.key.arn()) {
        (Some(keys), Some(arn)) => keys.rotate(arn).await,
        _ => Ok(()),
    }
}

/// The policy of our key: our statements over those of others.
pub(super) fn key_policy(found: Option<&str>, root: &str, principals: &BTreeSet<String>) -> String {
    let mut policy = found
        .and_then(Policy::parse)
        .unwrap_or_else(|| Policy::empty(None));
    let everywhere = ["*".to_owned()];
    let owner = BTreeSet::from([root.to_owned()]);
    let owner = Statement::allow(KEY_OWNER[0], &owner, &["kms:*"], &everywhere);
    policy.put(&KEY_OWNER, Some(owner));
    let access = Statement::allow(KEY_ACCESS[0], principals, &KEY_ACTIONS, &everywhere);
    policy.put(&KEY_ACCESS, Some(access));
    policy.text()
}

/// The root of the account that a key belongs to: `arn:PARTITION:kms:REGION:ACCOUNT:key/ID`.
fn root_of(key_arn: &str) -> String {
    let mut parts = key_arn.split(':').skip(1);
    let partition = parts.next().unwrap_or("aws");
    let account = parts.nth(2).unwrap_or_default();
    root(partition, account)
}

/// The root of an account.
pub(super) fn root(partition: &str, account: &str) -> String {
    format!("arn:{partition}:iam::{account}:root")
}
