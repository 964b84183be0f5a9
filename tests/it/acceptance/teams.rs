//! Teams on buckets, through the real Terraform: the examples, what can never change, many at once, and where no key may appear.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::reader::Reader;
use crate::support::servers::Server;
use crate::support::terraform::{Program, Workspace};
use crate::support::wandb::Wandb;

/// A stand-in for W&B that reaches that store, and a workspace that knows both.
async fn scene(flavour: &str, provider: &str, store: &Server) -> (Wandb, Workspace) {
    let wandb = Wandb::like(flavour);
    wandb.reaches(provider, store).await;
    let mut terraform = Workspace::new(Program::Terraform);
    terraform.env("WANDB_API_KEY", &wandb.key("admin").await);
    terraform.env("TF_VAR_base_url", &wandb.url);
    terraform.env("TF_VAR_protected", "false");
    (wandb, terraform)
}

fn name(prefix: &str) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v4().simple())
}

#[tokio::test]
async fn the_example_on_minio_makes_bucket_and_team_in_one_apply() {
    let store = Server::minio("plain");
    let (wandb, mut terraform) = scene("self-managed", "MINIO", &store).await;
    let bucket = name("tm");
    terraform.use_store(&store);
    terraform.env("TF_VAR_endpoint", &store.endpoint);
    terraform.env("TF_VAR_bucket", &bucket);
    terraform.copy_example("complete/team-on-minio");
    terraform.apply().succeeded();
    terraform.plan_is_empty();
    let host = store.endpoint.trim_start_matches("http://");
    let team = wandb.team("omega").await;
    assert_eq!(
        team["storage"]["name"],
        format!("{host}/{bucket}"),
        "{team}"
    );
    assert_eq!(team["storage"]["provider"], "MINIO");
    assert_eq!(team["storage"]["path"], "omega");
    terraform.destroy().succeeded();
    assert!(!Reader::new(&store).exists(&bucket));
    assert!(wandb.team("omega").await.is_object(), "it is retained");
}

#[rstest]
#[case::one("complete/team-on-aws", &["omega"])]
#[case::several("complete/several-teams-on-one-bucket", &["omega", "psi"])]
#[tokio::test]
async fn the_examples_on_aws_make_buckets_and_teams_in_one_apply(
    #[case] example: &str,
    #[case] teams: &[&str],
) {
    let store = Server::moto("us-east-1");
    let (wandb, mut terraform) = scene("multi-tenant", "AWS", &store).await;
    let bucket = name("ta");
    terraform.use_aws(&store);
    terraform.env("TF_VAR_bucket", &bucket);
    terraform.copy_example(example);
    terraform.apply().succeeded();
    terraform.plan_is_empty();
    for team in teams {
        let team = wandb.team(team).await;
        assert_eq!(team["storage"]["name"], bucket.as_str(), "{team}");
        assert!(
            team["storage"]["kmsKeyID"]
                .as_str()
                .unwrap()
                .contains(":key/")
        );
    }
    terraform.destroy().succeeded();
}

#[tokio::test]
async fn the_example_of_an_instance_and_a_team_on_one_bucket_makes_the_team_once_it_is_registered()
{
    let store = Server::moto("us-east-1");
    let (wandb, mut terraform) = scene("self-managed", "AWS", &store).await;
    let nothing = json!({ "supported_file_stores": ["s3://elsewhere"] });
    wandb.tell("PATCH", "flavour", nothing).await;
    let bucket = name("ti");
    terraform.use_aws(&store);
    terraform.env("TF_VAR_bucket", &bucket);
    terraform.env("TF_VAR_wandb_role", "arn:aws:iam::111122223333:role/wandb");
    terraform.copy_example("complete/instance-and-team");
    terraform.apply().succeeded();
    assert!(wandb.team("omega").await.is_null());

    terraform.env("TF_VAR_registered", "true");
    terraform
        .apply()
        .failed_with(&["GORILLA_SUPPORTED_FILE_STORES", &bucket]);
    assert!(wandb.team("omega").await.is_null());

    let address = terraform.output("supported_file_stores");
    let registered = json!({ "supported_file_stores": [address] });
    wandb.tell("PATCH", "flavour", registered).await;
    terraform.apply().succeeded();
    terraform.plan_is_empty();
    let team = wandb.team("omega").await;
    assert_eq!(team["storage"]["name"], bucket.as_str(), "{team}");
    assert_eq!(team["storage"]["path"], "teams/omega", "{team}");
    terraform.destroy().succeeded();
}

