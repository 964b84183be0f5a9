//! One suite for all stores: the same promises on each, and its differences as the table of capabilities has them. An independent client says
//! what is true.

pub mod capabilities;
mod documents;
mod hazards;
mod ownership;
mod wishes;

use serde_json::{Value as Json, json};
use terraform_provider_wandb::framework::diagnostic::Diagnostics;
use terraform_provider_wandb::framework::value::Value;

use crate::support::driver::Driver;
use crate::support::reader::Reader;
use crate::support::servers::Server;
use crate::support::stores::{Store, Wishes};

/// A bucket of a name of its own on one store, with the means to look at it from both sides.
struct Scene {
    store: Store,
    server: Server,
    bucket: String,
    driver: Driver,
    reader: Reader,
}

impl Scene {
    async fn on(store: Store) -> Self {
        let server = store.server();
        Self {
            store,
            bucket: format!("c-{}", uuid::Uuid::new_v4().simple()),
            driver: store.driver(&server, &server.endpoint).await,
            reader: Reader::new(&server),
            server,
        }
    }

    /// The configuration with these attributes.
    fn config(&self, attributes: Vec<(&'static str, Value)>) -> Value {
        let wishes = Wishes {
            attributes,
            ..Wishes::default()
        };
        self.store.bucket(&self.driver, &self.bucket, wishes)
    }

    /// Applies the configuration, and finds nothing left to do afterwards.
    async fn apply(&mut self, config: &Value) {
        let found = self.driver.apply(config).await;
        assert!(!found.has_error(), "{:?}: {found:?}", self.store);
        assert!(self.driver.is_settled(config).await, "{:?}", self.store);
    }

    /// Destroys the bucket, and finds that it is gone.
    async fn destroy(&mut self) {
        let found = self.driver.apply(&Value::Null).await;
        assert!(!found.has_error(), "{:?}: {found:?}", self.store);
        assert!(!self.reader.exists(&self.bucket), "{:?}", self.store);
    }

    /// The arguments that name the bucket, and more.
    fn named(&self, more: Json) -> Json {
        let mut arguments = json!({ "Bucket": self.bucket });
        let named = arguments.as_object_mut().unwrap();
        named.extend(more.as_object().unwrap().clone());
        arguments
    }

    /// Asks the store for something of the bucket.
    fn ask(&mut self, op: &str, more: Json) -> Result<Json, String> {
        let arguments = self.named(more);
        self.reader.ask(op, arguments)
    }

    /// The same, where an error is a failed test.
    #[track_caller]
    fn get(&mut self, op: &str, more: Json) -> Json {
        let arguments = self.named(more);
        self.reader.get(op, arguments)
    }

    fn rules(&mut self) -> Vec<Json> {
        match self.ask("get_bucket_lifecycle_configuration", json!({})) {
            Ok(found) => found["Rules"].as_array().unwrap().clone(),
            Err(code) => {
                assert_eq!(code, "NoSuchLifecycleConfiguration");
                Vec::new()
            }
        }
    }
}

/// What was found, as it reads.
fn words(found: &Diagnostics) -> String {
    format!("{found:?}")
}
