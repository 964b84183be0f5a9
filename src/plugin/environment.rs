//! What go-plugin's client says through the environment.

use std::path::PathBuf;

/// Terraform's magic cookie: it shows that Terraform, and not a person, started the process.
const COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);

/// Of a client that names no range.
const PORTS: (u16, u16) = (10_000, 25_000);

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Environment {
    /// The cookie is right.
    pub(super) cookie: bool,
    /// The client's certificate in PEM; none asks for no encryption.
    pub(super) client_certificate: Option<String>,
    /// Where the socket shall be.
    pub(super) socket_directory: Option<PathBuf>,
    /// The group that may use the socket: a number or a name.
    pub(super) socket_group: Option<String>,
    /// Where temporary files are.
    pub(super) temporary_directory: PathBuf,
    /// The TCP ports to choose from.
    pub(super) ports: (u16, u16),
    /// The client reads a seventh field of the handshake line.
    pub(super) multiplex: bool,
}

/// A variable holds something it cannot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} holds {1:?}, which is no port")]
pub(super) struct BadPort(&'static str, String);

impl Environment {
    /// Reads the variables; an empty one counts as none.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, BadPort> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let port = |name: &'static str, default| match variable(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| BadPort(name, text)),
        };
        Ok(Self {
            cookie: variable(COOKIE.0).as_deref() == Some(COOKIE.1),
            client_certificate: variable("PLUGIN_CLIENT_CERT"),
            socket_directory: variable("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            socket_group: variable("PLUGIN_UNIX_SOCKET_GROUP"),
            temporary_directory: variable("TMPDIR")
                .map_or_else(|| PathBuf::from("/tmp"), PathBuf::from),
            ports: (
                port("PLUGIN_MIN_PORT", PORTS.0)?,
                port("PLUGIN_MAX_PORT", PORTS.1)?,
            ),
            multiplex: variable("PLUGIN_MULTIPLEX_GRPC").is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Environment, BadPort> {
        Environment::read(|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn only_the_right_cookie_counts() {
        assert!(!read(&[]).unwrap().cookie);
        assert!(!read(&[(COOKIE.0, "no")]).unwrap().cookie);
        assert!(read(&[COOKIE]).unwrap().cookie);
    }

    #[test]
    fn an_empty_certificate_is_none() {
        assert_eq!(
            read(&[("PLUGIN_CLIENT_CERT", "")])
                .unwrap()
                .client_certificate,
            None
        );
    }

    #[test]
    fn a_port_that_is_none_is_an_error() {
        assert!(read(&[("PLUGIN_MIN_PORT", "many")]).is_err());
        assert_eq!(
            read(&[("PLUGIN_MIN_PORT", "12000")]).unwrap().ports,
            (12_000, 25_000)
        );
    }
}
