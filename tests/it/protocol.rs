//! The service over gRPC, as Terraform and OpenTofu call it.

use std::time::Duration;

use terraform_provider_wandb::framework::server::Server;
use terraform_provider_wandb::framework::types::Type;
use terraform_provider_wandb::framework::value::Value;
use terraform_provider_wandb::proto::tfplugin6 as pb;
use terraform_provider_wandb::proto::tfplugin6::provider_client::ProviderClient;
use terraform_provider_wandb::proto::tfplugin6::provider_server::ProviderServer;
use terraform_provider_wandb::protocol::{Service, msgpack};
use tonic::Code;

use crate::support::grpc::Connection;
use crate::support::sample::{Conduct, Sample};

type Client = ProviderClient<Connection>;

async fn client(conduct: Conduct) -> Client {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let service = Service::new(
        Server::new(Sample::usual(conduct)),
        "example.com/sample/sample",
    );
    let incoming = tokio_stream::once(Ok::<_, std::io::Error>(theirs));
    tokio::spawn(
        tonic::transport::Server::builder()
            .add_service(ProviderServer::new(service))
            .serve_with_incoming(incoming),
    );
    ProviderClient::new(Connection::over(ours).await.unwrap())
}

fn ty() -> Type {
    use terraform_provider_wandb::framework::provider::Provider;
    Sample::usual(Conduct::Good).resources()[0].schema().ty()
}

fn object(attributes: &[(&str, Value)]) -> Value {
    let Type::Object(types) = ty() else {
        panic!("an object")
    };
    let mut object = Value::Object(
        types
            .keys()
            .map(|name| (name.clone(), Value::Null))
            .collect(),
    );
    attributes
        .iter()
        .for_each(|(name, value)| object.set(name, value.clone()));
    object
}

fn sent(value: &Value, ty: &Type) -> Option<pb::DynamicValue> {
    Some(pb::DynamicValue {
        msgpack: msgpack::encode(value, ty).unwrap(),
        json: Vec::new(),
    })
}

fn received(value: Option<pb::DynamicValue>) -> Value {
    msgpack::decode(&value.unwrap().msgpack, &ty()).unwrap()
}

fn thing() -> String {
    "sample_thing".to_owned()
}

fn create() -> pb::apply_resource_change::Request {
    let config = object(&[("name", "x".into())]);
    let mut planned = config.clone();
    for (name, value) in [
        ("id", Value::unknown()),
        ("etag", Value::unknown()),
        ("size", 1i64.into()),
    ] {
        planned.set(name, value);
    }
    pb::apply_resource_change::Request {
        type_name: thing(),
        prior_state: sent(&Value::Null, &ty()),
        planned_state: sent(&planned, &ty()),
        config: sent(&config, &ty()),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_schema_is_one_terraform_accepts() {
    let schema = client(Conduct::Good)
        .await
        .get_provider_schema(pb::get_provider_schema::Request {})
        .await
        .unwrap()
        .into_inner();
    assert!(schema.provider.unwrap().block.is_some());
    let capabilities = schema.server_capabilities.unwrap();
    assert!(
        capabilities.plan_destroy
            && capabilities.get_provider_schema_optional
            && capabilities.move_resource_state
    );
    let block = schema.resource_schemas["sample_thing"]
        .block
        .clone()
        .unwrap();
    for attribute in block.attributes {
        let kinds = [attribute.required, attribute.optional, attribute.computed];
        assert!(
            kinds.contains(&true)
                && !(attribute.required && (attribute.optional || attribute.computed)),
            "{}",
            attribute.name
        );
        assert_ne!(
            attribute.r#type.is_empty(),
            attribute.nested_type.is_none(),
            "{}: one of the two",
            attribute.name
        );
    }
    assert!(schema.functions["join"].r#return.is_some());
    assert!(
        schema.data_source_schemas.contains_key("sample_look")
            && schema
                .ephemeral_resource_schemas
                .contains_key("sample_token")
    );
}

#[tokio::test]
async fn a_resource_is_planned_made_read_and_upgraded() {
    let mut client = client(Conduct::Good).await;
    let config = object(&[("name", "x".into()), ("secret", "s".into())]);
    let request = pb::plan_resource_change::Request {
        type_name: thing(),
        prior_state: sent(&Value::Null, &ty()),
        proposed_new_state: sent(&config, &ty()),
        config: sent(&config, &ty()),
        ..Default::default()
    };
    let plan = client
        .plan_resource_change(request)
        .await
        .unwrap()
        .into_inner();
    let planned = received(plan.planned_state);
    assert!(
        planned.get("id").is_unknown()
            && planned.get("secret").is_null()
            && !plan.legacy_type_system
    );
    assert_eq!(planned.get("size").as_i64(), Some(1));

    let made = client
        .apply_resource_change(create())
        .await
        .unwrap()
        .into_inner();
    assert!(made.diagnostics.is_empty(), "{:?}", made.diagnostics);
    let state = made.new_state.clone();
    let read = pb::read_resource::Request {
        type_name: thing(),
        current_state: state.clone(),
        private: b"{}".to_vec(),
        ..Default::default()
    };
    assert_eq!(
        received(
            client
                .read_resource(read)
                .await
                .unwrap()
                .into_inner()
                .new_state
        ),
        received(state)
    );

    let raw = |json: &str| {
        Some(pb::RawState {
            json: json.as_bytes().to_vec(),
            flatmap: Default::default(),
        })
    };
    let upgrade = |version, raw_state| pb::upgrade_resource_state::Request {
        type_name: thing(),
        version,
        raw_state,
    };
    let answer = client
        .upgrade_resource_state(upgrade(0, raw("{\"title\":\"old\"}")))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        received(answer.upgraded_state).get("name").as_str(),
        Some("old")
    );
    let answer = client
        .upgrade_resource_state(upgrade(1, raw("{\"name\":\"new\",\"gone\":1}")))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        received(answer.upgraded_state).get("name").as_str(),
        Some("new")
    );
    let flat = pb::RawState {
        json: Vec::new(),
        flatmap: [("name".to_owned(), "x".to_owned())].into(),
    };
    let answer = client
        .upgrade_resource_state(upgrade(0, Some(flat)))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.diagnostics[0].summary, "The state is too old");
}

