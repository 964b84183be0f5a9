//! The provider's functions; OpenTofu asks for them apart.

use super::pb;
use crate::framework::server::Server;
use crate::protocol::schema;

pub(in crate::protocol) async fn get_functions(
    server: &Server,
    _: pb::get_functions::Request,
) -> pb::get_functions::Response {
    let functions = server.catalog().functions.iter();
    pb::get_functions::Response {
        functions: functions
            .map(|entry| {
                (
                    entry.name().to_owned(),
                    schema::encode_function(entry.schema()),
                )
            })
            .collect(),
        ..Default::default()
    }
}
