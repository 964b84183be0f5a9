//! A proxy before a store that delays, counts and misbehaves on demand.

use std::net::SocketAddr;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// An answer with that status and code, instead of the store's.
    Answer(u16, &'static str),
    /// The same with words of its own.
    Says(u16, &'static str, &'static str),
    /// Success with that document.
    Document(&'static str),
    /// The bucket is in that region (Amazon S3, "Making requests", redirects).
    Elsewhere(&'static str),
    /// The connection breaks before the store sees the request.
    ResetBefore,
    /// The store acts, and its answer is lost.
    ResetAfter,
    /// A web page instead of the store's answer.
    Garbage,
    /// The store acts, and the answer takes that long.
    Slow(Duration),
}

/// One request that came through.
#[derive(Clone, Debug)]
pub struct Call {
    /// Method, path and query, and the headers that are [`TOLD`].
    pub request: String,
    /// When it came.
    pub began: Instant,
    /// When its answer left.
    pub ended: Instant,
}

/// Headers that belong to a request's name: what a service that speaks JSON is asked for, and what goes beside lifecycle rules.
const TOLD: [&str; 2] = [
    "x-amz-target",
    "x-amz-transition-default-minimum-object-size",
];

type Rule = Arc<dyn Fn(usize, &str) -> Option<Fault> + Send + Sync>;

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    seen: usize,
    rule: Option<Rule>,
    delay: Duration,
}

/// The proxy; it ends with the test.
pub struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    /// Before that store.
    pub fn before(upstream: &str) -> Self {
        let state = Arc::<Mutex<State>>::default();
        let (sender, receiver) = std::sync::mpsc::channel();
        let (upstream, shared) = (upstream.to_owned(), Arc::clone(&state));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                sender.send(listener.local_addr().unwrap()).unwrap();
                let client = Client::builder(TokioExecutor::new()).build_http();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    stream.set_nodelay(true).unwrap();
                    let (client, upstream, state) =
                        (client.clone(), upstream.clone(), Arc::clone(&shared));
                    tokio::spawn(async move {
                        let service = service_fn(move |request| {
                            pass(
                                request,
                                client.clone(),
                                upstream.clone(),
                                Arc::clone(&state),
                            )
                        });
                        // A connection that ends in an error is what some of the faults are.
                        let _ = hyper::server::conn::http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), service)
                            .await;
                    });
                }
            });
        });
        Self {
            address: receiver.recv().unwrap(),
            state,
        }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Delays every answer.
    pub fn delay(&self, delay: Duration) {
        self.state.lock().unwrap().delay = delay;
    }

    /// What happens to a request, by its number from 0 and its method, path and query.
    pub fn rule(&self, rule: impl Fn(usize, &str) -> Option<Fault> + Send + Sync + 'static) {
        let mut state = self.state.lock().unwrap();
        state.seen = 0;
        state.rule = Some(Arc::new(rule));
    }

    /// The first of such requests end so, and all others go through.
    pub fn first(&self, times: usize, such: fn(&str) -> bool, fault: Fault) {
        let left = AtomicUsize::new(times);
        self.rule(move |_, request| {
            let hit = such(request);
            let take = |left: usize| left.checked_sub(1);
            (hit && left.fetch_update(Relaxed, Relaxed, take).is_ok()).then_some(fault)
        });
    }

    /// Every request goes through again.
    pub fn behave(&self) {
        self.state.lock().unwrap().rule = None;
    }

    /// How many requests came since the last rule was set.
    pub fn seen(&self) -> usize {
        self.state.lock().unwrap().seen
    }

    /// The requests since the last call of this.
    pub fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.state.lock().unwrap().calls)
    }
}

/// How many of the calls had to wait for one another: the longest chain in which each began after the one before had ended.
pub fn depth(calls: &[Call]) -> usize {
    let mut sorted = calls.to_vec();
    sorted.sort_by_key(|call| call.ended);
    let mut depth = 0;
    let mut last = None;
    for call in sorted {
        if last.is_none_or(|ended| call.began >= ended) {
            depth += 1;
            last = Some(call.ended);
        }
    }
    depth
}

