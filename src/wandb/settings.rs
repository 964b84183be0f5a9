//! Where W&B is and with which key, looked up as W&B's own SDK does: configuration, environment, files.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ini::Ini;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::netrc;

/// W&B's own server (W&B SDK, `base_url`).
const DEFAULT_BASE_URL: &str = "https://api.wandb.ai";

/// Of the part of a key that is secret (W&B SDK, `wbauth/validation.py`).
const SHORTEST_KEY: usize = 40;

/// Where a setting came from, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The provider block.
    Configuration,
    /// An environment variable.
    Environment(&'static str),
    /// A file.
    File(PathBuf),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration => f.write_str("the provider block"),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// A setting cannot be used. No message holds any part of a key.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A file cannot be read.
    #[error("the file {} cannot be read: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not in its form.
    #[error("the file {} is damaged: {what}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Where.
        what: String,
    },
    /// The address is none of a W&B server.
    #[error("the address {url:?} from {from} cannot be W&B's: {fault}")]
    BaseUrl {
        /// What was said.
        url: String,
        /// Who said it.
        from: Source,
        /// What is wrong.
        fault: &'static str,
    },
    /// The key cannot be one.
    #[error("the API key from {from} is no W&B key: {fault}")]
    ApiKey {
        /// Who said it.
        from: Source,
        /// What is wrong.
        fault: &'static str,
    },
    /// Two ways to log in at once.
    #[error("both WANDB_API_KEY and WANDB_IDENTITY_TOKEN_FILE are set; unset one of them")]
    TwoIdentities,
}

/// A key of W&B, and where it came from.
#[derive(Debug)]
pub struct ApiKey {
    /// The key.
    pub key: SecretString,
    /// Where it came from.
    pub from: Source,
}

/// Where to look.
pub struct Lookup<'a> {
    /// Reads an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The directory Terraform runs in.
    pub working_directory: PathBuf,
}

