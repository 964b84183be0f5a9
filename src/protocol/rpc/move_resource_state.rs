//! An object of another resource type is taken over.

use super::{diagnostics, pb};
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::resource::MoveRequest;
use crate::framework::server::Server;
use crate::protocol::dynamic_value;

pub(in crate::protocol) async fn move_resource_state(
    server: &Server,
    request: pb::move_resource_state::Request,
) -> pb::move_resource_state::Response {
    take_over(server, request).unwrap_or_else(|found| pb::move_resource_state::Response {
        diagnostics: diagnostics::encode(found),
        ..Default::default()
    })
}

fn take_over(
    server: &Server,
    request: pb::move_resource_state::Request,
) -> Result<pb::move_resource_state::Response, Diagnostics> {
    let ty = server
        .catalog()
        .resource(&request.target_type_name)?
        .schema()
        .ty();
    let state = serde_json::from_slice(&request.source_state.unwrap_or_default().json).map_err(
        |error| {
            Diagnostic::error(
                "Unsupported move",
                format!("The source's state is not JSON: {error}."),
            )
        },
    )?;
    let source = MoveRequest {
        provider_address: request.source_provider_address,
        type_name: request.source_type_name,
        schema_version: request.source_schema_version,
        state,
    };
    let output = server.move_state(&request.target_type_name, &source);
    let target_state = if output.state.is_null() {
        None
    } else {
        Some(dynamic_value::encode(&output.state, &ty)?)
    };
    let diagnostics = diagnostics::encode(output.diagnostics);
    Ok(pb::move_resource_state::Response {
        target_state,
        target_private: output.private,
        diagnostics,
        target_identity: None,
    })
}
