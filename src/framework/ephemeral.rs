//! What an ephemeral resource implements: a value for one run that is never kept.

use std::time::SystemTime;

use async_trait::async_trait;

use super::diagnostic::Diagnostics;
use super::operation::Operation;
use super::private::Private;
use super::schema::Schema;
use super::value::Value;

/// An ephemeral resource.
#[async_trait]
pub trait Ephemeral: Send + Sync {
    /// The name in HCL, `wandb_…`.
    fn type_name(&self) -> &'static str;

    /// Its schema.
    fn schema(&self) -> Schema;

    /// Rules that concern more than one attribute. Unknown values say nothing; the network is not touched.
    fn validate(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::none()
    }

    /// Makes the value. The result keeps what the configuration sets and fills in the rest.
    async fn open(&self, config: Value, operation: &Operation) -> Result<Opened, Diagnostics>;

    /// Prolongs it.
    async fn renew(&self, private: Private, operation: &Operation) -> Result<Renewed, Diagnostics> {
        let _ = operation;
        Ok(Renewed {
            private,
            renew_at: None,
            diagnostics: Diagnostics::none(),
        })
    }

    /// Gives it back.
    async fn close(&self, private: Private, operation: &Operation) -> Diagnostics {
        let _ = (private, operation);
        Diagnostics::none()
    }
}

/// An opened value.
pub struct Opened {
    /// The value, wholly known.
    pub result: Value,
    /// What renew and close will be given.
    pub private: Private,
    /// When to renew it; Terraform renews at exactly that time. None is never.
    pub renew_at: Option<SystemTime>,
    /// Messages.
    pub diagnostics: Diagnostics,
}

/// A prolonged value.
pub struct Renewed {
    /// What the next renew and close will be given.
    pub private: Private,
    /// When to renew it again. None is never.
    pub renew_at: Option<SystemTime>,
    /// Messages.
    pub diagnostics: Diagnostics,
}