#[tokio::test]
async fn a_panic_is_a_message_and_keeps_what_was_made() {
    let answer = client(Conduct::PanicAfterMaking)
        .await
        .apply_resource_change(create())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.diagnostics[0].summary, "The provider has a bug");
    assert!(answer.diagnostics[0].detail.contains("the unexpected"));
    assert_eq!(received(answer.new_state).get("id").as_str(), Some("made"));
}

#[tokio::test]
async fn a_broken_promise_is_told_by_its_path_and_keeps_the_state() {
    let answer = client(Conduct::BreakPromise)
        .await
        .apply_resource_change(create())
        .await
        .unwrap()
        .into_inner();
    let steps = answer.diagnostics[0].attribute.clone().unwrap().steps;
    assert_eq!(steps.len(), 1);
    assert_eq!(received(answer.new_state).get("size").as_i64(), Some(99));
}

#[tokio::test]
async fn stopping_ends_what_runs() {
    let mut client = client(Conduct::Hang).await;
    let mut other = client.clone();
    let running = tokio::spawn(async move { other.apply_resource_change(create()).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!running.is_finished());
    client
        .stop_provider(pb::stop_provider::Request {})
        .await
        .unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(5), running)
        .await
        .unwrap()
        .unwrap()
        .unwrap()
        .into_inner();
    assert_eq!(answer.diagnostics[0].summary, "Stopped");
    assert!(received(answer.new_state).is_null());
}

#[tokio::test]
async fn an_unknown_that_turns_out_to_need_another_object_is_refused_before_anything_is_done() {
    let prior = object(&[
        ("name", "old".into()),
        ("id", "made".into()),
        ("etag", "e".into()),
        ("size", 1i64.into()),
    ]);
    // Core plans again when everything is known, and keeps to an update.
    let mut planned = prior.clone();
    planned.set("name", "new".into());
    let request = pb::apply_resource_change::Request {
        type_name: thing(),
        prior_state: sent(&prior, &ty()),
        planned_state: sent(&planned, &ty()),
        config: sent(&object(&[("name", "new".into())]), &ty()),
        ..Default::default()
    };
    let answer = client(Conduct::Good)
        .await
        .apply_resource_change(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        answer.diagnostics[0].summary,
        "`name` turned out to be another value"
    );
    assert_eq!(received(answer.new_state), prior);
}

