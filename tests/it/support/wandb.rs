//! The stand-in for the W&B server (`tests/fakes/wandb`), one for each test.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use super::servers::Server;

/// The stand-in; it ends with the test.
pub struct Wandb {
    process: Child,
    /// Its address.
    pub url: String,
}

impl Wandb {
    /// One that is like those.
    pub fn like(flavour: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut process = Command::new(root.join("tests/fakes/wandb/serve"))
            .args(["--with-stdin", "--flavour", flavour])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        let output = process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut url).unwrap();
        assert!(
            url.starts_with("http"),
            "the stand-in for W&B did not start"
        );
        Self {
            process,
            url: url.trim().to_owned(),
        }
    }

    /// Tells or asks it something outside W&B's own interface.
    pub async fn tell(&self, method: &str, path: &str, body: Value) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/_fake/{path}", self.url))
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body.to_string())))
            .unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let answer = client.request(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(status.is_success(), "{method} {path}: {body:?}");
        serde_json::from_slice(&body).unwrap_or_default()
    }

    /// The key with that label.
    pub async fn key(&self, label: &str) -> String {
        let keys = self.tell("GET", "keys", json!({})).await;
        keys[label].as_str().unwrap().to_owned()
    }

    /// What it holds of that team; null where there is none.
    pub async fn team(&self, name: &str) -> Value {
        let state = self.tell("GET", "state", json!({})).await;
        state["teams"][name].clone()
    }

    /// The calls since it started, or since the last fault: method, path and body.
    pub async fn calls(&self) -> Vec<Value> {
        let journal = self.tell("GET", "journal", json!({})).await;
        journal["calls"].as_array().unwrap().clone()
    }

    /// Has the next calls go wrong.
    pub async fn faults(&self, faults: Value) {
        self.tell("POST", "faults", json!({ "faults": faults }))
            .await;
    }

    /// The keys for that store.
    pub async fn reaches(&self, provider: &str, store: &Server) {
        let known = json!({
            "endpoint": store.endpoint,
            "access_key": store.user,
            "secret_key": store.password,
            "region": store.region,
        });
        self.tell("PUT", "stores", json!({ provider: known })).await;
    }
}

impl Drop for Wandb {
    fn drop(&mut self) {
        // It ends by itself when its input does; this makes sure.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
