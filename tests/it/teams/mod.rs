//! Teams on buckets: what a stand-in for the W&B server says of them.

use serde_json::{Value as Json, json};
use terraform_provider_wandb::framework::diagnostic::Diagnostics;
use terraform_provider_wandb::framework::value::Value;

mod change;
mod create;
mod import;
mod key;
mod read;

use crate::support::driver::{Driver, nested, object};
use crate::support::reader::Reader;
use crate::support::servers::Server;
use crate::support::wandb::Wandb;

const TEAM: &str = "wandb_team_storage";

struct Scene {
    wandb: Wandb,
    driver: Driver,
    bucket: String,
}

/// The provider block for that server.
async fn driver(wandb: &Wandb, key: &str, deployment: &str) -> Driver {
    let key = match key.len() {
        0..30 => wandb.key(key).await,
        _ => key.to_owned(),
    };
    Driver::of(TEAM, |attributes| {
        object(
            attributes,
            &[
                ("base_url", wandb.url.as_str().into()),
                ("api_key", key.into()),
                ("deployment", deployment.into()),
            ],
        )
    })
    .await
}

impl Scene {
    /// On such a server, which can reach the tests' AWS.
    async fn on(flavour: &str) -> Self {
        let wandb = Wandb::like(flavour);
        let store = Server::moto("us-east-1");
        wandb.reaches("AWS", &store).await;
        let bucket = format!("t-{}", uuid::Uuid::new_v4().simple());
        Reader::new(&store).get("create_bucket", json!({ "Bucket": bucket }));
        let deployment = match flavour {
            "multi-tenant" => flavour,
            _ => "self-managed",
        };
        Self {
            driver: driver(&wandb, "admin", deployment).await,
            wandb,
            bucket,
        }
    }

    fn config(&self, more: Vec<(&'static str, Value)>) -> Value {
        self.config_on(&self.bucket, more)
    }

    fn config_on(&self, bucket: &str, more: Vec<(&'static str, Value)>) -> Value {
        self.driver.config(|attributes| {
            let storage = [("name", bucket.into()), ("provider", "AWS".into())];
            let storage = nested(attributes, "storage_bucket", &storage);
            let mut values = vec![
                ("team", Value::from("omega")),
                ("storage_bucket", storage),
                ("deletion_protection", false.into()),
                ("on_destroy", "retain".into()),
            ];
            values.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
            values.extend(more);
            object(attributes, &values)
        })
    }

    /// Applies, which must succeed, and settle.
    async fn apply(&mut self, config: &Value) -> String {
        let found = self.driver.apply(config).await;
        assert!(!found.has_error(), "{found:?}");
        assert!(self.driver.is_settled(config).await);
        words(&found)
    }

    /// Applies, which must fail.
    async fn fail(&mut self, config: &Value) -> String {
        let found = self.driver.apply(config).await;
        assert!(found.has_error(), "{found:?}");
        words(&found)
    }

    async fn posts(&self) -> usize {
        let calls = self.wandb.calls().await;
        let created = |call: &&Json| call["method"] == "POST" && call["path"] == "/scim/Groups";
        calls.iter().filter(created).count()
    }
}

fn words(found: &Diagnostics) -> String {
    format!("{found:?}")
}

fn set(members: &[&str]) -> Value {
    Value::set_of_strings(members.iter().copied())
}
