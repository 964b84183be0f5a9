//! What a data source implements.

use async_trait::async_trait;

use super::diagnostic::Diagnostics;
use super::operation::Operation;
use super::schema::Schema;
use super::value::Value;

/// A data source: looked up on every plan, never changed.
#[async_trait]
pub trait DataSource: Send + Sync {
    /// The name in HCL, `wandb_…`.
    fn type_name(&self) -> &'static str;

    /// Its schema.
    fn schema(&self) -> Schema;

    /// Rules that concern more than one attribute. Unknown values say nothing; the network is not touched.
    fn validate(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::none()
    }

    /// Looks it up. The result keeps what the configuration sets and fills in the rest.
    async fn read(
        &self,
        config: Value,
        operation: &Operation,
    ) -> Result<(Value, Diagnostics), Diagnostics>;
}
