//! The `timeouts` attribute: how long each operation may take.

use std::time::Duration;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::path::Path;
use super::schema::Attribute;
use super::value::Value;

/// The limits that hold where the user sets none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Of create.
    pub create: Duration,
    /// Of read and import.
    pub read: Duration,
    /// Of update.
    pub update: Duration,
    /// Of delete.
    pub delete: Duration,
}

/// Which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Of create.
    Create,
    /// Of read and import.
    Read,
    /// Of update.
    Update,
    /// Of delete.
    Delete,
}

impl Timeouts {
    /// The attribute `timeouts = { create, read, update, delete }`.
    #[must_use]
    pub fn attribute(&self) -> Attribute {
        let each = |name, verb: &str, default: Duration| {
            let description = format!(
                "How long {verb} may take, such as `90s`, `10m` or `1h30m`. Default `{}`.",
                display(default)
            );
            Attribute::string(name)
                .described(description)
                .rule(is_duration)
        };
        Attribute::single(
            "timeouts",
            vec![
                each("create", "creating it", self.create),
                each("read", "reading it", self.read),
                each("update", "changing it", self.update),
                each("delete", "deleting it", self.delete),
            ],
        )
        .described(
            "Time limits. A change takes effect with the next operation and changes nothing else.",
        )
    }

    /// The limit that holds for an object: the user's where set and known, ours otherwise.
    #[must_use]
    pub fn limit(&self, object: &Value, which: Limit) -> Duration {
        let (name, default) = match which {
            Limit::Create => ("create", self.create),
            Limit::Read => ("read", self.read),
            Limit::Update => ("update", self.update),
            Limit::Delete => ("delete", self.delete),
        };
        object
            .get("timeouts")
            .get(name)
            .as_str()
            .and_then(parse)
            .unwrap_or(default)
    }
}

fn is_duration(value: &Value, path: &Path) -> Diagnostics {
    let Some(text) = value.as_str() else {
        return Diagnostics::none();
    };
    if parse(text).is_some() {
        return Diagnostics::none();
    }
    let detail = format!(
        "{text:?} is not a duration. Write a number with a unit, longer than nothing: for example \"90s\", \"10m\" or \"1h30m\"."
    );
    Diagnostic::error("Invalid time limit", detail)
        .at(path.clone())
        .into()
}

/// A duration as Go and thus Terraform users write it: numbers with the units h, m, s, ms; longer than nothing.
fn parse(text: &str) -> Option<Duration> {
    let only_go_units = text
        .split(|c: char| c.is_ascii_digit() || c == '.')
        .all(|unit| matches!(unit, "" | "h" | "m" | "s" | "ms"));
    let duration = text
        .parse::<jiff::SignedDuration>()
        .ok()
        .filter(|_| only_go_units)?;
    Duration::try_from(duration)
        .ok()
        .filter(|duration| !duration.is_zero())
}

fn display(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds % 60 == 0 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("90s", Some(90))]
    #[case("10m", Some(600))]
    #[case("1h30m", Some(5400))]
    #[case("1.5h", Some(5400))]
    #[case("-5m", None)]
    #[case("0s", None)]
    #[case("5", None)]
    #[case("", None)]
    #[case("five minutes", None)]
    #[case("5m ago", None)]
    #[case("PT5M", None)]
    #[case("5 m", None)]
    fn durations_are_read_as_go_writes_them(#[case] text: &str, #[case] seconds: Option<u64>) {
        assert_eq!(parse(text), seconds.map(Duration::from_secs));
    }

    #[test]
    fn the_users_limit_beats_the_default() {
        let ours = Timeouts {
            create: Duration::from_secs(300),
            read: Duration::from_secs(120),
            update: Duration::from_secs(300),
            delete: Duration::from_secs(600),
        };
        let object = Value::object([(
            "timeouts",
            Value::object([("create", "7s".into()), ("delete", Value::Null)]),
        )]);
        assert_eq!(ours.limit(&object, Limit::Create), Duration::from_secs(7));
        assert_eq!(ours.limit(&object, Limit::Delete), Duration::from_secs(600));
        assert_eq!(
            ours.limit(&Value::Null, Limit::Read),
            Duration::from_secs(120)
        );
    }
}
