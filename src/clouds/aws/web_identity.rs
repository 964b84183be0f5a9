//! A role for the token of an identity provider. Amazon's SDK has this too, but not with a token service elsewhere.

use std::path::PathBuf;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result, future};

/// Takes the role anew whenever the SDK asks: the file may hold another token by then.
#[derive(Debug)]
pub(super) struct WebIdentity {
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) role_arn: String,
    pub(super) token_file: PathBuf,
    pub(super) session_name: String,
}

impl WebIdentity {
    async fn take_role(&self) -> Result {
        let token = std::fs::read_to_string(&self.token_file).map_err(|error| {
            let file = self.token_file.display();
            CredentialsError::invalid_configuration(format!(
                "the token file {file} cannot be read: {error}"
            ))
        })?;
        let taken = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(&self.role_arn)
            .role_session_name(&self.session_name)
            .web_identity_token(token.trim())
            .send()
            .await
            .map_err(CredentialsError::provider_error)?;
        let given = taken
            .credentials()
            .ok_or_else(|| CredentialsError::unhandled("the token service gave no credentials"))?;
        Ok(Credentials::new(
            given.access_key_id(),
            given.secret_access_key(),
            Some(given.session_token().to_owned()),
            SystemTime::try_from(*given.expiration()).ok(),
            "WebIdentity",
        ))
    }
}

impl ProvideCredentials for WebIdentity {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.take_role())
    }
}
