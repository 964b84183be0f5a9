//! No resource has an identity schema.

use super::pb;
use crate::framework::server::Server;

pub(in crate::protocol) async fn get_resource_identity_schemas(
    _: &Server,
    _: pb::get_resource_identity_schemas::Request,
) -> pb::get_resource_identity_schemas::Response {
    pb::get_resource_identity_schemas::Response::default()
}
