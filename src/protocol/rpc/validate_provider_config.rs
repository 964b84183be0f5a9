//! The provider block is checked.

use super::{diagnostics, pb};
use crate::framework::server::Server;
use crate::protocol::dynamic_value;

pub(in crate::protocol) async fn validate_provider_config(
    server: &Server,
    request: pb::validate_provider_config::Request,
) -> pb::validate_provider_config::Response {
    let found = match dynamic_value::decode(request.config, &server.catalog().provider.ty()) {
        Ok(config) => server.validate_provider(&config),
        Err(malformed) => malformed.into(),
    };
    pb::validate_provider_config::Response {
        diagnostics: diagnostics::encode(found),
    }
}
