//! How Terraform starts, secures, talks to and stops the process (HashiCorp's go-plugin, protocol version 1).
//!
//! Terraform starts the binary with a cookie and a certificate in the environment, reads one line from its stdout, connects to the
//! address in it and calls. Nothing here knows what a resource is.

mod certificate;
mod connection;
mod environment;
mod handshake;
mod listener;
mod log;
mod reattach;
mod services;
mod shutdown;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

use crate::proto::tfplugin6::provider_server::{Provider, ProviderServer};
use environment::Environment;
use listener::Listener;

/// What the plugin tells of the program it serves.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// The provider's type, such as `wandb`.
    pub name: &'static str,
    /// Its address in the registry.
    pub address: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// The largest message either way; Terraform's own plugins take as much.
const LARGEST_MESSAGE: usize = 256 << 20;

/// How the process was asked to run.
enum Mode {
    /// Started by Terraform.
    Plugin,
    /// Started by hand, for Terraform to attach to.
    Debug,
}

/// Runs the process to its end. The service is made only once it is clear that it is wanted.
pub fn run<S: Provider>(identity: Identity, service: impl FnOnce() -> S) -> ExitCode {
    let mode = match std::env::args().nth(1).as_deref() {
        None => Mode::Plugin,
        Some("--debug" | "-debug") => Mode::Debug,
        Some("--version" | "-version") => {
            return say(&format!(
                "terraform-provider-{} {}",
                identity.name, identity.version
            ));
        }
        Some(flag) => {
            return complain(
                &format!(
                    "Unknown argument {flag:?}. There are `--version` and `--debug`; Terraform gives none."
                ),
                2,
            );
        }
    };
    let environment = match Environment::read(|name| std::env::var(name).ok()) {
        Ok(environment) => environment,
        Err(error) => return complain(&error.to_string(), 1),
    };
    if matches!(mode, Mode::Plugin) && !environment.cookie {
        return complain(&handshake::by_hand(identity), 1);
    }
    log::start(identity.name, |name| std::env::var(name).ok());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let served =
        runtime.and_then(|runtime| runtime.block_on(serve(identity, &mode, &environment, service)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&format!("The provider cannot serve Terraform: {error}."), 1),
    }
}

async fn serve<S: Provider>(
    identity: Identity,
    mode: &Mode,
    environment: &Environment,
    service: impl FnOnce() -> S,
) -> io::Result<()> {
    let ended = CancellationToken::new();
    shutdown::watch_signals(matches!(mode, Mode::Debug), ended.clone())?;
    let security = certificate::Security::of(environment).map_err(io::Error::other)?;
    let listener = Listener::bind(environment)?;
    let address = listener.address();

    let (health, health_service) = tonic_health::server::health_reporter();
    health
        .set_service_status("plugin", tonic_health::ServingStatus::Serving)
        .await;
    let provider = ProviderServer::from_arc(Arc::new(service()))
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE);
    let server = Server::builder()
        .add_service(provider)
        .add_service(services::controller(ended.clone()))
        .add_service(services::stdio())
        .add_service(health_service)
        .serve_with_incoming(listener.connections(security.acceptor));

    match mode {
        Mode::Plugin => print_line(&handshake::line(
            &address,
            &security.certificate,
            environment,
        ))?,
        Mode::Debug => print_line(&reattach::instructions(identity, &address))?,
    }
    tokio::select! {
        result = server => result.map_err(io::Error::other),
        () = ended.cancelled() => {
            // The answer to Shutdown must leave before the process does; Terraform waits for the exit.
            tokio::time::sleep(shutdown::FAREWELL).await;
            Ok(())
        }
    }
}

fn say(text: &str) -> ExitCode {
    match print_line(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn complain(text: &str, code: u8) -> ExitCode {
    // Where stderr is gone there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{text}");
    ExitCode::from(code)
}

fn print_line(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}