fn configuration(storage: &str, rest: &str) -> String {
    format!(
        r#"
terraform {{
  required_providers {{
    wandb = {{
      source = "wandb/wandb"
    }}
  }}
}}
variable "base_url" {{}}
variable "protected" {{ default = null }}
provider "wandb" {{
  base_url   = var.base_url
  deployment = "self-managed"
}}
resource "wandb_team_storage" "it" {{
  storage_bucket = {{ {storage} }}
  {rest}
}}
"#
    )
}

#[rstest]
#[case::team("", "team = \"psi\"", "team")]
#[case::sub_path("", "team = \"omega\"\n  sub_path = \"psi\"", "sub_path")]
#[case::name("name = \"another\"", "", "storage_bucket.name")]
#[case::provider("provider = \"AWS\"", "", "storage_bucket.provider")]
#[case::path("path = \"psi\"", "", "storage_bucket.path")]
#[case::key("kms_key_id = \"another\"", "", "storage_bucket.kms_key_id")]
#[case::external("aws_external_id = \"another\"", "", "storage_bucket.aws_external_id")]
#[case::tenant(
    "azure_tenant_id = \"87654321-4321-4321-4321-210987654321\"",
    "",
    "storage_bucket.azure_tenant_id"
)]
#[case::client(
    "azure_client_id = \"87654321-4321-4321-4321-210987654321\"",
    "",
    "storage_bucket.azure_client_id"
)]
#[tokio::test]
async fn a_plan_that_would_change_what_can_never_change_is_an_error_that_names_it(
    #[case] storage: &str,
    #[case] rest: &str,
    #[case] named: &str,
) {
    let store = Server::minio("plain");
    let (wandb, terraform) = scene("self-managed", "MINIO", &store).await;
    let uuid = "12345678-1234-1234-1234-123456789012";
    let mut fields = vec![
        ("name", "wandbstorage"),
        ("provider", "AZURE"),
        ("path", "container/omega"),
        ("azure_tenant_id", uuid),
        ("azure_client_id", uuid),
    ];
    let written = |fields: &[(&str, &str)]| {
        let lines = fields
            .iter()
            .map(|(name, value)| format!("{name} = {value:?}"));
        lines.collect::<Vec<_>>().join(", ")
    };
    terraform.write(
        "main.tf",
        &configuration(&written(&fields), "team = \"omega\""),
    );
    terraform.apply().succeeded();
    let changed = storage.split_once(" = ").unwrap_or_default();
    fields.retain(|(name, _)| *name != changed.0);
    let mut text = written(&fields);
    if !storage.is_empty() {
        text = format!("{text}, {storage}");
    }
    let rest = if rest.is_empty() {
        "team = \"omega\""
    } else {
        rest
    };
    terraform.write("main.tf", &configuration(&text, rest));
    let plan = terraform.plan();
    plan.failed_with(&[
        "After a team is created, its storage cannot be changed",
        &format!("`{named}` is a part of that"),
        "`deletion_protection` holds",
    ]);
    assert!(wandb.team("omega").await.is_object());
    assert!(wandb.team("psi").await.is_null());
}

/// A team that may go, on some storage whose form alone the stand-in checks.
fn unprotected(team: &str, path: &str) -> String {
    let storage = format!("name = \"wandb-storage\", provider = \"GCP\", path = {path:?}");
    let rest = format!("team = {team:?}\n  deletion_protection = false\n  on_destroy = \"delete\"");
    configuration(&storage, &rest)
}

#[rstest]
#[case::storage("omega", "b", "storage_bucket")]
#[case::name("psi", "a", "team")]
#[tokio::test]
async fn a_team_that_may_go_is_replaced_and_the_plan_says_what_forces_it_and_what_is_lost(
    #[case] team: &str,
    #[case] path: &str,
    #[case] forced: &str,
) {
    let store = Server::minio("plain");
    let (wandb, terraform) = scene("self-managed", "MINIO", &store).await;
    terraform.write("main.tf", &unprotected("omega", "a"));
    terraform.apply().succeeded();
    let before = wandb.team("omega").await;
    terraform.write("main.tf", &unprotected(team, path));
    let plan = terraform.plan();
    assert_eq!(plan.code, 2, "{}", plan.text);
    for words in [
        "# forces replacement",
        "must be replaced",
        "will be deleted with everything in it",
        forced,
    ] {
        assert!(plan.words().contains(words), "{words}: {}", plan.text);
    }
    terraform.apply().succeeded();
    terraform.plan_is_empty();
    let now = wandb.team(team).await;
    assert_eq!(now["storage"]["path"], path);
    assert_ne!(now["id"], before["id"]);
    terraform.destroy().succeeded();
    assert!(wandb.team(team).await.is_null());
}

