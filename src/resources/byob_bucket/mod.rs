//! `wandb_byob_bucket`: a bucket that W&B accepts.

mod apply;
mod import;
mod model;
mod place;
mod plan;
mod read;
mod schema;

use async_trait::async_trait;

pub use schema::DEPLOYMENTS;

use crate::framework::diagnostic::Diagnostics;
use crate::framework::operation::Operation;
use crate::framework::resource::{
    Applied, CreateRequest, DeleteRequest, Plan, PlanRequest, ReadRequest, Resource, UpdateRequest,
};
use crate::framework::schema::Schema;
use crate::framework::value::Value;
use crate::provider::Shared;

/// The resource.
pub struct ByobBucket {
    configuration: Shared,
}

impl ByobBucket {
    /// With the provider's configuration, which comes later.
    #[must_use]
    pub fn new(configuration: Shared) -> Self {
        Self { configuration }
    }
}

#[async_trait]
impl Resource for ByobBucket {
    fn type_name(&self) -> &'static str {
        "wandb_byob_bucket"
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        plan::validate(config)
    }

    async fn plan(&self, request: &PlanRequest, plan: &mut Plan) {
        plan::plan(&self.configuration.get(), request, plan);
    }

    async fn create(&self, request: CreateRequest, operation: &Operation) -> Applied {
        apply::create(&self.configuration.get(), request, operation).await
    }

    async fn update(&self, request: UpdateRequest, operation: &Operation) -> Applied {
        apply::update(&self.configuration.get(), request, operation).await
    }

    async fn delete(&self, request: DeleteRequest, operation: &Operation) -> Applied {
        apply::delete(&self.configuration.get(), request, operation).await
    }

    async fn read(&self, request: ReadRequest, operation: &Operation) -> Applied {
        read::read(&self.configuration.get(), request, operation).await
    }

    async fn import(&self, id: &str, operation: &Operation) -> Applied {
        import::import(&self.configuration.get(), id, operation).await
    }
}
