//! The process as go-plugin's client meets it: cookie, handshake, mutual TLS, services, signals, log.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, PKCS_ECDSA_P521_SHA512};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use terraform_provider_wandb::proto::plugin::Empty;
use terraform_provider_wandb::proto::plugin::grpc_controller_client::GrpcControllerClient;
use terraform_provider_wandb::proto::tfplugin6 as pb;
use terraform_provider_wandb::proto::tfplugin6::provider_client::ProviderClient;
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use crate::support::grpc::Connection;

const COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);

/// A certificate as go-plugin makes it: P-521, for localhost, marked as an authority's.
struct Identity {
    pem: String,
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Identity {
    fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap();
        let mut parameters = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).unwrap();
        Self {
            pem: certificate.pem(),
            certificate: certificate.der().clone(),
            key,
        }
    }
}

struct Plugin {
    process: Child,
    line: Vec<String>,
    directory: tempfile::TempDir,
}

impl Plugin {
    fn start(variables: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut command = binary();
        command
            .env(COOKIE.0, COOKIE.1)
            .env("TMPDIR", directory.path())
            .env("PLUGIN_PROTOCOL_VERSIONS", "6,5");
        command.envs(variables.iter().copied());
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self {
            process,
            line: line.trim_end().split('|').map(ToOwned::to_owned).collect(),
            directory,
        }
    }

    fn socket(&self) -> PathBuf {
        PathBuf::from(&self.line[3])
    }

