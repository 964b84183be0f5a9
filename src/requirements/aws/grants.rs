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
    Verdict::Unmet(if lacking.is_empty() {
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
    if without.is_empty() {
        return Verdict::Met;
    }
    Verdict::Unmet(format!(
        "no policy grants W&B's principal {} access",
        without.join(", ")
    ))
}
