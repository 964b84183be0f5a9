//! Who may use a bucket on AWS: its policy, the block of public access, the ownership of objects.

use super::grants::{judge_denials, judge_grants, judge_ours};
use super::{AwsFacts, AwsWish};
use crate::clouds::Error;
use crate::clouds::s3::{Observed, PublicAccess};
use crate::requirements::policy::{Policy, Statement};
use crate::requirements::{Facts, Target, Verdict, Wish};

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

/// The id of a policy that we begin, and of our statements: those of W&B's page, and the one that W&B's own Terraform module writes.
const POLICY_ID: &str = "WandBAccess";
const ACCESS: [&str; 2] = ["WAndBAccountAccess", "WandbAccountAccess"];
pub(super) const HTTPS_ONLY: [&str; 1] = ["WAndBHttpsOnly"];

pub(in crate::requirements) fn judge_public_access(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    wish.aws.as_ref()?;
    Some(match &facts.aws.as_ref()?.public_access {
        Observed::Set(found) if *found == PublicAccess::BLOCKED => Verdict::Met,
        Observed::Set(_) => Verdict::Unmet("public access is not blocked in every way".to_owned()),
        Observed::NotSet => Verdict::Unmet("public access is not blocked".to_owned()),
        Observed::Unsupported(how) => Verdict::NotOffered(how.clone()),
    })
}

/// `BucketOwnerPreferred` is what W&B's own module sets; it gives the objects to the owner, too, if the writer says so.
pub(in crate::requirements) fn judge_ownership(wish: &Wish, facts: &Facts) -> Option<Verdict> {
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

pub(in crate::requirements) fn judge_policy(wish: &Wish, facts: &Facts) -> Option<Verdict> {
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
    let (objects, bucket): (Vec<_>, Vec<_>) = BUCKET_ACTIONS
        .iter()
        .partition(|action| action.contains("Object") || **action == "s3:AbortMultipartUpload");
    let folder = wish.path.as_ref().map(|path| format!("{path}/"));
    let keys = format!("{}/{}*", aws.bucket_arn, folder.unwrap_or_default());
    let concerned = [(objects, keys), (bucket, aws.bucket_arn.clone())];
    let verdicts = concerned.map(|(actions, resource)| {
        judge_denials(&policy, &aws.principals, &actions, &[resource], "bucket")
    });
    let denied = verdicts
        .into_iter()
        .find(|verdict| *verdict != Verdict::Met);
    Some(denied.unwrap_or(Verdict::Met))
}

pub(in crate::requirements) fn judge_https_only(wish: &Wish, facts: &Facts) -> Option<Verdict> {
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

fn resources(aws: &AwsWish) -> Vec<String> {
    vec![aws.bucket_arn.clone(), format!("{}/*", aws.bucket_arn)]
}

pub(in crate::requirements) async fn enforce_policy(
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
