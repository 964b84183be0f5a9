//! Does what Terraform asks, on values: finds the thing, keeps the rules, calls it.
//!
//! A panic in the code of a resource ends as a message, and what the resource had noted until then is kept.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::catalog::{Catalog, Entry};
use super::diagnostic::{Diagnostic, Diagnostics};
use super::ephemeral::{Opened, Renewed};
use super::function::FunctionError;
use super::guard::{guarded, panicked};
use super::operation::Operation;
use super::outcome;
use super::path::Path;
use super::plan::{plan, replacements};
use super::private::Private;
use super::provider::Provider;
use super::resource::{
    Applied, CreateRequest, DeleteRequest, MoveRequest, Plan, PlanRequest, ReadRequest,
    UpdateRequest,
};
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

/// What there is to plan. `config` and `proposed` are null on destroy, `prior` on create.
pub struct PlanInput {
    /// What the user wrote.
    pub config: Value,
    /// The refreshed state.
    pub prior: Value,
    /// Core's merge of both.
    pub proposed: Value,
    /// The private state.
    pub private: Vec<u8>,
}

/// A plan.
#[derive(Debug)]
pub struct Planned {
    /// What the object will be; null on destroy.
    pub planned: Value,
    /// The attributes whose change needs another object.
    pub requires_replace: Vec<Path>,
    /// What apply will be given.
    pub private: Vec<u8>,
    /// Messages.
    pub diagnostics: Diagnostics,
}

/// What there is to apply. `prior` is null on create, `planned` and `config` on destroy.
pub struct ApplyInput {
    /// What the user wrote, wholly known.
    pub config: Value,
    /// The state before.
    pub prior: Value,
    /// The plan.
    pub planned: Value,
    /// What plan left.
    pub private: Vec<u8>,
}

/// A state after an operation.
#[derive(Debug)]
pub struct StateOutput {
    /// The state; null when there is no object.
    pub state: Value,
    /// The private state.
    pub private: Vec<u8>,
    /// Messages.
    pub diagnostics: Diagnostics,
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

    /// Plans a create, an update or a destroy.
    pub async fn plan(&self, type_name: &str, input: PlanInput) -> Planned {
        let unchanged = |input: PlanInput, diagnostics| Planned {
            planned: input.prior,
            requires_replace: Vec::new(),
            private: input.private,
            diagnostics,
        };
        let entry = match self.catalog.resource(type_name) {
            Ok(entry) => entry,
            Err(unknown) => return unchanged(input, unknown),
        };
        let private = match Private::from_bytes(&input.private) {
            Ok(private) => private,
            Err(damaged) => return unchanged(input, damaged_private(&damaged)),
        };
        let (planned, requires_replace) =
            plan(entry.schema(), &input.config, &input.prior, &input.proposed);
        let mut plan = Plan {
            planned,
            requires_replace,
            private: private.clone(),
            diagnostics: Diagnostics::none(),
        };
        let request = PlanRequest {
            config: input.config,
            prior: input.prior,
            private,
        };
        if let Err(panic) = guarded(entry.thing.plan(&request, &mut plan)).await {
            plan.diagnostics
                .push(panicked(&panic, "Nothing was planned."));
        }
        Planned {
            planned: plan.planned,
            requires_replace: plan.requires_replace,
            private: plan.private.to_bytes(),
            diagnostics: plan.diagnostics,
        }
    }

