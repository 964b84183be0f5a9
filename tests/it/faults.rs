//! Nothing is lost: every remote call of every operation fails once, in every way. Afterwards nothing is left, or the state tells the
//! truth; one more apply converges to an empty plan, and a destroy leaves nothing.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::json;
use terraform_provider_wandb::framework::value::Value;

use crate::support::driver::Driver;
use crate::support::proxy::{Fault, Proxy};
use crate::support::reader::Reader;
use crate::support::servers::Server;
use crate::support::stores::{Store, Wishes};

/// More calls than any operation makes.
const MOST_CALLS: usize = 80;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Job {
    Create,
    Update,
    Read,
    Delete,
    Import,
}

fn config(store: Store, driver: &Driver, bucket: &str, job: Job, changed: bool) -> Value {
    let team = if changed { "psi" } else { "omega" };
    let mut attributes = vec![
        ("tags", Value::map_of_strings([("team", team)])),
        ("force_destroy", (job == Job::Delete).into()),
    ];
    if changed {
        attributes.push(("versioning", false.into()));
        attributes.push(("noncurrent_version_expiration_days", 9i64.into()));
        if store == Store::Aws {
            attributes.push(("deployment", "multi-tenant".into()));
        }
    }
    let wishes = Wishes {
        attributes,
        ..Wishes::default()
    };
    store.bucket(driver, bucket, wishes)
}

struct Case {
    store: Store,
    bucket: String,
    driver: Driver,
    config: Value,
    target: Value,
}

impl Case {
    async fn new(
        store: Store,
        job: Job,
        server: &Server,
        proxy: &Proxy,
        reader: &RefCell<Reader>,
    ) -> Self {
        let bucket = format!("f-{}", uuid::Uuid::new_v4().simple());
        let mut driver = store.driver(server, &proxy.url()).await;
        let target = config(store, &driver, &bucket, job, job == Job::Update);
        let config = config(store, &driver, &bucket, job, false);
        if job != Job::Create {
            let found = driver.apply(&config).await;
            assert!(!found.has_error(), "{found:?}");
        }
        if job == Job::Delete {
            // Old versions, a marker and an unfinished upload, which a deletion takes along where the configuration says so.
            let mut reader = reader.borrow_mut();
            reader.get("fill", json!({ "bucket": bucket, "count": 2 }));
            let object = json!({ "Bucket": bucket, "Key": "object-00000" });
            reader.get("delete_object", object.clone());
            reader.get("create_multipart_upload", object);
        }
        if job == Job::Import {
            driver.forget();
        }
        Self {
            store,
            bucket,
            driver,
            config,
            target,
        }
    }

    /// Does the job; whether it failed.
    async fn run(&mut self, job: Job) -> bool {
        let found = match job {
            Job::Create | Job::Update => self.driver.apply(&self.target).await,
            Job::Read => self.driver.refresh().await,
            Job::Delete => self.driver.apply(&Value::Null).await,
            Job::Import => {
                self.driver
                    .import(&format!("{}/{}", self.store.word(), self.bucket))
                    .await
            }
        };
        found.has_error()
    }

    /// What must hold after the fault, and in the end.
    async fn converge(&mut self, job: Job, failed: bool, reader: &RefCell<Reader>, what: &str) {
        let exists = reader.borrow_mut().exists(&self.bucket);
        if failed && job != Job::Import {
            assert_eq!(
                exists,
                !self.driver.state.is_null(),
                "{what}: the state does not tell the truth"
            );
        }
        if failed && job == Job::Create && self.driver.state.is_null() {
            self.has_no_key_in_use(reader, what);
        }
        if failed && job == Job::Import {
            assert!(exists && self.driver.state.is_null(), "{what}");
            let id = format!("{}/{}", self.store.word(), self.bucket);
            let found = self.driver.import(&id).await;
            assert!(!found.has_error(), "{what}: {found:?}");
        }
        if job != Job::Delete {
            let wanted = if job == Job::Update {
                &self.target
            } else {
                &self.config
            };
            let found = self.driver.apply(&wanted.clone()).await;
            assert!(
                !found.has_error(),
                "{what}: one more apply fails: {found:?}"
            );
            assert!(
                self.driver.is_settled(&wanted.clone()).await,
                "{what}: the plan is not empty"
            );
            assert!(
                reader.borrow_mut().is_empty(&self.bucket),
                "{what}: the proof left something behind"
            );
        }
        let found = self.driver.apply(&Value::Null).await;
        assert!(!found.has_error(), "{what}: {found:?}");
        assert!(
            self.driver.state.is_null() && !reader.borrow_mut().exists(&self.bucket),
            "{what}"
        );
        self.has_no_key_in_use(reader, what);
    }

