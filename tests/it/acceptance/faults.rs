//! Every call of a create fails once: afterwards nothing is left, or the state tells the truth, and one more apply converges.

use super::Scene;
use crate::support::proxy::{Fault, Proxy};

/// More than a create makes.
const MOST_CALLS: usize = 80;

fn sweep(fault: Fault) {
    let mut scene = Scene::on("plain");
    let proxy = Proxy::before(&scene.server.endpoint);
    scene.terraform.env("WANDB_S3_ENDPOINT", &proxy.url());
    let first = scene.bucket.clone();
    let mut cases = 0;
    for number in 0..MOST_CALLS {
        scene.bucket = format!("{first}-{number}");
        scene.configure("tags = { team = \"omega\" }");
        proxy.rule(move |count, _| (count == number).then_some(fault));
        let applied = scene.terraform.apply();
        let last = proxy.calls().len() <= number;
        proxy.behave();
        assert!(
            !applied.text.contains("has a bug"),
            "call {number}, {fault:?}: {}",
            applied.text
        );
        if applied.code != 0 {
            // What failed either left nothing or is in the state.
            assert_eq!(
                scene.exists(),
                !scene.terraform.state().is_null(),
                "call {number}, {fault:?}: {}",
                applied.text
            );
            let again = scene.terraform.apply();
            assert_eq!(again.code, 0, "call {number}, {fault:?}: {}", again.text);
        }
        scene.terraform.plan_is_empty();
        assert!(
            scene.reader.is_empty(&scene.bucket.clone()),
            "call {number}, {fault:?}: the proof left something behind"
        );
        scene.terraform.destroy().succeeded();
        assert!(!scene.exists());
        cases += 1;
        if last {
            break;
        }
    }
    println!("{cases} cases of {fault:?}");
    assert!((8..MOST_CALLS).contains(&cases), "{cases}");
}

#[test]
fn a_create_whose_answers_are_lost_in_turn_converges() {
    sweep(Fault::ResetAfter);
}

#[test]
fn a_create_that_cannot_be_undone_is_kept_tainted_and_removed_by_the_next() {
    let mut scene = Scene::on("plain");
    let proxy = Proxy::before(&scene.server.endpoint);
    scene.terraform.env("WANDB_S3_ENDPOINT", &proxy.url());
    scene.configure("deletion_protection = true");
    proxy.rule(|_, request| {
        let forbidden = request.contains("?versioning") && request.starts_with("PUT")
            || request.starts_with("DELETE");
        forbidden.then_some(Fault::Answer(403, "AccessDenied"))
    });
    scene
        .terraform
        .apply()
        .failed_with(&["could not be removed again", "s3:PutBucketVersioning"]);
    assert!(scene.exists() && scene.terraform.is_tainted());
    proxy.behave();
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    scene.apply("deletion_protection = false");
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_failed_change_says_what_is_true_and_the_next_apply_converges() {
    let mut scene = Scene::on("plain");
    let proxy = Proxy::before(&scene.server.endpoint);
    scene.terraform.env("WANDB_S3_ENDPOINT", &proxy.url());
    scene.apply("");
    scene.configure("versioning = false\ntags = { team = \"omega\" }");
    proxy.rule(|_, request| {
        (request.contains("?tagging") && request.starts_with("PUT"))
            .then_some(Fault::Answer(403, "AccessDenied"))
    });
    scene
        .terraform
        .apply()
        .failed_with(&["Changing the bucket", "`s3:PutBucketTagging`"]);
    proxy.behave();
    let state = scene.terraform.state();
    assert_eq!(
        state["versioning"],
        serde_json::json!(false),
        "what was changed is in the state"
    );
    scene.terraform.apply().succeeded();
    scene.terraform.plan_is_empty();
    scene.terraform.destroy().succeeded();
}

#[test]
fn a_create_ends_at_its_time_limit_and_leaves_nothing() {
    let mut scene = Scene::on("plain");
    let proxy = Proxy::before(&scene.server.endpoint);
    scene.terraform.env("WANDB_S3_ENDPOINT", &proxy.url());
    scene.configure("timeouts = { create = \"2s\" }");
    let minute = std::time::Duration::from_secs(60);
    proxy.rule(move |_, request| {
        request
            .contains("?versioning")
            .then_some(Fault::Slow(minute))
    });
    scene.terraform.apply().failed_with(&[
        "took longer than 2 seconds",
        "`timeouts.create`",
        "removed again",
    ]);
    assert!(!scene.exists() && scene.terraform.state().is_null());
}
