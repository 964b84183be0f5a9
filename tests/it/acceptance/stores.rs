//! Stores with keys, regions, certificates and browsers of their own, and what is said when they refuse.

use serde_json::json;

use super::Scene;
use crate::support::proxy::{Fault, Proxy};
use crate::support::servers::Server;
use crate::support::terraform::Program;

#[test]
fn encryption_is_set_when_asked_and_proven_by_a_write() {
    let mut scene = Scene::on("kms");
    scene.apply("s3_compatible = { encryption = \"AES256\" }");
    scene.terraform.plan_is_empty();
    assert_eq!(
        scene.terraform.state()["requirements"]["encryption"],
        json!("met")
    );
    let found = scene.reader.get("get_bucket_encryption", scene.named());
    let algorithm = &found["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]
        ["SSEAlgorithm"];
    assert_eq!(algorithm, &json!("AES256"));

    scene.apply("s3_compatible = { encryption = \"aws:kms\", kms_key_id = \"my-key\" }");
    scene.terraform.plan_is_empty();
    scene.reader.get("delete_bucket_encryption", scene.named());
    assert_eq!(scene.terraform.plan().code, 2);
    assert_eq!(
        scene.terraform.planned_change()["before"]["requirements"]["encryption"],
        json!("no default encryption is set")
    );
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_key_that_does_not_exist_leaves_no_bucket() {
    let mut scene = Scene::on("kms");
    scene.configure("s3_compatible = { encryption = \"aws:kms\", kms_key_id = \"no-such-key\" }");
    scene.terraform.apply().failed_with(&[
        "does not know the encryption key",
        "`s3_compatible.kms_key_id`",
        "removed again",
    ]);
    assert!(!scene.exists() && scene.terraform.state().is_null());
}

#[test]
fn a_wish_the_store_cannot_keep_is_an_error_that_names_it() {
    let mut scene = Scene::on("plain");
    scene.configure("s3_compatible = { encryption = \"AES256\" }");
    scene.terraform.apply().failed_with(&[
        "cannot keep `s3_compatible.encryption`",
        "501 NotImplemented",
        "removed again",
    ]);
    assert!(!scene.exists() && scene.terraform.state().is_null());

    scene.configure("abort_incomplete_uploads_days = 3");
    scene
        .terraform
        .apply()
        .failed_with(&["cannot keep `abort_incomplete_uploads_days`"]);
    assert!(!scene.exists());

    // Where the bucket exists already, the plan says it.
    scene.apply("");
    scene.configure("abort_incomplete_uploads_days = 3");
    let plan = scene.terraform.plan();
    assert_eq!(plan.code, 1, "{}", plan.text);
    assert!(
        plan.words()
            .contains("cannot keep `abort_incomplete_uploads_days`")
    );
    scene.configure("");
    scene.terraform.plan_is_empty();
    scene.terraform.destroy().succeeded();
}

#[test]
fn cors_that_only_the_operator_can_set_is_told_and_fails_nothing() {
    let scene = Scene::on("cors");
    scene.configure("");
    let applied = scene.terraform.apply().succeeded();
    assert!(
        applied.words().contains("MINIO_API_CORS_ALLOW_ORIGIN"),
        "{}",
        applied.text
    );
    let verdict = scene.terraform.state()["requirements"]["cors"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        verdict.starts_with("needs you: ") && verdict.contains("https://wandb.ai"),
        "{verdict}"
    );
    scene.terraform.plan_is_empty();

    scene.configure("cors = { allowed_origins = [\"https://wandb.example.com\"] }");
    scene.terraform.apply().failed_with(&["cannot keep `cors`"]);
    scene.configure("cors = { allowed_origins = [\"https://elsewhere.example\"] }");
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    assert_eq!(
        scene.terraform.state()["requirements"]["cors"],
        json!("met")
    );
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_store_with_a_certificate_of_its_own_needs_its_authority() {
    let server = Server::minio("tls");
    let mut scene = Scene::with(Program::Terraform, &server);
    scene.configure("");
    scene.terraform.apply().failed_with(&[
        "signed by nobody this machine trusts",
        "`s3_compatible.ca_bundle`",
    ]);

    let ca = server.ca.clone().unwrap();
    let trusting =
        format!("provider \"wandb\" {{\n  s3_compatible = {{ ca_bundle = {ca:?} }}\n}}\n");
    let configuration = std::fs::read_to_string(scene.terraform.path().join("main.tf")).unwrap();
    scene.terraform.write(
        "main.tf",
        &configuration.replace("provider \"wandb\" {}\n", &trusting),
    );
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    assert!(
        scene.terraform.state()["storage_address"]
            .as_str()
            .unwrap()
            .ends_with("&tls=true")
    );
    assert!(scene.exists());
    scene.terraform.destroy().succeeded();
}

#[test]
fn tls_on_one_side_only_is_recognised() {
    let (tls, plain) = (Server::minio("tls"), Server::minio("plain"));
    let mut scene = Scene::on("plain");
    scene.configure("");
    scene
        .terraform
        .env("WANDB_S3_ENDPOINT", &tls.endpoint.replace("https", "http"));
    scene
        .terraform
        .apply()
        .failed_with(&["speaks TLS, but the endpoint begins with http"]);
    scene.terraform.env(
        "WANDB_S3_ENDPOINT",
        &plain.endpoint.replace("http", "https"),
    );
    scene
        .terraform
        .apply()
        .failed_with(&["does not speak TLS, but the endpoint begins with https"]);
}

#[test]
fn a_store_with_a_region_of_its_own_is_told_by_name() {
    let server = Server::minio("region");
    let mut scene = Scene::with(Program::Terraform, &server);
    scene.apply("");
    scene.terraform.plan_is_empty();
    assert!(
        scene.terraform.state()["storage_address"]
            .as_str()
            .unwrap()
            .contains("region=eu-west-1")
    );
    scene.terraform.env("WANDB_S3_REGION", "us-east-1");
    let plan = scene.terraform.plan();
    assert_eq!(plan.code, 1, "{}", plan.text);
    assert!(
        plan.words().contains("it is in \"eu-west-1\"") && plan.words().contains("WANDB_S3_REGION"),
        "{}",
        plan.text
    );
    assert_eq!(scene.terraform.state()["name"], json!(scene.bucket));
    scene.terraform.env("WANDB_S3_REGION", "eu-west-1");
    scene.terraform.destroy().succeeded();
}

#[test]
fn wrong_credentials_say_which_and_keep_the_state() {
    let mut scene = Scene::on("plain");
    scene.apply("");
    let check = |scene: &Scene, words: &[&str]| {
        let plan = scene.terraform.plan().failed_with(words);
        assert!(plan.words().contains("The state is kept"), "{}", plan.text);
        assert_eq!(scene.terraform.state()["name"], json!(scene.bucket));
    };
    scene
        .terraform
        .env("WANDB_S3_ACCESS_KEY", "nobody-of-that-name");
    check(
        &scene,
        &["does not know the access key", "WANDB_S3_ACCESS_KEY"],
    );
    scene
        .terraform
        .env("WANDB_S3_ACCESS_KEY", &scene.server.user.clone());
    scene
        .terraform
        .env("WANDB_S3_SECRET_KEY", "not-the-secret-of-it");
    check(
        &scene,
        &[
            "the secret key does not belong to it",
            "WANDB_S3_SECRET_KEY",
        ],
    );
    scene
        .terraform
        .env("WANDB_S3_SECRET_KEY", &scene.server.password.clone());
    scene
        .terraform
        .env("WANDB_S3_ENDPOINT", "http://127.0.0.1:1");
    check(
        &scene,
        &["127.0.0.1:1 cannot be reached", "WANDB_S3_ENDPOINT"],
    );
    scene
        .terraform
        .env("WANDB_S3_ENDPOINT", &scene.server.endpoint.clone());
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_refused_call_is_named_with_the_permission_it_needs() {
    let mut scene = Scene::on("plain");
    let proxy = Proxy::before(&scene.server.endpoint);
    scene.terraform.env("WANDB_S3_ENDPOINT", &proxy.url());
    scene.apply("");
    proxy.rule(|_, request| {
        request
            .contains("?lifecycle")
            .then_some(Fault::Answer(403, "AccessDenied"))
    });
    let plan = scene.terraform.plan().failed_with(&[
        "Reading the bucket",
        "`s3:GetLifecycleConfiguration`",
        "Request id: proxy",
    ]);
    assert!(plan.words().contains("The state is kept"));
    proxy.rule(|_, request| {
        request
            .contains("?versioning")
            .then_some(Fault::Answer(403, "RequestTimeTooSkewed"))
    });
    scene.terraform.plan().failed_with(&[
        "the clock of this machine differs too much",
        "Set the clock",
    ]);
    // "Not found" without a word of what is no proof that the bucket is gone; nor is a web page.
    proxy.rule(|_, _| Some(Fault::Answer(404, "")));
    scene
        .terraform
        .plan()
        .failed_with(&["\"not found\" without saying what"]);
    proxy.rule(|_, _| Some(Fault::Garbage));
    scene
        .terraform
        .plan()
        .failed_with(&["something that is not S3"]);
    proxy.behave();
    scene.terraform.plan_is_empty();
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_bucket_of_somebody_else_is_told_and_left_alone() {
    let mut scene = Scene::on("plain");
    let proxy = Proxy::before(&scene.server.endpoint);
    scene.terraform.env("WANDB_S3_ENDPOINT", &proxy.url());
    proxy.rule(|_, _| Some(Fault::Answer(403, "AccessDenied")));
    scene.configure("");
    scene
        .terraform
        .apply()
        .failed_with(&["belongs to somebody else", "Nothing was made"]);
    proxy.rule(|_, request| {
        request
            .starts_with("PUT")
            .then_some(Fault::Answer(409, "BucketAlreadyExists"))
    });
    scene
        .terraform
        .apply()
        .failed_with(&["is taken", "Choose another name"]);
    proxy.behave();
    assert!(!scene.exists());
}