#[tokio::test]
async fn garbage_is_a_message_and_never_a_failed_call() {
    let mut client = client(Conduct::Good).await;
    let garbage = || {
        Some(pb::DynamicValue {
            msgpack: vec![0xc1, 0xff],
            json: Vec::new(),
        })
    };
    let request = pb::plan_resource_change::Request {
        type_name: thing(),
        config: garbage(),
        ..Default::default()
    };
    assert_eq!(
        client
            .plan_resource_change(request)
            .await
            .unwrap()
            .into_inner()
            .diagnostics
            .len(),
        1
    );
    let request = pb::read_resource::Request {
        type_name: thing(),
        current_state: garbage(),
        private: b"\xff".to_vec(),
        ..Default::default()
    };
    let answer = client.read_resource(request).await.unwrap().into_inner();
    assert_eq!(
        (answer.diagnostics.len(), answer.private),
        (1, b"\xff".to_vec()),
        "the state goes back as it came"
    );
    let state = sent(&object(&[("name", "x".into())]), &ty());
    let request = pb::read_resource::Request {
        type_name: thing(),
        current_state: state,
        private: b"\xff".to_vec(),
        ..Default::default()
    };
    assert_eq!(
        client
            .read_resource(request)
            .await
            .unwrap()
            .into_inner()
            .diagnostics[0]
            .summary,
        "The state is damaged"
    );
    let request = pb::validate_resource_config::Request {
        type_name: "sample_nothing".to_owned(),
        ..Default::default()
    };
    let answer = client
        .validate_resource_config(request)
        .await
        .unwrap()
        .into_inner();
    assert!(answer.diagnostics[0].summary.contains("sample_nothing"));
}

