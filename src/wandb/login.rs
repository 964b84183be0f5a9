//! How the key is shown to W&B, and that nobody repeats it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::answer::is_of_scim;
use super::api::{Api, Request};
use super::error::{Error, Kind, in_short};
use super::scim::equals;

/// How a key is shown to SCIM (W&B SCIM page, "Authentication").
#[derive(Debug, Clone)]
pub(super) enum Login {
    /// As it is: servers from v0.79.0 on.
    Bearer,
    /// As the password of that user; a service account has no name.
    Basic(String),
}

impl Api {
    /// Older servers do not know the plain key, and want a user's key with the user's name: which form it is tells only a try.
    pub(super) async fn find_login(&self) -> Result<Login, Error> {
        let operation = "GET /scim/Users";
        let look = Request::get(
            operation,
            format!("/scim/Users?filter={}", equals("userName", "")),
        );
        let nobody = Login::Basic(String::new());
        for login in [Login::Bearer, nobody] {
            let answer = self.repeated(&look, &self.header(&login)).await?;
            match answer.status {
                401 => {}
                _ if is_of_scim(&answer) => return Ok(login),
                _ => return Err(self.failure(operation, &answer)),
            }
        }
        let Some(user) = self.user_name().await? else {
            return Err(self.error(Kind::Unauthorized, operation).with_status(401));
        };
        let _ = self.user.set(user.clone());
        let login = Login::Basic(user);
        let answer = self.repeated(&look, &self.header(&login)).await?;
        match answer.status {
            401 => Err(self.failure(operation, &answer)),
            _ => Ok(login),
        }
    }

    pub(super) fn header(&self, login: &Login) -> SecretString {
        let key = self.key.key.expose_secret();
        match login {
            Login::Bearer => format!("Bearer {key}"),
            Login::Basic(user) => format!("Basic {}", STANDARD.encode(format!("{user}:{key}"))),
        }
        .into()
    }

    /// The words without the key, in each form that it was sent in.
    pub(super) fn without_key(&self, words: &str) -> String {
        let forms = [Login::Basic("api".to_owned()), Login::Basic(String::new())];
        let user = self.user.get().cloned().map(Login::Basic);
        let sent = forms.iter().chain(&user).map(|login| {
            let header = self.header(login);
            let form = header.expose_secret().split_once(' ');
            form.map_or_else(String::new, |(_, form)| form.to_owned())
        });
        let key = self.key.key.expose_secret().to_owned();
        let clean = std::iter::once(key)
            .chain(sent)
            .fold(words.to_owned(), |words, form| {
                words.replace(&form, "(the key)")
            });
        in_short(&clean)
    }
}
