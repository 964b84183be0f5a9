//! The fuzzers' short run: every input of the corpus, and changed ones. `make fuzz` is the long one.

#[path = "../fuzz/promises.rs"]
mod promises;

use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rstest::rstest;

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let mut paths = fs::read_dir(folder.join(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect::<Vec<_>>();
    paths.sort();
    paths
        .into_iter()
        .map(|path| fs::read(path).unwrap())
        .collect()
}

/// What happens to an input: at a place, some bytes go and some come.
type Change = (prop::sample::Index, usize, Vec<u8>);

fn changed(mut input: Vec<u8>, changes: Vec<Change>) -> Vec<u8> {
    for (place, gone, come) in changes {
        let from = place.index(input.len() + 1);
        let to = (from + gone).min(input.len());
        input.splice(from..to, come);
    }
    input
}

/// Texts that mean something to one of the parsers, and what is seldom thought of.
const TOKENS: [&[u8]; 18] = [
    b"\"*\"",
    b"[[[[",
    b"{\"AWS\":[]}",
    b"<Code>NoSuchBucket</Code>",
    b"<Error>",
    b"</Code>",
    b"<Rule/>",
    b"&#0;",
    b"\x1b[2J",
    b"1e999999999",
    b"\\ud800",
    b"\xff\xfe",
    b"\xc7\xff\x0c",
    b"\xdf\xff\xff\xff\xff",
    b"\xdd\xff\xff\xff\xff",
    b"null",
    b"%2F",
    b"@:/?",
];

fn token() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..4),
        prop::sample::select(TOKENS.to_vec()).prop_map(<[u8]>::to_vec),
    ]
}

#[rstest]
#[case::msgpack("msgpack", promises::msgpack, 4000)]
#[case::state("state", promises::state, 4000)]
#[case::policy("policy", promises::policy, 4000)]
#[case::address("address", promises::address, 4000)]
#[case::answer("answer", promises::answer, 400)]
fn whatever_comes_in_is_read_or_refused(
    #[case] name: &str,
    #[case] promise: fn(&[u8]),
    #[case] cases: u32,
) {
    let corpus = corpus(name);
    assert!(corpus.len() > 4, "{name} has {} inputs", corpus.len());
    for input in &corpus {
        promise(input);
    }
    let change = (any::<prop::sample::Index>(), 0..8_usize, token());
    let inputs = (prop::sample::select(corpus), vec(change, 1..6));
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&inputs, |(input, changes)| {
            promise(&changed(input, changes));
            Ok(())
        })
        .unwrap();
}
