//! What a managed resource implements.

use async_trait::async_trait;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::operation::Operation;
use super::path::Path;
use super::private::Private;
use super::schema::Schema;
use super::value::Value;

/// A managed resource. Every value it is given has the shape of its schema: each attribute is present, null where unset.
#[async_trait]
pub trait Resource: Send + Sync {
    /// The name in HCL, `wandb_…`.
    fn type_name(&self) -> &'static str;

    /// Its schema.
    fn schema(&self) -> Schema;

    /// Rules that concern more than one attribute. Unknown values say nothing; the network is not touched.
    fn validate(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::none()
    }

    /// Refines the plan that the schema's rules made. Called for create, update and destroy; on destroy the planned value is
    /// null and stays so, only messages count. It must give the same plan for the same request.
    async fn plan(&self, request: &PlanRequest, plan: &mut Plan) {
        let _ = (request, plan);
    }

    /// Of the attributes that by the schema need another object, those whose change really does. Fewer than were found where a change is only another way
    /// of writing the same, or writes down what nobody could read before.
    fn replacements(
        &self,
        found: Vec<Path>,
        prior: &Value,
        planned: &Value,
        private: &Private,
    ) -> Vec<Path> {
        let _ = (prior, planned, private);
        found
    }

    /// Makes the object. A state without an error is complete; with an error, it is what exists (Terraform marks it tainted);
    /// no state with an error says that nothing exists.
    async fn create(&self, request: CreateRequest, operation: &Operation) -> Applied;

    /// Changes the object in place. With an error, the state says what is true now.
    async fn update(&self, request: UpdateRequest, operation: &Operation) -> Applied;

    /// Removes the object. Without an error it is gone; an object that was gone already is no error.
    async fn delete(&self, request: DeleteRequest, operation: &Operation) -> Applied;

    /// Looks at the object. No state without an error says that its absence is confirmed.
    async fn read(&self, request: ReadRequest, operation: &Operation) -> Applied;

    /// Turns an import id into a state that `read` can complete.
    async fn import(&self, id: &str, operation: &Operation) -> Applied;

    /// How states of earlier schema versions become the present one.
    fn upgraders(&self) -> Vec<Upgrader> {
        Vec::new()
    }

    /// Takes over an object that another resource type manages (`moved` across types).
    fn move_from(&self, source: &MoveRequest) -> Applied {
        let detail = format!(
            "This resource cannot take over an object of {} ({}).",
            source.type_name, source.provider_address
        );
        Applied::failed(Diagnostic::error("Unsupported move", detail))
    }
}

/// What there is to plan.
pub struct PlanRequest {
    /// What the user wrote; null on destroy.
    pub config: Value,
    /// What the refreshed state says; null on create.
    pub prior: Value,
    /// The private state.
    pub private: Private,
}

/// The plan so far.
pub struct Plan {
    /// What the object will be; null on destroy.
    pub planned: Value,
    /// The attributes whose change needs another object.
    pub requires_replace: Vec<Path>,
    /// What apply will be given.
    pub private: Private,
    /// Messages; an error ends the plan.
    pub diagnostics: Diagnostics,
}

/// What to make.
pub struct CreateRequest {
    /// The planned object; what is unknown in it is for the resource to fill in.
    pub planned: Value,
    /// What the user wrote, wholly known; the only place of write-only values.
    pub config: Value,
    /// What plan left.
    pub private: Private,
}

/// What to change.
pub struct UpdateRequest {
    /// The state before.
    pub prior: Value,
    /// The planned object; what is unknown in it is for the resource to fill in.
    pub planned: Value,
    /// What the user wrote, wholly known; the only place of write-only values.
    pub config: Value,
    /// What plan left.
    pub private: Private,
}

/// What to remove.
pub struct DeleteRequest {
    /// The applied state.
    pub prior: Value,
    /// What plan left.
    pub private: Private,
}

/// What to look at.
pub struct ReadRequest {
    /// The state as it is kept, or what `import` made.
    pub state: Value,
    /// The private state.
    pub private: Private,
}

/// An object of another resource type.
pub struct MoveRequest {
    /// The address of the provider that manages it, such as `registry.terraform.io/hashicorp/aws`.
    pub provider_address: String,
    /// Its type there.
    pub type_name: String,
    /// The version of its state there.
    pub schema_version: i64,
    /// Its state there.
    pub state: serde_json::Value,
}

/// What an operation left behind.
#[derive(Debug, Default)]
pub struct Applied {
    /// The state, wholly known; none when no object is there.
    pub state: Option<Value>,
    /// The private state.
    pub private: Private,
    /// Messages.
    pub diagnostics: Diagnostics,
}

impl Applied {
    /// The object is as `state` says.
    #[must_use]
    pub fn state(state: Value, private: Private) -> Self {
        Self {
            state: Some(state),
            private,
            diagnostics: Diagnostics::none(),
        }
    }

    /// No object is there.
    #[must_use]
    pub fn gone() -> Self {
        Self::default()
    }

    /// It failed and no object is there.
    pub fn failed(diagnostics: impl Into<Diagnostics>) -> Self {
        Self {
            diagnostics: diagnostics.into(),
            ..Self::default()
        }
    }

    /// The same, with more to say.
    #[must_use]
    pub fn with(mut self, diagnostics: impl Into<Diagnostics>) -> Self {
        self.diagnostics.append(diagnostics.into());
        self
    }
}

/// Turns the state of one earlier schema version into the present one.
pub struct Upgrader {
    /// The version it reads.
    pub version: i64,
    /// The schema of that version.
    pub schema: Schema,
    /// The change, without network.
    pub upgrade: fn(Value) -> Result<Value, Diagnostics>,
}
