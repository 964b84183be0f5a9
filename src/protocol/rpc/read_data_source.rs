//! A data source is read.

use super::{diagnostics, pb};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::server::Server;
use crate::protocol::dynamic_value;

pub(in crate::protocol) async fn read_data_source(
    server: &Server,
    request: pb::read_data_source::Request,
) -> pb::read_data_source::Response {
    read(server, request)
        .await
        .unwrap_or_else(|found| pb::read_data_source::Response {
            diagnostics: diagnostics::encode(found),
            ..Default::default()
        })
}

async fn read(
    server: &Server,
    request: pb::read_data_source::Request,
) -> Result<pb::read_data_source::Response, Diagnostics> {
    let ty = server
        .catalog()
        .data_source(&request.type_name)?
        .schema()
        .ty();
    let config = dynamic_value::decode(request.config, &ty)?;
    let (state, found) = server.read_data_source(&request.type_name, config).await;
    let state = Some(dynamic_value::encode(&state, &ty)?);
    Ok(pb::read_data_source::Response {
        state,
        diagnostics: diagnostics::encode(found),
        ..Default::default()
    })
}
