//! An existing object is taken over by its id.

use super::{diagnostics, pb};
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::server::Server;
use crate::protocol::dynamic_value;

pub(in crate::protocol) async fn import_resource_state(
    server: &Server,
    request: pb::import_resource_state::Request,
) -> pb::import_resource_state::Response {
    import(server, request)
        .await
        .unwrap_or_else(|found| pb::import_resource_state::Response {
            diagnostics: diagnostics::encode(found),
            ..Default::default()
        })
}

async fn import(
    server: &Server,
    request: pb::import_resource_state::Request,
) -> Result<pb::import_resource_state::Response, Diagnostics> {
    let ty = server.catalog().resource(&request.type_name)?.schema().ty();
    if request.id.is_empty() {
        let detail = format!(
            "{} is imported by its id, not by an identity. Write `id = \"…\"` in the import block.",
            request.type_name
        );
        return Err(Diagnostic::error("An import needs an id", detail).into());
    }
    let output = server.import(&request.type_name, &request.id).await;
    let imported = if output.state.is_null() {
        Vec::new()
    } else {
        let state = Some(dynamic_value::encode(&output.state, &ty)?);
        vec![pb::import_resource_state::ImportedResource {
            type_name: request.type_name,
            state,
            private: output.private,
            identity: None,
        }]
    };
    let diagnostics = diagnostics::encode(output.diagnostics);
    Ok(pb::import_resource_state::Response {
        imported_resources: imported,
        diagnostics,
        ..Default::default()
    })
}