impl Lookup<'_> {
    /// The address of the server.
    ///
    /// # Errors
    /// When it is none, or a settings file cannot be read.
    pub fn base_url(&self, configured: Option<&str>) -> Result<(Url, Source), SettingsError> {
        let (text, from) = match (configured, self.variable("WANDB_BASE_URL")) {
            (Some(text), _) => (text.to_owned(), Source::Configuration),
            (None, Some(text)) => (text, Source::Environment("WANDB_BASE_URL")),
            (None, None) => match self.base_url_in_files()? {
                Some((text, path)) => (text, Source::File(path)),
                None => (DEFAULT_BASE_URL.to_owned(), Source::Default),
            },
        };
        check_base_url(&text)
            .map(|url| (url, from.clone()))
            .map_err(|fault| SettingsError::BaseUrl {
                url: without_userinfo(&text),
                from,
                fault,
            })
    }

    /// The key for that server, if there is one.
    ///
    /// # Errors
    /// When it has not the form of one, or the netrc file cannot be read.
    pub fn api_key(
        &self,
        configured: Option<&SecretString>,
        base_url: &Url,
    ) -> Result<Option<ApiKey>, SettingsError> {
        let environment = self.variable("WANDB_API_KEY");
        if environment.is_some() && self.variable("WANDB_IDENTITY_TOKEN_FILE").is_some() {
            return Err(SettingsError::TwoIdentities);
        }
        let found = match (configured, environment) {
            (Some(key), _) => Some((key.clone(), Source::Configuration)),
            (None, Some(key)) => Some((key.into(), Source::Environment("WANDB_API_KEY"))),
            (None, None) => self.netrc_password(base_url)?,
        };
        let Some((key, from)) = found else {
            return Ok(None);
        };
        match key_fault(key.expose_secret()) {
            None => Ok(Some(ApiKey { key, from })),
            Some(fault) => Err(SettingsError::ApiKey { from, fault }),
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    fn home(&self) -> Option<PathBuf> {
        self.variable("HOME").map(PathBuf::from)
    }

    /// The local settings file beats the global one.
    fn base_url_in_files(&self) -> Result<Option<(String, PathBuf)>, SettingsError> {
        let global = self.variable("WANDB_CONFIG_DIR").map(PathBuf::from);
        let global = global.or_else(|| Some(self.home()?.join(".config").join("wandb")));
        let files = [
            Some(self.working_directory.join("wandb").join("settings")),
            global.map(|directory| directory.join("settings")),
        ];
        for path in files.into_iter().flatten() {
            let Some(text) = read(&path)? else { continue };
            let settings = Ini::load_from_str(&text).map_err(|error| SettingsError::Damaged {
                path: path.clone(),
                what: format!("line {}", error.line),
            })?;
            if let Some(url) = settings.get_from(Some("default"), "base_url") {
                return Ok(Some((url.to_owned(), path)));
            }
        }
        Ok(None)
    }

    fn netrc_password(
        &self,
        base_url: &Url,
    ) -> Result<Option<(SecretString, Source)>, SettingsError> {
        let Some(path) = self.netrc_path() else {
            return Ok(None);
        };
        let Some(text) = read(&path)? else {
            return Ok(None);
        };
        let host = base_url.host_str().unwrap_or_default();
        let machine = base_url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let password =
            netrc::password(&text, &machine).map_err(|damaged| SettingsError::Damaged {
                path: path.clone(),
                what: damaged.to_string(),
            })?;
        Ok(password.map(|password| (password.into(), Source::File(path))))
    }

    fn netrc_path(&self) -> Option<PathBuf> {
        let home = self.home();
        if let Some(named) = self.variable("NETRC") {
            let expanded = named
                .strip_prefix("~/")
                .and_then(|rest| Some(home.as_ref()?.join(rest)));
            return Some(expanded.unwrap_or_else(|| PathBuf::from(named)));
        }
        let usual = home.as_ref()?.join(".netrc");
        Some(if usual.exists() {
            usual
        } else {
            home?.join("_netrc")
        })
    }
}

fn read(path: &Path) -> Result<Option<String>, SettingsError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(source) => Err(SettingsError::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

fn check_base_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text.trim_end_matches('/'))
        .map_err(|_| "write it with its scheme, such as https://wandb.example.com")?;
    let host = url
        .host_str()
        .filter(|_| matches!(url.scheme(), "http" | "https"));
    let Some(host) = host else {
        return Err("write it with its scheme, such as https://wandb.example.com");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("credentials have no place in it");
    }
    if host == "wandb.ai" || host.ends_with(".wandb.ai") {
        if host != "api.wandb.ai" {
            return Err("did you mean https://api.wandb.ai?");
        }
        if url.scheme() != "https" {
            return Err("it must begin with https");
        }
    }
    Ok(url)
}

fn without_userinfo(text: &str) -> String {
    match Url::parse(text) {
        Ok(mut url) if !url.username().is_empty() || url.password().is_some() => {
            let stripped = url.set_username("").and_then(|()| url.set_password(None));
            if stripped.is_ok() {
                url.to_string()
            } else {
                "(not shown)".to_owned()
            }
        }
        _ => text.to_owned(),
    }
}

