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
            let (access_key, secret_key) = keys(userinfo)?;
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
fn keys(userinfo: &str) -> Result<Keys, AddressError> {
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
    if access_key.is_none() && secret_key.is_none() {
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

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use secrecy::ExposeSecret;

    use super::*;

    /// What W&B's page and the tests of its operator write (`external/objectstore/objectstore_test.go`, `secret_test.go`), taken apart:
    /// keys, host, bucket, path, and what it reads when it is written again.
    #[rstest]
    #[case::page_coreweave("cw://AK:SK@cwobject.com/b?tls=true", "AK SK", "cwobject.com", "b", "")]
    #[case::page_aws(
        "s3://AK:SK@s3.eu-west-1.amazonaws.com/b?region=eu-west-1",
        "AK SK",
        "s3.eu-west-1.amazonaws.com",
        "b",
        ""
    )]
    #[case::old_page_aws(
        "s3://AK:SK@s3.eu-west-1.amazonaws.com/b",
        "AK SK",
        "s3.eu-west-1.amazonaws.com",
        "b",
        ""
    )]
    #[case::page_google(
        "gs://sa%40p.iam.gserviceaccount.com:pem%0Akey@b",
        "sa@p.iam.gserviceaccount.com pem\nkey",
        "",
        "b",
        ""
    )]
    #[case::page_azure("az://:a%2Bb%3D%3D@acct/c", " a+b==", "acct", "c", "")]
    #[case::page_s3_compatible(
        "s3://AK:SK@minio.example.com/b?region=us-east-1&tls=true",
        "AK SK",
        "minio.example.com",
        "b",
        ""
    )]
    #[case::operator_port(
        "s3://minio:minio123@minio.local:9000/my-bucket",
        "minio minio123",
        "minio.local:9000",
        "my-bucket",
        ""
    )]
    #[case::operator_bare("s3://my-bucket", " ", "", "my-bucket", "")]
    #[case::operator_host("s3://minio.local/my-bucket", " ", "minio.local", "my-bucket", "")]
    #[case::operator_path(
        "s3://AK:SK@minio.local:9000/my-bucket/team/prefix",
        "AK SK",
        "minio.local:9000",
        "my-bucket",
        "team/prefix"
    )]
    #[case::operator_bucket_and_path("s3://my-bucket/prefix", " ", "", "my-bucket", "prefix")]
    #[case::operator_google_path(
        "gs://my-gcs-bucket/team/prefix",
        " ",
        "",
        "my-gcs-bucket",
        "team/prefix"
    )]
    #[case::operator_azure_path(
        "az://mystorageaccount/mycontainer/team/prefix",
        " ",
        "mystorageaccount",
        "mycontainer",
        "team/prefix"
    )]
    #[case::operator_managed(
        "s3://ak:sk@object-store-s3.wandb.svc.cluster.local:8333/bucket?tls=false",
        "ak sk",
        "object-store-s3.wandb.svc.cluster.local:8333",
        "bucket",
        ""
    )]
    #[case::ipv6("s3://[fd00::1]:9000/b", " ", "[fd00::1]:9000", "b", "")]
    #[case::host_without_a_dot("s3://minio:9000/b", " ", "minio:9000", "b", "")]
    #[case::bucket_with_dots("s3://my.bucket?region=eu-west-1", " ", "", "my.bucket", "")]
    #[case::all_parameters(
        "s3://h.example/b?region=r&tls=false&forcePathStyle=true",
        " ",
        "h.example",
        "b",
        ""
    )]
    fn addresses_of_wandb_are_read_and_written_the_same(
        #[case] text: &str,
        #[case] keys: &str,
        #[case] host: &str,
        #[case] bucket: &str,
        #[case] path: &str,
    ) {
        let read = parse(text).unwrap();
        let exposed =
            |key: Option<&SecretString>| key.map_or("", ExposeSecret::expose_secret).to_owned();
        let found = format!(
            "{} {}",
            exposed(read.access_key()),
            exposed(read.secret_key())
        );
        assert_eq!(found, keys);
        let address = read.address();
        assert_eq!(
            (
                address.host.as_deref().unwrap_or(""),
                address.bucket.as_str(),
                address.path.as_deref().unwrap_or("")
            ),
            (host, bucket, path)
        );
        assert_eq!(read.exposed(), text);
    }

    /// What means the same is written in one way.
    #[rstest]
    #[case::go_leaves_these("az://:accountkey==@acct/c", "az://:accountkey%3D%3D@acct/c")]
    #[case::page_does_not_encode_the_mail("gs://sa@p.example:k@b", "gs://sa%40p.example:k@b")]
    #[case::slashes_around_the_path("s3://b//team/prefix/", "s3://b/team/prefix")]
    #[case::slash_at_the_end("cw://cwobject.com/b/?tls=1", "cw://cwobject.com/b?tls=true")]
    #[case::order(
        "s3://b?forcePathStyle=F&tls=True&region=a%2Bb+c",
        "s3://b?region=a%2Bb%20c&tls=true&forcePathStyle=false"
    )]
    #[case::scheme_in_capitals("GS://b", "gs://b")]
    #[case::empty_query("s3://b?&", "s3://b")]
    fn other_ways_to_write_it_are_understood(#[case] text: &str, #[case] written: &str) {
        assert_eq!(parse(text).unwrap().exposed(), written);
    }

    #[rstest]
    #[case::old_page(
        "s3://AK:SK@minio.example.com/b?region=us-east-1?tls=true",
        AddressError::MisjoinedParameters
    )]
    #[case::semicolon("s3://b?region=r;tls=true", AddressError::MisjoinedParameters)]
    #[case::gcs("gcs://b", AddressError::OtherSpelling { wrong: "gcs", right: Scheme::Gs })]
    #[case::azure("azure://acct/c", AddressError::OtherSpelling { wrong: "azure", right: Scheme::Az })]
    #[case::https("https://minio.example.com/b", AddressError::WebAddress)]
    #[case::no_scheme("b", AddressError::NoScheme)]
    #[case::nothing("", AddressError::NoScheme)]
    #[case::other_scheme("ftp://b", AddressError::NoScheme)]
    #[case::no_secret_key("s3://AK@h.example/b", AddressError::HalfAKeyPair { missing: "secret_key" })]
    #[case::empty_secret_key("cw://AK:@h.example/b", AddressError::HalfAKeyPair { missing: "secret_key" })]
    #[case::no_access_key("gs://:SK@b", AddressError::HalfAKeyPair { missing: "access_key" })]
    #[case::neither_key("s3://:@h.example/b", AddressError::HalfAKeyPair { missing: "secret_key" })]
    #[case::no_key_of_azure("az://@acct/c", AddressError::HalfAKeyPair { missing: "secret_key" })]
    #[case::user_of_azure_alone("az://acct@acct/c", AddressError::AccessKeyOfAzure)]
    #[case::user_of_azure("az://acct:KEY@acct/c", AddressError::AccessKeyOfAzure)]
    #[case::no_container("az://acct", AddressError::NoContainer)]
    #[case::no_container_but_a_slash("az://:KEY@acct/", AddressError::NoContainer)]
    #[case::no_account("az:///c", AddressError::NoAccount)]
    #[case::domain_of_azure("az://acct.blob.core.windows.net/c", AddressError::BadAccount)]
    #[case::bare_coreweave("cw://", AddressError::NoBucketOfCoreWeave)]
    #[case::host_alone("s3://minio:9000", AddressError::NoBucket)]
    #[case::no_bucket_of_google("gs:///p", AddressError::NoBucket)]
    #[case::maybe("s3://b?tls=maybe", AddressError::NotABool { parameter: "tls" })]
    #[case::no_value("s3://b?tls", AddressError::NotABool { parameter: "tls" })]
    #[case::path_style("s3://b?forcePathStyle=yes", AddressError::NotABool { parameter: "forcePathStyle" })]
    #[case::other_capitals("s3://b?forcepathstyle=true", AddressError::UnknownParameter)]
    #[case::unknown("s3://b?endpoint=x", AddressError::UnknownParameter)]
    #[case::twice("s3://b?tls=true&tls=true", AddressError::Twice { parameter: "tls" })]
    #[case::empty_region("s3://b?region=", AddressError::EmptyRegion)]
    #[case::region_of_google("gs://b?region=r", AddressError::ForeignParameter { parameter: "region", scheme: Scheme::Gs })]
    #[case::tls_of_azure("az://acct/c?tls=true", AddressError::ForeignParameter { parameter: "tls", scheme: Scheme::Az })]
    #[case::slash_in_a_key("s3://AK:se/cret@h.example/b", AddressError::MisplacedAt)]
    #[case::question_mark_in_a_key("s3://AK:se?cret@h.example/b", AddressError::MisplacedAt)]
    #[case::hash_in_a_key("s3://AK:se#cret@h.example/b", AddressError::Fragment)]
    #[case::quote_in_a_key("s3://AK:se\"cret@h.example/b", AddressError::KeysNotEncoded)]
    #[case::percent_in_a_key("s3://AK:se%cret@h.example/b", AddressError::BadEscape)]
    #[case::half_an_escape("s3://b/a%2", AddressError::BadEscape)]
    #[case::no_text("s3://b/%ff", AddressError::NotText)]
    #[case::line_break("s3://b\n", AddressError::Unprintable)]
    #[case::encoded_line_break_in_a_path("s3://b/a%0Ab", AddressError::BadPath)]
    #[case::encoded_slash_at_the_end("s3://b/a%2F", AddressError::BadPath)]
    #[case::port("s3://minio:90000/b", AddressError::BadHost)]
    #[case::port_zero("s3://minio:0/b", AddressError::BadHost)]
    #[case::no_port("s3://minio:/b", AddressError::BadHost)]
    #[case::signed_port("s3://minio:+9000/b", AddressError::BadHost)]
    #[case::no_ipv6("s3://[::g]:9000/b", AddressError::BadHost)]
    #[case::encoded_host("s3://min%69o.example.com/b", AddressError::BadHost)]
    #[case::odd_bucket("s3://h.example/my%20bucket", AddressError::BadName { word: "bucket" })]
    #[case::odd_container("az://acct/my%2Fc", AddressError::BadName { word: "container" })]
    fn what_the_server_would_misread_is_refused(
        #[case] text: &str,
        #[case] expected: AddressError,
    ) {
        assert_eq!(parse(text).unwrap_err(), expected);
    }

    #[test]
    fn no_error_and_no_debug_output_shows_a_key() {
        let shown = format!("{:?}", parse("s3://AK:canary@h.example/b").unwrap());
        assert!(!shown.contains("canary"), "{shown}");
        for text in [
            "s3://canary:canary/x@h.example/b",
            "canary://canary:canary@h.example/b",
            "s3://AK:canary@h.example/b?canary=canary",
            "s3://AK:canary@h.example/b?tls=canary",
            "s3://AK:canary%zz@h.example/b",
            "s3://canary:canary",
            "az://canary:canary@canary",
        ] {
            let error = parse(text).unwrap_err();
            let told = format!("{error} {error:?}");
            assert!(!told.contains("canary"), "{text}: {told}");
        }
    }
}
