//! An ephemeral resource's configuration is checked.

use super::{diagnostics, pb};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::server::Server;
use crate::protocol::dynamic_value;

pub(in crate::protocol) async fn validate_ephemeral_resource_config(
    server: &Server,
    request: pb::validate_ephemeral_resource_config::Request,
) -> pb::validate_ephemeral_resource_config::Response {
    let found = check(server, request).unwrap_or_else(|found| found);
    pb::validate_ephemeral_resource_config::Response {
        diagnostics: diagnostics::encode(found),
    }
}

fn check(
    server: &Server,
    request: pb::validate_ephemeral_resource_config::Request,
) -> Result<Diagnostics, Diagnostics> {
    let ty = server
        .catalog()
        .ephemeral(&request.type_name)?
        .schema()
        .ty();
    let config = dynamic_value::decode(request.config, &ty)?;
    Ok(server.validate_ephemeral(&request.type_name, &config))
}