#[tokio::test]
async fn imports_need_an_id() {
    let mut client = client(Conduct::Good).await;
    let import = |id: &str| pb::import_resource_state::Request {
        type_name: thing(),
        id: id.to_owned(),
        ..Default::default()
    };
    let answer = client
        .import_resource_state(import("i"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        received(answer.imported_resources[0].state.clone())
            .get("id")
            .as_str(),
        Some("i")
    );
    assert_eq!(
        client
            .import_resource_state(import(""))
            .await
            .unwrap()
            .into_inner()
            .diagnostics
            .len(),
        1
    );
}

#[tokio::test]
async fn data_sources_functions_and_ephemerals_answer() {
    let mut client = client(Conduct::Good).await;
    let look = Type::object([("name", Type::String), ("found", Type::String)]);
    let config = sent(
        &Value::object([("name", "x".into()), ("found", Value::Null)]),
        &look,
    );
    let request = pb::read_data_source::Request {
        type_name: "sample_look".to_owned(),
        config,
        ..Default::default()
    };
    let state = client
        .read_data_source(request)
        .await
        .unwrap()
        .into_inner()
        .state
        .unwrap();
    assert_eq!(
        msgpack::decode(&state.msgpack, &look)
            .unwrap()
            .get("found")
            .as_str(),
        Some("yes")
    );

    let text = |text: &str| sent(&text.into(), &Type::String).unwrap();
    let call = |words: &[&str]| pb::call_function::Request {
        name: "join".to_owned(),
        arguments: words.iter().map(|word| text(word)).collect(),
    };
    let joined = client
        .call_function(call(&["-", "a", "b"]))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(joined.result, Some(text("a-b")));
    let refused = client
        .call_function(call(&[""]))
        .await
        .unwrap()
        .into_inner()
        .error
        .unwrap();
    assert_eq!(
        (&refused.text[..], refused.function_argument),
        ("It is empty", Some(0))
    );
    assert!(
        client
            .call_function(call(&["panic"]))
            .await
            .unwrap()
            .into_inner()
            .error
            .unwrap()
            .text
            .contains("the unexpected")
    );
    assert!(
        client
            .call_function(call(&[]))
            .await
            .unwrap()
            .into_inner()
            .error
            .is_some()
    );

    let token = Type::object([("token", Type::String)]);
    let config = sent(&Value::object([("token", Value::Null)]), &token);
    let request = pb::open_ephemeral_resource::Request {
        type_name: "sample_token".to_owned(),
        config,
        ..Default::default()
    };
    let opened = client
        .open_ephemeral_resource(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(opened.private, Some(b"{\"lease\":\"l\"}".to_vec()));
    let request = pb::renew_ephemeral_resource::Request {
        type_name: "sample_token".to_owned(),
        private: opened.private.clone(),
    };
    assert_eq!(
        client
            .renew_ephemeral_resource(request)
            .await
            .unwrap()
            .into_inner()
            .private,
        opened.private
    );
    let request = pb::close_ephemeral_resource::Request {
        type_name: "sample_token".to_owned(),
        private: opened.private,
    };
    assert!(
        client
            .close_ephemeral_resource(request)
            .await
            .unwrap()
            .into_inner()
            .diagnostics
            .is_empty()
    );
}

#[tokio::test]
async fn what_is_not_served_answers_unimplemented() {
    let mut client = client(Conduct::Good).await;
    assert_eq!(
        client
            .plan_action(pb::plan_action::Request::default())
            .await
            .unwrap_err()
            .code(),
        Code::Unimplemented
    );
    assert_eq!(
        client
            .get_states(pb::get_states::Request::default())
            .await
            .unwrap_err()
            .code(),
        Code::Unimplemented
    );
    assert_eq!(
        client
            .list_resource(pb::list_resource::Request::default())
            .await
            .err()
            .map(|status| status.code()),
        Some(Code::Unimplemented)
    );
    assert_eq!(
        client
            .generate_resource_config(pb::generate_resource_config::Request::default())
            .await
            .unwrap_err()
            .code(),
        Code::Unimplemented
    );
    assert!(
        client
            .get_resource_identity_schemas(pb::get_resource_identity_schemas::Request {})
            .await
            .unwrap()
            .into_inner()
            .identity_schemas
            .is_empty()
    );
}

#[tokio::test]
async fn a_configuration_can_be_replaced() {
    let mut client = client(Conduct::Good).await;
    let provider = Type::object([("endpoint", Type::String)]);
    let configure = |endpoint: Value| pb::configure_provider::Request {
        config: sent(&Value::object([("endpoint", endpoint)]), &provider),
        ..Default::default()
    };
    assert_eq!(
        client
            .configure_provider(configure("bad".into()))
            .await
            .unwrap()
            .into_inner()
            .diagnostics
            .len(),
        1
    );
    client
        .stop_provider(pb::stop_provider::Request {})
        .await
        .unwrap();
    assert!(
        client
            .configure_provider(configure(Value::unknown()))
            .await
            .unwrap()
            .into_inner()
            .diagnostics
            .is_empty()
    );
    assert!(
        client
            .apply_resource_change(create())
            .await
            .unwrap()
            .into_inner()
            .diagnostics
            .is_empty()
    );
}

#[test]
fn the_wire_is_that_of_protocol_6_11() {
    // Counted in Terraform's own description of the protocol; the numbers of the oddest fields by hand.
    let files = protox::compile(["proto/tfplugin6.proto"], ["proto"]).unwrap();
    let file = files
        .file
        .iter()
        .find(|file| file.package() == "tfplugin6")
        .unwrap();
    fn count(messages: &[prost_types::DescriptorProto]) -> (usize, usize) {
        messages
            .iter()
            .filter(|message| {
                !message
                    .options
                    .as_ref()
                    .is_some_and(|options| options.map_entry())
            })
            .fold((0, 0), |(all, enums), message| {
                let inner = count(&message.nested_type);
                (all + 1 + inner.0, enums + message.enum_type.len() + inner.1)
            })
    }
    let (messages, enums) = count(&file.message_type);
    assert_eq!(
        (
            messages,
            enums + file.enum_type.len(),
            file.service[0].method.len()
        ),
        (143, 5, 36)
    );
    let field = |path: &[&str], name: &str| {
        let mut message = file
            .message_type
            .iter()
            .find(|message| message.name() == path[0])
            .unwrap();
        for part in &path[1..] {
            message = message
                .nested_type
                .iter()
                .find(|message| message.name() == *part)
                .unwrap();
        }
        message
            .field
            .iter()
            .find(|field| field.name() == name)
            .unwrap()
            .number()
    };
    assert_eq!(field(&["Schema", "Object"], "nesting"), 3);
    assert_eq!(
        field(&["ValidateProviderConfig", "Response"], "diagnostics"),
        2
    );
    assert_eq!(
        field(&["PlanResourceChange", "Request"], "planned_private"),
        9
    );
    assert_eq!(field(&["ClientCapabilities"], "computed_blocks_allowed"), 4);
    assert_eq!(field(&["UpgradeResourceState", "Request"], "raw_state"), 3);
}
