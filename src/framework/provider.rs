//! What a provider implements, and what it offers.

use async_trait::async_trait;

use super::data_source::DataSource;
use super::diagnostic::Diagnostics;
use super::ephemeral::Ephemeral;
use super::function::Function;
use super::resource::Resource;
use super::schema::Schema;
use super::value::Value;

/// A provider: its own block and the things it offers.
///
/// Making one costs nothing: it is made in every start of the plugin, also where only the schema is asked for.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// The schema of the provider block.
    fn schema(&self) -> Schema;

    /// Rules about the provider block that concern more than one attribute. Unknown values say nothing; no network, no files.
    fn validate(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::none()
    }

    /// Takes the configuration; it may hold unknowns while planning. A later call replaces it (reattach mode).
    async fn configure(&self, config: Value) -> Diagnostics;

    /// The managed resources.
    fn resources(&self) -> Vec<Box<dyn Resource>>;

    /// The data sources.
    fn data_sources(&self) -> Vec<Box<dyn DataSource>> {
        Vec::new()
    }

    /// The functions.
    fn functions(&self) -> Vec<Box<dyn Function>> {
        Vec::new()
    }

    /// The ephemeral resources.
    fn ephemerals(&self) -> Vec<Box<dyn Ephemeral>> {
        Vec::new()
    }
}
