//! `wandb_team_storage`: a W&B team on a bucket of one's own. The storage of a team can never be changed.

mod absence;
mod create;
mod delete;
mod import;
mod members;
mod model;
mod plan;
mod prepare;
mod read;
mod schema;
mod update;

use async_trait::async_trait;

use crate::framework::diagnostic::Diagnostics;
use crate::framework::operation::Operation;
use crate::framework::path::Path;
use crate::framework::private::Private;
use crate::framework::resource::{
    Applied, CreateRequest, DeleteRequest, Plan, PlanRequest, ReadRequest, Resource, UpdateRequest,
};
use crate::framework::schema::Schema;
use crate::framework::value::Value;
use crate::provider::Shared;

/// The resource.
pub struct TeamStorage {
    configuration: Shared,
}

impl TeamStorage {
    /// With the provider's configuration, which comes later.
    #[must_use]
    pub fn new(configuration: Shared) -> Self {
        Self { configuration }
    }
}

#[async_trait]
impl Resource for TeamStorage {
    fn type_name(&self) -> &'static str {
        "wandb_team_storage"
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        plan::validate(config)
    }

    async fn plan(&self, request: &PlanRequest, plan: &mut Plan) {
        plan::plan(&self.configuration.get(), request, plan).await;
    }

    fn replacements(
        &self,
        found: Vec<Path>,
        prior: &Value,
        planned: &Value,
        private: &Private,
    ) -> Vec<Path> {
        plan::replacements(found, prior, planned, private)
    }

    async fn create(&self, request: CreateRequest, operation: &Operation) -> Applied {
        create::create(&self.configuration.get(), request, operation).await
    }

    async fn update(&self, request: UpdateRequest, operation: &Operation) -> Applied {
        update::update(&self.configuration.get(), request, operation).await
    }

    async fn delete(&self, request: DeleteRequest, operation: &Operation) -> Applied {
        delete::delete(&self.configuration.get(), request, operation).await
    }

    async fn read(&self, request: ReadRequest, operation: &Operation) -> Applied {
        read::read(&self.configuration.get(), request, operation).await
    }

    async fn import(&self, id: &str, operation: &Operation) -> Applied {
        import::import(&self.configuration.get(), id, operation).await
    }
}
