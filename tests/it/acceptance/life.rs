//! A bucket's whole life, with Terraform and with OpenTofu.

use rstest::rstest;
use serde_json::json;

use super::Scene;
use crate::support::servers::Server;
use crate::support::terraform::Program;

#[rstest]
#[case::terraform(Program::Terraform)]
#[case::opentofu(Program::OpenTofu)]
fn the_quickstart_makes_changes_and_removes_a_bucket(#[case] program: Program) {
    let mut scene = Scene::with(program, &Server::minio("plain"));
    scene.terraform.copy_example("quickstart");
    scene
        .terraform
        .env("TF_VAR_endpoint", &scene.server.endpoint.clone());
    scene.terraform.env("TF_VAR_bucket", &scene.bucket.clone());

    let plan = scene.terraform.plan();
    assert_eq!(plan.code, 2, "{}", plan.text);
    let planned = scene.terraform.planned_change();
    let host = scene
        .server
        .endpoint
        .trim_start_matches("http://")
        .to_owned();
    let address = format!("s3://{host}/{}/omega?region=us-east-1", scene.bucket);
    assert_eq!(planned["after"]["storage_address"], json!(address));
    assert_eq!(planned["after_unknown"]["requirements"], json!(true));

    scene
        .terraform
        .run(&["apply", "-no-color", "plan.bin"])
        .succeeded();
    scene.terraform.plan_is_empty();
    let state = scene.terraform.state();
    assert_eq!(
        state["id"],
        json!(format!("s3_compatible/{}", scene.bucket))
    );
    for requirement in [
        "bucket",
        "cors",
        "versioning",
        "noncurrent_version_expiration",
        "no_expiration",
        "tags",
    ] {
        assert_eq!(
            state["requirements"][requirement],
            json!("met"),
            "{requirement}"
        );
    }
    let abort = state["requirements"]["abort_incomplete_uploads"]
        .as_str()
        .unwrap();
    assert!(abort.starts_with("not offered by this store: "), "{abort}");

    let versioning = scene.reader.get("get_bucket_versioning", scene.named());
    assert_eq!(versioning["Status"], json!("Enabled"));
    assert_eq!(
        scene.reader.tags(&scene.bucket.clone()),
        json!({ "team": "omega" })
    );
    let rules = scene
        .reader
        .get("get_bucket_lifecycle_configuration", scene.named());
    assert_eq!(
        rules["Rules"][0]["NoncurrentVersionExpiration"]["NoncurrentDays"],
        json!(30)
    );
    assert!(
        scene.reader.is_empty(&scene.bucket.clone()),
        "the proof left something behind"
    );

    scene.terraform.destroy().succeeded();
    assert!(!scene.exists());
}

#[test]
fn every_attribute_is_changed_in_place() {
    let mut scene = Scene::on("plain");
    scene.apply("tags = { team = \"omega\", cost = \"1\" }");
    scene.apply(
        r#"
        path = "omega/runs"
        versioning = false
        noncurrent_version_expiration_days = 5
        abort_incomplete_uploads_days = 0
        tags = { team = "kappa" }
        force_destroy = true
        verify = false
        timeouts = { create = "1m", delete = "90s" }
        "#,
    );
    scene.terraform.plan_is_empty();
    assert_eq!(
        scene.reader.get("get_bucket_versioning", scene.named())["Status"],
        json!("Suspended")
    );
    assert_eq!(
        scene.reader.tags(&scene.bucket.clone()),
        json!({ "team": "kappa" })
    );
    let rules = scene
        .reader
        .get("get_bucket_lifecycle_configuration", scene.named());
    assert_eq!(
        rules["Rules"][0]["NoncurrentVersionExpiration"]["NoncurrentDays"],
        json!(5)
    );
    let state = scene.terraform.state();
    assert!(
        state["storage_address"]
            .as_str()
            .unwrap()
            .contains("/omega/runs?")
    );
    assert_eq!(
        state["requirements"]["abort_incomplete_uploads"],
        json!("met")
    );

    scene.apply("noncurrent_version_expiration_days = 0\nabort_incomplete_uploads_days = 0");
    scene.terraform.plan_is_empty();
    assert_eq!(
        scene
            .reader
            .ask("get_bucket_lifecycle_configuration", scene.named()),
        Err("NoSuchLifecycleConfiguration".into())
    );
    assert_eq!(scene.reader.tags(&scene.bucket.clone()), json!({}));
    scene.terraform.destroy().succeeded();
}

