//! From a text to an address.

use percent_encoding::percent_decode;
use secrecy::SecretString;

use super::{Address, AddressError, FORCE_PATH_STYLE, KeyedAddress, REGION, Scheme, TLS};

/// What people and other tools call the kinds of stores.
const OTHER_SPELLINGS: [(&str, Scheme); 10] = [
    ("gcs", Scheme::Gs),
    ("google", Scheme::Gs),
    ("azure", Scheme::Az),
    ("azblob", Scheme::Az),
    ("abfs", Scheme::Az),
    ("wasbs", Scheme::Az),
    ("coreweave", Scheme::Cw),
    ("aws", Scheme::S3),
    ("minio", Scheme::S3),
    ("s3a", Scheme::S3),
];

impl Scheme {
    /// The kind of store whose addresses begin so.
    ///
    /// # Errors
    /// When W&B knows none; what else is often written is told apart.
    pub fn named(word: &str) -> Result<Self, AddressError> {
        if let Some(scheme) = Self::ALL.into_iter().find(|scheme| scheme.word() == word) {
            return Ok(scheme);
        }
        if matches!(word, "http" | "https") {
            return Err(AddressError::WebAddress);
        }
        let meant = OTHER_SPELLINGS
            .into_iter()
            .find(|(wrong, _)| *wrong == word);
        Err(meant.map_or(AddressError::NoScheme, |(wrong, right)| {
            AddressError::OtherSpelling { wrong, right }
        }))
    }
}

/// The parameters of an address.
#[derive(Default)]
struct Parameters {
    region: Option<String>,
    tls: Option<bool>,
    force_path_style: Option<bool>,
}

/// Reads an address as W&B's server does, and refuses what the server would misread.
pub(super) fn parse(text: &str) -> Result<KeyedAddress, AddressError> {
    if text.chars().any(char::is_control) {
        return Err(AddressError::Unprintable);
    }
    let (word, rest) = text.split_once("://").ok_or(AddressError::NoScheme)?;
    let scheme = Scheme::named(&word.to_ascii_lowercase())?;
    if rest.contains('#') {
        return Err(AddressError::Fragment);
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    if path.contains('@') || query.contains('@') {
        return Err(AddressError::MisplacedAt);
    }
    let (access_key, secret_key, authority) = match authority.rsplit_once('@') {
        Some((userinfo, authority)) => {
            let (access_key, secret_key) = keys(userinfo, scheme)?;
            (access_key, secret_key, authority)
        }
        None => (None, None, authority),
    };
    let (host, bucket, path) = place_of(scheme, authority, path.trim_matches('/'));
    let parameters = parameters(query)?;
    let address = Address {
        scheme,
        host: host.map(str::to_owned),
        bucket: decoded(bucket)?,
        path: (!path.is_empty()).then(|| decoded(path)).transpose()?,
        region: parameters.region,
        tls: parameters.tls,
        force_path_style: parameters.force_path_style,
    };
    KeyedAddress::new(address, access_key, secret_key)
}

type Keys = (Option<SecretString>, Option<SecretString>);

/// The part before the `@`. What may stand in it as it is: Go's `net/url`, `validUserinfo`.
fn keys(userinfo: &str, scheme: Scheme) -> Result<Keys, AddressError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if !userinfo.chars().all(allowed) {
        return Err(AddressError::KeysNotEncoded);
    }
    let (access_key, secret_key) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let key = |text: &str| match text {
        "" => Ok(None),
        text => Ok(Some(SecretString::from(decoded(text)?))),
    };
    let (access_key, secret_key) = (key(access_key)?, key(secret_key)?);
    // Of Azure the access key is always absent; that the other is, too, is as good as half a pair.
    if secret_key.is_none() && (access_key.is_none() || scheme == Scheme::Az) {
        return Err(AddressError::HalfAKeyPair {
            missing: "secret_key",
        });
    }
    Ok((access_key, secret_key))
}

/// Host, bucket and path: what the first part of the place means depends on the kind of store, and with S3 on its form.
fn place_of<'a>(
    scheme: Scheme,
    authority: &'a str,
    path: &'a str,
) -> (Option<&'a str>, &'a str, &'a str) {
    let first_is_host = match scheme {
        Scheme::Az => true,
        Scheme::Gs => false,
        Scheme::S3 | Scheme::Cw => {
            authority.contains(':') || (authority.contains('.') && !path.is_empty())
        }
    };
    if first_is_host {
        let (bucket, path) = path.split_once('/').unwrap_or((path, ""));
        (Some(authority), bucket, path.trim_start_matches('/'))
    } else {
        (None, authority, path)
    }
}

/// Read as Go's `url.ParseQuery` does, which W&B's server uses.
fn parameters(query: &str) -> Result<Parameters, AddressError> {
    if query.contains(['?', ';']) {
        return Err(AddressError::MisjoinedParameters);
    }
    let mut found = Parameters::default();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = decoded(&value.replace('+', " "))?;
        match name {
            REGION => once(&mut found.region, REGION, value)?,
            TLS => once(&mut found.tls, TLS, flag(TLS, &value)?)?,
            FORCE_PATH_STYLE => once(
                &mut found.force_path_style,
                FORCE_PATH_STYLE,
                flag(FORCE_PATH_STYLE, &value)?,
            )?,
            _ => return Err(AddressError::UnknownParameter),
        }
    }
    Ok(found)
}

fn once<T>(place: &mut Option<T>, parameter: &'static str, value: T) -> Result<(), AddressError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(AddressError::Twice { parameter }),
    }
}

/// As Go's `strconv.ParseBool` reads it, which W&B's operator uses.
fn flag(parameter: &'static str, text: &str) -> Result<bool, AddressError> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(AddressError::NotABool { parameter }),
    }
}

fn decoded(text: &str) -> Result<String, AddressError> {
    let well_formed = text.split('%').skip(1).all(|after| {
        let mut digits = after.bytes();
        let mut is_digit = || digits.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        is_digit() && is_digit()
    });
    if !well_formed {
        return Err(AddressError::BadEscape);
    }
    let bytes = percent_decode(text.as_bytes());
    match bytes.decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(AddressError::NotText),
    }
}
