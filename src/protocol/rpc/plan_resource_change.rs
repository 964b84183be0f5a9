//! A change is planned.

use super::{diagnostics, pb};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::server::{PlanInput, Server};
use crate::protocol::dynamic_value;

pub(in crate::protocol) async fn plan_resource_change(
    server: &Server,
    request: pb::plan_resource_change::Request,
) -> pb::plan_resource_change::Response {
    let (kept, private) = (request.prior_state.clone(), request.prior_private.clone());
    plan(server, request)
        .await
        .unwrap_or_else(|found| pb::plan_resource_change::Response {
            planned_state: kept,
            planned_private: private,
            diagnostics: diagnostics::encode(found),
            ..Default::default()
        })
}

async fn plan(
    server: &Server,
    request: pb::plan_resource_change::Request,
) -> Result<pb::plan_resource_change::Response, Diagnostics> {
    let ty = server.catalog().resource(&request.type_name)?.schema().ty();
    let input = PlanInput {
        config: dynamic_value::decode(request.config, &ty)?,
        prior: dynamic_value::decode(request.prior_state, &ty)?,
        proposed: dynamic_value::decode(request.proposed_new_state, &ty)?,
        private: request.prior_private,
    };
    let planned = server.plan(&request.type_name, input).await;
    Ok(pb::plan_resource_change::Response {
        planned_state: Some(dynamic_value::encode(&planned.planned, &ty)?),
        requires_replace: planned
            .requires_replace
            .iter()
            .map(diagnostics::encode_path)
            .collect(),
        planned_private: planned.private,
        diagnostics: diagnostics::encode(planned.diagnostics),
        ..Default::default()
    })
}