#[test]
fn an_in_place_change_leaves_what_it_does_not_touch_known() {
    let scene = Scene::on("plain");
    scene.apply("");
    scene.configure("tags = { team = \"omega\" }");
    assert_eq!(scene.terraform.plan().code, 2);
    let change = scene.terraform.planned_change();
    assert_eq!(change["actions"], json!(["update"]));
    let unknown = change["after_unknown"].as_object().unwrap();
    let unknown = unknown
        .iter()
        .filter(|(_, value)| **value == json!(true))
        .collect::<Vec<_>>();
    assert!(unknown.is_empty(), "{unknown:?}");
    scene.terraform.destroy().succeeded();
}

#[test]
fn another_name_needs_another_bucket() {
    let mut scene = Scene::on("plain");
    scene.apply("");
    let first = scene.bucket.clone();
    scene.bucket = format!("{first}-2");
    scene.configure("");
    assert_eq!(scene.terraform.plan().code, 2);
    assert_eq!(
        scene.terraform.planned_change()["actions"],
        json!(["delete", "create"])
    );
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    assert!(scene.exists() && !scene.reader.exists(&first));
    scene.terraform.destroy().succeeded();
}

#[test]
fn default_tags_go_under_the_buckets_own() {
    let mut scene = Scene::on("plain");
    let provider =
        "provider \"wandb\" {\n  default_tags = { owner = \"platform\", team = \"none\" }\n}\n";
    let bucket = &scene.bucket;
    let configuration = format!(
        "{}{provider}resource \"wandb_byob_bucket\" \"b\" {{\n  name = \"{bucket}\"\n  tags = {{ team = \"omega\" }}\n  deletion_protection = false\n  s3_compatible = {{}}\n}}\n",
        super::HEAD.replace("provider \"wandb\" {}\n", "")
    );
    scene.terraform.write("main.tf", &configuration);
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    let all = json!({ "owner": "platform", "team": "omega" });
    assert_eq!(scene.reader.tags(&scene.bucket.clone()), all);
    let state = scene.terraform.state();
    assert_eq!(
        (&state["tags_all"], &state["tags"]),
        (&all, &json!({ "team": "omega" }))
    );
    scene.terraform.destroy().succeeded();
}

#[test]
fn values_known_only_after_apply_are_no_error() {
    let mut scene = Scene::on("plain");
    let configuration = format!(
        r#"{}
resource "terraform_data" "name" {{
  input = "{}"
}}
resource "wandb_byob_bucket" "b" {{
  name                = terraform_data.name.output
  path                = terraform_data.name.output
  deployment          = terraform_data.name.output == "" ? "dedicated" : "self-managed"
  tags                = {{ team = terraform_data.name.output }}
  cors                = {{ allowed_origins = [terraform_data.name.output == "" ? "*" : "https://wandb.example.com"] }}
  deletion_protection = false
  s3_compatible       = {{}}
}}
"#,
        super::HEAD,
        scene.bucket
    );
    scene.terraform.write("main.tf", &configuration);
    scene.terraform.run(&["validate"]).succeeded();
    assert_eq!(scene.terraform.plan().code, 2);
    scene.terraform.apply().succeeded();
    assert!(scene.exists());
    scene.terraform.plan_is_empty();
    scene.terraform.destroy().succeeded();
}
