//! The life of a resource: plan, apply, read, import, upgrade, move.

use std::borrow::Cow;

use super::{Server, damaged_private};
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::guard::{guarded, panicked};
use crate::framework::outcome;
use crate::framework::path::Path;
use crate::framework::plan::{plan, replacements};
use crate::framework::private::Private;
use crate::framework::resource::{
    Applied, CreateRequest, DeleteRequest, MoveRequest, Plan, PlanRequest, ReadRequest,
    UpdateRequest,
};
use crate::framework::schema::Schema;
use crate::framework::timeouts::Limit;
use crate::framework::value::Value;

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
        let (planned, found) = plan(entry.schema(), &input.config, &input.prior, &input.proposed);
        let requires_replace = entry
            .thing
            .replacements(found, &input.prior, &planned, &private);
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
            return outcome::of_delete(applied, private, &operation);
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
        let moved = entry.thing.replacements(moved, &prior, &planned, &private);
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
