//! What holds whatever comes in: from Terraform, from a state file, from a bucket's policy, from a server. The long run is libFuzzer's (`make fuzz`), the
//! short one that of the tests; both begin with the inputs in `corpus/`.

#![allow(dead_code, reason = "each fuzzer makes one of the promises")]
#![allow(
    clippy::unwrap_used,
    reason = "a promise that does not hold ends the run"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value as Json;
use terraform_provider_wandb::clouds::aws::{Endpoints, Keys, Login, Session, Settings};
use terraform_provider_wandb::clouds::s3::{Bucket, Tags};
use terraform_provider_wandb::clouds::{Cloud, Error, Kind, key_pair};
use terraform_provider_wandb::framework::private::Private;
use terraform_provider_wandb::framework::server::Server;
use terraform_provider_wandb::framework::types::Type;
use terraform_provider_wandb::messages::store::call_failed;
use terraform_provider_wandb::protocol::{json, msgpack};
use terraform_provider_wandb::provider::Wandb;
use terraform_provider_wandb::requirements::policy::{Policy, Statement};
use terraform_provider_wandb::wandb::KeyedAddress;
use url::Url;

const BUCKET: &str = "wandb_byob_bucket";

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::new(Wandb::default()))
}

fn bucket_type() -> Type {
    server().catalog().resource(BUCKET).unwrap().schema().ty()
}

/// A configuration as Terraform sends it: what can be read is validated, and written as it was read.
pub fn msgpack(data: &[u8]) {
    for ty in [bucket_type(), Type::Dynamic, Type::map(Type::Number)] {
        let Ok(value) = msgpack::decode(data, &ty) else {
            continue;
        };
        let written = msgpack::encode(&value, &ty).unwrap();
        assert_eq!(msgpack::decode(&written, &ty).unwrap(), value);
    }
    if let Ok(config) = msgpack::decode(data, &bucket_type()) {
        drop(server().validate_resource(BUCKET, &config, true));
    }
    let provider = &server().catalog().provider;
    if let Ok(config) = msgpack::decode(data, &provider.ty()) {
        drop(server().validate_provider(&config));
    }
}

/// A state file, which anybody may have edited: what can be read can be handed to Terraform.
pub fn state(data: &[u8]) {
    if let Ok(private) = Private::from_bytes(data) {
        assert_eq!(Private::from_bytes(&private.to_bytes()).unwrap(), private);
    }
    let ty = bucket_type();
    let Ok(state) = json::decode(data, &ty) else {
        return;
    };
    let Ok(state) = server().upgrade(BUCKET, 0, state) else {
        return;
    };
    let written = msgpack::encode(&state, &ty).unwrap();
    assert_eq!(msgpack::decode(&written, &ty).unwrap(), state);
}

/// A policy that others wrote: ours goes in and comes out, and theirs stays as it was.
pub fn policy(data: &[u8]) {
    const OURS: &str = "WAndBAccountAccess";
    let principal = "arn:aws:iam::725579432336:role/WandbIntegration";
    let actions = ["s3:GetObject*", "s3:PutObject"];
    let resources = ["arn:aws:s3:::b".to_owned(), "arn:aws:s3:::b/*".to_owned()];
    let Some(mut policy) = std::str::from_utf8(data).ok().and_then(Policy::parse) else {
        return;
    };
    let theirs = others(&policy, OURS);
    drop(policy.denials(principal, &actions, &resources));
    for statement in policy.statements() {
        assert!(statement.means(&statement));
        drop((
            statement.principals(),
            statement.lacks(&actions, &resources),
        ));
    }
    let ours = Statement::allow(OURS, &[principal.to_owned()].into(), &actions, &resources);
    for _ in 0..2 {
        policy.put(&[OURS], Some(ours.clone()));
        assert!(policy.with_id(&[OURS]).unwrap().means(&ours));
        assert!(policy.allows(principal, &actions, &resources));
        assert_eq!(others(&policy, OURS), theirs);
        assert_eq!(Policy::parse(&policy.text()).unwrap(), policy);
    }
    policy.put(&[OURS], None);
    assert!(policy.with_id(&[OURS]).is_none());
    assert_eq!(others(&policy, OURS), theirs);
}

/// The address of a bucket: what can be read is written so that it reads the same.
pub fn address(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(read) = KeyedAddress::parse(text) else {
        return;
    };
    let written = read.exposed();
    let again = KeyedAddress::parse(&written).unwrap();
    assert_eq!(again.address(), read.address());
    assert_eq!(again.exposed(), written);
    let place = KeyedAddress::parse(&read.address().to_string()).unwrap();
    assert_eq!(place.address(), read.address());
    assert!(place.secret_key().is_none());
}