    /// Connects, with that identity or none.
    async fn connect(
        &self,
        identity: Option<&Identity>,
    ) -> Result<Connection, Box<dyn std::error::Error>> {
        let server = CertificateDer::from(STANDARD_NO_PAD.decode(&self.line[5])?);
        let mut roots = RootCertStore::empty();
        roots.add(server)?;
        let builder = ClientConfig::builder_with_provider(Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ));
        let builder = builder
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots);
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let key = PrivateKeyDer::Pkcs8(identity.key.serialize_der().into());
                builder.with_client_auth_cert(vec![identity.certificate.clone()], key)?
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        let stream = UnixStream::connect(self.socket()).await?;
        let stream = TlsConnector::from(Arc::new(config))
            .connect(ServerName::try_from("localhost")?, stream)
            .await?;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        Ok(Connection::over(stream).await?)
    }

    fn signal(&self, name: &str) {
        assert!(
            Command::new("kill")
                .args([name, &self.process.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for the end, and says how long it took and what is left in the temporary directory.
    fn ended(&mut self) -> (ExitStatus, Duration, usize) {
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            assert!(
                begin.elapsed() < Duration::from_secs(10),
                "the plugin does not end"
            );
            std::thread::sleep(Duration::from_millis(5));
        };
        (
            status,
            begin.elapsed(),
            std::fs::read_dir(self.directory.path()).unwrap().count(),
        )
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        // Most have ended by themselves.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terraform-provider-wandb"));
    command.env_clear().stdin(Stdio::null());
    command
}

fn by_hand(arguments: &[&str]) -> Output {
    binary().args(arguments).output().unwrap()
}

async fn is_served(connection: Connection) -> bool {
    ProviderClient::new(connection)
        .get_metadata(pb::get_metadata::Request {})
        .await
        .is_ok()
}

#[test]
fn started_by_hand_it_says_what_it_is() {
    let output = by_hand(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains("source = \"wandb/wandb\"") && text.contains("--debug"),
        "{text}"
    );
}

#[test]
fn its_version_is_that_of_the_package() {
    let output = by_hand(&["--version"]);
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("terraform-provider-wandb {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(by_hand(&["--nonsense"]).status.code(), Some(2));
}

#[tokio::test]
async fn the_pinned_client_is_served_and_ends_the_process_at_once() {
    let identity = Identity::new();
    let mut plugin = Plugin::start(&[("PLUGIN_CLIENT_CERT", &identity.pem)]);
    assert_eq!(
        (
            &plugin.line[..3].join("|")[..],
            plugin.line.len(),
            &plugin.line[4][..]
        ),
        ("1|6|unix", 6, "grpc")
    );
    let connection = plugin.connect(Some(&identity)).await.unwrap();
    assert!(is_served(connection.clone()).await);
    GrpcControllerClient::new(connection)
        .shutdown(Empty {})
        .await
        .unwrap();
    let (status, time, left) = plugin.ended();
    assert!(status.success() && left == 0, "{status}, {left} left");
    assert!(
        time < Duration::from_millis(500),
        "{time:?}: Terraform waits for it"
    );
}

#[tokio::test]
async fn no_certificate_and_another_one_are_refused() {
    let identity = Identity::new();
    let plugin = Plugin::start(&[("PLUGIN_CLIENT_CERT", &identity.pem)]);
    for stranger in [None, Some(&Identity::new())] {
        let refused = match plugin.connect(stranger).await {
            Err(_) => true,
            Ok(connection) => !is_served(connection).await,
        };
        assert!(refused);
    }
    assert!(
        is_served(plugin.connect(Some(&identity)).await.unwrap()).await,
        "and they hold up nobody"
    );
}

#[tokio::test]
async fn plaintext_is_served_only_when_asked_for() {
    let identity = Identity::new();
    let encrypted = Plugin::start(&[("PLUGIN_CLIENT_CERT", &identity.pem)]);
    let stream = UnixStream::connect(encrypted.socket()).await.unwrap();
    let served = match Connection::over(stream).await {
        Ok(connection) => tokio::time::timeout(Duration::from_secs(2), is_served(connection))
            .await
            .unwrap_or(false),
        Err(_) => false,
    };
    assert!(!served);

    let plain = Plugin::start(&[]);
    assert_eq!(plain.line[5], "");
    let stream = UnixStream::connect(plain.socket()).await.unwrap();
    assert!(is_served(Connection::over(stream).await.unwrap()).await);
}

#[test]
fn a_certificate_that_is_none_is_an_error_and_not_plaintext() {
    let mut command = binary();
    let output = command
        .env(COOKIE.0, COOKIE.1)
        .env("PLUGIN_CLIENT_CERT", "nonsense")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        output.stdout.is_empty()
            && String::from_utf8_lossy(&output.stderr).contains("PLUGIN_CLIENT_CERT")
    );
}

#[test]
fn the_socket_is_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let plugin = Plugin::start(&[]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (
            mode(&plugin.socket()),
            mode(plugin.socket().parent().unwrap())
        ),
        (0o600, 0o700)
    );
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_falls_back_to_a_port_of_this_machine() {
    let long = tempfile::tempdir().unwrap().path().join("x".repeat(120));
    let plugin = Plugin::start(&[
        ("TMPDIR", long.to_str().unwrap()),
        ("PLUGIN_MIN_PORT", "21000"),
        ("PLUGIN_MAX_PORT", "21999"),
    ]);
    assert_eq!(plugin.line[2], "tcp");
    assert!(
        plugin.line[3].starts_with("127.0.0.1:21"),
        "{}",
        plugin.line[3]
    );
    let stream = TcpStream::connect(&plugin.line[3]).await.unwrap();
    assert!(is_served(Connection::over(stream).await.unwrap()).await);
}

#[test]
fn a_seventh_field_is_only_for_those_who_ask() {
    assert_eq!(
        Plugin::start(&[("PLUGIN_MULTIPLEX_GRPC", "true")])
            .line
            .len(),
        7
    );
}

#[tokio::test]
async fn ctrl_c_is_left_to_terraform_and_sigterm_ends_it_cleanly() {
    let mut plugin = Plugin::start(&[]);
    plugin.signal("-INT");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let stream = UnixStream::connect(plugin.socket()).await.unwrap();
    assert!(is_served(Connection::over(stream).await.unwrap()).await);
    plugin.signal("-TERM");
    let (status, _, left) = plugin.ended();
    assert!(status.success() && left == 0);
}

#[tokio::test]
async fn a_message_of_ten_megabytes_is_taken() {
    let plugin = Plugin::start(&[]);
    let stream = UnixStream::connect(plugin.socket()).await.unwrap();
    let mut client = ProviderClient::new(Connection::over(stream).await.unwrap());
    let config = Some(pb::DynamicValue {
        msgpack: vec![0xc1; 10 << 20],
        json: Vec::new(),
    });
    let answer = client
        .validate_provider_config(pb::validate_provider_config::Request { config })
        .await
        .unwrap();
    assert_eq!(answer.into_inner().diagnostics.len(), 1);
}

#[tokio::test]
async fn the_log_is_in_terraforms_form_and_holds_nothing_of_libraries() {
    let mut plugin = Plugin::start(&[("TF_LOG", "TRACE")]);
    let stream = UnixStream::connect(plugin.socket()).await.unwrap();
    assert!(is_served(Connection::over(stream).await.unwrap()).await);
    plugin.signal("-TERM");
    plugin.ended();
    let mut log = String::new();
    plugin
        .process
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    assert!(log.contains("\"tf_rpc\":\"GetMetadata\""), "{log}");
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for key in ["@level", "@message", "@module", "@timestamp"] {
            assert!(line[key].is_string(), "{line}");
        }
        let timestamp = line["@timestamp"].as_str().unwrap();
        assert_eq!(
            (timestamp.len(), &timestamp[19..20], &timestamp[26..]),
            (27, ".", "Z"),
            "{timestamp}"
        );
        assert!(
            line["@module"].as_str().unwrap().starts_with("provider"),
            "{line}"
        );
    }
}

#[test]
fn under_a_debugger_it_says_how_to_attach_and_ends_with_ctrl_c() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = binary();
    command
        .arg("--debug")
        .env("TMPDIR", directory.path())
        .stdout(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let line = lines
        .find(|line| line.contains("TF_REATTACH_PROVIDERS="))
        .unwrap();
    let json = line
        .trim()
        .strip_prefix("TF_REATTACH_PROVIDERS='")
        .unwrap()
        .strip_suffix('\'')
        .unwrap();
    let providers: Value = serde_json::from_str(json).unwrap();
    let provider = &providers["registry.terraform.io/wandb/wandb"];
    assert_eq!(
        (&provider["Protocol"], &provider["ProtocolVersion"]),
        (&"grpc".into(), &6.into())
    );

    let terraform = crate::support::terraform::Workspace::with(
        crate::support::terraform::Program::Terraform,
        "terraform {\n  required_providers {\n    wandb = {\n      source = \"wandb/wandb\"\n    }\n  }\n}\nprovider \"wandb\" {}\n",
    );
    let mut plan = terraform.command(&["plan", "-no-color"]);
    plan.env_remove("TF_CLI_CONFIG_FILE")
        .env("TF_REATTACH_PROVIDERS", json);
    for _ in 0..2 {
        let planned = plan.output().unwrap();
        assert!(
            planned.status.success(),
            "{}",
            String::from_utf8_lossy(&planned.stderr)
        );
    }
    assert!(
        Command::new("kill")
            .args(["-INT", &process.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert!(process.wait().unwrap().success());
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}
