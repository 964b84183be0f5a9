//! A state is read from its JSON and made a present one; also when its version is the present one.

use super::{diagnostics, pb};
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::server::Server;
use crate::protocol::{dynamic_value, json};

pub(in crate::protocol) async fn upgrade_resource_state(
    server: &Server,
    request: pb::upgrade_resource_state::Request,
) -> pb::upgrade_resource_state::Response {
    match upgrade(server, request) {
        Ok(state) => pb::upgrade_resource_state::Response {
            upgraded_state: Some(state),
            diagnostics: Vec::new(),
        },
        Err(found) => pb::upgrade_resource_state::Response {
            upgraded_state: None,
            diagnostics: diagnostics::encode(found),
        },
    }
}

fn upgrade(
    server: &Server,
    request: pb::upgrade_resource_state::Request,
) -> Result<pb::DynamicValue, Diagnostics> {
    let raw = request.raw_state.unwrap_or_default();
    if raw.json.is_empty() {
        let detail = "The state was written by Terraform 0.11 or earlier, which this provider never served. Remove the object from the state and import it.";
        return Err(Diagnostic::error("The state is too old", detail).into());
    }
    let written = server.state_schema(&request.type_name, request.version)?;
    let state = json::decode(&raw.json, &written.ty())?;
    let state = server.upgrade(&request.type_name, request.version, state)?;
    let present = server.catalog().resource(&request.type_name)?.schema().ty();
    Ok(dynamic_value::encode(&state, &present)?)
}
