//! An ephemeral resource is given back.

use super::{diagnostics, pb};
use crate::framework::server::Server;

pub(in crate::protocol) async fn close_ephemeral_resource(
    server: &Server,
    request: pb::close_ephemeral_resource::Request,
) -> pb::close_ephemeral_resource::Response {
    let found = server
        .close_ephemeral(&request.type_name, &request.private.unwrap_or_default())
        .await;
    pb::close_ephemeral_resource::Response {
        diagnostics: diagnostics::encode(found),
    }
}
