//! What the block `aws` of the provider says counts before the environment, and each service is asked where the block says.

use super::Scene;
use crate::support::proxy::Proxy;

/// The workspace with this block in place of an empty one.
fn with_block(scene: &mut Scene, block: &str) {
    scene.configure("");
    let text = std::fs::read_to_string(scene.terraform.path().join("main.tf")).unwrap();
    let block = format!("provider \"wandb\" {{\n  aws = {{ {block} }}\n}}\n");
    let changed = text.replace("provider \"wandb\" {}\n", &block);
    assert_ne!(changed, text);
    scene.terraform.write("main.tf", &changed);
}

#[test]
fn the_configuration_beats_the_environment() {
    let mut scene = Scene::aws();
    let (endpoint, user, password) = (
        scene.server.endpoint.clone(),
        scene.server.user.clone(),
        scene.server.password.clone(),
    );
    with_block(
        &mut scene,
        &format!(
            "access_key = {user:?}, secret_key = {password:?}, region = \"eu-west-1\", endpoints = {{ s3 = {endpoint:?}, kms = {endpoint:?}, sts = {endpoint:?} }}"
        ),
    );
    // Each of these alone would make it fail.
    for (name, value) in [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"),
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("AWS_PROFILE", "nobody"),
        ("AWS_REGION", "mars-north-1"),
    ] {
        scene.terraform.env(name, value);
    }
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    scene.terraform.destroy().succeeded();
    let bucket = scene.bucket.clone();
    assert!(!scene.reader.exists(&bucket));
}

#[test]
fn each_service_is_asked_at_its_own_endpoint() {
    let mut scene = Scene::aws();
    let proxies = [(); 3].map(|()| Proxy::before(&scene.server.endpoint));
    let [s3, kms, sts] = &proxies;
    let block = format!(
        "endpoints = {{ s3 = {:?}, kms = {:?}, sts = {:?} }}",
        s3.url(),
        kms.url(),
        sts.url()
    );
    with_block(&mut scene, &block);
    scene
        .terraform
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    scene.terraform.apply().succeeded();
    let of = |proxy: &Proxy| {
        let calls = proxy.calls().into_iter();
        let requests = calls.map(|call| call.request).collect::<Vec<_>>();
        assert!(!requests.is_empty());
        requests
    };
    let bucket = scene.bucket.clone();
    for request in of(s3) {
        assert!(request.contains(&bucket), "{request}");
    }
    for request in of(kms) {
        assert!(request.contains("TrentService."), "{request}");
    }
    for request in of(sts) {
        assert!(
            request.starts_with("POST /") && !request.contains("TrentService."),
            "{request}"
        );
    }
    scene.terraform.destroy().succeeded();
    assert!(!scene.reader.exists(&bucket));
}
