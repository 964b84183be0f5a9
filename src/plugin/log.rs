//! The log: JSON lines on stderr in the form of HashiCorp's hclog, which Terraform reads and filters.

use std::fmt;
use std::io::{self, Write};
use std::panic;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// Our own events begin with this. Those of libraries are never written: at the lower levels they hold whole requests.
const OWN: &str = env!("CARGO_CRATE_NAME");

/// Starts the log, and has panics told in it.
pub(super) fn start(name: &str, variable: impl Fn(&str) -> Option<String>) {
    let layer = Hclog {
        level: level(name, variable),
    };
    // Fails only if there is a log already.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer));
    // A raw line that begins with "panic:" would make Terraform tell of a crash, which a caught panic is not.
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(
            place,
            "panic: {}",
            info.payload_as_str().unwrap_or("no message")
        );
    }));
}

/// From the variable that is nearest to this provider. When none is set Terraform shows nothing, and errors cost nothing.
fn level(name: &str, variable: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let own = format!("TF_LOG_PROVIDER_{}", name.to_uppercase().replace('-', "_"));
    let set = [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|value| !value.is_empty()));
    match set.map(|level| level.to_uppercase()).as_deref() {
        None => LevelFilter::ERROR,
        Some("OFF") => LevelFilter::OFF,
        Some("ERROR") => LevelFilter::ERROR,
        Some("WARN") => LevelFilter::WARN,
        Some("INFO") => LevelFilter::INFO,
        Some("DEBUG") => LevelFilter::DEBUG,
        // "JSON" is TRACE in another form, and Terraform takes a word it does not know for TRACE.
        Some(_) => LevelFilter::TRACE,
    }
}

struct Hclog {
    level: LevelFilter,
}

/// The fields of a span, kept for the events inside it.
struct Fields(Map<String, Value>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Hclog {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let target = metadata.target();
        let own = target
            .strip_prefix(OWN)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        own && *metadata.level() <= self.level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields(Map::new());
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields(Map::new());
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.0.extend(outer.0.clone());
            }
        }
        event.record(&mut fields);
        let line = line(event.metadata(), fields.0, jiff::Timestamp::now());
        // Where stderr is gone there is nobody left to read it.
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}

/// One line. Terraform takes the keys with an @ for granted: they are always there, and always strings.
fn line(metadata: &Metadata<'_>, mut fields: Map<String, Value>, now: jiff::Timestamp) -> Value {
    let message = match fields.remove("message") {
        Some(Value::String(message)) => message,
        _ => String::new(),
    };
    fields.retain(|key, value| !key.starts_with('@') && *value != Value::String(String::new()));
    let module = metadata
        .target()
        .strip_prefix(OWN)
        .unwrap_or_default()
        .replace("::", ".");
    let own = [
        ("@level", level_name(metadata.level()).to_owned()),
        ("@message", message),
        ("@module", format!("provider{module}")),
        (
            "@timestamp",
            now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        ),
    ];
    fields.extend(own.map(|(key, value)| (key.to_owned(), Value::String(value))));
    Value::Object(fields)
}

fn level_name(level: &Level) -> &'static str {
    match *level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0
            .insert(field.name().to_owned(), Value::String(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(&[], LevelFilter::ERROR)]
    #[case(&[("TF_LOG", "DEBUG")], LevelFilter::DEBUG)]
    #[case(&[("TF_LOG", "JSON")], LevelFilter::TRACE)]
    #[case(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "WARN")], LevelFilter::WARN)]
    #[case(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER_WANDB", "off")], LevelFilter::OFF)]
    #[case(&[("TF_LOG", ""), ("TF_LOG_PROVIDER", "")], LevelFilter::ERROR)]
    fn the_nearest_variable_sets_the_level(
        #[case] variables: &[(&str, &str)],
        #[case] expected: LevelFilter,
    ) {
        let variable = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(level("wandb", variable), expected);
    }
}
