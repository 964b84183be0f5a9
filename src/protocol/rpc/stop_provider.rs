//! Terraform asks everything that runs to stop (Ctrl-C).

use super::pb;
use crate::framework::server::Server;

pub(in crate::protocol) async fn stop_provider(
    server: &Server,
    _: pb::stop_provider::Request,
) -> pb::stop_provider::Response {
    server.stop();
    pb::stop_provider::Response::default()
}
