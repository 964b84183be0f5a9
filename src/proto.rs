//! The wire messages and services, generated from `proto/`.

/// Terraform's plugin protocol 6.
#[expect(missing_docs, clippy::all, reason = "generated")]
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// The side services of go-plugin.
#[expect(missing_docs, clippy::all, reason = "generated")]
pub mod plugin {
    tonic::include_proto!("plugin");
}
