//! The API key of W&B, looked up as W&B's own SDK does: configuration, environment, netrc.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::deployment::other_hosts;
use super::netrc;
use super::settings::{Lookup, SettingsError, Source, read};

/// Characters, at least, of the part of a key that is secret (W&B SDK, `wbauth/validation.py`).
const SHORTEST_KEY: usize = 40;

/// A key of W&B, and where it came from.
#[derive(Debug)]
pub struct ApiKey {
    /// The key.
    pub key: SecretString,
    /// Where it came from.
    pub from: Source,
}

impl Lookup<'_> {
    /// The key for that server, if there is one. A configured key is taken without a look at anything else.
    ///
    /// # Errors
    /// When it has not the form of one, the netrc file cannot be read, or the environment names two identities.
    pub fn api_key(
        &self,
        configured: Option<&SecretString>,
        base_url: &Url,
    ) -> Result<Option<ApiKey>, SettingsError> {
        let found = match configured {
            Some(key) => Some((key.clone(), Source::Configuration)),
            None => match self.key_in_environment()? {
                Some(found) => Some(found),
                None => self.key_in_netrc(base_url)?,
            },
        };
        let Some((key, from)) = found else {
            return Ok(None);
        };
        match fault(key.expose_secret()) {
            None => Ok(Some(ApiKey { key, from })),
            Some(fault) => Err(SettingsError::ApiKey { from, fault }),
        }
    }

    fn key_in_environment(&self) -> Result<Option<(SecretString, Source)>, SettingsError> {
        let Some(key) = self.variable("WANDB_API_KEY") else {
            return Ok(None);
        };
        if self.variable("WANDB_IDENTITY_TOKEN_FILE").is_some() {
            return Err(SettingsError::TwoIdentities);
        }
        Ok(Some((key.into(), Source::Environment("WANDB_API_KEY"))))
    }

    fn key_in_netrc(
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
        let mut machines = match base_url.port() {
            Some(port) => vec![format!("{host}:{port}")],
            // The SDK takes the host as it is written, with the usual port if that is written.
            None => vec![
                host.to_owned(),
                format!(
                    "{host}:{}",
                    base_url.port_or_known_default().unwrap_or_default()
                ),
            ],
        };
        machines.extend(other_hosts(host).map(str::to_owned));
        let password = netrc::password(&text, &machines);
        let password = password.map_err(|damaged| SettingsError::Damaged {
            path: path.clone(),
            what: damaged.to_string(),
        })?;
        Ok(password.map(|password| (password, Source::File(path))))
    }

    fn netrc_path(&self) -> Option<PathBuf> {
        let home = self.home();
        if let Some(named) = self.variable("NETRC") {
            let expanded = named
                .strip_prefix("~/")
                .and_then(|rest| Some(home.as_ref()?.join(rest)));
            return Some(expanded.unwrap_or_else(|| PathBuf::from(named)));
        }
        let home = home?;
        let usual = home.join(".netrc");
        Some(if usual.exists() {
            usual
        } else {
            home.join("_netrc")
        })
    }
}

/// As W&B's SDK checks it: a token of three parts, or an optional prefix and a long secret.
fn fault(key: &str) -> Option<&'static str> {
    if key.is_empty() {
        return Some("it is empty");
    }
    let parts = key.split('.').collect::<Vec<_>>();
    if parts.len() == 3 && parts.iter().all(|part| is_word(part)) {
        return None;
    }
    let secret = key.split_once('-').map_or(key, |(_, secret)| secret);
    if !is_word(secret) {
        return Some("it has characters that no key has, or nothing after its prefix");
    }
    (secret.chars().count() < SHORTEST_KEY)
        .then_some("it is too short; a key has at least 40 characters")
}

