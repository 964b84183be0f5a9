//! `helm_values(instance_settings [, credentials]) → string`

use secrecy::{ExposeSecret, SecretString};

use super::address_object::sentence;
use super::{Object, listed, wrong};
use crate::framework::function::{Function, FunctionError, Parameter, Signature};
use crate::framework::types::Type;
use crate::framework::value::Value;
use crate::wandb::{Address, ChartPlace, KeyedAddress, Scheme, chart_key};

const SETTINGS: [&str; 9] = [
    "provider",
    "bucket_name",
    "path",
    "region",
    "kms_key",
    "endpoint",
    "tls",
    "account",
    "container",
];
const KEYS: [&str; 2] = ["access_key", "secret_key"];
const SECRET: [&str; 3] = ["secret_name", "access_key_name", "secret_key_name"];

/// Writes the chart's block `global.bucket`.
pub(super) struct HelmValues;

impl Function for HelmValues {
    fn name(&self) -> &'static str {
        "helm_values"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Writes the bucket into the values of W&B's Helm chart".to_owned(),
            description: "Writes the block `global.bucket` of W&B's Helm chart `operator-wandb` as YAML, which makes the bucket the storage of a whole \
                          self-managed instance: an element of `values` of a `helm_release`, or through `yamldecode` a part of `spec.values` of W&B's \
                          custom resource.\n\nThe endpoint and the bucket become `name` and `path` as the chart wants them, `?tls=true` included. A KMS \
                          key is written for Amazon's S3 alone: elsewhere the chart must have none.\n\nThe chart puts keys into the bucket's address as \
                          they are. Keys given here are therefore written percent-encoded, except on Azure; in a Kubernetes Secret of your own they must \
                          stand so, too. The chart takes an account key of Azure as its `accessKey`, and no keys of Google."
                .to_owned(),
            parameters: vec![Parameter {
                name: "instance_settings",
                ty: Type::Dynamic,
                description: format!(
                    "The bucket: the attribute `instance_settings` of a `wandb_byob_bucket`, or an object with {}, of which those that are not needed \
                     are left out or null. `provider` is `s3`, `cw`, `gcs` or `az`.",
                    listed(&SETTINGS[1..])
                ),
                allow_null: false,
            }],
            variadic: Some(Parameter {
                name: "credentials",
                ty: Type::Dynamic,
                description: "Given once, or not at all where W&B's own identity has access. An object with `access_key` and `secret_key` (on Azure \
                              `secret_key` alone), which makes the values a secret; or with `secret_name`, a Kubernetes Secret that holds the keys, and \
                              `access_key_name` and `secret_key_name`, if they are not `ACCESS_KEY` and `SECRET_KEY` there."
                    .to_owned(),
                allow_null: false,
            }),
            result: Type::String,
            deprecated: None,
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        if arguments.len() > 2 {
            return Err(wrong(2, "Credentials are given once at most"));
        }
        let settings = Object::of(&arguments, 0, &SETTINGS)?;
        let address = address(&settings)?;
        let ChartPlace { name, path } = ChartPlace::of(&address);
        let mut lines = vec![
            line(4, "provider", address.scheme.chart_word()),
            line(4, "name", &name),
        ];
        lines.extend(path.map(|path| line(4, "path", &path)));
        lines.extend(
            address
                .region
                .as_ref()
                .map(|region| line(4, "region", region)),
        );
        let kms_key = settings.text("kms_key")?;
        let on_aws = address.scheme == Scheme::S3 && address.host.as_deref().is_none_or(is_amazons);
        lines.extend(
            kms_key
                .filter(|_| on_aws)
                .map(|key| line(4, "kmsKey", &key)),
        );
        if arguments.len() == 2 {
            let credentials = Object::of(&arguments, 1, &[&KEYS[..], &SECRET[..]].concat())?;
            lines.extend(credential_lines(&credentials, address)?);
        }
        Ok(format!("global:\n  bucket:\n{}", lines.concat()).into())
    }
}

/// The bucket that the settings tell of.
fn address(settings: &Object<'_>) -> Result<Address, FunctionError> {
    let word = settings.text("provider")?;
    let scheme = Scheme::ALL
        .into_iter()
        .find(|scheme| Some(scheme.chart_word()) == word.as_deref())
        .ok_or_else(|| {
            settings
                .wrong("`provider` is none that the chart knows: write `s3`, `cw`, `gcs` or `az`")
        })?;
    let (host, bucket) = match scheme {
        Scheme::Az => ("account", "container"),
        _ => ("endpoint", "bucket_name"),
    };
    let host = settings.text(host)?;
    let tls = match (scheme, settings.flag("tls")?) {
        // Plain HTTP is what W&B's server takes for granted; Amazon's own S3 is never asked so.
        (Scheme::S3, tls) => tls.filter(|tls| *tls && host.is_some()),
        (Scheme::Cw, tls) => tls.filter(|_| host.is_some()),
        _ => None,
    };
    let of_s3 = matches!(scheme, Scheme::S3 | Scheme::Cw);
    let address = Address {
        scheme,
        host,
        bucket: settings.text(bucket)?.unwrap_or_default(),
        path: settings.text("path")?,
        region: settings.text("region")?.filter(|_| of_s3),
        tls,
        force_path_style: None,
    };
    let checked = address.check().map_err(|error| {
        // The settings have names of their own for these.
        let text = sentence(error).replace("`host`", "`endpoint`");
        settings.wrong(text.replace("`bucket`", "`bucket_name`"))
    });
    checked.map(|()| address)
}

fn is_amazons(host: &str) -> bool {
    host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
}

