//! The service itself: every procedure in one line, and the last guard against a panic.

use tonic::{Request, Response, Status};
use tracing::Instrument;

use super::rpc;
use crate::framework::server::Server;
use crate::proto::tfplugin6 as pb;
use crate::proto::tfplugin6::provider_server::Provider;

/// The `tfplugin6.Provider` service over a provider.
pub struct Service {
    server: Server,
    address: &'static str,
}

impl Service {
    /// Serves that provider under its registry address, which only the log shows.
    #[must_use]
    pub fn new(server: Server, address: &'static str) -> Self {
        Self { server, address }
    }

    /// Runs one procedure: under a span that names it, and answering `fallback` with a message if it panics.
    async fn run<T>(
        &self,
        rpc: &'static str,
        thing: &str,
        work: impl Future<Output = T>,
        fallback: impl FnOnce(Vec<pb::Diagnostic>) -> T,
    ) -> Result<Response<T>, Status> {
        let span = tracing::debug_span!(
            "rpc",
            tf_rpc = rpc,
            tf_req_id = %uuid::Uuid::new_v4(),
            tf_provider_addr = self.address,
            tf_proto_version = "6.11",
            tf_resource_type = thing,
        );
        let work = async {
            let started = std::time::Instant::now();
            let answer = rpc::guarded(work).await.unwrap_or_else(fallback);
            let duration = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(tf_req_duration_ms = duration, "request served");
            answer
        };
        Ok(Response::new(work.instrument(span).await))
    }
}

/// Procedures that differ only in their names.
macro_rules! procedures {
    ($($name:ident, $module:ident, $rpc:literal, $thing:expr, $fallback:expr;)*) => {
        #[tonic::async_trait]
        impl Provider for Service {
            $(
                async fn $name(&self, request: Request<pb::$module::Request>) -> Result<Response<pb::$module::Response>, Status> {
                    let request = request.into_inner();
                    let thing: fn(&pb::$module::Request) -> &str = $thing;
                    let fallback: fn(&pb::$module::Request, Vec<pb::Diagnostic>) -> pb::$module::Response = $fallback;
                    let thing = thing(&request).to_owned();
                    let kept = request.clone();
                    self.run($rpc, &thing, rpc::$name::$name(&self.server, request), |diagnostics| fallback(&kept, diagnostics)).await
                }
            )*
        }
    };
}

// A resource's state goes back as it came when its procedure panics; everything else is a message alone.
procedures! {
    get_metadata, get_metadata, "GetMetadata", |_| "", |_, diagnostics| pb::get_metadata::Response { diagnostics, ..Default::default() };
    get_provider_schema, get_provider_schema, "GetProviderSchema", |_| "", |_, diagnostics| pb::get_provider_schema::Response { diagnostics, ..Default::default() };
    validate_provider_config, validate_provider_config, "ValidateProviderConfig", |_| "", |_, diagnostics| pb::validate_provider_config::Response { diagnostics };
    validate_resource_config, validate_resource_config, "ValidateResourceConfig", |request| &request.type_name, |_, diagnostics| pb::validate_resource_config::Response { diagnostics };
    validate_data_resource_config, validate_data_resource_config, "ValidateDataResourceConfig", |request| &request.type_name, |_, diagnostics| pb::validate_data_resource_config::Response { diagnostics };
    validate_ephemeral_resource_config, validate_ephemeral_resource_config, "ValidateEphemeralResourceConfig", |request| &request.type_name, |_, diagnostics| pb::validate_ephemeral_resource_config::Response { diagnostics };
    upgrade_resource_state, upgrade_resource_state, "UpgradeResourceState", |request| &request.type_name, |_, diagnostics| pb::upgrade_resource_state::Response { diagnostics, ..Default::default() };
    get_resource_identity_schemas, get_resource_identity_schemas, "GetResourceIdentitySchemas", |_| "", |_, diagnostics| pb::get_resource_identity_schemas::Response { diagnostics, ..Default::default() };
    upgrade_resource_identity, upgrade_resource_identity, "UpgradeResourceIdentity", |request| &request.type_name, |_, diagnostics| pb::upgrade_resource_identity::Response { diagnostics, ..Default::default() };
    configure_provider, configure_provider, "ConfigureProvider", |_| "", |_, diagnostics| pb::configure_provider::Response { diagnostics };
    read_resource, read_resource, "ReadResource", |request| &request.type_name, |request, diagnostics| pb::read_resource::Response { new_state: request.current_state.clone(), private: request.private.clone(), diagnostics, ..Default::default() };
    plan_resource_change, plan_resource_change, "PlanResourceChange", |request| &request.type_name, |request, diagnostics| pb::plan_resource_change::Response { planned_state: request.prior_state.clone(), planned_private: request.prior_private.clone(), diagnostics, ..Default::default() };
    apply_resource_change, apply_resource_change, "ApplyResourceChange", |request| &request.type_name, |request, diagnostics| pb::apply_resource_change::Response { new_state: request.prior_state.clone(), private: request.planned_private.clone(), diagnostics, ..Default::default() };
    import_resource_state, import_resource_state, "ImportResourceState", |request| &request.type_name, |_, diagnostics| pb::import_resource_state::Response { diagnostics, ..Default::default() };
    move_resource_state, move_resource_state, "MoveResourceState", |request| &request.target_type_name, |_, diagnostics| pb::move_resource_state::Response { diagnostics, ..Default::default() };
    read_data_source, read_data_source, "ReadDataSource", |request| &request.type_name, |_, diagnostics| pb::read_data_source::Response { diagnostics, ..Default::default() };
    open_ephemeral_resource, open_ephemeral_resource, "OpenEphemeralResource", |request| &request.type_name, |_, diagnostics| pb::open_ephemeral_resource::Response { diagnostics, ..Default::default() };
    renew_ephemeral_resource, renew_ephemeral_resource, "RenewEphemeralResource", |request| &request.type_name, |request, diagnostics| pb::renew_ephemeral_resource::Response { diagnostics, private: request.private.clone(), ..Default::default() };
    close_ephemeral_resource, close_ephemeral_resource, "CloseEphemeralResource", |request| &request.type_name, |_, diagnostics| pb::close_ephemeral_resource::Response { diagnostics };
    get_functions, get_functions, "GetFunctions", |_| "", |_, diagnostics| pb::get_functions::Response { diagnostics, ..Default::default() };
    call_function, call_function, "CallFunction", |request| &request.name, |_, diagnostics| rpc::call_function::failed(diagnostics);
    stop_provider, stop_provider, "StopProvider", |_| "", |_, _| pb::stop_provider::Response { error: "the provider has a bug".to_owned() };
}
