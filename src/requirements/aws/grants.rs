//! Whether policies grant W&B what it needs.

use std::collections::BTreeSet;

use crate::requirements::Verdict;
use crate::requirements::policy::{Policy, Statement};

/// Our own statement must grant W&B all it needs and nobody else anything.
pub(super) fn judge_ours(
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
    Verdict::Unmet(if ours.has_condition() {
        "W&B's statement holds a condition, and W&B needs its access without one".to_owned()
    } else if lacking.is_empty() {
        "W&B's statement grants something else than W&B needs".to_owned()
    } else {
        format!("W&B is not granted {}", lacking.join(", "))
    })
}

/// Without our statement those of others may grant it all.
pub(super) fn judge_grants(
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
    if principals.is_empty() {
        return Verdict::Unmet("it is not known who W&B is".to_owned());
    }
    if without.is_empty() {
        return Verdict::Met;
    }
    Verdict::Unmet(format!(
        "no policy grants W&B's principal {} access",
        without.join(", ")
    ))
}

/// What is granted may be denied by a statement of somebody else, which is not ours to change. `whose` is what has the policy.
pub(super) fn judge_denials(
    policy: &Policy,
    principals: &BTreeSet<String>,
    actions: &[&str],
    resources: &[String],
    whose: &str,
) -> Verdict {
    let denials = principals
        .iter()
        .flat_map(|principal| policy.denials(principal, actions, resources))
        .collect::<BTreeSet<_>>();
    if denials.is_empty() {
        return Verdict::Met;
    }
    Verdict::NeedsYou(format!(
        "the statement {} of the {whose}'s policy denies W&B a part of what it needs; change it so that it leaves W&B's principal out",
        denials.into_iter().collect::<Vec<_>>().join(", ")
    ))
}
