//! What holds of every address.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use rstest::rstest;

use super::all;
use crate::framework::function::FunctionError;
use crate::framework::value::Value;
use crate::wandb::KeyedAddress;

fn call(name: &str, argument: Value) -> Result<Value, FunctionError> {
    let functions = all();
    let function = functions.iter().find(|function| function.name() == name);
    function.unwrap().call(vec![argument])
}

/// Texts with what has a meaning in addresses.
fn odd() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z.-]{1,8}",
        "[ -~]{0,6}",
        "[/:@?#%&=+;, .a\\[\\]]{1,6}",
        any::<String>()
    ]
}

fn text(strategy: impl Strategy<Value = String> + 'static) -> BoxedStrategy<Value> {
    of(strategy).prop_map(Value::optional_string).boxed()
}

fn flag() -> BoxedStrategy<Value> {
    of(any::<bool>())
        .prop_map(|flag| flag.map_or(Value::Null, Value::Bool))
        .boxed()
}

fn object(attributes: Vec<(&'static str, BoxedStrategy<Value>)>) -> impl Strategy<Value = Value> {
    let (names, values) = attributes.into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
    values.prop_map(move |values| Value::object(names.iter().copied().zip(values)))
}

const NAMES: [&str; 11] = [
    "scheme",
    "host",
    "bucket",
    "account",
    "container",
    "path",
    "access_key",
    "secret_key",
    "region",
    "tls",
    "force_path_style",
];

/// All attributes; null where `given` has none.
fn whole(mut given: Vec<(&'static str, BoxedStrategy<Value>)>) -> impl Strategy<Value = Value> {
    for name in NAMES {
        if !given.iter().any(|(other, _)| *other == name) {
            given.push((name, Just(Value::Null).boxed()));
        }
    }
    object(given)
}

/// An object of anything; its bucket and host are nearly what they should be, so that some can be written.
fn anything() -> impl Strategy<Value = Value> {
    let schemes = select(vec!["s3", "cw", "gs", "az"]);
    let odds = ["path", "access_key", "secret_key", "region"];
    let mut given = vec![
        ("scheme", schemes.prop_map(Value::from).boxed()),
        ("host", text("[a-z.:1]{1,5}")),
        ("bucket", text("[a-z.]{1,4}")),
        ("account", seldom(text("[a-z.]{1,5}"))),
        ("container", seldom(text("[a-z.]{1,5}"))),
        ("tls", seldom(flag())),
        ("force_path_style", seldom(flag())),
    ];
    given.extend(odds.map(|name| (name, seldom(text(odd())))));
    whole(given)
}

fn seldom(value: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop_oneof![3 => Just(Value::Null), 1 => value].boxed()
}

/// An object that every address of that kind of store could have.
fn good(scheme: &'static str) -> BoxedStrategy<Value> {
    let required = |pattern: &'static str| pattern.prop_map(Value::from).boxed();
    let path = || {
        let segment = "[^/\\p{C}]{1,6}";
        text(proptest::collection::vec(segment, 1..4).prop_map(|segments| segments.join("/")))
    };
    let mut given = vec![
        ("scheme", Just(Value::from(scheme)).boxed()),
        ("path", path()),
    ];
    match scheme {
        "az" => given.extend([
            ("account", required("[a-z0-9]{3,24}")),
            ("container", required("[a-z0-9-]{3,12}")),
            (
                "secret_key",
                text(any::<String>().prop_map(|key| format!("k{key}"))),
            ),
        ]),
        "gs" => given.push(("bucket", required("[a-z0-9._-]{3,12}"))),
        _ => given.extend([
            (
                "host",
                required("[a-z]{1,6}(\\.[a-z]{1,4}|:[1-9][0-9]{1,3})"),
            ),
            ("bucket", required("[a-z0-9.-]{3,12}")),
            ("region", text("[^\\x00]{1,8}")),
            ("tls", flag()),
            ("force_path_style", flag()),
        ]),
    }
    let keys = of((any::<String>(), any::<String>()));
    (whole(given), keys)
        .prop_map(move |(mut object, keys)| {
            if let Some((access_key, secret_key)) = keys.filter(|_| scheme != "az") {
                object.set("access_key", format!("a{access_key}").into());
                object.set("secret_key", format!("s{secret_key}").into());
            }
            object
        })
        .boxed()
}

/// Nothing is remembered of a failed run.
fn cases(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn what_can_be_written_is_read_the_same(object in anything()) {
        if let Ok(address) = call("storage_address", object.clone()) {
            prop_assert_eq!(call("parse_storage_address", address).unwrap(), object);
        }
    }

    #[test]
    fn what_can_be_read_is_written_and_read_the_same(
        keys in of("[a-z%:@/]{0,8}"),
        place in "[a-z.:/%20?=&#@\\[\\]-]{0,24}",
        scheme in select(vec!["s3", "cw", "gs", "az", "S3", "gcs", ""]),
    ) {
        let keys = keys.map(|keys| format!("{keys}@")).unwrap_or_default();
        if let Ok(object) = call("parse_storage_address", format!("{scheme}://{keys}{place}").into()) {
            let address = call("storage_address", object.clone()).unwrap();
            prop_assert_eq!(call("parse_storage_address", address).unwrap(), object);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        drop(KeyedAddress::parse(&text));
        drop(KeyedAddress::parse(&format!("s3://{text}")));
    }
}

#[rstest]
#[case::s3("s3")]
#[case::coreweave("cw")]
#[case::google("gs")]
#[case::azure("az")]
fn every_good_address_can_be_written_and_read_the_same(#[case] scheme: &'static str) {
    proptest!(cases(256), |(object in good(scheme))| {
        let address = call("storage_address", object.clone()).unwrap();
        prop_assert_eq!(call("parse_storage_address", address).unwrap(), object);
    });
}

/// What the chart makes of its values is the address of the bucket (`operator-wandb`, `templates/_bucket.tpl`).
#[rstest]
#[case::s3("s3", "s3")]
#[case::coreweave("cw", "cw")]
#[case::google("gs", "gcs")]
#[case::azure("az", "az")]
fn the_chart_makes_the_same_address(#[case] scheme: &'static str, #[case] provider: &'static str) {
    proptest!(cases(256), |(object in good(scheme))| {
        let host = object.get("host");
        let tls = object.get("tls").as_bool();
        let settings = Value::object([
            ("provider", provider.into()),
            ("bucket_name", object.get("bucket").clone()),
            ("endpoint", host.clone()),
            ("account", object.get("account").clone()),
            ("container", object.get("container").clone()),
            ("path", object.get("path").clone()),
            ("region", object.get("region").clone()),
            ("tls", object.get("tls").clone()),
        ]);
        let mut arguments = vec![settings];
        let keys = ["access_key", "secret_key"].map(|name| (name, object.get(name).clone()));
        if !keys[1].1.is_null() && scheme != "gs" {
            arguments.push(Value::object(keys.clone()));
        }
        let functions = all();
        let helm_values = functions.iter().find(|function| function.name() == "helm_values").unwrap();
        let yaml = helm_values.call(arguments.clone()).unwrap();
        let value = |key: &str| {
            let line = yaml.as_str().unwrap().lines().find_map(|line| line.trim().strip_prefix(&format!("{key}: ")));
            line.map(|line| line.trim_matches('"').to_owned())
        };
        // As the template has it.
        let keys_in_the_url = match (scheme, value("accessKey"), value("secretKey")) {
            ("s3" | "cw", Some(access_key), Some(secret_key)) => format!("{access_key}:{secret_key}@"),
            _ => String::new(),
        };
        let path = value("path").map(|path| format!("/{path}")).unwrap_or_default();
        let url = format!("{scheme}://{keys_in_the_url}{}{path}", value("name").unwrap());

        let mut expected = object.clone();
        expected.set("region", Value::Null);
        expected.set("force_path_style", Value::Null);
        if scheme == "s3" && tls == Some(false) {
            expected.set("tls", Value::Null);
        }
        if !matches!(scheme, "s3" | "cw") {
            expected.set("access_key", Value::Null);
            expected.set("secret_key", Value::Null);
        }
        prop_assert_eq!(call("parse_storage_address", url.into()).unwrap(), expected);
    });
}

/// What a program in Go should make of the address of that object.
fn parts(object: &Value) -> BTreeMap<String, String> {
    let given = |name: &str| object.get(name).as_str().map(str::to_owned);
    let (host, bucket) = match given("scheme").as_deref() {
        Some("az") => (given("account"), given("container")),
        Some("gs") => (given("bucket"), None),
        _ => (given("host"), given("bucket")),
    };
    let path = [bucket, given("path")].into_iter().flatten();
    let path = path.map(|part| format!("/{part}")).collect::<String>();
    let flag = |name: &str| object.get(name).as_bool().map(|flag| flag.to_string());
    let of_azure = given("account").is_some() && given("secret_key").is_some();
    let parts = [
        ("scheme", given("scheme")),
        ("host", host),
        ("path", Some(path)),
        (
            "access_key",
            given("access_key").or(of_azure.then(String::new)),
        ),
        ("secret_key", given("secret_key")),
        ("region", given("region")),
        ("tls", flag("tls")),
        ("forcePathStyle", flag("force_path_style")),
    ];
    let parts = parts.into_iter();
    parts
        .filter_map(|(name, part)| Some((name.to_owned(), part?)))
        .collect()
}

/// W&B's server is one.
#[test]
fn a_program_in_go_reads_the_same() {
    let mut runner = TestRunner::new(cases(1));
    let mut objects = Vec::new();
    for scheme in ["s3", "cw", "gs", "az"] {
        let good = good(scheme);
        objects.extend((0..100).map(|_| good.new_tree(&mut runner).unwrap().current()));
    }
    let addresses = objects.iter().map(|object| {
        let address = call("storage_address", object.clone()).unwrap();
        format!("{}\n", address.as_str().unwrap())
    });
    let mut go = Command::new("go")
        .args(["run", "tests/it/support/addresses.go"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("no go: see README.md");
    let mut input = go.stdin.take().unwrap();
    input
        .write_all(addresses.collect::<String>().as_bytes())
        .unwrap();
    drop(input);
    let output = go.wait_with_output().unwrap();
    let read = String::from_utf8(output.stdout).unwrap();
    let read = read
        .lines()
        .map(|line| serde_json::from_str::<BTreeMap<String, String>>(line).unwrap());
    let expected = objects.iter().map(parts);
    assert!(output.status.success());
    for (read, expected) in read.clone().zip(expected) {
        assert_eq!(read, expected);
    }
    assert_eq!(read.count(), objects.len());
}
