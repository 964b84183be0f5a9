//! Ctrl-C and SIGKILL in the middle: nothing is lost, and the next apply converges.

use std::process::Command;
use std::time::{Duration, Instant};

use super::Scene;
use crate::support::proxy::{Fault, Proxy};

fn signal(name: &str, pid: &str) {
    // A process that has just ended is as good as one that was hit.
    let _ = Command::new("kill").args([name, pid]).status();
}

/// The provider processes that Terraform, of that pid, has started.
fn children(pid: u32) -> Vec<String> {
    let found = Command::new("pgrep")
        .args(["-P", &pid.to_string()])
        .output()
        .unwrap();
    String::from_utf8(found.stdout)
        .unwrap()
        .split_whitespace()
        .map(ToOwned::to_owned)
        .collect()
}

fn await_call(proxy: &Proxy, count: usize) {
    let end = Instant::now() + Duration::from_secs(30);
    let mut seen = 0;
    while seen < count && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
        seen += proxy.calls().len();
    }
    assert!(seen >= count, "the call never came");
}

/// A scene behind a proxy that takes its time, so that an apply can be hit in the middle.
fn slow_scene() -> (Scene, Proxy) {
    let mut scene = Scene::on("plain");
    let proxy = Proxy::before(&scene.server.endpoint);
    scene.terraform.env("WANDB_S3_ENDPOINT", &proxy.url());
    proxy.delay(Duration::from_millis(150));
    (scene, proxy)
}

#[test]
fn ctrl_c_in_a_create_loses_nothing() {
    let (mut scene, proxy) = slow_scene();
    scene.configure("");
    proxy.rule(|_, request| {
        (request.contains("?versioning")).then_some(Fault::Slow(Duration::from_secs(20)))
    });
    let apply = scene
        .terraform
        .start(&["apply", "-no-color", "-auto-approve"]);
    await_call(&proxy, 3);
    // The terminal sends it to the whole group: to Terraform and to the provider.
    for pid in children(apply.id()) {
        signal("-INT", &pid);
    }
    signal("-INT", &apply.id().to_string());
    let output = apply.wait_with_output().unwrap();
    assert!(!output.status.success());
    proxy.behave();
    assert_eq!(
        scene.exists(),
        !scene.terraform.state().is_null(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_provider_killed_in_a_create_leaves_a_bucket_that_the_next_takes_over() {
    let (mut scene, proxy) = slow_scene();
    scene.configure("");
    // The tags are written first of all; everything else waits.
    proxy.rule(|_, request| {
        (!request.contains("?tagging") && request.contains('?') && request.starts_with("PUT"))
            .then_some(Fault::Slow(Duration::from_secs(20)))
    });
    let apply = scene
        .terraform
        .start(&["apply", "-no-color", "-auto-approve"]);
    let tagged = Instant::now() + Duration::from_secs(30);
    while scene
        .reader
        .ask("get_bucket_tagging", scene.named())
        .is_err()
        && Instant::now() < tagged
    {
        std::thread::sleep(Duration::from_millis(20));
    }
    for pid in children(apply.id()) {
        signal("-KILL", &pid);
    }
    let output = apply.wait_with_output().unwrap();
    assert!(!output.status.success());
    assert!(scene.exists() && scene.terraform.state().is_null());
    proxy.behave();
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    assert_eq!(
        scene.reader.tags(&scene.bucket.clone()),
        serde_json::json!({})
    );
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_provider_killed_in_a_delete_is_followed_by_one_that_ends_it() {
    let (mut scene, proxy) = slow_scene();
    scene.apply("force_destroy = true");
    for key in ["a", "b", "c"] {
        scene.put_object(key);
    }
    proxy.rule(|_, request| {
        request
            .starts_with("POST")
            .then_some(Fault::Slow(Duration::from_secs(20)))
    });
    proxy.calls();
    let destroy = scene
        .terraform
        .start(&["destroy", "-no-color", "-auto-approve"]);
    let emptied = Instant::now() + Duration::from_secs(30);
    while !scene.reader.is_empty(&scene.bucket.clone()) && Instant::now() < emptied {
        std::thread::sleep(Duration::from_millis(20));
    }
    for pid in children(destroy.id()) {
        signal("-KILL", &pid);
    }
    let output = destroy.wait_with_output().unwrap();
    assert!(!output.status.success());
    assert!(!scene.terraform.state().is_null());
    proxy.behave();
    scene.terraform.destroy().succeeded();
    assert!(!scene.exists());
}
