//! An ephemeral resource is opened.

use super::{diagnostics, pb};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::server::Server;
use crate::protocol::dynamic_value;

pub(in crate::protocol) async fn open_ephemeral_resource(
    server: &Server,
    request: pb::open_ephemeral_resource::Request,
) -> pb::open_ephemeral_resource::Response {
    open(server, request)
        .await
        .unwrap_or_else(|found| pb::open_ephemeral_resource::Response {
            diagnostics: diagnostics::encode(found),
            ..Default::default()
        })
}

async fn open(
    server: &Server,
    request: pb::open_ephemeral_resource::Request,
) -> Result<pb::open_ephemeral_resource::Response, Diagnostics> {
    let ty = server
        .catalog()
        .ephemeral(&request.type_name)?
        .schema()
        .ty();
    let config = dynamic_value::decode(request.config, &ty)?;
    let opened = server.open_ephemeral(&request.type_name, config).await?;
    Ok(pb::open_ephemeral_resource::Response {
        result: Some(dynamic_value::encode(&opened.result, &ty)?),
        private: Some(opened.private.to_bytes()),
        renew_at: opened.renew_at.map(Into::into),
        diagnostics: diagnostics::encode(opened.diagnostics),
        deferred: None,
    })
}
