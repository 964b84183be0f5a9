//! Cost is round trips: how deep they are is counted, not timed.

use std::time::Duration;

use super::Scene;
use crate::support::proxy::{Proxy, depth};

/// Long beside what else happens between two calls.
const ROUND_TRIP: Duration = Duration::from_millis(100);

#[test]
fn a_refresh_is_one_deep_and_a_create_writes_no_more_than_it_must() {
    let mut scene = Scene::on("plain");
    let proxy = Proxy::before(&scene.server.endpoint);
    scene.terraform.env("WANDB_S3_ENDPOINT", &proxy.url());
    proxy.delay(ROUND_TRIP);
    scene.apply("");
    let create = proxy.calls();
    // Look, create, all settings, all read-backs; then the proof: write, look at it from all sides, remove. MinIO loses settings that are
    // written at the same time, so there the four of them (tags, CORS, versioning, lifecycle) are three round trips more.
    assert_eq!(depth(&create), 4 + 3 + 3, "{create:#?}");

    scene.terraform.plan_is_empty();
    let refresh = proxy.calls();
    assert_eq!(depth(&refresh), 1, "{refresh:#?}");
    let writes = refresh
        .iter()
        .filter(|call| !call.request.starts_with("GET") && !call.request.starts_with("OPTIONS"))
        .count();
    assert_eq!(writes, 0, "a plan writes nothing: {refresh:#?}");
    scene.terraform.destroy().succeeded();
}
