//! The key of a bucket on AWS: whether it can be used, and by whom.

use std::collections::BTreeSet;

use super::grants::{judge_denials, judge_grants, judge_ours};
use super::{AwsFacts, AwsWish, KeyFacts, KeyWish, Seen};
use crate::clouds::Error;
use crate::clouds::aws::{KeyState, Keys};
use crate::requirements::policy::{Policy, Statement};
use crate::requirements::{Facts, Target, Verdict, Wish};

/// What W&B may do with the key (W&B BYOB page, AWS tab, the key's policy).
const KEY_ACTIONS: [&str; 5] = [
    "kms:Decrypt",
    "kms:Describe*",
    "kms:Encrypt",
    "kms:ReEncrypt*",
    "kms:GenerateDataKey*",
];

/// The ids of our statements in the policy of a key, as on W&B's page.
const KEY_OWNER: [&str; 1] = ["Internal"];
const KEY_ACCESS: [&str; 1] = ["External"];

pub(in crate::requirements) fn judge_key(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let aws = wish.aws.as_ref()?;
    let key = facts.aws.as_ref()?.key.as_ref()?;
    let own = matches!(aws.key, KeyWish::Own(_));
    let needs_you = |what: &str| Some(Verdict::NeedsYou(what.to_owned()));
    let wrong = match &key.found {
        Seen::Nothing if own => {
            return needs_you(
                "the key does not exist any more; objects encrypted with it are lost, and W&B cannot write. Set `aws.kms_key_arn` to \
                 another key",
            );
        }
        Seen::Nothing => {
            return needs_you(
                "AWS knows no such key, so W&B cannot write. Check `aws.kms_key_arn`; if the key was there and is deleted, what it encrypted is lost",
            );
        }
        Seen::Hidden => {
            return Some(Verdict::unseen(
                "look at the key (`kms:DescribeKey`); see that it exists, is enabled, and encrypts and decrypts with one secret (symmetric)",
            ));
        }
        Seen::Key(key) if !key.symmetric => {
            return needs_you(
                "the key is asymmetric, and S3 takes only symmetric ones; give another key",
            );
        }
        Seen::Key(key) => match &key.state {
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

pub(in crate::requirements) fn judge_key_policy(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let aws = wish.aws.as_ref()?;
    let key = facts.aws.as_ref()?.key.as_ref()?;
    let arn = match &key.found {
        Seen::Key(key) => key.arn.as_str(),
        Seen::Hidden => aws.key.arn()?,
        Seen::Nothing => return None,
    };
    let resources = [arn.to_owned()];
    if let KeyWish::Own(_) = aws.key {
        return judge_own_policy(aws, arn, key);
    }
    let Some(policy) = key.policy.as_deref().and_then(Policy::parse) else {
        return Some(Verdict::unseen(&format!(
            "read the key's policy; see that it allows {} to W&B",
            KEY_ACTIONS.join(", ")
        )));
    };
    Some(
        match judge_grants(&policy, &aws.principals, &KEY_ACTIONS, &resources) {
            Verdict::Unmet(why) => Verdict::NeedsYou(format!(
                "{why} to the key; add a statement to its policy that allows {}",
                KEY_ACTIONS.join(", ")
            )),
            granted => and_not_denied(granted, &policy, aws, &resources),
        },
    )
}

/// The policy of a key of our own.
pub(super) fn judge_own_policy(aws: &AwsWish, arn: &str, key: &KeyFacts) -> Option<Verdict> {
    let resources = [arn.to_owned()];
    let policy = Policy::parse(key.policy.as_deref()?)?;
    let root = root_of(arn);
    if !policy.allows(&root, &["kms:*"], &resources) {
        return Some(Verdict::Unmet(
            "your own account has lost full access to the key".to_owned(),
        ));
    }
    let granted = match policy.with_id(&KEY_ACCESS) {
        Some(ours) => {
            // In the policy of a key `*` is that key.
            let everywhere = ["*".to_owned()];
            match judge_ours(&ours, &aws.principals, &KEY_ACTIONS, &everywhere) {
                Verdict::Met => Verdict::Met,
                _ => judge_ours(&ours, &aws.principals, &KEY_ACTIONS, &resources),
            }
        }
        None => judge_grants(&policy, &aws.principals, &KEY_ACTIONS, &resources),
    };
    Some(and_not_denied(granted, &policy, aws, &resources))
}

fn and_not_denied(
    granted: Verdict,
    policy: &Policy,
    aws: &AwsWish,
    resources: &[String],
) -> Verdict {
    match granted {
        Verdict::Met => judge_denials(policy, &aws.principals, &KEY_ACTIONS, resources, "key"),
        other => other,
    }
}

pub(in crate::requirements) fn judge_key_rotation(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let KeyWish::Own(_) = wish.aws.as_ref()?.key else {
        return None;
    };
    let key = facts.aws.as_ref()?.key.as_ref()?;
    key.found.key()?;
    Some(if key.rotates {
        Verdict::Met
    } else {
        Verdict::Unmet("the key's secret is never replaced".to_owned())
    })
}

pub(in crate::requirements) async fn enforce_key(
    target: &Target,
    facts: &AwsFacts,
) -> Result<(), Error> {
    match (
        &target.keys,
        facts.key.as_ref().and_then(|key| key.found.key()),
    ) {
        (Some(keys), Some(key)) => keys.revive(key).await,
        _ => Ok(()),
    }
}

pub(in crate::requirements) async fn enforce_key_policy(
    target: &Target,
    wish: &AwsWish,
    facts: &AwsFacts,
) -> Result<(), Error> {
    match (&target.keys, wish.key.arn(), &facts.key) {
        (Some(keys), Some(arn), Some(found)) => put_own_policy(keys, arn, wish, found).await,
        _ => Ok(()),
    }
}

pub(super) async fn put_own_policy(
    keys: &Keys,
    arn: &str,
    wish: &AwsWish,
    found: &KeyFacts,
) -> Result<(), Error> {
    let policy = key_policy(found.policy.as_deref(), &root_of(arn), &wish.principals);
    keys.put_policy(arn, &policy).await
}

pub(in crate::requirements) async fn enforce_key_rotation(
    target: &Target,
    wish: &AwsWish,
) -> Result<(), Error> {
    match (&target.keys, wish.key.arn()) {
        (Some(keys), Some(arn)) => keys.rotate(arn).await,
        _ => Ok(()),
    }
}

/// The policy of our key: our statements over those of others.
pub(in crate::requirements) fn key_policy(
    found: Option<&str>,
    root: &str,
    principals: &BTreeSet<String>,
) -> String {
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
pub(in crate::requirements) fn root(partition: &str, account: &str) -> String {
    format!("arn:{partition}:iam::{account}:root")
}
