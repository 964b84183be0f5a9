//! The provider is given its configuration.

use super::{diagnostics, pb};
use crate::framework::server::Server;
use crate::protocol::dynamic_value;

pub(in crate::protocol) async fn configure_provider(
    server: &Server,
    request: pb::configure_provider::Request,
) -> pb::configure_provider::Response {
    let found = match dynamic_value::decode(request.config, &server.catalog().provider.ty()) {
        Ok(config) => server.configure(config).await,
        Err(malformed) => malformed.into(),
    };
    pb::configure_provider::Response {
        diagnostics: diagnostics::encode(found),
    }
}