fn others(policy: &Policy, ours: &str) -> Vec<Json> {
    let document: Json = serde_json::from_str(&policy.text()).unwrap();
    let statements = match &document["Statement"] {
        Json::Array(statements) => statements.clone(),
        statement @ Json::Object(_) => vec![statement.clone()],
        _ => Vec::new(),
    };
    let is_ours = |statement: &Json| statement.get("Sid").and_then(Json::as_str) == Some(ours);
    statements
        .into_iter()
        .filter(|statement| !is_ours(statement))
        .collect()
}

/// An answer of a store or of AWS, the first two bytes its status and its kind: it is understood or refused, never taken for more than it says, and told in words
/// that a terminal can show.
pub fn answer(data: &[u8]) {
    let [status, kind, body @ ..] = data else {
        return;
    };
    static PEER: OnceLock<Peer> = OnceLock::new();
    let peer = PEER.get_or_init(Peer::start);
    let status = [
        200, 204, 301, 307, 400, 401, 403, 404, 405, 409, 412, 429, 500, 501, 503,
    ][usize::from(*status) % 15];
    let kind = [
        "application/xml",
        "application/json",
        "text/html",
        "application/x-amz-json-1.1",
    ][usize::from(*kind) % 4];
    *peer.answer.lock().unwrap() = (status, kind, body.to_vec());
    peer.runtime
        .block_on(ask(&peer.bucket, &peer.keys, status, body));
}

async fn ask(bucket: &Bucket, keys: &Keys, status: u16, body: &[u8]) {
    let words = String::from_utf8_lossy(body);
    if let Err(error) = bucket.require_presence().await {
        tell(&error);
        assert!(
            *error.kind() != Kind::BucketAbsent || words.contains("NoSuchBucket"),
            "taken for gone"
        );
    }
    let found = [
        bucket.versioning().await.map(drop),
        bucket.encryption().await.map(drop),
        bucket.cors().await.map(drop),
        bucket.lifecycle().await.map(drop),
        bucket.tags().await.map(drop),
        bucket.policy().await.map(drop),
        bucket.public_access().await.map(drop),
        bucket.ownership().await.map(drop),
        bucket.location().await.map(drop),
        bucket
            .put_tags(&Tags::from([("a".to_owned(), "b".to_owned())]))
            .await,
        keys.describe("1234").await.map(drop),
        keys.policy("1234").await.map(drop),
    ];
    for error in found.iter().filter_map(|found| found.as_ref().err()) {
        tell(error);
    }
    if let Ok(true) = bucket.is_empty().await {
        let listed = ["ListVersionsResult", "ListBucketResult"]
            .iter()
            .any(|root| words.contains(root));
        assert!(listed && status == 200, "taken for empty");
    }
}

fn tell(error: &Error) {
    let told = call_failed(
        Cloud::Aws,
        "Reading the bucket",
        "The state is kept.",
        error,
    );
    let plain = |text: &str| {
        text.chars()
            .all(|letter| letter == '\n' || !letter.is_control())
    };
    assert!(plain(&told.summary) && plain(&told.detail), "{told:?}");
    assert!(told.detail.len() < 4000, "{}", told.detail.len());
}

/// A server that gives the same answer to whatever it is asked.
struct Peer {
    answer: Arc<Mutex<(u16, &'static str, Vec<u8>)>>,
    runtime: tokio::runtime::Runtime,
    bucket: Bucket,
    keys: Keys,
}

impl Peer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let answer = Arc::new(Mutex::new((200, "", Vec::new())));
        let shared = Arc::clone(&answer);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&shared);
                // A connection ends when the client has enough of it.
                std::thread::spawn(move || serve(stream.unwrap(), &shared).ok());
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let settings = Settings {
            login: Login::Keys(key_pair("AKIAFUZZ", &"secret-of-nobody".into(), None)),
            endpoints: Endpoints {
                s3: Some(url.clone()),
                kms: Some(url.clone()),
                sts: Some(url),
            },
            attempts: 1,
            ..Settings::default()
        };
        let session = runtime
            .block_on(Session::open(settings, "us-east-1"))
            .unwrap();
        let bucket = session.s3().unwrap().bucket("omega");
        let keys = session.keys().unwrap();
        Self {
            answer,
            runtime,
            bucket,
            keys,
        }
    }
}

fn serve(stream: TcpStream, answer: &Mutex<(u16, &'static str, Vec<u8>)>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
        let (status, kind, body) = answer.lock().unwrap().clone();
        let body = if status == 204 { Vec::new() } else { body };
        let head = format!(
            "HTTP/1.1 {status} Fuzz\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        writer.write_all(&[head.as_bytes(), &body].concat())?;
    }
}
