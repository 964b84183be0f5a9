//! Every schema of the provider.

use super::{capabilities, pb};
use crate::framework::server::Server;
use crate::protocol::schema;

pub(in crate::protocol) async fn get_provider_schema(
    server: &Server,
    _: pb::get_provider_schema::Request,
) -> pb::get_provider_schema::Response {
    let catalog = server.catalog();
    let name = |name: &'static str| name.to_owned();
    pb::get_provider_schema::Response {
        provider: Some(schema::encode(&catalog.provider)),
        resource_schemas: catalog
            .resources
            .iter()
            .map(|entry| (name(entry.name()), schema::encode(entry.schema())))
            .collect(),
        data_source_schemas: catalog
            .data_sources
            .iter()
            .map(|entry| (name(entry.name()), schema::encode(entry.schema())))
            .collect(),
        ephemeral_resource_schemas: catalog
            .ephemerals
            .iter()
            .map(|entry| (name(entry.name()), schema::encode(entry.schema())))
            .collect(),
        functions: catalog
            .functions
            .iter()
            .map(|entry| (name(entry.name()), schema::encode_function(entry.schema())))
            .collect(),
        server_capabilities: Some(capabilities()),
        ..Default::default()
    }
}