#[rstest]
#[tokio::test]
async fn a_replacement_that_is_asked_for_is_refused_where_the_old_team_would_stay(
    #[values(Program::Terraform, Program::OpenTofu)] program: Program,
    #[values("-replace=wandb_team_storage.it", "taint")] how: &str,
) {
    let wandb = Wandb::like("self-managed");
    let mut terraform = Workspace::new(program);
    terraform.env("WANDB_API_KEY", &wandb.key("admin").await);
    terraform.env("TF_VAR_base_url", &wandb.url);
    let storage = "name = \"wandb-storage\", provider = \"GCP\"";
    let text = configuration(storage, "team = \"omega\"\n  deletion_protection = false");
    terraform.write("main.tf", &text);
    terraform.apply().succeeded();
    let mut arguments = vec!["apply", "-no-color", "-auto-approve"];
    match how {
        "taint" => {
            terraform
                .run(&["taint", "wandb_team_storage.it"])
                .succeeded();
        }
        option => arguments.push(option),
    }
    terraform
        .run(&arguments)
        .failed_with(&["cannot be replaced", "would stay and keep its name"]);
    assert!(!terraform.state().is_null());
    if how == "taint" {
        terraform
            .run(&["untaint", "wandb_team_storage.it"])
            .succeeded();
    }
    terraform.plan_is_empty();
    terraform.destroy().succeeded();
    assert!(wandb.team("omega").await.is_object());
}

#[rstest]
#[case::a_name_that_is_taken("team = \"plain\"", "exists already")]
#[case::an_unknown_member("team = \"psi\"\n  members = [\"nobody\"]", "Unknown members")]
#[tokio::test]
async fn a_replacement_that_could_not_end_is_refused_before_anything_goes(
    #[case] rest: &str,
    #[case] said: &str,
) {
    let store = Server::minio("plain");
    let (wandb, terraform) = scene("self-managed", "MINIO", &store).await;
    wandb
        .tell("POST", "seed", json!({ "teams": [{ "name": "plain" }] }))
        .await;
    terraform.write("main.tf", &unprotected("omega", "a"));
    terraform.apply().succeeded();
    let text = unprotected("omega", "a").replace("team = \"omega\"", rest);
    terraform.write("main.tf", &text);
    terraform.plan().failed_with(&[said]);
    terraform.apply().failed_with(&[said]);
    assert!(wandb.team("omega").await.is_object());
}

/// Unknown is no change, and the user is told that it may turn out to be one.
#[tokio::test]
async fn a_storage_that_is_not_known_yet_is_told_by_the_plan_and_refused_by_the_apply_if_it_differs()
 {
    let store = Server::minio("plain");
    let (wandb, terraform) = scene("self-managed", "MINIO", &store).await;
    let with = |path: &str| {
        let storage =
            "name = \"wandb-storage\", provider = \"GCP\", path = terraform_data.path.output";
        let data = format!("resource \"terraform_data\" \"path\" {{\n  input = {path:?}\n}}\n");
        configuration(storage, "team = \"omega\"") + &data
    };
    terraform.write("main.tf", &with("a"));
    terraform.apply().succeeded();
    terraform.plan_is_empty();
    terraform.write("main.tf", &with("b"));
    let plan = terraform.plan();
    assert!(
        plan.words().contains("is not known yet") && plan.words().contains("`storage_bucket.path`"),
        "{}",
        plan.text
    );
    terraform
        .apply()
        .failed_with(&["`storage_bucket.path` is a part of that"]);
    assert_eq!(wandb.team("omega").await["storage"]["path"], "a");
}

#[rstest]
#[case::by_name(Program::Terraform, false)]
#[case::by_id(Program::OpenTofu, true)]
#[tokio::test]
async fn a_team_is_imported_and_the_plan_after_it_is_empty(
    #[case] program: Program,
    #[case] by_id: bool,
) {
    let store = Server::minio("plain");
    let (wandb, _) = scene("self-managed", "MINIO", &store).await;
    let storage = json!({ "name": "wandb-storage", "provider": "GCP" });
    let team = json!({ "teams": [{ "name": "omega", "storage": storage }] });
    let seeded = wandb.tell("POST", "seed", team).await;
    let mut terraform = Workspace::new(program);
    terraform.env("WANDB_API_KEY", &wandb.key("admin").await);
    terraform.env("TF_VAR_base_url", &wandb.url);
    let storage = "name = \"wandb-storage\", provider = \"GCP\"";
    terraform.write("main.tf", &configuration(storage, "team = \"omega\""));
    let id = match by_id {
        true => seeded["ids"]["omega"].as_str().unwrap(),
        false => "omega",
    };
    terraform
        .run(&["import", "-no-color", "wandb_team_storage.it", id])
        .succeeded();
    terraform.plan_is_empty();
}

