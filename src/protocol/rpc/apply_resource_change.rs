//! A planned change is carried out.

use super::{diagnostics, pb};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::server::{ApplyInput, Server};
use crate::protocol::dynamic_value;

pub(in crate::protocol) async fn apply_resource_change(
    server: &Server,
    request: pb::apply_resource_change::Request,
) -> pb::apply_resource_change::Response {
    let (kept, private) = (request.prior_state.clone(), request.planned_private.clone());
    apply(server, request)
        .await
        .unwrap_or_else(|found| pb::apply_resource_change::Response {
            new_state: kept,
            private,
            diagnostics: diagnostics::encode(found),
            ..Default::default()
        })
}

async fn apply(
    server: &Server,
    request: pb::apply_resource_change::Request,
) -> Result<pb::apply_resource_change::Response, Diagnostics> {
    let ty = server.catalog().resource(&request.type_name)?.schema().ty();
    let input = ApplyInput {
        config: dynamic_value::decode(request.config, &ty)?,
        prior: dynamic_value::decode(request.prior_state, &ty)?,
        planned: dynamic_value::decode(request.planned_state, &ty)?,
        private: request.planned_private,
    };
    let output = server.apply(&request.type_name, input).await;
    Ok(pb::apply_resource_change::Response {
        new_state: Some(dynamic_value::encode(&output.state, &ty)?),
        private: output.private,
        diagnostics: diagnostics::encode(output.diagnostics),
        ..Default::default()
    })
}
