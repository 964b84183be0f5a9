//! What a store says to a client that shares no line with the provider: boto3.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::servers::Server;

/// A Python process that asks the store.
pub struct Reader {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Reader {
    /// Of that server.
    pub fn new(server: &Server) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new(root.join(".cache/venv/bin/python"));
        command.arg(root.join("tests/it/support/reader.py"));
        command.args([
            &server.endpoint,
            &server.user,
            &server.password,
            &server.region,
        ]);
        command.args(&server.ca);
        command
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = command
            .spawn()
            .expect("no Python: run `make install-tools`");
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self {
            process,
            input,
            output,
        }
    }

    /// Asks, and gives the answer or the error's code.
    pub fn ask(&mut self, op: &str, args: Value) -> Result<Value, String> {
        writeln!(self.input, "{}", json!({ "op": op, "args": args })).unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let mut answer: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("{op}: the reader ended"));
        match answer.get_mut("ok") {
            Some(answer) => Ok(answer.take()),
            None => Err(answer["error"]["code"]
                .as_str()
                .unwrap_or_default()
                .to_owned()),
        }
    }

    /// Asks, where an error is a failed test.
    pub fn get(&mut self, op: &str, args: Value) -> Value {
        self.ask(op, args.clone())
            .unwrap_or_else(|code| panic!("{op} {args}: {code}"))
    }

    /// Whether the bucket exists.
    pub fn exists(&mut self, bucket: &str) -> bool {
        match self.ask("list_objects_v2", json!({ "Bucket": bucket })) {
            Ok(_) => true,
            Err(code) => {
                assert_eq!(code, "NoSuchBucket");
                false
            }
        }
    }

    /// The tags, as a map.
    pub fn tags(&mut self, bucket: &str) -> Value {
        match self.ask("get_bucket_tagging", json!({ "Bucket": bucket })) {
            Ok(found) => {
                let tags = found["TagSet"].as_array().unwrap().iter();
                tags.map(|tag| {
                    (
                        tag["Key"].as_str().unwrap().to_owned(),
                        tag["Value"].clone(),
                    )
                })
                .collect()
            }
            Err(code) => {
                assert_eq!(code, "NoSuchTagSet");
                json!({})
            }
        }
    }

    /// Whether nothing is in the bucket: no version, no marker, no upload.
    pub fn is_empty(&mut self, bucket: &str) -> bool {
        self.get("everything", json!({ "bucket": bucket }))
            == json!({ "versions": [], "markers": [], "uploads": [] })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It ends by itself when its input does; this makes sure.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
