//! A resource's configuration is checked.

use super::{diagnostics, pb};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::server::Server;
use crate::protocol::dynamic_value;

pub(in crate::protocol) async fn validate_resource_config(
    server: &Server,
    request: pb::validate_resource_config::Request,
) -> pb::validate_resource_config::Response {
    let found = check(server, request).unwrap_or_else(|found| found);
    pb::validate_resource_config::Response {
        diagnostics: diagnostics::encode(found),
    }
}

fn check(
    server: &Server,
    request: pb::validate_resource_config::Request,
) -> Result<Diagnostics, Diagnostics> {
    let write_only = request
        .client_capabilities
        .is_some_and(|client| client.write_only_attributes_allowed);
    let ty = server.catalog().resource(&request.type_name)?.schema().ty();
    let config = dynamic_value::decode(request.config, &ty)?;
    Ok(server.validate_resource(&request.type_name, &config, write_only))
}