#[tokio::test]
async fn what_wandb_does_not_tell_of_an_imported_team_is_taken_once_with_a_warning() {
    let store = Server::minio("plain");
    let (wandb, terraform) = scene("self-managed", "MINIO", &store).await;
    let storage = json!({ "name": "wandb-storage", "provider": "GCP", "path": "a" });
    let team = json!({ "teams": [{ "name": "omega", "storage": storage }] });
    wandb.tell("POST", "seed", team).await;
    let storage = "name = \"wandb-storage\", provider = \"GCP\", path = \"a\"";
    let import = "import {\n  to = wandb_team_storage.it\n  id = \"omega\"\n}\n";
    let text = configuration(storage, "team = \"omega\"") + import;
    terraform.write("main.tf", &text);
    let applied = terraform.apply().succeeded();
    assert!(
        applied.words().contains("is taken from the configuration"),
        "{}",
        applied.text
    );
    terraform.plan_is_empty();
    let changed = text.replace("path = \"a\"", "path = \"b\"");
    terraform.write("main.tf", &changed);
    terraform
        .plan()
        .failed_with(&["`storage_bucket.path` is a part of that"]);
}

#[rstest]
#[tokio::test]
async fn many_buckets_and_teams_in_one_apply_are_all_there_and_none_is_mixed_up(
    #[values(10, 50)] parallelism: usize,
) {
    const MANY: usize = 200;
    let store = Server::minio("plain");
    let (wandb, mut terraform) = scene("self-managed", "MINIO", &store).await;
    let prefix = name("tn");
    terraform.use_store(&store);
    terraform.env("TF_VAR_endpoint", &store.endpoint);
    terraform.write(
        "main.tf",
        &format!(
            r#"
terraform {{
  required_providers {{
    wandb = {{
      source = "wandb/wandb"
    }}
  }}
}}
variable "base_url" {{}}
variable "endpoint" {{}}
variable "protected" {{ type = bool }}
provider "wandb" {{
  base_url      = var.base_url
  deployment    = "self-managed"
  s3_compatible = {{ endpoint = var.endpoint }}
}}
resource "wandb_byob_bucket" "each" {{
  count               = {MANY}
  name                = "{prefix}-${{count.index}}"
  verify              = false
  deletion_protection = var.protected
  s3_compatible       = {{}}
}}
resource "wandb_team_storage" "each" {{
  count               = {MANY}
  team                = "t${{count.index}}"
  storage_bucket      = wandb_byob_bucket.each[count.index].storage_bucket
  deletion_protection = var.protected
}}
"#
        ),
    );
    let parallel = format!("-parallelism={parallelism}");
    terraform
        .run(&["apply", "-no-color", "-auto-approve", &parallel])
        .succeeded();
    let state = wandb.tell("GET", "state", json!({})).await;
    let teams = state["teams"].as_object().unwrap();
    assert_eq!(teams.len(), MANY);
    let resources = terraform.resources();
    let teams_known = resources
        .as_array()
        .unwrap()
        .iter()
        .map(|resource| &resource["values"])
        .filter(|values| values["team"].is_string());
    for known in teams_known.clone() {
        let name = known["team"].as_str().unwrap();
        assert_eq!(known["id"], teams[name]["id"], "{name}");
        assert_eq!(known["storage_verified"], true, "{name}");
    }
    assert_eq!(teams_known.count(), MANY);
    for (team, found) in teams {
        let number = team.trim_start_matches('t');
        let bucket = found["storage"]["name"].as_str().unwrap();
        assert!(
            bucket.ends_with(&format!("/{prefix}-{number}")),
            "{team}: {found}"
        );
    }
    let calls = wandb.calls().await;
    let posts = calls
        .iter()
        .filter(|call| call["method"] == "POST" && call["path"] == "/scim/Groups");
    assert_eq!(posts.count(), MANY, "each team is asked for once");
    terraform
        .run(&["plan", "-no-color", "-detailed-exitcode", &parallel])
        .succeeded();
    terraform
        .run(&["destroy", "-no-color", "-auto-approve", &parallel])
        .succeeded();
}

