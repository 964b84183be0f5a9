//! Nothing is lost: every remote call of every operation fails once, in every way. Afterwards nothing is left, or the state tells the
//! truth; one more apply converges to an empty plan, and a destroy leaves nothing.

use std::fs;
use std::path::Path;

use rstest::rstest;
use serde_json::json;
use terraform_provider_wandb::framework::schema::Attribute;
use terraform_provider_wandb::framework::value::Value;

use crate::support::driver::{Driver, nested, object};
use crate::support::proxy::{Fault, Proxy};
use crate::support::reader::Reader;
use crate::support::servers::Server;

/// More calls than any operation makes.
const MOST_CALLS: usize = 80;

#[derive(Clone, Copy, Debug, PartialEq)]
enum World {
    Minio,
    Aws,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Job {
    Create,
    Update,
    Read,
    Delete,
    Import,
}

impl World {
    fn server(self) -> Server {
        match self {
            Self::Minio => Server::minio("plain"),
            Self::Aws => Server::moto("eu-west-1"),
        }
    }

    fn block(self, attributes: &[Attribute], server: &Server, endpoint: &str) -> Value {
        let keys = [
            ("access_key", Value::from(server.user.as_str())),
            ("secret_key", server.password.as_str().into()),
        ];
        let (name, inner) = match self {
            Self::Minio => ("s3_compatible", vec![("endpoint", endpoint.into())]),
            Self::Aws => {
                let services = ["s3", "kms", "sts"].map(|service| (service, Value::from(endpoint)));
                ("aws", vec![("endpoints", Value::object(services))])
            }
        };
        let inner = keys.into_iter().chain(inner).collect::<Vec<_>>();
        let block = nested(attributes, name, &inner);
        object(
            attributes,
            &[("deployment", "dedicated".into()), (name, block)],
        )
    }

    fn config(self, attributes: &[Attribute], bucket: &str, changed: bool) -> Value {
        let (name, region) = match self {
            Self::Minio => ("s3_compatible", Value::Null),
            Self::Aws => ("aws", "eu-west-1".into()),
        };
        let place = nested(attributes, name, &[("region", region)]);
        let team = if changed { "psi" } else { "omega" };
        let mut values = vec![
            ("name", bucket.into()),
            ("deletion_protection", false.into()),
            ("tags", Value::map_of_strings([("team", team)])),
            (name, place),
        ];
        if changed {
            values.push(("versioning", false.into()));
            values.push(("noncurrent_version_expiration_days", 9i64.into()));
            if self == Self::Aws {
                values.push(("deployment", "multi-tenant".into()));
            }
        }
        object(attributes, &values)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Minio => "s3_compatible",
            Self::Aws => "aws",
        }
    }
}

struct Case {
    world: World,
    bucket: String,
    driver: Driver,
    config: Value,
    target: Value,
}

impl Case {
    async fn new(world: World, job: Job, server: &Server, proxy: &Proxy) -> Self {
        let bucket = format!("f-{}", uuid::Uuid::new_v4().simple());
        let url = proxy.url();
        let mut driver = Driver::new(|attributes| world.block(attributes, server, &url)).await;
        let config = driver.config(|attributes| world.config(attributes, &bucket, false));
        let target =
            driver.config(|attributes| world.config(attributes, &bucket, job == Job::Update));
        if job != Job::Create {
            let found = driver.apply(&config).await;
            assert!(!found.has_error(), "{found:?}");
        }
        if job == Job::Import {
            driver.forget();
        }
        Self {
            world,
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
                    .import(&format!("{}/{}", self.world.word(), self.bucket))
                    .await
            }
        };
        found.has_error()
    }

    /// What must hold after the fault, and in the end.
    async fn converge(&mut self, job: Job, failed: bool, reader: &mut Reader, what: &str) {
        let exists = reader.exists(&self.bucket);
        if failed && job != Job::Import {
            assert_eq!(
                exists,
                !self.driver.state.is_null(),
                "{what}: the state does not tell the truth"
            );
        }
        if failed && job == Job::Import {
            assert!(exists && self.driver.state.is_null(), "{what}");
            let id = format!("{}/{}", self.world.word(), self.bucket);
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
                reader.is_empty(&self.bucket),
                "{what}: the proof left something behind"
            );
        }
        let found = self.driver.apply(&Value::Null).await;
        assert!(!found.has_error(), "{what}: {found:?}");
        assert!(
            self.driver.state.is_null() && !reader.exists(&self.bucket),
            "{what}"
        );
        if self.world == World::Aws {
            let keys = reader.get("keys_of", json!({ "bucket": self.bucket }));
            let keys = keys.as_array().unwrap();
            assert!(
                keys.iter().all(|state| state == "PendingDeletion"),
                "{what}: {keys:?}"
            );
        }
    }
}

async fn sweep(world: World, job: Job, fault: Fault) -> usize {
    let server = world.server();
    let proxy = Proxy::before(&server.endpoint);
    let mut reader = Reader::new(&server);
    for number in 0..MOST_CALLS {
        let mut case = Case::new(world, job, &server, &proxy).await;
        proxy.calls();
        proxy.rule(move |count, _| (count == number).then_some(fault));
        let failed = case.run(job).await;
        let last = proxy.calls().len() <= number;
        proxy.behave();
        let what = format!("{world:?} {job:?}, call {number}, {fault:?}");
        case.converge(job, failed, &mut reader, &what).await;
        if last {
            return number + 1;
        }
    }
    panic!("{job:?} makes more than {MOST_CALLS} calls");
}

#[rstest]
#[tokio::test]
async fn every_call_may_fail_once_and_nothing_is_lost(
    #[values(World::Minio, World::Aws)] world: World,
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
    let cases = sweep(world, job, fault).await;
    assert!(cases > 4, "{cases}");
    // `make test` adds them up.
    let counts = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/fault-cases");
    fs::create_dir_all(&counts).unwrap();
    let name = format!("{world:?}-{job:?}-{fault:?}").replace(['"', ' ', '(', ')', ','], "");
    fs::write(counts.join(name), format!("{cases}\n")).unwrap();
}
