//! Does what Terraform asks, on values: finds the thing, keeps the rules, calls it.
//!
//! A panic in the code of a resource ends as a message, and what the resource had noted until then is kept.

mod others;
mod resources;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub use resources::{ApplyInput, PlanInput, Planned, StateOutput};

use super::catalog::{Catalog, Entry};
use super::diagnostic::{Diagnostic, Diagnostics};
use super::guard::{guarded, panicked};
use super::operation::Operation;
use super::private::Damaged;
use super::provider::Provider;
use super::schema::Schema;
use super::timeouts::Limit;
use super::validate::validate;
use super::value::Value;

/// Of an operation whose schema sets no limit: Terraform's own plugins wait this long.
const DEFAULT_LIMIT: Duration = Duration::from_secs(20 * 60);

/// A provider and all it offers, ready to be asked.
pub struct Server {
    provider: Box<dyn Provider>,
    catalog: Catalog,
    stopped: Mutex<CancellationToken>,
}

impl Server {
    /// Takes a provider in. Costs nothing: schemas are made when they are first needed.
    pub fn new(provider: impl Provider) -> Self {
        Self {
            catalog: Catalog::of(&provider),
            provider: Box::new(provider),
            stopped: Mutex::default(),
        }
    }

    /// All that the provider offers, with its schemas.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Checks the provider block.
    #[must_use]
    pub fn validate_provider(&self, config: &Value) -> Diagnostics {
        let mut found = validate(&self.catalog.provider, config, true);
        found.append(self.provider.validate(config));
        found
    }

    /// Gives the provider its configuration.
    pub async fn configure(&self, config: Value) -> Diagnostics {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = CancellationToken::new();
        guarded(self.provider.configure(config))
            .await
            .unwrap_or_else(|panic| panicked(&panic, "Nothing was changed.").into())
    }

    /// Asks everything that runs to stop.
    pub fn stop(&self) {
        self.stopped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .cancel();
    }

    /// Checks the configuration of a resource.
    #[must_use]
    pub fn validate_resource(
        &self,
        type_name: &str,
        config: &Value,
        write_only_allowed: bool,
    ) -> Diagnostics {
        with(self.catalog.resource(type_name), |entry| {
            let mut found = validate(entry.schema(), config, write_only_allowed);
            found.append(entry.thing.validate(config));
            found
        })
    }

    /// Checks the configuration of a data source.
    #[must_use]
    pub fn validate_data_source(&self, type_name: &str, config: &Value) -> Diagnostics {
        with(self.catalog.data_source(type_name), |entry| {
            let mut found = validate(entry.schema(), config, true);
            found.append(entry.thing.validate(config));
            found
        })
    }

    /// Checks the configuration of an ephemeral resource.
    #[must_use]
    pub fn validate_ephemeral(&self, type_name: &str, config: &Value) -> Diagnostics {
        with(self.catalog.ephemeral(type_name), |entry| {
            let mut found = validate(entry.schema(), config, true);
            found.append(entry.thing.validate(config));
            found
        })
    }

    pub(super) fn operation(&self, schema: &Schema, object: &Value, which: Limit) -> Operation {
        let stopped = self
            .stopped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let limit = schema
            .timeouts
            .map_or(DEFAULT_LIMIT, |timeouts| timeouts.limit(object, which));
        Operation::new(stopped, limit)
    }
}

fn with<T: ?Sized>(
    entry: Result<&Entry<T, Schema>, Diagnostics>,
    check: impl FnOnce(&Entry<T, Schema>) -> Diagnostics,
) -> Diagnostics {
    match entry {
        Ok(entry) => check(entry),
        Err(unknown) => unknown,
    }
}

pub(super) fn damaged_private(damaged: &Damaged) -> Diagnostics {
    let detail = format!(
        "{damaged}. Nothing was changed, and the state is kept. Restore the state from a backup, or import the object anew."
    );
    Diagnostic::error("The state is damaged", detail).into()
}