#[tokio::test]
async fn the_key_of_wandb_is_in_no_state_plan_message_or_log_also_when_calls_fail() {
    let store = Server::minio("plain");
    let (wandb, mut terraform) = scene("self-managed", "MINIO", &store).await;
    let key = wandb.key("admin").await;
    terraform.env("TF_LOG", "TRACE");
    terraform.env("TF_LOG_PATH", "trace.log");
    let storage = "name = \"wandb-storage\", provider = \"GCP\"";
    let text = configuration(storage, "team = \"omega\"\n  deletion_protection = false");
    terraform.write("main.tf", &text);
    let mut said = String::new();
    // Some servers repeat what they were sent.
    let echo = json!({ "detail": format!("unknown key {key}"), "status": "401" });
    for action in ["answer", "html", "redirect", "reset", "truncate"] {
        let fault = json!({
            "action": action, "status": if action == "redirect" { 302 } else { 401 }, "times": 4,
            "location": "https://login.example.com/", "body": echo,
        });
        wandb.faults(json!([fault])).await;
        said += &terraform.apply().text;
        wandb.tell("DELETE", "faults", Value::Null).await;
    }
    said += &terraform.apply().succeeded().text;
    said += &terraform.plan().text;
    said += &terraform.destroy().succeeded().text;
    let read = |file: &str| std::fs::read_to_string(terraform.path().join(file)).unwrap();
    let (log, states) = (
        read("trace.log"),
        read("terraform.tfstate") + &read("terraform.tfstate.backup"),
    );
    assert!(log.contains("POST /scim/Groups"), "the log shows the calls");
    assert!(states.contains("wandb-storage"), "the state shows the team");
    let basic = ["api", "", "admin"].map(|user| STANDARD.encode(format!("{user}:{key}")));
    for form in [key].iter().chain(&basic) {
        for (place, text) in [
            ("the output", &said),
            ("the log", &log),
            ("the state", &states),
        ] {
            assert!(!text.contains(form), "the key is in {place}");
        }
    }
}

#[rstest]
#[case::lower_case("name = \"b\", provider = \"aws\"", "", &["Unknown storage provider", "\"AWS\""])]
#[case::azure("name = \"acct\", provider = \"AZURE\", path = \"c\"", "multi-tenant", &["W&B does not offer that storage here", "AZURE"])]
#[case::minio("name = \"m:9000/b\", provider = \"MINIO\"", "multi-tenant", &["W&B does not offer that storage here", "MINIO"])]
#[case::a_scheme("name = \"http://m/b\", provider = \"MINIO\"", "", &["An address in place of a bucket's name", "host:port/bucket"])]
#[case::half_an_identity("name = \"acct\", provider = \"AZURE\", path = \"c\", azure_tenant_id = \"t\"", "", &["Half of the Azure identity"])]
#[case::no_name("provider = \"AWS\"", "", &["attribute \"name\" is required"])]
#[case::no_key("name = \"b\", provider = \"AWS\"", "no key", &["There is no W&B API key", "WANDB_API_KEY"])]
#[case::short_key("name = \"b\", provider = \"AWS\"", "short", &["the API key from the environment variable WANDB_API_KEY is no W&B key"])]
fn a_bad_team_is_refused_at_plan_time(
    #[case] storage: &str,
    #[case] about: &str,
    #[case] words: &[&str],
) {
    let mut terraform = Workspace::new(Program::Terraform);
    terraform.env("TF_VAR_base_url", "http://127.0.0.1:1");
    match about {
        "no key" => {}
        "short" => terraform.env("WANDB_API_KEY", "short"),
        _ => terraform.env("WANDB_API_KEY", &"0".repeat(40)),
    }
    let text = configuration(storage, "team = \"omega\"");
    let deployment = if about == "multi-tenant" {
        about
    } else {
        "self-managed"
    };
    terraform.write("main.tf", &text.replace("self-managed", deployment));
    terraform.plan().failed_with(words);
}

/// How W&B takes the names of these stores is documented nowhere: what its charts do not write is told, and not refused.
#[rstest]
#[case::no_container("name = \"acct\", provider = \"AZURE\"", &["No container"])]
#[case::no_host("name = \"b\", provider = \"MINIO\"", &["No host and bucket of the store"])]
#[case::a_folder("name = \"m:9000/b/omega\", provider = \"MINIO\"", &["No host and bucket of the store", "sub_path"])]
fn an_unusual_storage_is_told_at_plan_time(#[case] storage: &str, #[case] said: &[&str]) {
    let mut terraform = Workspace::new(Program::Terraform);
    terraform.env("TF_VAR_base_url", "http://127.0.0.1:1");
    terraform.env("WANDB_API_KEY", &"0".repeat(40));
    terraform.write("main.tf", &configuration(storage, "team = \"omega\""));
    let plan = terraform.plan();
    assert_eq!(plan.code, 2, "{}", plan.text);
    for words in said {
        assert!(plan.words().contains(words), "{words}: {}", plan.text);
    }
}
