//! The functions over gRPC, as Terraform and OpenTofu call them.

use std::collections::BTreeSet;

use terraform_provider_wandb::framework::server::Server;
use terraform_provider_wandb::framework::types::Type;
use terraform_provider_wandb::framework::value::Value;
use terraform_provider_wandb::proto::tfplugin6 as pb;
use terraform_provider_wandb::proto::tfplugin6::provider_client::ProviderClient;
use terraform_provider_wandb::proto::tfplugin6::provider_server::ProviderServer;
use terraform_provider_wandb::protocol::{Service, msgpack};
use terraform_provider_wandb::provider::Wandb;

use crate::support::grpc::Connection;

async fn client() -> ProviderClient<Connection> {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let service = Service::new(Server::new(Wandb::default()), "example.com/wandb/wandb");
    let incoming = tokio_stream::once(Ok::<_, std::io::Error>(theirs));
    tokio::spawn(
        tonic::transport::Server::builder()
            .add_service(ProviderServer::new(service))
            .serve_with_incoming(incoming),
    );
    ProviderClient::new(Connection::over(ours).await.unwrap())
}

fn sent(value: &Value, ty: &Type) -> pb::DynamicValue {
    pb::DynamicValue {
        msgpack: msgpack::encode(value, ty).unwrap(),
        json: Vec::new(),
    }
}

/// An object of texts, as Terraform sends it where any type may stand.
fn object(texts: &[(&'static str, Value)]) -> pb::DynamicValue {
    let ty = Type::object(texts.iter().map(|(name, _)| (*name, Type::String)));
    let value = Value::object(texts.iter().cloned());
    sent(&Value::Dynamic(Box::new((ty, value))), &Type::Dynamic)
}

async fn call(name: &str, arguments: Vec<pb::DynamicValue>) -> pb::call_function::Response {
    let request = pb::call_function::Request {
        name: name.to_owned(),
        arguments,
    };
    let answer = client().await.call_function(request).await;
    let answer = answer.unwrap().into_inner();
    // With neither of them Terraform would take the result for null.
    assert_ne!(answer.result.is_some(), answer.error.is_some());
    answer
}

fn text(answer: pb::call_function::Response) -> Value {
    msgpack::decode(&answer.result.unwrap().msgpack, &Type::String).unwrap()
}

fn bucket() -> Vec<(&'static str, Value)> {
    vec![("scheme", "s3".into()), ("bucket", "b".into())]
}

#[tokio::test]
async fn every_list_names_the_same_functions() {
    let mut client = client().await;
    let expected = [
        "helm_values",
        "parse_storage_address",
        "storage_address",
        "supported_file_stores",
    ];
    let expected = expected
        .map(str::to_owned)
        .into_iter()
        .collect::<BTreeSet<_>>();
    let schema = client
        .get_provider_schema(pb::get_provider_schema::Request {})
        .await;
    let schema = schema.unwrap().into_inner().functions;
    let functions = client.get_functions(pb::get_functions::Request {}).await;
    let functions = functions.unwrap().into_inner().functions;
    let metadata = client.get_metadata(pb::get_metadata::Request {}).await;
    let metadata = metadata.unwrap().into_inner().functions;
    assert_eq!(schema.keys().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(
        metadata
            .into_iter()
            .map(|function| function.name)
            .collect::<BTreeSet<_>>(),
        expected
    );
    assert_eq!(functions, schema);
    for (name, function) in schema {
        assert!(
            function.r#return.is_some(),
            "{name}: Terraform crashes without"
        );
        let variadic = function.variadic_parameter.iter();
        for parameter in function.parameters.iter().chain(variadic) {
            assert!(
                !parameter.allow_null_value && !parameter.allow_unknown_values,
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn a_function_answers_or_names_the_argument_to_blame() {
    let answer = call("storage_address", vec![object(&bucket())]).await;
    assert_eq!(text(answer).as_str(), Some("s3://b"));

    let list = sent(
        &Value::List(vec!["cw://".into()]),
        &Type::list(Type::String),
    );
    let separator = |text: &str| sent(&text.into(), &Type::String);
    for (arguments, to_blame) in [
        (vec![list.clone(), separator("")], 1),
        (vec![list.clone(), separator(";"), separator(";")], 2),
        (
            vec![sent(
                &Value::List(vec!["gcs://b".into()]),
                &Type::list(Type::String),
            )],
            0,
        ),
    ] {
        let error = call("supported_file_stores", arguments)
            .await
            .error
            .unwrap();
        assert_eq!(error.function_argument, Some(to_blame), "{}", error.text);
        assert!(!error.text.ends_with('.'), "Terraform adds the full stop");
    }
}

#[tokio::test]
async fn what_is_not_known_makes_the_result_unknown() {
    let unknown = sent(&Value::unknown(), &Type::String);
    let answer = call("parse_storage_address", vec![unknown])
        .await
        .result
        .unwrap();
    let parsed = Type::object([("scheme", Type::String)]);
    assert!(
        msgpack::decode(&answer.msgpack, &parsed)
            .unwrap()
            .is_unknown()
    );

    let mut inside = bucket();
    inside.push(("path", Value::unknown()));
    assert!(text(call("storage_address", vec![object(&inside)]).await).is_unknown());
}

#[tokio::test]
async fn null_is_absent_inside_and_refused_outside() {
    let mut inside = bucket();
    inside.push(("path", Value::Null));
    assert_eq!(
        text(call("storage_address", vec![object(&inside)]).await).as_str(),
        Some("s3://b")
    );

    for (name, ty) in [
        ("storage_address", Type::Dynamic),
        ("parse_storage_address", Type::String),
    ] {
        let error = call(name, vec![sent(&Value::Null, &ty)])
            .await
            .error
            .unwrap();
        assert_eq!(error.function_argument, Some(0));
        assert!(error.text.contains("must not be null"), "{}", error.text);
    }
}

#[tokio::test]
async fn garbage_is_an_error_and_never_a_failed_call() {
    let garbage = || pb::DynamicValue {
        msgpack: vec![0xc1, 0xff],
        json: Vec::new(),
    };
    let dynamic =
        |ty: Type, value: Value| sent(&Value::Dynamic(Box::new((ty, value))), &Type::Dynamic);
    let calls = [
        ("storage_address", vec![]),
        ("storage_address", vec![garbage()]),
        ("storage_address", vec![dynamic(Type::Bool, true.into())]),
        (
            "storage_address",
            vec![dynamic(Type::list(Type::String), Value::List(Vec::new()))],
        ),
        (
            "storage_address",
            vec![object(&bucket()), object(&bucket())],
        ),
        ("parse_storage_address", vec![garbage()]),
        (
            "supported_file_stores",
            vec![sent(
                &Value::List(vec![Value::Null]),
                &Type::list(Type::String),
            )],
        ),
        ("helm_values", vec![dynamic(Type::String, "b".into())]),
        ("no_such_function", vec![]),
    ];
    for (name, arguments) in calls {
        let error = call(name, arguments).await.error.expect(name);
        assert!(!error.text.contains("has a bug"), "{name}: {}", error.text);
    }
}
