//! What the provider offers, by name.

use super::{capabilities, pb};
use crate::framework::server::Server;

pub(in crate::protocol) async fn get_metadata(
    server: &Server,
    _: pb::get_metadata::Request,
) -> pb::get_metadata::Response {
    use pb::get_metadata::{
        DataSourceMetadata, EphemeralMetadata, FunctionMetadata, ResourceMetadata,
    };
    let catalog = server.catalog();
    let resources = catalog.resources.iter().map(|entry| ResourceMetadata {
        type_name: entry.name().to_owned(),
    });
    let data_sources = catalog.data_sources.iter().map(|entry| DataSourceMetadata {
        type_name: entry.name().to_owned(),
    });
    let ephemerals = catalog.ephemerals.iter().map(|entry| EphemeralMetadata {
        type_name: entry.name().to_owned(),
    });
    let functions = catalog.functions.iter().map(|entry| FunctionMetadata {
        name: entry.name().to_owned(),
    });
    pb::get_metadata::Response {
        server_capabilities: Some(capabilities()),
        resources: resources.collect(),
        data_sources: data_sources.collect(),
        ephemeral_resources: ephemerals.collect(),
        functions: functions.collect(),
        ..Default::default()
    }
}
