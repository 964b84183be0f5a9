//! One file per remote procedure: decode, call the framework, encode.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use super::diagnostics;
use crate::framework::diagnostic::Diagnostic;
use crate::proto::tfplugin6 as pb;

pub(super) mod apply_resource_change;
pub(super) mod call_function;
pub(super) mod close_ephemeral_resource;
pub(super) mod configure_provider;
pub(super) mod get_functions;
pub(super) mod get_metadata;
pub(super) mod get_provider_schema;
pub(super) mod get_resource_identity_schemas;
pub(super) mod import_resource_state;
pub(super) mod move_resource_state;
pub(super) mod open_ephemeral_resource;
pub(super) mod plan_resource_change;
pub(super) mod read_data_source;
pub(super) mod read_resource;
pub(super) mod renew_ephemeral_resource;
pub(super) mod stop_provider;
pub(super) mod upgrade_resource_identity;
pub(super) mod upgrade_resource_state;
pub(super) mod validate_data_resource_config;
pub(super) mod validate_ephemeral_resource_config;
pub(super) mod validate_provider_config;
pub(super) mod validate_resource_config;

/// What the provider can do beyond the first version of the protocol.
fn capabilities() -> pb::ServerCapabilities {
    pb::ServerCapabilities {
        // Destroys are planned, so that a protected object is refused before anything is touched.
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: false,
    }
}

/// Runs a procedure; a panic becomes a message. The framework guards the code of resources by itself; this is for the rest.
pub(super) async fn guarded<T>(work: impl Future<Output = T>) -> Result<T, Vec<pb::Diagnostic>> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| {
        let detail = "The provider stopped at a point that its authors held impossible. The state is kept. Please report this; the log \
                      (TF_LOG=ERROR) has the details.";
        diagnostics::encode(Diagnostic::error("The provider has a bug", detail).into())
    })
}
