//! A data source's configuration is checked.

use super::{diagnostics, pb};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::server::Server;
use crate::protocol::dynamic_value;

pub(in crate::protocol) async fn validate_data_resource_config(
    server: &Server,
    request: pb::validate_data_resource_config::Request,
) -> pb::validate_data_resource_config::Response {
    let found = check(server, request).unwrap_or_else(|found| found);
    pb::validate_data_resource_config::Response {
        diagnostics: diagnostics::encode(found),
    }
}

fn check(
    server: &Server,
    request: pb::validate_data_resource_config::Request,
) -> Result<Diagnostics, Diagnostics> {
    let ty = server
        .catalog()
        .data_source(&request.type_name)?
        .schema()
        .ty();
    let config = dynamic_value::decode(request.config, &ty)?;
    Ok(server.validate_data_source(&request.type_name, &config))
}
