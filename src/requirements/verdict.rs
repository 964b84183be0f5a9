//! What is said of one requirement.

use std::fmt;

/// How an entry of `requirements` begins when the store has no such thing.
const NOT_OFFERED: &str = "not offered by this store: ";

/// How an entry of `requirements` begins when this provider may not act.
const NEEDS_YOU: &str = "needs you: ";

/// How the rest begins when nobody could look.
const UNSEEN: &str = "these credentials may not ";

/// Whether a requirement is met, in the words of the map `requirements`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Met,
    /// It is not, and the next apply repairs it.
    Unmet(String),
    /// A default of ours that the store has no means for.
    NotOffered(String),
    /// It is not, and somebody else must act.
    NeedsYou(String),
}

impl Verdict {
    /// What the entry of the map, as it stands in a state, will read after an apply.
    #[must_use]
    pub fn planned(entry: &str) -> &str {
        if entry.starts_with(NOT_OFFERED) || entry.starts_with(NEEDS_YOU) {
            entry
        } else {
            "met"
        }
    }

    /// That these credentials may not do what would tell: somebody else must see to it, and nothing is known to be wrong.
    #[must_use]
    pub fn unseen(what: &str) -> Self {
        Self::NeedsYou(format!("{UNSEEN}{what}"))
    }

    /// Whether the entry of the map says that something is wrong and somebody else must act.
    #[must_use]
    pub fn says_needs_you(entry: &str) -> bool {
        let needed = entry.strip_prefix(NEEDS_YOU);
        needed.is_some_and(|what| !what.starts_with(UNSEEN))
    }

    /// Whether the entry of the map says that the store has no means for it.
    #[must_use]
    pub fn says_not_offered(entry: &str) -> bool {
        entry.starts_with(NOT_OFFERED)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Met => f.write_str("met"),
            Self::Unmet(why) => f.write_str(why),
            Self::NotOffered(why) => write!(f, "{NOT_OFFERED}{why}"),
            Self::NeedsYou(what) => write!(f, "{NEEDS_YOU}{what}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_apply_can_repair_is_planned_to_be_met() {
        assert_eq!(Verdict::planned("PUT is not allowed"), "met");
        assert_eq!(Verdict::planned("met"), "met");
        let entry = Verdict::NotOffered("501 NotImplemented".into()).to_string();
        assert_eq!(Verdict::planned(&entry), entry);
        let entry = Verdict::NeedsYou("ask the operator".into()).to_string();
        assert_eq!(Verdict::planned(&entry), entry);
    }
}
