//! Old versions and unfinished uploads go after a while; live objects never do.

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleRule, LifecycleRuleFilter,
    NoncurrentVersionExpiration,
};

use super::{Facts, Verdict, Wish};
use crate::clouds::s3::{Bucket, Lifecycle, Observed};
use crate::clouds::{Error, Kind};

/// The id of our rule. Rules with other ids are others' and stay.
const OUR_RULE: &str = "terraform-provider-wandb";

pub(super) fn judge_noncurrent(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let found = facts.noncurrent_days();
    Some(judge(
        "noncurrent_version_expiration",
        facts,
        wish.noncurrent_days,
        found,
        "old versions are",
        "removed",
    ))
}

pub(super) fn judge_abort(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let found = facts.abort_days();
    Some(judge(
        "abort_incomplete_uploads",
        facts,
        wish.abort_days,
        found,
        "unfinished uploads are",
        "removed",
    ))
}

fn judge(
    name: &str,
    facts: &Facts,
    wanted: i32,
    found: Option<i32>,
    what: &str,
    done: &str,
) -> Verdict {
    if wanted == found.unwrap_or(0) {
        return Verdict::Met;
    }
    if let Some(how) = facts.not_offered(name) {
        return Verdict::NotOffered(how.to_owned());
    }
    match (&facts.lifecycle, found) {
        (Observed::Unsupported(how), _) => Verdict::NotOffered(how.clone()),
        (_, None) => Verdict::Unmet(format!("{what} never {done}")),
        (_, Some(days)) if wanted == 0 => {
            Verdict::Unmet(format!("{what} {done} after {days} days, not kept"))
        }
        (_, Some(days)) => Verdict::Unmet(format!("{what} {done} after {days} days, not {wanted}")),
    }
}

/// A rule of somebody else may not be changed by us; the owner must know of it.
pub(super) fn judge_expiration(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    let Observed::Set(found) = &facts.lifecycle else {
        return Some(Verdict::Met);
    };
    let names = found
        .rules
        .iter()
        .filter(|rule| expires_live_objects(rule, wish.path.as_deref()))
        .map(name_of)
        .collect::<Vec<_>>();
    if names.is_empty() {
        return Some(Verdict::Met);
    }
    Some(Verdict::NeedsYou(format!(
        "the lifecycle rule {} expires live objects, and W&B loses the history of runs with them; remove it or limit it to another prefix",
        names.join(", ")
    )))
}

fn expires_live_objects(rule: &LifecycleRule, path: Option<&str>) -> bool {
    let expires = rule
        .expiration()
        .is_some_and(|expiration| expiration.days().is_some() || expiration.date().is_some());
    if !expires || *rule.status() != ExpirationStatus::Enabled {
        return false;
    }
    let filter = rule.filter();
    // W&B tags no object, so a rule that asks for a tag passes its objects by.
    let asks_for_tag = filter.is_some_and(|filter| {
        filter.tag().is_some() || filter.and().is_some_and(|and| !and.tags().is_empty())
    });
    #[expect(
        deprecated,
        reason = "rules written by older clients have their prefix here"
    )]
    let prefix = filter
        .and_then(|filter| filter.prefix().or_else(|| filter.and()?.prefix()))
        .or_else(|| rule.prefix())
        .unwrap_or_default();
    let ours = path.map(|path| format!("{path}/")).unwrap_or_default();
    !asks_for_tag && (ours.starts_with(prefix) || prefix.starts_with(&ours))
}

fn name_of(rule: &LifecycleRule) -> String {
    rule.id()
        .map_or_else(|| "without an id".to_owned(), |id| format!("{id:?}"))
}

/// Writes our rule beside those of others, or takes it away when nothing is wished.
pub(super) async fn enforce(bucket: &Bucket, wish: &Wish, facts: &Facts) -> Result<(), Error> {
    let mut lifecycle = match &facts.lifecycle {
        Observed::Set(found) => found.clone(),
        Observed::NotSet | Observed::Unsupported(_) => Lifecycle::default(),
    };
    let rules = &mut lifecycle.rules;
    rules.retain(|rule| rule.id() != Some(OUR_RULE));
    rules.iter_mut().for_each(move_prefix);
    rules.extend(our_rule(wish));
    if rules.is_empty() {
        return bucket.delete_lifecycle().await;
    }
    let alone = rules.len() == 1 && wish.noncurrent_days == 0;
    match bucket.put_lifecycle(&lifecycle).await {
        // MinIO does not know AbortIncompleteMultipartUpload: a rule that holds nothing else is malformed to it.
        Err(error) if alone && matches!(error.kind(), Kind::Invalid) => {
            Err(error.into_unsupported())
        }
        other => other,
    }
}

/// A prefix beside the filter is an older spelling of one in it, and a document may not hold both spellings (S3 API, LifecycleRule).
#[expect(deprecated, reason = "it is the older spelling")]
fn move_prefix(rule: &mut LifecycleRule) {
    if rule.filter.is_none()
        && let Some(prefix) = rule.prefix.take()
    {
        rule.filter = Some(LifecycleRuleFilter::builder().prefix(prefix).build());
    }
}

fn our_rule(wish: &Wish) -> Option<LifecycleRule> {
    let noncurrent = (wish.noncurrent_days > 0).then(|| {
        NoncurrentVersionExpiration::builder()
            .noncurrent_days(wish.noncurrent_days)
            .build()
    });
    let abort = (wish.abort_days > 0).then(|| {
        AbortIncompleteMultipartUpload::builder()
            .days_after_initiation(wish.abort_days)
            .build()
    });
    if noncurrent.is_none() && abort.is_none() {
        return None;
    }
    let rule = LifecycleRule::builder()
        .id(OUR_RULE)
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .set_noncurrent_version_expiration(noncurrent)
        .set_abort_incomplete_multipart_upload(abort)
        .build();
    // The builder asks only for the status, which is set above.
    rule.ok()
}

impl Facts {
    /// Days after which our rule removes old versions.
    #[must_use]
    pub fn noncurrent_days(&self) -> Option<i32> {
        self.our_rule()?
            .noncurrent_version_expiration()?
            .noncurrent_days()
    }

    /// Days after which our rule removes unfinished uploads.
    #[must_use]
    pub fn abort_days(&self) -> Option<i32> {
        self.our_rule()?
            .abort_incomplete_multipart_upload()?
            .days_after_initiation()
    }

    /// Whether the bucket has our rule at all.
    pub(super) fn has_our_lifecycle_rule(&self) -> bool {
        self.our_rule().is_some()
    }

    fn our_rule(&self) -> Option<&LifecycleRule> {
        let Observed::Set(found) = &self.lifecycle else {
            return None;
        };
        found
            .rules
            .iter()
            .find(|rule| rule.id() == Some(OUR_RULE) && *rule.status() == ExpirationStatus::Enabled)
    }
}
