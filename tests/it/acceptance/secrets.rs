//! A canary in every secret input appears nowhere.

use super::Scene;
use crate::support::proxy::{Fault, Proxy};

const CANARY: &str = "canary-5d1f0c";

#[test]
fn secrets_are_in_no_state_plan_message_or_log_also_when_calls_fail() {
    let mut scene = Scene::on("plain");
    let proxy = Proxy::before(&scene.server.endpoint);
    let (user, password) = (scene.server.user.clone(), scene.server.password.clone());
    let provider = format!(
        "provider \"wandb\" {{\n  api_key = \"{CANARY}{}\"\n  s3_compatible = {{ endpoint = \"{}\", access_key = \"{user}\", secret_key = \"{password}\" }}\n}}\n",
        "0".repeat(40),
        proxy.url()
    );
    let configuration = |scene: &Scene, attributes: &str| {
        scene.configure(attributes);
        let text = std::fs::read_to_string(scene.terraform.path().join("main.tf")).unwrap();
        scene.terraform.write(
            "main.tf",
            &text.replace("provider \"wandb\" {}\n", &provider),
        );
    };
    scene.terraform.env("TF_LOG", "TRACE");
    scene.terraform.env("TF_LOG_PATH", "trace.log");
    scene
        .terraform
        .env("WANDB_API_KEY", &format!("{CANARY}-env-{}", "0".repeat(40)));

    let mut said = String::new();
    configuration(&scene, "");
    said += &scene.terraform.apply().succeeded().text;
    said += &scene.terraform.plan().text;
    for fault in [
        Fault::Answer(403, "AccessDenied"),
        Fault::Garbage,
        Fault::ResetBefore,
        Fault::Answer(400, "SignatureDoesNotMatch"),
    ] {
        proxy.rule(move |_, _| Some(fault));
        said += &scene.terraform.plan().text;
    }
    proxy.behave();
    configuration(&scene, "tags = { team = \"omega\" }");
    proxy.rule(|_, request| {
        request
            .starts_with("PUT")
            .then_some(Fault::Answer(500, "InternalError"))
    });
    said += &scene.terraform.apply().text;
    proxy.behave();
    said += &scene.terraform.apply().succeeded().text;
    said += &scene.terraform.destroy().succeeded().text;

    // The provider's own part of the log; Terraform itself writes the configuration nowhere else.
    let log = std::fs::read_to_string(scene.terraform.path().join("trace.log")).unwrap();
    assert!(
        log.contains("PutBucketVersioning"),
        "the log shows the calls"
    );
    let files = ["terraform.tfstate", "terraform.tfstate.backup"]
        .map(|file| std::fs::read_to_string(scene.terraform.path().join(file)).unwrap_or_default());
    for (place, text) in [
        ("the output", &said),
        ("the log", &log),
        ("the state", &files[0]),
        ("the old state", &files[1]),
    ] {
        for secret in [password.as_str(), CANARY] {
            assert!(!text.contains(secret), "{secret} is in {place}");
        }
    }
}