    /// Keys that were made for the bucket, if any, are scheduled for deletion.
    fn has_no_key_in_use(&self, reader: &RefCell<Reader>, what: &str) {
        if self.store != Store::Aws {
            return;
        }
        let named = json!({ "bucket": self.bucket });
        let keys = reader.borrow_mut().get("keys_of", named);
        let mut keys = keys.as_array().unwrap().iter();
        assert!(
            keys.all(|state| state == "PendingDeletion"),
            "{what}: {keys:?}"
        );
    }
}

async fn sweep(store: Store, job: Job, fault: Fault) -> usize {
    let server = store.server();
    let proxy = Proxy::before(&server.endpoint);
    let reader = RefCell::new(Reader::new(&server));
    for number in 0..MOST_CALLS {
        let mut case = Case::new(store, job, &server, &proxy, &reader).await;
        proxy.calls();
        proxy.rule(move |count, _| (count == number).then_some(fault));
        let failed = case.run(job).await;
        let last = proxy.calls().len() <= number;
        proxy.behave();
        let what = format!("{store:?} {job:?}, call {number}, {fault:?}");
        case.converge(job, failed, &reader, &what).await;
        if last {
            return number + 1;
        }
    }
    panic!("{job:?} makes more than {MOST_CALLS} calls");
}

#[rstest]
#[tokio::test]
async fn every_call_may_fail_once_and_nothing_is_lost(
    #[values(Store::Minio, Store::Aws)] store: Store,
    #[values(Job::Create, Job::Update, Job::Read, Job::Delete, Job::Import)] job: Job,
    #[values(
        Fault::Answer(500, "InternalError"),
        Fault::Answer(503, "SlowDown"),
        Fault::Answer(403, "AccessDenied"),
        Fault::Answer(429, "TooManyRequests"),
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::Garbage
    )]
    fault: Fault,
) {
    let cases = sweep(store, job, fault).await;
    assert!(cases > 4, "{cases}");
    let name = format!("{store:?}-{job:?}-{fault:?}").replace(['"', ' ', '(', ')', ','], "");
    count(cases, &name);
}

/// `make test` adds them up.
fn count(cases: usize, name: &str) {
    let counts = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/fault-cases");
    fs::create_dir_all(&counts).unwrap();
    fs::write(counts.join(name), format!("{cases}\n")).unwrap();
}

