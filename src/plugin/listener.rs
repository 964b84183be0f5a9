//! Where Terraform connects: a socket that only this user can reach, or a port of this machine where no such socket can be.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{TcpListener, UnixListener};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;

use super::connection::{Connection, Stream};
use super::environment::Environment;

/// The longest path of a socket on every system that has them, less the closing zero byte (`sun_path`; macOS has the shortest).
const LONGEST_PATH: usize = 103;

/// Of a TLS handshake. Terraform is on the same machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where Terraform connects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// A socket file.
    Unix(PathBuf),
    /// A port of this machine.
    Tcp(SocketAddr),
}

impl Address {
    /// The name of the network, as Go has it.
    pub(super) fn network(&self) -> &'static str {
        match self {
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }

    /// The address within it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Unix(path) => path.display().to_string(),
            Self::Tcp(address) => address.to_string(),
        }
    }
}

/// Listens for Terraform. The socket goes with it.
pub(super) struct Listener {
    socket: Socket,
    address: Address,
    directory: Option<PrivateDirectory>,
}

enum Socket {
    Unix(UnixListener),
    Tcp(TcpListener),
}

/// A directory that only this user can enter; removed with all that is in it.
struct PrivateDirectory(PathBuf);

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        // What is left of it harms nobody; there is no one to tell at the end of the process.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Listener {
    /// Listens on a socket in a private directory, or on a port where the path would be too long.
    pub(super) fn bind(environment: &Environment) -> io::Result<Self> {
        let parent = environment
            .socket_directory
            .as_ref()
            .unwrap_or(&environment.temporary_directory);
        let directory = parent.join(format!("tf-plugin-{}", uuid::Uuid::new_v4().simple()));
        let path = directory.join("plugin");
        if path.as_os_str().len() > LONGEST_PATH {
            return Self::bind_tcp(environment.ports);
        }
        DirBuilder::new().mode(0o700).create(&directory)?;
        let directory = PrivateDirectory(directory);
        let socket = UnixListener::bind(&path)?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        if let Some(group) = &environment.socket_group {
            share(&directory.0, &path, group)?;
        }
        Ok(Self {
            socket: Socket::Unix(socket),
            address: Address::Unix(path),
            directory: Some(directory),
        })
    }

    fn bind_tcp((first, last): (u16, u16)) -> io::Result<Self> {
        let mut failure = io::Error::other("the range of ports is empty");
        for port in first..=last {
            match std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                Ok(listener) => {
                    listener.set_nonblocking(true)?;
                    let address = Address::Tcp(listener.local_addr()?);
                    return Ok(Self {
                        socket: Socket::Tcp(TcpListener::from_std(listener)?),
                        address,
                        directory: None,
                    });
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Where Terraform connects.
    pub(super) fn address(&self) -> Address {
        self.address.clone()
    }

    /// The connections, each after its handshake. One that does not get through it holds up no other.
    pub(super) fn connections(
        self,
        acceptor: Option<TlsAcceptor>,
    ) -> ReceiverStream<io::Result<Connection>> {
        let (sender, receiver) = mpsc::channel(16);
        tokio::spawn(async move {
            let _removed_at_the_end = self.directory;
            loop {
                let stream: io::Result<Box<dyn Stream>> = match &self.socket {
                    Socket::Unix(listener) => listener
                        .accept()
                        .await
                        .map(|(stream, _)| Box::new(stream) as Box<dyn Stream>),
                    Socket::Tcp(listener) => listener
                        .accept()
                        .await
                        .map(|(stream, _)| Box::new(stream) as Box<dyn Stream>),
                };
                match stream {
                    Ok(stream) => {
                        tokio::spawn(greet(stream, acceptor.clone(), sender.clone()));
                    }
                    Err(error) => tracing::warn!(%error, "a connection could not be accepted"),
                }
            }
        });
        ReceiverStream::new(receiver)
    }
}

async fn greet(
    stream: Box<dyn Stream>,
    acceptor: Option<TlsAcceptor>,
    accepted: mpsc::Sender<io::Result<Connection>>,
) {
    let stream = match acceptor {
        None => stream,
        Some(acceptor) => match tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
            Ok(Ok(encrypted)) => Box::new(encrypted),
            Ok(Err(error)) => return tracing::warn!(%error, "a connection was refused"),
            Err(_) => {
                return tracing::warn!("a connection was dropped: its TLS handshake did not end");
            }
        },
    };
    // The receiver is gone only when the process ends.
    let _ = accepted.send(Ok(Connection(stream))).await;
}

/// Lets a group use the socket (`PLUGIN_UNIX_SOCKET_GROUP`).
fn share(directory: &Path, socket: &Path, group: &str) -> io::Result<()> {
    let id = match group.parse() {
        Ok(id) => id,
        Err(_) => group_id(group)?,
    };
    chown(directory, None, Some(id))?;
    fs::set_permissions(directory, Permissions::from_mode(0o710))?;
    chown(socket, None, Some(id))?;
    fs::set_permissions(socket, Permissions::from_mode(0o660))
}

fn group_id(name: &str) -> io::Result<u32> {
    let groups = fs::read_to_string("/etc/group")?;
    let line = groups
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.first() == Some(&name));
    let id = line.and_then(|fields| fields.get(2)?.parse().ok());
    id.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            format!("there is no group {name:?}"),
        )
    })
}
