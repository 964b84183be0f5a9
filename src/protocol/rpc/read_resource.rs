//! An object is looked at.

use super::{diagnostics, pb};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::server::Server;
use crate::protocol::dynamic_value;

pub(in crate::protocol) async fn read_resource(
    server: &Server,
    request: pb::read_resource::Request,
) -> pb::read_resource::Response {
    let (kept, private) = (request.current_state.clone(), request.private.clone());
    read(server, request)
        .await
        .unwrap_or_else(|found| pb::read_resource::Response {
            new_state: kept,
            private,
            diagnostics: diagnostics::encode(found),
            ..Default::default()
        })
}

async fn read(
    server: &Server,
    request: pb::read_resource::Request,
) -> Result<pb::read_resource::Response, Diagnostics> {
    let ty = server.catalog().resource(&request.type_name)?.schema().ty();
    let state = dynamic_value::decode(request.current_state, &ty)?;
    let output = server
        .read(&request.type_name, state, request.private)
        .await;
    Ok(pb::read_resource::Response {
        new_state: Some(dynamic_value::encode(&output.state, &ty)?),
        private: output.private,
        diagnostics: diagnostics::encode(output.diagnostics),
        ..Default::default()
    })
}