/// As W&B's SDK checks it: a token of three parts, or an optional prefix and a long secret.
fn key_fault(key: &str) -> Option<&'static str> {
    let is_word = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
    };
    let parts = key.split('.').collect::<Vec<_>>();
    if parts.len() == 3 && parts.iter().all(|part| is_word(part)) {
        return None;
    }
    let secret = key.split_once('-').map_or(key, |(_, secret)| secret);
    if secret.chars().count() < SHORTEST_KEY {
        return Some("it is too short; a key has at least 40 characters");
    }
    (!is_word(secret)).then_some("it has characters that no key has")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const KEY: &str = "0123456789012345678901234567890123456789";

    fn with<T>(variables: &[(&str, &str)], directory: &Path, ask: impl FnOnce(&Lookup) -> T) -> T {
        let variable = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        ask(&Lookup {
            variable: &variable,
            working_directory: directory.to_owned(),
        })
    }

    #[test]
    fn the_configuration_beats_the_environment_which_beats_files() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join(".config/wandb")).unwrap();
        fs::write(
            home.path().join(".config/wandb/settings"),
            "[default]\nbase_url = https://global.example.com\n",
        )
        .unwrap();
        let path = home.path().to_str().unwrap();
        let work = home.path().join("work");
        let ask = |variables: &[(&str, &str)], configured| {
            with(variables, &work, |lookup| {
                lookup.base_url(configured).unwrap().0.to_string()
            })
        };

        assert_eq!(ask(&[("HOME", path)], None), "https://global.example.com/");
        fs::create_dir_all(work.join("wandb")).unwrap();
        fs::write(
            work.join("wandb/settings"),
            "[default]\nbase_url = https://local.example.com/\n",
        )
        .unwrap();
        assert_eq!(ask(&[("HOME", path)], None), "https://local.example.com/");
        let environment = [
            ("HOME", path),
            ("WANDB_BASE_URL", "https://env.example.com"),
        ];
        assert_eq!(ask(&environment, None), "https://env.example.com/");
        assert_eq!(
            ask(&environment, Some("https://hcl.example.com")),
            "https://hcl.example.com/"
        );
    }

    #[test]
    fn without_a_word_it_is_wandbs_own_server() {
        let (url, from) = with(&[], Path::new("/nonexistent"), |lookup| {
            lookup.base_url(None).unwrap()
        });
        assert_eq!(
            (url.as_str(), from),
            ("https://api.wandb.ai/", Source::Default)
        );
    }

    #[rstest]
    #[case("https://wandb.ai", "api.wandb.ai")]
    #[case("http://api.wandb.ai", "https")]
    #[case("wandb.example.com", "scheme")]
    #[case("ftp://wandb.example.com", "scheme")]
    fn an_address_that_cannot_be_wandbs_is_refused(#[case] url: &str, #[case] named: &str) {
        let error = with(&[], Path::new("/"), |lookup| {
            lookup.base_url(Some(url)).unwrap_err()
        });
        assert!(error.to_string().contains(named), "{error}");
    }

    #[test]
    fn credentials_in_the_address_are_not_repeated() {
        let error = with(&[], Path::new("/"), |lookup| {
            lookup
                .base_url(Some("https://u:hunter2@w.example.com"))
                .unwrap_err()
        });
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn a_key_comes_from_netrc_by_host_and_port() {
        let home = tempfile::tempdir().unwrap();
        fs::write(
            home.path().join(".netrc"),
            format!("machine host:8080 login user password {KEY}\n"),
        )
        .unwrap();
        let path = home.path().to_str().unwrap();
        let ask = |url: &str| {
            let url = Url::parse(url).unwrap();
            with(&[("HOME", path)], Path::new("/"), |lookup| {
                lookup.api_key(None, &url).unwrap()
            })
        };
        assert_eq!(ask("http://host:8080").unwrap().key.expose_secret(), KEY);
        assert!(ask("http://host").is_none());
    }

    #[test]
    fn a_bad_key_is_told_without_showing_it() {
        let url = Url::parse("https://api.wandb.ai").unwrap();
        let error = with(&[("WANDB_API_KEY", "hunter2")], Path::new("/"), |lookup| {
            lookup.api_key(None, &url).unwrap_err()
        });
        assert!(
            error.to_string().contains("WANDB_API_KEY") && !error.to_string().contains("hunter2"),
            "{error}"
        );
    }

    #[rstest]
    #[case(KEY, true)]
    #[case(&format!("local-{KEY}"), true)]
    #[case("aaa.bbb.ccc", true)]
    #[case("short", false)]
    #[case(&format!("{KEY}!"), false)]
    fn keys_have_the_form_the_sdk_asks_for(#[case] key: &str, #[case] good: bool) {
        assert_eq!(key_fault(key).is_none(), good);
    }

    #[test]
    fn two_identities_at_once_are_refused() {
        let url = Url::parse("https://api.wandb.ai").unwrap();
        let variables = [
            ("WANDB_API_KEY", KEY),
            ("WANDB_IDENTITY_TOKEN_FILE", "/token"),
        ];
        assert!(matches!(
            with(&variables, Path::new("/"), |lookup| lookup
                .api_key(None, &url)),
            Err(SettingsError::TwoIdentities)
        ));
    }
}
