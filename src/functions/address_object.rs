//! An address as an object: the argument of `storage_address` and the result of `parse_storage_address`.

use secrecy::{ExposeSecret, SecretString};

use super::{Object, object_type};
use crate::framework::function::FunctionError;
use crate::framework::types::Type;
use crate::framework::value::Value;
use crate::wandb::{Address, AddressError, KeyedAddress, Scheme};

const TEXTS: [&str; 9] = [
    "scheme",
    "host",
    "bucket",
    "account",
    "container",
    "path",
    "access_key",
    "secret_key",
    "region",
];
const FLAGS: [&str; 2] = ["tls", "force_path_style"];

/// The attributes, in Markdown.
pub(super) const ATTRIBUTES: &str = "\
* `scheme` – `s3` (Amazon S3 and stores that speak it), `cw` (CoreWeave), `gs` (Google Cloud Storage) or `az` (Azure Blob Storage)
* `host` – of `s3` and `cw`: the store's host, with its port if it is not the usual one. Without it W&B asks the cloud's own
* `bucket` – of `s3`, `cw` and `gs`: the name of the bucket
* `account`, `container` – of `az`, instead of `host` and `bucket`
* `path` – a folder inside the bucket, such as `teams/omega`
* `access_key`, `secret_key` – both or neither. Of `gs` they are a service account's e-mail address and its private key; of `az` there is only a `secret_key`, the account's
* `region` – of `s3` and `cw`. W&B needs it unless W&B and the bucket both are on AWS, in the same region
* `tls` – of `s3` and `cw`: whether the store is asked through HTTPS. Without it W&B's server asks a `host` of `s3` through plain HTTP, and CoreWeave through HTTPS
* `force_path_style` – of `s3` and `cw`: whether requests have the bucket in their path rather than in the name of the host. Without it W&B's server does so with a `host` that is not CoreWeave's";

/// The type of the whole object.
pub(super) fn ty() -> Type {
    object_type(&TEXTS, &FLAGS)
}

/// Reads the object; what is left out or null is absent.
pub(super) fn read(arguments: &[Value], argument: usize) -> Result<KeyedAddress, FunctionError> {
    let names = [&TEXTS[..], &FLAGS[..]].concat();
    let object = Object::of(arguments, argument, &names)?;
    let scheme = scheme(&object)?;
    let (host_word, bucket_word, foreign) = match scheme {
        Scheme::Az => ("account", "container", ["host", "bucket"]),
        _ => ("host", "bucket", ["account", "container"]),
    };
    for name in foreign {
        if object.text(name)?.is_some() {
            let text = format!(
                "`{name}` has no meaning with {scheme}: it has `{host_word}` and `{bucket_word}`"
            );
            return Err(object.wrong(text));
        }
    }
    let secret = |name| Ok(object.text(name)?.map(SecretString::from));
    let address = Address {
        scheme,
        host: object.text(host_word)?,
        bucket: object.text(bucket_word)?.unwrap_or_default(),
        path: object.text("path")?,
        region: object.text("region")?,
        tls: object.flag("tls")?,
        force_path_style: object.flag("force_path_style")?,
    };
    KeyedAddress::new(address, secret("access_key")?, secret("secret_key")?)
        .map_err(|error| object.wrong(sentence(error)))
}

fn scheme(object: &Object<'_>) -> Result<Scheme, FunctionError> {
    let choices = "`s3`, `cw`, `gs` or `az`";
    let word = object
        .text("scheme")?
        .ok_or_else(|| object.wrong(format!("`scheme` is missing: write {choices}")))?;
    Scheme::named(&word).map_err(|error| match error {
        AddressError::OtherSpelling { wrong, right } => object.wrong(format!(
            "`scheme` is {wrong:?}, which W&B does not take: write {:?}",
            right.word()
        )),
        _ => object.wrong(format!("`scheme` is not known: write {choices}")),
    })
}

/// Writes the whole object; what is absent is null.
pub(super) fn write(keyed: &KeyedAddress) -> Value {
    let address = keyed.address();
    let (host, bucket) = (
        Value::optional_string(address.host.as_deref()),
        Value::from(address.bucket.as_str()),
    );
    let [account, container, host, bucket] = match address.scheme {
        Scheme::Az => [host, bucket, Value::Null, Value::Null],
        _ => [Value::Null, Value::Null, host, bucket],
    };
    let key = |key: Option<&SecretString>| {
        Value::optional_string(key.map(|key| key.expose_secret().to_owned()))
    };
    let flag = |flag: Option<bool>| flag.map_or(Value::Null, Value::Bool);
    Value::object([
        ("scheme", address.scheme.word().into()),
        ("host", host),
        ("bucket", bucket),
        ("account", account),
        ("container", container),
        ("path", Value::optional_string(address.path.as_deref())),
        ("access_key", key(keyed.access_key())),
        ("secret_key", key(keyed.secret_key())),
        ("region", Value::optional_string(address.region.as_deref())),
        ("tls", flag(address.tls)),
        ("force_path_style", flag(address.force_path_style)),
    ])
}

/// The error as a sentence of its own.
pub(super) fn sentence(error: AddressError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
