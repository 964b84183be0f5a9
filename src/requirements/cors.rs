//! Browsers on the W&B front end may use the bucket (W&B BYOB page, CORS policy).

use std::collections::BTreeSet;

use super::{Facts, Verdict, Wish};
use crate::clouds::Error;
use crate::clouds::s3::{Bucket, CorsRule, Observed, Preflight};

/// The methods W&B's pre-signed URLs are used with (W&B BYOB page, CORS policy).
pub(super) const METHODS: [&str; 3] = ["GET", "HEAD", "PUT"];

/// The id of our rule. Rules with other ids are others' and stay.
const OUR_RULE: &str = "terraform-provider-wandb";

/// Which browsers may use the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsWish {
    /// Origins; `*` is all of them.
    pub origins: BTreeSet<String>,
    /// Seconds that a browser may remember a preflight.
    pub max_age_seconds: i32,
    /// The origin of the W&B front end: what a preflight asks with where all origins are allowed.
    pub front_end: String,
}

impl CorsWish {
    /// Origins to ask a preflight with: an origin that could occur for each one that is wished.
    #[must_use]
    pub fn sample_origins(&self) -> Vec<String> {
        let sample = |origin: &String| {
            if origin == "*" {
                self.front_end.clone()
            } else {
                origin.replace('*', "wandb")
            }
        };
        self.origins
            .iter()
            .map(sample)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }
}

pub(super) fn judge(wish: &Wish, facts: &Facts) -> Option<Verdict> {
    if let Some(how) = facts.not_offered("cors") {
        return Some(judge_behaviour(wish, facts, how));
    }
    Some(match &facts.cors {
        Observed::Unsupported(how) => judge_behaviour(wish, facts, how),
        Observed::NotSet if facts.preflights.as_deref().is_some_and(are_answered_well) => {
            Verdict::Met
        }
        Observed::NotSet => {
            Verdict::Unmet("no CORS rule is set: browsers cannot use the bucket".to_owned())
        }
        Observed::Set(rules) => judge_rules(&wish.cors, rules),
    })
}

/// By what a browser would be told, where the store has no CORS rules of a bucket.
fn judge_behaviour(wish: &Wish, facts: &Facts, how: &str) -> Verdict {
    let Some(preflights) = &facts.preflights else {
        return Verdict::NotOffered(how.to_owned());
    };
    let refused = preflights
        .iter()
        .filter_map(preflight_fault)
        .collect::<Vec<_>>();
    if refused.is_empty() {
        return Verdict::Met;
    }
    let origins = wish.cors.sample_origins().join(",");
    Verdict::NeedsYou(format!(
        "this store has one CORS rule for all buckets, and {}; its operator must allow the origin {origins} with GET, HEAD and PUT and any \
         header, and expose ETag (on MinIO: MINIO_API_CORS_ALLOW_ORIGIN={origins}, then restart)",
        refused.join(", ")
    ))
}

fn are_answered_well(preflights: &[Preflight]) -> bool {
    preflights
        .iter()
        .all(|preflight| preflight_fault(preflight).is_none())
}

/// What a browser would object to in the answer to its preflight.
pub(super) fn preflight_fault(preflight: &Preflight) -> Option<String> {
    let (origin, method) = (&preflight.origin, &preflight.method);
    if !preflight.allows_origin() {
        return Some(format!("it refuses {origin}"));
    }
    if !preflight.allows_method() {
        return Some(format!("it refuses {method} from {origin}"));
    }
    if !preflight.allows_headers() {
        return Some(format!(
            "it refuses the request headers of {method} from {origin}"
        ));
    }
    None
}

/// By the rules of the bucket. The first rule that fits a request answers it (Amazon S3 User Guide, "How does Amazon S3 evaluate
/// the CORS configuration on a bucket?"), so a rule before ours may speak for it.
fn judge_rules(wish: &CorsWish, rules: &[CorsRule]) -> Verdict {
    let mut faults = BTreeSet::new();
    for origin in &wish.origins {
        for method in METHODS {
            let fits = |rule: &&CorsRule| {
                covers_origin(rule, origin)
                    && rule
                        .allowed_methods()
                        .iter()
                        .any(|allowed| allowed == method)
            };
            match rules.iter().find(fits) {
                None if rules.iter().any(|rule| covers_origin(rule, origin)) => {
                    faults.insert(format!("{method} is not allowed"))
                }
                None => faults.insert(format!("the origin {origin} is not allowed")),
                Some(rule) if !rule.allowed_headers().iter().any(|header| header == "*") => {
                    faults.insert("not every request header is allowed".to_owned())
                }
                Some(rule) if !exposes_etag(rule) => {
                    faults.insert("ETag is not exposed".to_owned())
                }
                Some(rule) if rule.max_age_seconds() != Some(wish.max_age_seconds) => {
                    let found = rule.max_age_seconds().unwrap_or(0);
                    faults.insert(format!(
                        "a preflight is remembered for {found} seconds, not {}",
                        wish.max_age_seconds
                    ))
                }
                Some(_) => false,
            };
        }
    }
    if faults.is_empty() {
        return Verdict::Met;
    }
    Verdict::Unmet(faults.into_iter().collect::<Vec<_>>().join(", "))
}

fn covers_origin(rule: &CorsRule, origin: &str) -> bool {
    rule.allowed_origins()
        .iter()
        .any(|allowed| allowed == "*" || allowed == origin)
}

fn exposes_etag(rule: &CorsRule) -> bool {
    rule.expose_headers()
        .iter()
        .any(|header| header.eq_ignore_ascii_case("etag"))
}

/// Writes our rule before those of others: the first that fits answers.
pub(super) async fn enforce(bucket: &Bucket, wish: &Wish, facts: &Facts) -> Result<(), Error> {
    let others = match &facts.cors {
        Observed::Set(rules) => rules
            .iter()
            .filter(|rule| rule.id() != Some(OUR_RULE))
            .cloned()
            .collect(),
        Observed::NotSet | Observed::Unsupported(_) => Vec::new(),
    };
    let ours = CorsRule::builder()
        .id(OUR_RULE)
        .set_allowed_methods(Some(METHODS.map(str::to_owned).to_vec()))
        .set_allowed_origins(Some(wish.cors.origins.iter().cloned().collect()))
        .allowed_headers("*")
        .expose_headers("ETag")
        .max_age_seconds(wish.cors.max_age_seconds)
        .build();
    // The builder asks for methods and origins, which are set above.
    let rules = ours.into_iter().chain(others).collect::<Vec<_>>();
    bucket.put_cors(&rules).await
}

impl Facts {
    /// Our CORS rule, as far as the bucket has one.
    #[must_use]
    pub fn our_cors_rule(&self) -> Option<(BTreeSet<String>, i32)> {
        let Observed::Set(rules) = &self.cors else {
            return None;
        };
        let rule = rules.iter().find(|rule| rule.id() == Some(OUR_RULE))?;
        Some((
            rule.allowed_origins().iter().cloned().collect(),
            rule.max_age_seconds().unwrap_or(0),
        ))
    }
}