fn is_word(text: &str) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    !text.is_empty() && text.chars().all(in_word)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use rstest::rstest;

    use super::*;

    const KEY: &str = "0123456789012345678901234567890123456789";
    const OTHER: &str = "abcdefghijabcdefghijabcdefghijabcdefghij";

    fn ask(
        variables: &[(&str, &str)],
        configured: Option<&str>,
        url: &str,
    ) -> Result<Option<ApiKey>, SettingsError> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let lookup = Lookup {
            variable: &variable,
            working_directory: PathBuf::from("/nonexistent"),
        };
        let configured = configured.map(SecretString::from);
        lookup.api_key(configured.as_ref(), &Url::parse(url).unwrap())
    }

    fn netrc(path: &Path, machine: &str, key: &str) {
        fs::write(
            path,
            format!("machine {machine} login user password {key}\n"),
        )
        .unwrap();
    }

    #[test]
    fn the_configuration_beats_the_environment_which_beats_netrc() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(".netrc");
        netrc(&file, "h", OTHER);
        let path = home.path().to_str().unwrap();
        let from = |variables: &[(&str, &str)], configured| {
            ask(variables, configured, "https://h")
                .unwrap()
                .unwrap()
                .from
        };
        let both = [("HOME", path), ("WANDB_API_KEY", KEY)];
        assert_eq!(from(&both, Some(KEY)), Source::Configuration);
        assert_eq!(from(&both, None), Source::Environment("WANDB_API_KEY"));
        assert_eq!(from(&both[..1], None), Source::File(file));
    }

    #[test]
    fn a_key_comes_from_netrc_by_host_and_port() {
        let home = tempfile::tempdir().unwrap();
        netrc(&home.path().join(".netrc"), "host:8080", KEY);
        let variables = [("HOME", home.path().to_str().unwrap())];
        let found = ask(&variables, None, "http://host:8080").unwrap().unwrap();
        assert_eq!(found.key.expose_secret(), KEY);
        assert!(ask(&variables, None, "http://host").unwrap().is_none());
    }

    #[test]
    fn the_usual_port_may_be_written_in_netrc() {
        let home = tempfile::tempdir().unwrap();
        netrc(&home.path().join(".netrc"), "host:443", KEY);
        let variables = [("HOME", home.path().to_str().unwrap())];
        for url in ["https://host:443", "https://host"] {
            let found = ask(&variables, None, url).unwrap().unwrap();
            assert_eq!(found.key.expose_secret(), KEY);
        }
        assert!(ask(&variables, None, "http://host").unwrap().is_none());
    }

    #[test]
    fn a_key_for_one_name_of_the_multi_tenant_cloud_is_a_key_for_the_other() {
        let home = tempfile::tempdir().unwrap();
        netrc(&home.path().join(".netrc"), "api.forge.coreweave.com", KEY);
        let variables = [("HOME", home.path().to_str().unwrap())];
        let found = ask(&variables, None, "https://api.wandb.ai").unwrap();
        assert_eq!(found.unwrap().key.expose_secret(), KEY);
        let elsewhere = ask(&variables, None, "https://wandb.example.com").unwrap();
        assert!(elsewhere.is_none());
    }

    #[test]
    fn netrc_may_have_another_name_or_place() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().to_str().unwrap();
        let key = |variables: &[(&str, &str)]| {
            let found = ask(variables, None, "https://h").unwrap().unwrap();
            found.key.expose_secret().to_owned()
        };
        netrc(&home.path().join("_netrc"), "h", KEY);
        assert_eq!(key(&[("HOME", path)]), KEY);
        netrc(&home.path().join("keys"), "h", OTHER);
        assert_eq!(key(&[("HOME", path), ("NETRC", "~/keys")]), OTHER);
        let whole = format!("{path}/keys");
        assert_eq!(key(&[("NETRC", &whole)]), OTHER);
    }

    #[test]
    fn without_any_there_is_no_key() {
        assert!(ask(&[], None, "https://h").unwrap().is_none());
        let home = tempfile::tempdir().unwrap();
        let variables = [
            ("HOME", home.path().to_str().unwrap()),
            ("WANDB_API_KEY", ""),
        ];
        assert!(ask(&variables, None, "https://h").unwrap().is_none());
    }

    #[test]
    fn a_damaged_netrc_is_named_with_its_line_and_without_its_words() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(".netrc");
        fs::write(&file, "machine h\n  password k hunter2\n").unwrap();
        let variables = [("HOME", home.path().to_str().unwrap())];
        let error = ask(&variables, None, "https://h").unwrap_err().to_string();
        let start = format!("the file {} is damaged: line 2: ", file.display());
        assert!(error.starts_with(&start), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[rstest]
    #[case::environment(&[("WANDB_API_KEY", "hunter2")], None, "WANDB_API_KEY")]
    #[case::configuration(&[], Some("hunter2"), "the provider block")]
    fn a_bad_key_is_told_by_its_source_without_showing_it(
        #[case] variables: &[(&str, &str)],
        #[case] configured: Option<&str>,
        #[case] named: &str,
    ) {
        let error = ask(variables, configured, "https://h").unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }

    #[test]
    fn a_found_key_cannot_be_printed() {
        let found = ask(&[], Some(KEY), "https://h").unwrap();
        assert!(!format!("{found:?}").contains(KEY));
    }

    #[rstest]
    #[case(KEY, true)]
    #[case(&format!("local-{KEY}"), true)]
    #[case(&format!("on-prem-{KEY}"), true)]
    #[case("aaa.bbb-b.ccc_c", true)]
    #[case("aaa..ccc", false)]
    #[case("", false)]
    #[case("short", false)]
    #[case(&KEY[1..], false)]
    #[case(&format!("{KEY}-short"), false)]
    #[case(&format!("{KEY}!"), false)]
    #[case(&format!("{KEY}\n"), false)]
    fn keys_have_the_form_the_sdk_asks_for(#[case] key: &str, #[case] good: bool) {
        assert_eq!(fault(key).is_none(), good);
    }

    #[test]
    fn two_identities_in_the_environment_are_refused_unless_a_key_is_configured() {
        let variables = [
            ("WANDB_API_KEY", KEY),
            ("WANDB_IDENTITY_TOKEN_FILE", "/token"),
        ];
        assert!(matches!(
            ask(&variables, None, "https://h"),
            Err(SettingsError::TwoIdentities)
        ));
        assert!(ask(&variables, Some(KEY), "https://h").unwrap().is_some());
    }
}
