//! Nothing is lost of teams either: every call to W&B fails once, in every way. Afterwards the state tells the truth, one more apply converges to
//! an empty plan, and W&B was asked for the team no more than once for each apply.

use rstest::rstest;
use serde_json::{Value as Json, json};
use terraform_provider_wandb::framework::value::Value;

use crate::support::driver::{Driver, nested, object};
use crate::support::wandb::Wandb;

/// More calls than any operation makes.
const MOST_CALLS: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Job {
    Create,
    Update,
    Read,
    Delete,
    Import,
}

fn config(driver: &Driver, members: &[&str]) -> Value {
    driver.config(|attributes| {
        // Of this provider the stand-in checks the form alone; buckets that are reached are for other tests.
        let storage = [("name", "wandb-storage".into()), ("provider", "GCP".into())];
        let storage = nested(attributes, "storage_bucket", &storage);
        let values = [
            ("team", Value::from("omega")),
            ("storage_bucket", storage),
            ("members", Value::set_of_strings(members.iter().copied())),
            ("deletion_protection", false.into()),
            ("on_destroy", "delete".into()),
        ];
        object(attributes, &values)
    })
}

async fn driver(wandb: &Wandb) -> Driver {
    let key = wandb.key("admin").await;
    Driver::of("wandb_team_storage", |attributes| {
        let block = [
            ("base_url", Value::from(wandb.url.as_str())),
            ("api_key", key.into()),
            ("deployment", "self-managed".into()),
        ];
        object(attributes, &block)
    })
    .await
}

/// Requests for a team, without those that the server put off: it did nothing of them.
async fn posts(wandb: &Wandb) -> usize {
    let calls = wandb.calls().await;
    let created = |call: &&Json| {
        call["method"] == "POST" && call["path"] == "/scim/Groups" && call["status"] != 429
    };
    calls.iter().filter(created).count()
}

/// One call fails; whether there was a call of that number.
async fn one(wandb: &Wandb, job: Job, number: usize, fault: &Json) -> bool {
    let what = format!("{job:?}, call {number}, {fault}");
    wandb.tell("POST", "reset", json!({})).await;
    let mut driver = driver(wandb).await;
    let before = config(&driver, &[]);
    let after = config(&driver, &["member@example.com"]);
    if job != Job::Create {
        let found = driver.apply(&before).await;
        assert!(!found.has_error(), "{what}: {found:?}");
    }
    if job == Job::Import {
        driver.forget();
    }
    let (asked, called) = (posts(wandb).await, wandb.calls().await.len());
    let mut fault = fault.clone();
    fault["skip"] = number.into();
    wandb.faults(json!([fault])).await;
    let found = match job {
        Job::Create | Job::Update => driver.apply(&after).await,
        Job::Read => driver.refresh().await,
        Job::Delete => driver.apply(&Value::Null).await,
        Job::Import => driver.import("omega").await,
    };
    let made = posts(wandb).await - asked;
    assert!(made <= 1, "{what}: asked for the team {made} times");
    let happened = wandb.calls().await.len() - called > number;
    wandb.tell("DELETE", "faults", json!({})).await;

    let exists = !wandb.team("omega").await.is_null();
    if job == Job::Import && found.has_error() {
        assert!(exists && driver.state.is_null(), "{what}");
        let found = driver.import("omega").await;
        assert!(!found.has_error(), "{what}: {found:?}");
    } else {
        assert_eq!(exists, !driver.state.is_null(), "{what}: {found:?}");
    }
    if job != Job::Delete {
        let wanted = match job {
            Job::Create | Job::Update => &after,
            _ => &before,
        };
        // A team whose storage was not confirmed at its creation is not made again.
        driver.tainted = false;
        let found = driver.apply(wanted).await;
        assert!(
            !found.has_error(),
            "{what}: one more apply fails: {found:?}"
        );
        assert!(driver.is_settled(wanted).await, "{what}");
        assert_eq!(driver.state.get("storage_verified"), &true.into(), "{what}");
    }
    let found = driver.apply(&Value::Null).await;
    assert!(!found.has_error(), "{what}: {found:?}");
    assert!(
        wandb.team("omega").await.is_null() && driver.state.is_null(),
        "{what}"
    );
    happened
}

#[rstest]
#[case::fault(json!({ "action": "answer", "status": 500 }))]
#[case::busy(json!({ "action": "answer", "status": 503 }))]
#[case::denied(json!({ "action": "answer", "status": 403 }))]
#[case::throttled(json!({ "action": "answer", "status": 429 }))]
#[case::unknown_key(json!({ "action": "answer", "status": 401 }))]
#[case::changed(json!({ "action": "answer", "status": 412 }))]
#[case::not_found(json!({ "action": "answer", "status": 404, "body": { "detail": "Not Found" } }))]
#[case::redirect(json!({ "action": "redirect" }))]
#[case::cut(json!({ "action": "cut" }))]
#[case::reset_before(json!({ "action": "reset" }))]
#[case::reset_after(json!({ "action": "reset", "after_acting": true }))]
#[case::garbage(json!({ "action": "html" }))]
#[case::half(json!({ "action": "truncate", "after_acting": true }))]
#[tokio::test]
async fn every_call_of_a_team_may_fail_once_and_nothing_is_lost(
    #[case] fault: Json,
    #[values(Job::Create, Job::Update, Job::Read, Job::Delete, Job::Import)] job: Job,
) {
    let wandb = Wandb::like("self-managed");
    let mut cases = 0;
    while one(&wandb, job, cases, &fault).await {
        cases += 1;
        assert!(cases < MOST_CALLS, "{job:?}");
    }
    assert!(cases >= 2, "{cases}");
}