/// An answer that never comes is waited for half a minute, so all cases of a job wait at the same time.
#[rstest]
#[tokio::test]
async fn the_answer_to_every_call_may_never_come_once_and_nothing_is_lost(
    #[values(Store::Minio, Store::Aws)] store: Store,
    #[values(Job::Create, Job::Update, Job::Read, Job::Delete, Job::Import)] job: Job,
) {
    let server = store.server();
    let reader = RefCell::new(Reader::new(&server));
    let case = |number: usize| {
        let (server, reader) = (&server, &reader);
        async move {
            let proxy = Proxy::before(&server.endpoint);
            let mut case = Case::new(store, job, server, &proxy, reader).await;
            proxy.rule(move |count, _| (count == number).then_some(Fault::Slow(NEVER)));
            let failed = case.run(job).await;
            let happened = proxy.seen() > number;
            proxy.behave();
            (case, proxy, failed, happened)
        }
    };
    // The first tells how many calls there are.
    let (mut case_without, proxy, failed, _) = case(MOST_CALLS).await;
    let calls = proxy.calls().len();
    let what = format!("{store:?} {job:?}, all answers come");
    case_without.converge(job, failed, &reader, &what).await;
    let cases = join_all((0..calls).map(case)).await;
    let happened = cases.iter().filter(|case| case.3).count();
    for (number, (mut case, _proxy, failed, _)) in cases.into_iter().enumerate() {
        let what = format!("{store:?} {job:?}, call {number}, no answer");
        case.converge(job, failed, &reader, &what).await;
    }
    assert!(happened > 4, "{happened}");
    count(happened, &format!("{store:?}-{job:?}-NoAnswer"));
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Interruption {
    /// The provider is killed: what it knew is gone, and the state is what it was before.
    Kill,
    /// Ctrl-C: it is asked to stop, and answers.
    Stop,
}

/// Longer than any test takes: an answer that never comes.
const NEVER: Duration = Duration::from_secs(3600);

async fn reached(proxy: &Proxy, number: usize) {
    while proxy.seen() <= number {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // The store has acted by then.
    tokio::time::sleep(Duration::from_millis(30)).await;
}

/// How a job ended that was to be interrupted.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ended {
    /// It was over before.
    Before,
    /// It stopped when it was asked to.
    Stopped,
    /// It was killed, or did not stop.
    Killed,
}

/// Interrupts the job at its call of that number, whose answer never comes.
async fn interrupt(
    case: &mut Case,
    job: Job,
    number: usize,
    how: Interruption,
    server: &Server,
    proxy: &Proxy,
) -> Ended {
    let store = case.store;
    let fresh = store.driver(server, &proxy.url()).await;
    let before = case.driver.saved();
    let mut driver = std::mem::replace(&mut case.driver, fresh);
    proxy.rule(move |count, _| (count == number).then_some(Fault::Slow(NEVER)));
    let config = if job == Job::Delete {
        Value::Null
    } else {
        case.config.clone()
    };
    let provider = Arc::clone(&driver.server);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let mut running = runtime.spawn(async move {
        driver.apply(&config).await;
        driver
    });
    let after = tokio::select! {
        done = &mut running => Some((done.unwrap(), Ended::Before)),
        () = reached(proxy, number) => match how {
            Interruption::Kill => None,
            Interruption::Stop => {
                provider.stop();
                // A request that must not be forgotten is waited for, until the network gives it up.
                match tokio::time::timeout(Duration::from_secs(2), &mut running).await {
                    Ok(done) => Some((done.unwrap(), Ended::Stopped)),
                    Err(_) => None,
                }
            }
        },
    };
    runtime.shutdown_background();
    proxy.behave();
    let (state, ended) = match after {
        Some((driver, ended)) => (driver.saved(), ended),
        None => (before, Ended::Killed),
    };
    let driver = store.driver(server, &proxy.url()).await;
    case.driver = driver.with_state_of(&state);
    ended
}

#[rstest]
#[tokio::test]
async fn an_end_at_every_call_of_a_create_and_a_delete_loses_nothing(
    #[values(Store::Minio, Store::Aws)] store: Store,
    #[values(Job::Create, Job::Delete)] job: Job,
    #[values(Interruption::Kill, Interruption::Stop)] how: Interruption,
) {
    let server = store.server();
    let reader = RefCell::new(Reader::new(&server));
    let (mut cases, mut deaf) = (Vec::new(), 0);
    for number in 0..MOST_CALLS {
        let proxy = Proxy::before(&server.endpoint);
        let mut case = Case::new(store, job, &server, &proxy, &reader).await;
        let ended = interrupt(&mut case, job, number, how, &server, &proxy).await;
        cases.push((number, case, proxy));
        deaf += usize::from(ended == Ended::Killed);
        if ended == Ended::Before {
            break;
        }
    }
    assert!((5..MOST_CALLS).contains(&cases.len()), "{}", cases.len());
    // Only while a bucket, a key or its name is being made nobody may stop waiting for the answer.
    let may_be_deaf = match (job, store) {
        (Job::Create, Store::Aws) => 3,
        (Job::Create, _) => 1,
        _ => 0,
    };
    assert!(how == Interruption::Kill || deaf <= may_be_deaf, "{deaf}");
    // Whoever takes over waits whether the other still lives, so all do at the same time.
    let ends = cases.into_iter().map(|(number, mut case, _proxy)| {
        let reader = &reader;
        async move {
            let what = format!("{store:?} {job:?}, call {number}, {how:?}");
            find_again(&mut case, reader, &what).await;
            case.converge(job, false, reader, &what).await;
        }
    });
    join_all(ends).await;
}

/// What was finished, and nobody lived to write it down, is never taken over silently, and can be imported.
async fn find_again(case: &mut Case, reader: &RefCell<Reader>, what: &str) {
    let bucket = case.bucket.clone();
    let finished = reader.borrow_mut().exists(&bucket)
        && case.driver.state.is_null()
        && !is_unfinished(&mut reader.borrow_mut(), &bucket);
    if finished {
        let found = case.driver.apply(&case.config.clone()).await;
        assert!(
            format!("{found:?}").contains("exists already"),
            "{what}: {found:?}"
        );
        let id = format!("{}/{bucket}", case.store.word());
        let found = case.driver.import(&id).await;
        assert!(!found.has_error(), "{what}: {found:?}");
    }
}

/// Whether the bucket carries the mark of a creation that has not ended, or is so new that it carries nothing.
fn is_unfinished(reader: &mut Reader, bucket: &str) -> bool {
    reader
        .tags(bucket)
        .get("terraform-provider-wandb:creating")
        .is_some()
}