    /// Carries a plan out.
    pub async fn apply(&self, type_name: &str, input: ApplyInput) -> StateOutput {
        let refuse = |input: ApplyInput, diagnostics| StateOutput {
            state: input.prior,
            private: input.private,
            diagnostics,
        };
        let entry = match self.catalog.resource(type_name) {
            Ok(entry) => entry,
            Err(unknown) => return refuse(input, unknown),
        };
        let private = match Private::from_bytes(&input.private) {
            Ok(private) => private,
            Err(damaged) => return refuse(input, damaged_private(&damaged)),
        };
        let (prior, planned) = (input.prior.clone(), input.planned.clone());
        if planned.is_null() {
            let operation = self.operation(entry.schema(), &prior, Limit::Delete);
            let request = DeleteRequest {
                prior: input.prior,
                private: private.clone(),
            };
            let applied = guarded(entry.thing.delete(request, &operation)).await;
            return outcome::of_delete(applied, prior, private, &operation);
        }
        if prior.is_null() {
            let operation = self.operation(entry.schema(), &planned, Limit::Create);
            let request = CreateRequest {
                planned: input.planned,
                config: input.config,
                private,
            };
            let applied = guarded(entry.thing.create(request, &operation)).await;
            return outcome::of_create(applied, entry.schema(), &planned, &operation);
        }
        // The plan was to keep the object: what asks for another one was unknown then.
        let moved = replacements(entry.schema(), &prior, &planned);
        if !moved.is_empty() {
            return refuse(input, moved.iter().map(identity_changed).collect());
        }
        let operation = self.operation(entry.schema(), &planned, Limit::Update);
        let request = UpdateRequest {
            prior: input.prior,
            planned: input.planned,
            config: input.config,
            private: private.clone(),
        };
        let applied = guarded(entry.thing.update(request, &operation)).await;
        outcome::of_update(
            applied,
            entry.schema(),
            prior,
            private,
            &planned,
            &operation,
        )
    }

    /// Looks at an object.
    pub async fn read(&self, type_name: &str, state: Value, private: Vec<u8>) -> StateOutput {
        let refuse = |state, private, diagnostics| StateOutput {
            state,
            private,
            diagnostics,
        };
        let entry = match self.catalog.resource(type_name) {
            Ok(entry) => entry,
            Err(unknown) => return refuse(state, private, unknown),
        };
        let parsed = match Private::from_bytes(&private) {
            Ok(parsed) => parsed,
            Err(damaged) => return refuse(state, private, damaged_private(&damaged)),
        };
        let operation = self.operation(entry.schema(), &state, Limit::Read);
        let request = ReadRequest {
            state: state.clone(),
            private: parsed,
        };
        let read = guarded(entry.thing.read(request, &operation)).await;
        outcome::of_read(read, entry.schema(), state, private)
    }

    /// Makes a first state of an import id.
    pub async fn import(&self, type_name: &str, id: &str) -> StateOutput {
        let refuse = |diagnostics| StateOutput {
            state: Value::Null,
            private: Vec::new(),
            diagnostics,
        };
        let entry = match self.catalog.resource(type_name) {
            Ok(entry) => entry,
            Err(unknown) => return refuse(unknown),
        };
        let operation = self.operation(entry.schema(), &Value::Null, Limit::Read);
        match guarded(entry.thing.import(id, &operation)).await {
            Ok(applied) => outcome::plain(applied),
            Err(panic) => refuse(panicked(&panic, "Nothing was imported.").into()),
        }
    }