fn credential_lines(
    credentials: &Object<'_>,
    address: Address,
) -> Result<Vec<String>, FunctionError> {
    let scheme = address.scheme;
    let text = |name| credentials.text(name);
    if scheme == Scheme::Gs {
        return Err(credentials.wrong(
            "The chart takes no keys of Google: W&B's own identity needs access to the bucket. \
             Leave them out",
        ));
    }
    let secret = |name| Ok(text(name)?.map(SecretString::from));
    let (access_key, secret_key) = (secret("access_key")?, secret("secret_key")?);
    let keys_are_given = access_key.is_some() || secret_key.is_some();
    match (text("secret_name")?, keys_are_given) {
        (Some(_), true) => {
            Err(credentials.wrong("Keys and `secret_name` exclude each other. Keep one of them"))
        }
        (None, false) => Err(credentials.wrong(
            "Neither `access_key` and `secret_key` nor `secret_name` is there. Give one of them, \
             or no credentials at all",
        )),
        (Some(name), false) => {
            let names = [
                ("accessKeyName", text("access_key_name")?),
                ("secretKeyName", text("secret_key_name")?),
            ];
            let names = names
                .into_iter()
                .filter_map(|(key, name)| Some(line(6, key, &name?)));
            let head = ["    secret:\n".to_owned(), line(6, "secretName", &name)];
            Ok(head.into_iter().chain(names).collect())
        }
        (None, true) => {
            let keyed = KeyedAddress::new(address, access_key, secret_key)
                .map_err(|error| credentials.wrong(sentence(error)))?;
            let written = |name, key: Option<&SecretString>| {
                key.map(|key| line(4, name, chart_key(scheme, key).expose_secret()))
            };
            // W&B's chart reads Azure's key from there (`templates/_env.tpl`), and W&B's module for Azure puts it there.
            let (first, second) = match scheme {
                Scheme::Az => (keyed.secret_key(), None),
                _ => (keyed.access_key(), keyed.secret_key()),
            };
            Ok([written("accessKey", first), written("secretKey", second)]
                .into_iter()
                .flatten()
                .collect())
        }
    }
}

fn line(indent: usize, key: &str, text: &str) -> String {
    format!("{:indent$}{key}: {}\n", "", quoted(text))
}

/// A double-quoted scalar of YAML (YAML 1.2.2, §5.7), in characters that can be printed.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        ' '..='~' => c.to_string(),
        _ => format!("\\U{:08X}", u32::from(c)),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn object(texts: &[(&'static str, &str)]) -> Value {
        Value::object(texts.iter().map(|(name, text)| (*name, Value::from(*text))))
    }

    /// The form of W&B's page "operator", corrected by the chart's templates and W&B's modules where they differ.
    #[rstest]
    #[case::aws(
        &[("provider", "s3"), ("bucket_name", "acme"), ("path", "omega"), ("region", "us-east-1"), ("kms_key", "arn:aws:kms:us-east-1:1:key/k")],
        &[],
        "provider: \"s3\"|name: \"acme\"|path: \"omega\"|region: \"us-east-1\"|kmsKey: \"arn:aws:kms:us-east-1:1:key/k\"|"
    )]
    #[case::s3_compatible_without_a_kms_key(
        &[("provider", "s3"), ("bucket_name", "acme"), ("endpoint", "minio.example.com:9000"), ("tls", "true"), ("region", "default"), ("kms_key", "k")],
        &[("access_key", "AK"), ("secret_key", "a/b+c")],
        "provider: \"s3\"|name: \"minio.example.com:9000\"|path: \"acme?tls=true\"|region: \"default\"|accessKey: \"AK\"|secretKey: \"a%2Fb%2Bc\"|"
    )]
    #[case::plain_http(
        &[("provider", "s3"), ("bucket_name", "acme"), ("endpoint", "minio:9000"), ("tls", "false"), ("path", "a b")],
        &[("secret_name", "s")],
        "provider: \"s3\"|name: \"minio:9000\"|path: \"acme/a%20b\"|secret:|  secretName: \"s\"|"
    )]
    #[case::coreweave(
        &[("provider", "cw"), ("bucket_name", "acme"), ("endpoint", "cwobject.com"), ("tls", "true")],
        &[("secret_name", "s"), ("access_key_name", "A"), ("secret_key_name", "B")],
        "provider: \"cw\"|name: \"cwobject.com\"|path: \"acme?tls=true\"|secret:|  secretName: \"s\"|  accessKeyName: \"A\"|  secretKeyName: \"B\"|"
    )]
    #[case::google(&[("provider", "gcs"), ("bucket_name", "acme"), ("region", "EU")], &[], "provider: \"gcs\"|name: \"acme\"|")]
    #[case::azure(
        &[("provider", "az"), ("account", "acct"), ("container", "c"), ("path", "omega")],
        &[("secret_key", "a/b==\u{e9}\"")],
        "provider: \"az\"|name: \"acct\"|path: \"c/omega\"|accessKey: \"a/b==\\U000000E9\\\"\"|"
    )]
    fn the_block_is_as_the_chart_takes_it(
        #[case] settings: &[(&'static str, &str)],
        #[case] credentials: &[(&'static str, &str)],
        #[case] expected: &str,
    ) {
        let credentials = (!credentials.is_empty()).then_some(credentials);
        let arguments = [settings].into_iter().chain(credentials).map(object);
        let yaml = HelmValues.call(arguments.collect()).unwrap();
        let lines = expected
            .split_terminator('|')
            .map(|line| format!("    {line}\n"));
        assert_eq!(
            yaml.as_str(),
            Some(format!("global:\n  bucket:\n{}", lines.collect::<String>()).as_str())
        );
    }
}
