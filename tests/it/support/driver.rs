//! Terraform's part without Terraform: it keeps a state, refreshes, plans, applies and destroys as core does, in this process. A hundred
//! times as fast, for tests that do so thousands of times.

use std::sync::Arc;

use terraform_provider_wandb::framework::diagnostic::Diagnostics;
use terraform_provider_wandb::framework::schema::{Attribute, Kind, Schema};
use terraform_provider_wandb::framework::server::{ApplyInput, PlanInput, Planned, Server};
use terraform_provider_wandb::framework::value::Value;
use terraform_provider_wandb::provider::Wandb;

use super::core::{is_compatible, plan_is_valid, proposed};

const BUCKET: &str = "wandb_byob_bucket";

/// The state of one object, and the provider that is asked about it.
pub struct Driver {
    ty: &'static str,
    /// The provider.
    pub server: Arc<Server>,
    schema: Schema,
    /// Null where there is nothing.
    pub state: Value,
    private: Vec<u8>,
    /// Its creation failed.
    pub tainted: bool,
}

/// A state, its private part, and whether it is tainted.
pub type Saved = (Value, Vec<u8>, bool);

/// An object of these attributes with some values in it, and null elsewhere.
pub fn object(attributes: &[Attribute], values: &[(&str, Value)]) -> Value {
    Value::object(attributes.iter().map(|attribute| {
        let given = values.iter().find(|(name, _)| *name == attribute.name);
        (
            attribute.name,
            given.map_or(Value::Null, |(_, value)| value.clone()),
        )
    }))
}

/// An object for a nested attribute of that name.
pub fn nested(attributes: &[Attribute], name: &str, values: &[(&str, Value)]) -> Value {
    let attribute = attributes
        .iter()
        .find(|attribute| attribute.name == name)
        .unwrap();
    match &attribute.kind {
        Kind::Nested(_, inner) => object(inner, values),
        Kind::Plain(_) => panic!("{name} is not nested"),
    }
}

impl Driver {
    /// Of a bucket, with that provider block.
    pub async fn new(block: impl FnOnce(&[Attribute]) -> Value) -> Self {
        Self::of(BUCKET, block).await
    }

    /// Of an object of that type, with that provider block.
    pub async fn of(ty: &'static str, block: impl FnOnce(&[Attribute]) -> Value) -> Self {
        let server = Arc::new(Server::new(Wandb::default()));
        let config = block(&server.catalog().provider.attributes);
        let found = server.configure(config).await;
        assert!(!found.has_error(), "{found:?}");
        let schema = server.catalog().resource(ty).unwrap().schema().clone();
        Self {
            ty,
            server,
            schema,
            state: Value::Null,
            private: Vec::new(),
            tainted: false,
        }
    }

    /// A configuration of the object.
    pub fn config(&self, build: impl FnOnce(&[Attribute]) -> Value) -> Value {
        build(&self.schema.attributes)
    }

    /// What the provider says of the configuration alone.
    pub fn validate(&self, config: &Value) -> Diagnostics {
        self.server.validate_resource(self.ty, config, true)
    }

    /// Reads the object. An error keeps the state.
    pub async fn refresh(&mut self) -> Diagnostics {
        if self.state.is_null() {
            return Diagnostics::none();
        }
        let read = self
            .server
            .read(self.ty, self.state.clone(), self.private.clone())
            .await;
        if !read.diagnostics.has_error() {
            (self.state, self.private) = (read.state, read.private);
        }
        read.diagnostics
    }

    /// What the provider plans for the state and the configuration.
    pub async fn plan(&self, config: &Value) -> Planned {
        let input = PlanInput {
            config: config.clone(),
            prior: self.state.clone(),
            proposed: match config.is_null() {
                true => Value::Null,
                false => proposed(&self.schema.attributes, &self.state, config),
            },
            private: self.private.clone(),
        };
        let planned = self.server.plan(self.ty, input).await;
        if !config.is_null() && !planned.diagnostics.has_error() {
            plan_is_valid(
                &self.schema.attributes,
                &self.state,
                config,
                &planned.planned,
            )
            .unwrap();
        }
        planned
    }

    /// Refreshes and plans; whether nothing is to be done.
    pub async fn is_settled(&mut self, config: &Value) -> bool {
        let found = self.refresh().await;
        assert!(!found.has_error(), "{found:?}");
        let planned = self.plan(config).await;
        assert!(
            !planned.diagnostics.has_error(),
            "{:?}",
            planned.diagnostics
        );
        !self.tainted && planned.planned == self.state
    }

    /// `terraform apply`: refresh, plan, and what follows. A null configuration is `terraform destroy`.
    pub async fn apply(&mut self, config: &Value) -> Diagnostics {
        let found = self.refresh().await;
        if found.has_error() {
            return found;
        }
        if self.tainted && !self.state.is_null() {
            // Core replaces it, and gives the destroy no private state.
            self.private = Vec::new();
            let found = self.carry_out(&Value::Null, Value::Null).await;
            if found.has_error() || config.is_null() {
                return found;
            }
        }
        let planned = self.plan(config).await;
        if planned.diagnostics.has_error() || planned.planned == self.state {
            return planned.diagnostics;
        }
        assert!(
            planned.requires_replace.is_empty() || self.state.is_null(),
            "{:?}",
            planned.requires_replace
        );
        self.private = planned.private;
        self.carry_out(config, planned.planned).await
    }

    /// Applies what was planned.
    pub async fn carry_out(&mut self, config: &Value, planned: Value) -> Diagnostics {
        let (prior, creates) = (self.state.clone(), self.state.is_null());
        let input = ApplyInput {
            config: config.clone(),
            prior: prior.clone(),
            planned: planned.clone(),
            private: self.private.clone(),
        };
        let done = self.server.apply(self.ty, input).await;
        let failed = done.diagnostics.has_error();
        assert!(
            !format!("{:?}", done.diagnostics).contains("has a bug"),
            "{:?}",
            done.diagnostics
        );
        if !failed {
            is_compatible(&planned, &done.state).unwrap();
        }
        assert!(done.state.is_wholly_known(), "{:?}", done.state);
        // "A null state with an error" keeps what was there.
        (self.state, self.private) = match failed && done.state.is_null() {
            true => (prior, done.private),
            false => (done.state, done.private),
        };
        self.tainted = failed && (creates || self.tainted) && !self.state.is_null();
        done.diagnostics
    }

    /// `terraform import`.
    pub async fn import(&mut self, id: &str) -> Diagnostics {
        let imported = self.server.import(self.ty, id).await;
        if imported.diagnostics.has_error() {
            return imported.diagnostics;
        }
        let read = self
            .server
            .read(self.ty, imported.state, imported.private)
            .await;
        if !read.diagnostics.has_error() {
            (self.state, self.private) = (read.state, read.private);
        }
        read.diagnostics
    }

    /// The state as it was before, for a provider that starts anew after another was killed.
    pub fn with_state_of(mut self, before: &Saved) -> Self {
        (self.state, self.private, self.tainted) = before.clone();
        self
    }

    /// The state, as it is on disk.
    pub fn saved(&self) -> Saved {
        (self.state.clone(), self.private.clone(), self.tainted)
    }

    /// `terraform state rm`.
    pub fn forget(&mut self) {
        (self.state, self.private) = (Value::Null, Vec::new());
    }
}
