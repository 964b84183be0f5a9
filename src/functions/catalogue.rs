//! Every refusal of a call, written out: a change of one is seen in review, as the user will see it (Terraform adds the full stop).

use std::fmt::Write;

use super::all;
use crate::framework::function::FunctionError;
use crate::framework::value::Value;

fn call(name: &str, arguments: Vec<Value>) -> Result<Value, FunctionError> {
    let functions = all();
    let function = functions.iter().find(|function| function.name() == name);
    function.unwrap().call(arguments)
}

fn written(name: &str, calls: Vec<Vec<Value>>) -> String {
    let mut text = String::new();
    for arguments in calls {
        let error = call(name, arguments.clone()).expect_err(&format!("{arguments:?}"));
        let parameter = error.argument.unwrap();
        writeln!(text, "argument {parameter}: {}.\n", error.text).unwrap();
    }
    text
}

fn object(texts: &[(&'static str, &str)]) -> Value {
    Value::object(texts.iter().map(|(name, text)| (*name, Value::from(*text))))
}

/// An address with more in it.
fn with(scheme: &'static str, texts: &[(&'static str, &str)]) -> Vec<Value> {
    vec![object(&[&[("scheme", scheme)], texts].concat())]
}

#[test]
fn refusals_of_an_object() {
    let bucket = ("bucket", "b");
    let text = written(
        "storage_address",
        vec![
            vec!["s3://b".into()],
            vec![object(&[("scheme", "s3"), ("buket", "b")])],
            vec![object(&[bucket])],
            with("gcs", &[bucket]),
            with("https", &[bucket]),
            vec![Value::object([
                ("scheme", "s3".into()),
                ("bucket", 1i64.into()),
            ])],
            with("s3", &[bucket, ("tls", "maybe")]),
            with("s3", &[]),
            with("s3", &[bucket, ("account", "acct")]),
            with("s3", &[bucket, ("host", "https://minio.example.com")]),
            with("s3", &[bucket, ("host", "minio")]),
            with("s3", &[("bucket", "my.bucket"), ("path", "omega")]),
            with("s3", &[("bucket", "b/omega")]),
            with("s3", &[bucket, ("path", "/omega")]),
            with("s3", &[bucket, ("region", "")]),
            with("s3", &[bucket, ("access_key", "AK")]),
            with("s3", &[bucket, ("secret_key", "canary")]),
            with(
                "s3",
                &[bucket, ("access_key", ""), ("secret_key", "canary")],
            ),
            with("gs", &[bucket, ("host", "storage.googleapis.com")]),
            with("gs", &[bucket, ("region", "eu")]),
            with("az", &[("account", "acct")]),
            with("az", &[("container", "c")]),
            with("az", &[bucket]),
            with(
                "az",
                &[
                    ("account", "acct.blob.core.windows.net"),
                    ("container", "c"),
                ],
            ),
            with(
                "az",
                &[
                    ("account", "acct"),
                    ("container", "c"),
                    ("access_key", "acct"),
                    ("secret_key", "canary"),
                ],
            ),
        ],
    );
    assert!(!text.contains("canary"));
    insta::assert_snapshot!(text);
}

#[test]
fn refusals_of_an_address() {
    let texts = [
        "b",
        "gcs://b",
        "https://minio.example.com/b",
        "s3://b\n",
        "s3://b#",
        "s3://AK:canary/@h.example/b",
        "s3://AK:canary\"@h.example/b",
        "s3://AK:canary%@h.example/b",
        "s3://AK:%ff@h.example/b",
        "s3://b?region=r?tls=true",
        "s3://b?endpoint=canary",
        "s3://b?tls=true&tls=true",
        "s3://b?tls=maybe",
        "cw://",
    ];
    let text = written(
        "parse_storage_address",
        texts.map(|text| vec![text.into()]).to_vec(),
    );
    assert!(!text.contains("canary"));
    insta::assert_snapshot!(text);
}

#[test]
fn refusals_of_a_list_of_stores() {
    let list =
        |elements: &[&str]| Value::List(elements.iter().map(|text| Value::from(*text)).collect());
    let good = || list(&["gs://b"]);
    let text = written(
        "supported_file_stores",
        vec![
            vec![list(&["gs://b", "gcs://b"])],
            vec![Value::List(vec![Value::Null])],
            vec![list(&["s3://b/a,b"])],
            vec![good(), "".into()],
            vec![good(), ";".into(), ";".into()],
        ],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn refusals_of_helm_values() {
    let settings = |provider| object(&[("provider", provider), ("bucket_name", "b")]);
    let keys = || object(&[("access_key", "AK"), ("secret_key", "canary")]);
    let text = written(
        "helm_values",
        vec![
            vec![settings("gs")],
            vec![object(&[("provider", "gcs")])],
            vec![object(&[("provider", "az"), ("account", "acct")])],
            vec![settings("s3"), "canary".into()],
            vec![object(&[
                ("provider", "s3"),
                ("bucket_name", "b"),
                ("endpoint", "minio"),
            ])],
            vec![settings("gcs"), keys()],
            vec![settings("s3"), object(&[("secret_key", "canary")])],
            vec![settings("s3"), object(&[])],
            vec![
                settings("s3"),
                object(&[("secret_name", "s"), ("access_key", "AK")]),
            ],
            vec![settings("s3"), keys(), keys()],
        ],
    );
    assert!(!text.contains("canary"));
    insta::assert_snapshot!(text);
}
