//! Where W&B is, looked up as W&B's own SDK does: configuration, environment, files.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use url::Url;

use super::settings_file;

/// W&B's own server (W&B SDK, `base_url`).
const DEFAULT_BASE_URL: &str = "https://api.wandb.ai";

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

    /// A variable that is set to nothing is not set.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    pub(super) fn home(&self) -> Option<PathBuf> {
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
            let url = settings_file::base_url(&text).map_err(|damaged| SettingsError::Damaged {
                path: path.clone(),
                what: damaged.to_string(),
            })?;
            if let Some(url) = url {
                return Ok(Some((url, path)));
            }
        }
        Ok(None)
    }
}

/// The text of a file; none if there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<String>, SettingsError> {
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
    if !url.has_host() || !matches!(url.scheme(), "http" | "https") {
        return Err("write it with its scheme, such as https://wandb.example.com");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("credentials have no place in it");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("leave out what begins with `?` or `#`");
    }
    if looks_like_wandbs_cloud(&url) {
        if !url.as_str().contains("api.") {
            return Err("did you mean https://api.wandb.ai?");
        }
        if url.scheme() != "https" {
            return Err("it must begin with https");
        }
    }
    Ok(url)
}

/// The SDK's pattern `.*wandb\.ai[^.]*$`: the name, and no dot after it.
fn looks_like_wandbs_cloud(url: &Url) -> bool {
    url.as_str()
        .rsplit_once("wandb.ai")
        .is_some_and(|(_, after)| !after.contains('.'))
}

/// The address for a message. With an `@` it may hold a password; what cannot be taken out safely is not shown.
fn without_userinfo(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    let stripped = Url::parse(text)
        .ok()
        .filter(Url::has_host)
        .and_then(|mut url| {
            url.set_username("").ok()?;
            url.set_password(None).ok()?;
            Some(url.to_string())
        });
    stripped
        .filter(|shown| !shown.contains('@'))
        .unwrap_or_else(|| "(not shown)".to_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

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
    #[case("https://app.wandb.ai/home", "api.wandb.ai")]
    #[case("https://mywandb.ai:8080", "api.wandb.ai")]
    #[case("http://api.wandb.ai", "https")]
    #[case("wandb.example.com", "scheme")]
    #[case("", "scheme")]
    #[case("https://", "scheme")]
    #[case("ftp://wandb.example.com", "scheme")]
    #[case("https://wandb.example.com/login?x=1", "leave out")]
    #[case("https://wandb.example.com/#/home", "leave out")]
    fn an_address_that_cannot_be_wandbs_is_refused(#[case] url: &str, #[case] named: &str) {
        let error = with(&[], Path::new("/"), |lookup| {
            lookup.base_url(Some(url)).unwrap_err()
        });
        assert!(error.to_string().contains(named), "{error}");
    }

    #[rstest]
    #[case("https://api.wandb.ai/", "https://api.wandb.ai/")]
    #[case("https://eu.api.wandb.ai", "https://eu.api.wandb.ai/")]
    #[case("http://wandb.ai.example.com", "http://wandb.ai.example.com/")]
    #[case(
        "https://w.example.com:8443/wandb//",
        "https://w.example.com:8443/wandb"
    )]
    fn an_address_the_sdk_takes_is_taken(#[case] url: &str, #[case] expected: &str) {
        let (url, from) = with(&[], Path::new("/"), |lookup| {
            lookup.base_url(Some(url)).unwrap()
        });
        assert_eq!((url.as_str(), from), (expected, Source::Configuration));
    }

    #[rstest]
    #[case("https://u:hunter2@w.example.com")]
    #[case("https://u:hunter2@wandb.ai")]
    #[case("https://u:hunter2@")]
    #[case("u:hunter2@w.example.com")]
    #[case("hunter2@w.example.com")]
    #[case("ftp://u:p@hunter2@w.example.com")]
    fn credentials_in_the_address_are_not_repeated(#[case] url: &str) {
        let error = with(&[], Path::new("/"), |lookup| {
            lookup.base_url(Some(url)).unwrap_err()
        });
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn the_settings_directory_can_be_elsewhere_and_the_file_is_named_as_the_source() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("settings");
        fs::write(&file, "[default]\nbase_url = https://w.example.com\n").unwrap();
        let variables = [
            ("HOME", "/nonexistent"),
            ("WANDB_CONFIG_DIR", directory.path().to_str().unwrap()),
        ];
        let (url, from) = with(&variables, Path::new("/nonexistent"), |lookup| {
            lookup.base_url(None).unwrap()
        });
        assert_eq!(url.as_str(), "https://w.example.com/");
        assert_eq!(from, Source::File(file));
    }

    #[test]
    fn a_damaged_file_is_named_with_its_line_and_without_its_words() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("wandb")).unwrap();
        let file = directory.path().join("wandb").join("settings");
        fs::write(&file, "[default]\nhunter2\nx = 1\n").unwrap();
        let error = with(&[], directory.path(), |lookup| {
            lookup.base_url(None).unwrap_err()
        });
        let expected = format!(
            "the file {} is damaged: line 2 is neither a section nor a setting",
            file.display()
        );
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("wandb").join("settings");
        fs::create_dir_all(&file).unwrap();
        let error = with(&[], directory.path(), |lookup| {
            lookup.base_url(None).unwrap_err()
        });
        assert!(
            error.to_string().contains(&file.display().to_string()),
            "{error}"
        );
    }

    #[test]
    fn no_file_is_read_where_something_nearer_speaks() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("wandb").join("settings")).unwrap();
        let variables = [("WANDB_BASE_URL", "https://w.example.com")];
        let from = with(&variables, directory.path(), |lookup| {
            lookup.base_url(None).unwrap().1
        });
        assert_eq!(from, Source::Environment("WANDB_BASE_URL"));
    }
}
