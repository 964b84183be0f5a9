//! go-plugin's side services: the end of the process, and its output.

use tokio_util::sync::CancellationToken;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, async_trait};

use crate::proto::plugin::grpc_controller_server::{GrpcController, GrpcControllerServer};
use crate::proto::plugin::grpc_stdio_server::{GrpcStdio, GrpcStdioServer};
use crate::proto::plugin::{Empty, StdioData};

/// Ends the process when Terraform asks.
pub(super) fn controller(ended: CancellationToken) -> GrpcControllerServer<Controller> {
    GrpcControllerServer::new(Controller(ended))
}

/// Keeps Terraform's stream of output open, and silent: the log goes to stderr.
pub(super) fn stdio() -> GrpcStdioServer<Stdio> {
    GrpcStdioServer::new(Stdio)
}

pub(super) struct Controller(CancellationToken);

#[async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.0.cancel();
        Ok(Response::new(Empty {}))
    }
}

pub(super) struct Stdio;

#[async_trait]
impl GrpcStdio for Stdio {
    /// An open stream also keeps newer clients from closing the connection as idle.
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(Response::new(Box::pin(tokio_stream::pending())))
    }
}
