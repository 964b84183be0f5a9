//! An ephemeral resource is prolonged.

use super::{diagnostics, pb};
use crate::framework::server::Server;

pub(in crate::protocol) async fn renew_ephemeral_resource(
    server: &Server,
    request: pb::renew_ephemeral_resource::Request,
) -> pb::renew_ephemeral_resource::Response {
    let private = request.private.unwrap_or_default();
    match server.renew_ephemeral(&request.type_name, &private).await {
        Ok(renewed) => pb::renew_ephemeral_resource::Response {
            private: Some(renewed.private.to_bytes()),
            renew_at: renewed.renew_at.map(Into::into),
            diagnostics: diagnostics::encode(renewed.diagnostics),
        },
        Err(found) => pb::renew_ephemeral_resource::Response {
            private: Some(private),
            renew_at: None,
            diagnostics: diagnostics::encode(found),
        },
    }
}
