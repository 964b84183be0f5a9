//! The functions, called by the real Terraform and OpenTofu.

use rstest::rstest;
use serde_json::{Value, json};

use super::HEAD;
use crate::support::terraform::{Program, Workspace};

/// Plans the configuration and gives its outputs.
#[track_caller]
fn outputs(workspace: &Workspace) -> Value {
    let plan = workspace.plan();
    assert_eq!(plan.code, 2, "{}", plan.text);
    let shown = workspace
        .command(&["show", "-json", "plan.bin"])
        .output()
        .unwrap();
    let plan: Value = serde_json::from_slice(&shown.stdout).unwrap();
    plan["planned_values"]["outputs"].clone()
}

/// Names a store that is asked nothing before a bucket is made.
fn use_a_store(workspace: &mut Workspace, endpoint: &str) {
    workspace.env("WANDB_S3_ENDPOINT", endpoint);
    workspace.env("WANDB_S3_ACCESS_KEY", "AK");
    workspace.env("WANDB_S3_SECRET_KEY", "SK");
}

fn example(program: Program, function: &str) -> Workspace {
    let workspace = Workspace::new(program);
    workspace.copy_example(&format!("functions/{function}"));
    workspace.write("provider.tf", &HEAD.replace("provider \"wandb\" {}", ""));
    workspace
}

#[rstest]
fn the_examples_give_what_they_say(
    #[values(Program::Terraform, Program::OpenTofu)] program: Program,
) {
    let mut workspace = example(program, "storage_address");
    workspace.env("TF_VAR_secret_key", "a/b+c==");
    let found = outputs(&workspace);
    let address = "s3://wandb-store:a%2Fb%2Bc%3D%3D@minio.example.com:9000/acme-wandb/omega?region=us-east-1&tls=true";
    assert_eq!(found["address"]["value"], json!(address));
    assert_eq!(found["address"]["sensitive"], json!(true));

    let workspace = example(program, "parse_storage_address");
    let found = outputs(&workspace);
    assert_eq!(found["host"]["value"], json!("minio.example.com:9000"));
    assert_eq!(
        found["without_tls"]["value"],
        json!("s3://minio.example.com:9000/acme-wandb/omega?region=us-east-1")
    );

    let workspace = example(program, "supported_file_stores");
    let found = outputs(&workspace);
    assert_eq!(
        found["file_stores"]["value"],
        json!("cw://,s3://s3.eu-west-1.amazonaws.com/acme-wandb?region=eu-west-1")
    );

    let mut workspace = example(program, "helm_values");
    use_a_store(&mut workspace, "https://minio.example.com:9000");
    let found = outputs(&workspace);
    let expected = json!({ "global": { "bucket": {
        "provider": "s3",
        "name": "minio.example.com:9000",
        "path": "acme-wandb/omega?tls=true",
        "region": "us-east-1",
        "secret": { "secretName": "wandb-bucket-keys" },
    }}});
    assert_eq!(found["values"]["value"], expected);
}

/// The resource's address is written by the same code.
#[rstest]
fn the_address_of_a_planned_bucket_is_read_and_written_the_same(
    #[values(Program::Terraform, Program::OpenTofu)] program: Program,
) {
    let resource = r#"
resource "wandb_byob_bucket" "b" {
  name          = "acme-wandb"
  path          = "teams/omega, the second"
  deployment    = "self-managed"
  s3_compatible = {}
}
locals {
  parsed = provider::wandb::parse_storage_address(wandb_byob_bucket.b.storage_address)
}
output "of_the_bucket" { value = wandb_byob_bucket.b.storage_address }
output "parsed" { value = local.parsed }
output "again" { value = provider::wandb::storage_address(local.parsed) }
"#;
    let mut workspace = Workspace::with(program, &format!("{HEAD}{resource}"));
    use_a_store(&mut workspace, "https://minio.example.com");
    let found = outputs(&workspace);
    assert_eq!(
        found["again"]["value"],
        json!(
            "s3://minio.example.com/acme-wandb/teams/omega%2C%20the%20second?region=us-east-1&tls=true"
        )
    );
    assert_eq!(found["again"]["value"], found["of_the_bucket"]["value"]);
    assert_eq!(
        found["parsed"]["value"]["path"],
        json!("teams/omega, the second")
    );
    assert_eq!(found["parsed"]["value"]["access_key"], Value::Null);
}

#[rstest]
fn a_refusal_names_the_argument_and_no_key_is_shown(
    #[values(Program::Terraform, Program::OpenTofu)] program: Program,
) {
    const CANARY: &str = "canary-5d1f0c";
    const MUST_BE_HIDDEN: &str = "Output refers to sensitive values";
    let call = r#"
variable "key" {
  type      = string
  sensitive = true
}
output "result" {
  value     = provider::wandb::CALL
  sensitive = SENSITIVE
}
"#;
    let calls = [
        (
            "parse_storage_address(\"s3://AK:${var.key}/x@minio.example.com/b\")",
            "Invalid value for \"address\" parameter: An @ stands behind the first / or ?.",
        ),
        (
            "storage_address({ scheme = \"s3\", bucket = \"b\", secret_key = var.key })",
            "Invalid value for \"address\" parameter: `access_key` is missing: `access_key` and `secret_key` are given together, or neither.",
        ),
        (
            "supported_file_stores([\"cw://\", \"gcs://sa:${var.key}@b\"])",
            "Invalid value for \"addresses\" parameter: Element 1 is no address of a store: W&B does not take gcs://, write gs:// instead.",
        ),
        (
            "helm_values({ provider = \"s3\", bucket_name = \"b\" }, { secret_key = var.key })",
            "Invalid value for \"credentials\" parameter: `access_key` is missing",
        ),
        (
            "storage_address({ scheme = \"s3\", bucket = \"b\", access_key = \"AK\", secret_key = var.key })",
            MUST_BE_HIDDEN,
        ),
    ];
    for (text, words) in calls {
        // What is made of a key is as sensitive as the key, so the one good call must not be shown either.
        let sensitive = words != MUST_BE_HIDDEN;
        let call = call
            .replace("CALL", text)
            .replace("SENSITIVE", &sensitive.to_string());
        let configuration = format!("{HEAD}{call}");
        let mut workspace = Workspace::with(program, &configuration);
        workspace.env("TF_VAR_key", CANARY);
        workspace.env("TF_LOG", "TRACE");
        workspace.env("TF_LOG_PATH", "trace.log");
        let plan = workspace.plan();
        assert_eq!(plan.code, 1, "{}", plan.text);
        let found = plan.words();
        assert!(found.contains(words), "{words:?} is not in:\n{}", plan.text);
        let log = std::fs::read_to_string(workspace.path().join("trace.log")).unwrap();
        let called = log.contains("CallFunction");
        assert!(called || !sensitive, "the log shows the calls");
        for said in [&plan.text, &log] {
            assert!(!said.contains(CANARY), "{text}: the key is shown");
        }
    }
}