    /// The schema that a state of that version has.
    ///
    /// # Errors
    /// When there never was such a version.
    pub fn state_schema(
        &self,
        type_name: &str,
        version: i64,
    ) -> Result<Cow<'_, Schema>, Diagnostics> {
        let entry = self.catalog.resource(type_name)?;
        if version == entry.schema().version {
            return Ok(Cow::Borrowed(entry.schema()));
        }
        let upgrader = entry
            .thing
            .upgraders()
            .into_iter()
            .find(|upgrader| upgrader.version == version);
        upgrader
            .map(|upgrader| Cow::Owned(upgrader.schema))
            .ok_or_else(|| no_such_version(type_name, version))
    }

    /// Makes a state of that version a present one.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn upgrade(
        &self,
        type_name: &str,
        version: i64,
        state: Value,
    ) -> Result<Value, Diagnostics> {
        let entry = self.catalog.resource(type_name)?;
        if version == entry.schema().version {
            return Ok(state);
        }
        let upgrader = entry
            .thing
            .upgraders()
            .into_iter()
            .find(|upgrader| upgrader.version == version);
        (upgrader
            .ok_or_else(|| no_such_version(type_name, version))?
            .upgrade)(state)
    }

    /// Takes over the object of another resource type.
    #[must_use]
    pub fn move_state(&self, type_name: &str, source: &MoveRequest) -> StateOutput {
        match self.catalog.resource(type_name) {
            Ok(entry) => outcome::plain(entry.thing.move_from(source)),
            Err(unknown) => outcome::plain(Applied::failed(unknown)),
        }
    }

    /// Reads a data source.
    pub async fn read_data_source(&self, type_name: &str, config: Value) -> (Value, Diagnostics) {
        let entry = match self.catalog.data_source(type_name) {
            Ok(entry) => entry,
            Err(unknown) => return (Value::Null, unknown),
        };
        let operation = self.operation(entry.schema(), &config, Limit::Read);
        match guarded(entry.thing.read(config, &operation)).await {
            Ok(Ok(read)) => read,
            Ok(Err(failed)) => (Value::Null, failed),
            Err(panic) => (Value::Null, panicked(&panic, "Nothing was read.").into()),
        }
    }

    /// Opens an ephemeral resource.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open_ephemeral(
        &self,
        type_name: &str,
        config: Value,
    ) -> Result<Opened, Diagnostics> {
        let entry = self.catalog.ephemeral(type_name)?;
        let operation = self.operation(entry.schema(), &config, Limit::Read);
        let opened = guarded(entry.thing.open(config, &operation)).await;
        opened.unwrap_or_else(|panic| Err(panicked(&panic, "Nothing was opened.").into()))
    }

    /// Prolongs an ephemeral resource.
    ///
    /// # Errors
    /// When it cannot be prolonged.
    pub async fn renew_ephemeral(
        &self,
        type_name: &str,
        private: &[u8],
    ) -> Result<Renewed, Diagnostics> {
        let entry = self.catalog.ephemeral(type_name)?;
        let private = Private::from_bytes(private).map_err(|damaged| damaged_private(&damaged))?;
        let operation = self.operation(entry.schema(), &Value::Null, Limit::Read);
        let renewed = guarded(entry.thing.renew(private, &operation)).await;
        renewed.unwrap_or_else(|panic| Err(panicked(&panic, "It was not prolonged.").into()))
    }

    /// Closes an ephemeral resource.
    pub async fn close_ephemeral(&self, type_name: &str, private: &[u8]) -> Diagnostics {
        let entry = match self.catalog.ephemeral(type_name) {
            Ok(entry) => entry,
            Err(unknown) => return unknown,
        };
        let private = match Private::from_bytes(private) {
            Ok(private) => private,
            Err(damaged) => return damaged_private(&damaged),
        };
        let operation = self.operation(entry.schema(), &Value::Null, Limit::Delete);
        let closed = guarded(entry.thing.close(private, &operation)).await;
        closed.unwrap_or_else(|panic| panicked(&panic, "It may still be open.").into())
    }

    /// Calls a function.
    ///
    /// # Errors
    /// When there is no such function, or an argument is no good.
    pub async fn call_function(
        &self,
        name: &str,
        arguments: Vec<Value>,
    ) -> Result<Value, FunctionError> {
        let plain = |text: String| FunctionError {
            text,
            argument: None,
        };
        let entry = self
            .catalog
            .function(name)
            .ok_or_else(|| plain(format!("There is no function {name:?} here.")))?;
        let called = guarded(async { entry.thing.call(arguments) }).await;
        called.unwrap_or_else(|panic| Err(plain(panicked(&panic, "").detail)))
    }

    fn operation(&self, schema: &Schema, object: &Value, which: Limit) -> Operation {
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

fn damaged_private(damaged: &super::private::Damaged) -> Diagnostics {
    let detail = format!(
        "{damaged}. Nothing was changed, and the state is kept. Restore the state from a backup, or import the object anew."
    );
    Diagnostic::error("The state is damaged", detail).into()
}

fn no_such_version(type_name: &str, version: i64) -> Diagnostics {
    let detail = format!(
        "The state of {type_name} has the version {version}, which this provider never wrote. Use the version of the provider that did."
    );
    Diagnostic::error("Unknown version of the state", detail).into()
}

fn identity_changed(path: &Path) -> Diagnostic {
    let detail = format!(
        "`{path}` was not known when the plan was made, and now it differs from that of the object in the state. A change of it needs another \
         object, which was not planned. Nothing was changed. Run `terraform plan` again: it will show what the change entails."
    );
    Diagnostic::error(format!("`{path}` turned out to be another value"), detail).at(path.clone())
}
