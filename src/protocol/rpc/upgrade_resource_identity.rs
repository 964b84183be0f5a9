//! No resource has an identity, so none can be upgraded.

use super::{diagnostics, pb};
use crate::framework::diagnostic::Diagnostic;
use crate::framework::server::Server;

pub(in crate::protocol) async fn upgrade_resource_identity(
    _: &Server,
    request: pb::upgrade_resource_identity::Request,
) -> pb::upgrade_resource_identity::Response {
    let detail = format!(
        "{} has no identity in this version of the provider. Use the version that wrote the state.",
        request.type_name
    );
    let diagnostics =
        diagnostics::encode(Diagnostic::error("Unknown resource identity", detail).into());
    pb::upgrade_resource_identity::Response {
        diagnostics,
        ..Default::default()
    }
}