async fn pass(
    request: Request<Incoming>,
    client: Client<HttpConnector, Full<Bytes>>,
    upstream: String,
    state: Arc<Mutex<State>>,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let began = Instant::now();
    let target = request
        .uri()
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut name = format!("{} {target}", request.method());
    for header in TOLD {
        if let Some(value) = request.headers().get(header) {
            name.push_str(value.to_str().unwrap());
        }
    }
    let (fault, delay) = {
        let mut state = state.lock().unwrap();
        let number = state.seen;
        state.seen += 1;
        (
            state.rule.as_ref().and_then(|rule| rule(number, &name)),
            state.delay,
        )
    };
    // S3 speaks XML, the other services of AWS mostly JSON.
    let speaks_json = request.headers().contains_key("x-amz-target");
    let broken = || std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let answer = match fault {
        Some(Fault::Answer(status, code)) if speaks_json => Ok(json_error(status, code)),
        Some(Fault::Answer(status, code)) => Ok(error(status, code, "injected")),
        Some(Fault::Says(status, code, words)) => Ok(error(status, code, words)),
        Some(Fault::Document(text)) => Ok(Response::new(Full::from(text))),
        Some(Fault::Elsewhere(region)) => {
            let mut answer = error(301, "PermanentRedirect", "injected");
            let region = region.parse().unwrap();
            answer.headers_mut().insert("x-amz-bucket-region", region);
            Ok(answer)
        }
        Some(Fault::Garbage) => Ok(Response::new(Full::from(
            "<html><body>Please log in</body></html>",
        ))),
        Some(Fault::ResetBefore) => Err(broken()),
        Some(Fault::ResetAfter) => {
            let _ = forward(request, &client, &upstream, &target).await;
            Err(broken())
        }
        Some(Fault::Slow(time)) => {
            let answer = forward(request, &client, &upstream, &target).await;
            tokio::time::sleep(time).await;
            Ok(answer)
        }
        None => Ok(forward(request, &client, &upstream, &target).await),
    };
    tokio::time::sleep(delay).await;
    let call = Call {
        request: name,
        began,
        ended: Instant::now(),
    };
    state.lock().unwrap().calls.push(call);
    answer
}

async fn forward(
    request: Request<Incoming>,
    client: &Client<HttpConnector, Full<Bytes>>,
    upstream: &str,
    target: &str,
) -> Response<Full<Bytes>> {
    let (mut parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    // The host stays as it was signed.
    parts.uri = format!("{upstream}{target}").parse().unwrap();
    let answer = client
        .request(Request::from_parts(parts, Full::from(body)))
        .await;
    match answer {
        Ok(answer) => {
            let (parts, body) = answer.into_parts();
            Response::from_parts(
                parts,
                Full::from(
                    body.collect()
                        .await
                        .map(|body| body.to_bytes())
                        .unwrap_or_default(),
                ),
            )
        }
        Err(failure) => error(502, &failure.to_string(), "injected"),
    }
}

fn error(status: u16, code: &str, words: &str) -> Response<Full<Bytes>> {
    let body = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{words}</Message><RequestId>proxy</RequestId></Error>"
    );
    Response::builder()
        .status(status)
        .header("content-type", "application/xml")
        .header("x-amz-request-id", "proxy")
        .body(Full::from(body))
        .unwrap()
}

/// The same failure in the words of AWS's key management (AWS KMS API, "Common Errors").
fn json_error(status: u16, code: &str) -> Response<Full<Bytes>> {
    let code = match code {
        "AccessDenied" => "AccessDeniedException",
        "SlowDown" | "TooManyRequests" => "ThrottlingException",
        "InternalError" => "KMSInternalException",
        other => other,
    };
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.1")
        .body(Full::from(format!(
            "{{\"__type\":\"{code}\",\"message\":\"injected\"}}"
        )))
        .unwrap()
}

#[test]
fn the_depth_is_the_longest_chain_of_waiting() {
    let start = Instant::now();
    let at = |began: u64, ended: u64| Call {
        request: String::new(),
        began: start + Duration::from_millis(began),
        ended: start + Duration::from_millis(ended),
    };
    assert_eq!(depth(&[at(0, 50), at(1, 51), at(2, 52)]), 1);
    assert_eq!(
        depth(&[at(0, 50), at(50, 100), at(51, 101), at(101, 151)]),
        3
    );
    assert_eq!(depth(&[]), 0);
}
