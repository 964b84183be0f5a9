//! Ctrl-C and SIGKILL at every call: nothing is lost, and the next command ends what was begun.

use std::process::Command;
use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use super::Scene;
use crate::support::proxy::{Fault, Proxy};

fn send(name: &str, pid: &str) {
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

/// A scene behind a proxy.
fn scene() -> (Scene, Proxy) {
    let mut scene = Scene::on("plain");
    let proxy = Proxy::before(&scene.server.endpoint);
    scene.terraform.env("WANDB_S3_ENDPOINT", &proxy.url());
    (scene, proxy)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Signal {
    /// The terminal sends it to the whole group: to Terraform and to the provider.
    CtrlC,
    /// The provider is killed.
    Kill,
}

/// Sends the signal when the call of that number has reached the store; whether it came to that.
fn hit(scene: &Scene, proxy: &Proxy, command: &str, number: usize, signal: Signal) -> bool {
    proxy.rule(move |count, _| (count == number).then_some(Fault::Slow(Duration::from_secs(3))));
    let mut terraform = scene
        .terraform
        .start(&[command, "-no-color", "-auto-approve"]);
    while proxy.seen() <= number {
        if terraform.try_wait().unwrap().is_some() {
            proxy.behave();
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    // The store has acted by then.
    std::thread::sleep(Duration::from_millis(30));
    let name = if signal == Signal::Kill {
        "-KILL"
    } else {
        "-INT"
    };
    for pid in children(terraform.id()) {
        send(name, &pid);
    }
    if signal == Signal::CtrlC {
        send(name, &terraform.id().to_string());
    }
    let output = terraform.wait_with_output().unwrap();
    assert!(
        !output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    proxy.behave();
    true
}

/// What must hold afterwards: nothing is forgotten, and one more command ends what was begun.
fn converges(scene: &mut Scene, what: &str) {
    let finished = scene.exists()
        && scene.terraform.state().is_null()
        && scene.reader.tags(&scene.bucket) == json!({});
    let applied = scene.terraform.apply();
    if finished && applied.code != 0 {
        // It was made to the end, and nobody lived to write that down: it is never taken over silently.
        let _ = applied.failed_with(&["exists already"]);
        let id = format!("s3_compatible/{}", scene.bucket);
        let import = ["import", "-no-color", "wandb_byob_bucket.b", &id];
        scene.terraform.run(&import).succeeded();
        scene.terraform.apply().succeeded();
    } else {
        assert_eq!(applied.code, 0, "{what}: {}", applied.text);
    }
    scene.terraform.plan_is_empty();
    assert!(
        scene.reader.is_empty(&scene.bucket.clone()),
        "{what}: the proof left something behind"
    );
    scene.terraform.destroy().succeeded();
    assert!(!scene.exists(), "{what}");
}

#[rstest]
fn a_signal_at_every_call_of_a_create_loses_nothing(
    #[values(Signal::CtrlC, Signal::Kill)] signal: Signal,
) {
    for number in 0.. {
        let (mut scene, proxy) = scene();
        scene.configure("");
        let what = format!("{signal:?} at call {number}");
        let hit = hit(&scene, &proxy, "apply", number, signal);
        if signal == Signal::CtrlC && hit {
            assert_eq!(scene.exists(), !scene.terraform.state().is_null(), "{what}");
        }
        converges(&mut scene, &what);
        if !hit {
            assert!(number > 10, "{number}");
            return;
        }
    }
}

#[rstest]
fn a_signal_at_every_call_of_a_destroy_is_followed_by_one_that_ends_it(
    #[values(Signal::CtrlC, Signal::Kill)] signal: Signal,
) {
    for number in 0.. {
        let (mut scene, proxy) = scene();
        scene.apply("force_destroy = true");
        for key in ["a", "b", "c"] {
            scene.put_object(key);
        }
        let hit = hit(&scene, &proxy, "destroy", number, signal);
        if scene.exists() {
            assert!(!scene.terraform.state().is_null(), "{signal:?} at {number}");
        }
        scene.terraform.destroy().succeeded();
        assert!(!scene.exists(), "{signal:?} at {number}");
        assert!(scene.terraform.state().is_null(), "{signal:?} at {number}");
        if !hit {
            assert!(number > 8, "{number}");
            return;
        }
    }
}
