//! Who asks.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use secrecy::{ExposeSecret, SecretString};

/// A key pair, with the token of a session if it has one. Printed, it shows no secret: the SDK's types redact it.
#[must_use]
pub fn key_pair(
    access_key: &str,
    secret_key: &SecretString,
    token: Option<&SecretString>,
) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(
        access_key,
        secret_key.expose_secret(),
        token.map(|token| token.expose_secret().to_owned()),
        None,
        "terraform-provider-wandb",
    ))
}
