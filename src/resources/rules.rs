//! What may be written into the attributes of a bucket. Every rule here is asked at plan time and never touches the network.

use std::net::Ipv4Addr;

use url::Url;

use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::path::Path;
use crate::framework::value::Value;

/// Name beginnings that are taken. `cw-` and `vip-`: W&B BYOB page, "CoreWeave"; the rest: Amazon S3 User Guide, "General purpose
/// bucket naming rules".
const RESERVED_BEGINNINGS: [&str; 5] = ["cw-", "vip-", "xn--", "sthree-", "amzn-s3-demo-"];

/// Name endings that are taken (Amazon S3 User Guide, "General purpose bucket naming rules").
const RESERVED_ENDINGS: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// The longest key of an object in S3 is 1024 bytes; W&B's own part of a key comes after the path.
const LONGEST_PATH: usize = 512;

/// S3 limits of a tag (Amazon S3 User Guide, "Categorizing your storage using tags").
const LONGEST_TAG_KEY: usize = 128;
const LONGEST_TAG_VALUE: usize = 256;

/// About a hundred years; S3 itself takes any positive 32-bit number.
const MOST_DAYS: i64 = 36_500;

/// A bucket name as S3 takes it: Amazon's rules, which MinIO and Ceph share, with W&B's reserved beginnings.
pub(crate) fn bucket_name(value: &Value, path: &Path) -> Diagnostics {
    let Some(name) = value.as_str() else {
        return Diagnostics::none();
    };
    let Some(fault) = name_fault(name) else {
        return Diagnostics::none();
    };
    let detail = format!(
        "{name:?} {fault} A bucket name has 3 to 63 characters: lower-case letters, digits, hyphens and dots, with a letter or digit \
         at both ends. Choose another name; nothing was changed."
    );
    refuse("Invalid bucket name", detail, path)
}

fn name_fault(name: &str) -> Option<String> {
    let ends_well =
        |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if name.contains('_') {
        return Some("contains an underscore, which no address on the web can hold.".to_owned());
    }
    if name.chars().any(|c| c.is_ascii_uppercase()) {
        return Some("contains capital letters.".to_owned());
    }
    if let Some(odd) = name
        .chars()
        .find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(*c)))
    {
        return Some(format!("contains the character {odd:?}."));
    }
    if !(3..=63).contains(&name.len()) {
        return Some(format!("has {} characters.", name.len()));
    }
    if !ends_well(name.chars().next()) || !ends_well(name.chars().last()) {
        return Some("begins or ends with a hyphen or a dot.".to_owned());
    }
    if let Some(pair) = ["..", ".-", "-."]
        .into_iter()
        .find(|pair| name.contains(pair))
    {
        return Some(format!("contains {pair:?}."));
    }
    if name.parse::<Ipv4Addr>().is_ok()
        || name.split('.').count() == 4 && name.split('.').all(|part| part.parse::<u32>().is_ok())
    {
        return Some("has the form of an IP address.".to_owned());
    }
    if let Some(reserved) = RESERVED_BEGINNINGS
        .into_iter()
        .find(|reserved| name.starts_with(reserved))
    {
        return Some(format!("begins with {reserved:?}, which is reserved."));
    }
    let reserved = RESERVED_ENDINGS
        .into_iter()
        .find(|reserved| name.ends_with(reserved))?;
    Some(format!("ends with {reserved:?}, which is reserved."))
}

/// A sub-path that W&B puts before its keys: `team/omega`.
pub(crate) fn sub_path(value: &Value, path: &Path) -> Diagnostics {
    let Some(text) = value.as_str() else {
        return Diagnostics::none();
    };
    let fault = if text.is_empty() {
        Some("is empty: leave the attribute out to use the whole bucket.")
    } else if text.starts_with('/') || text.ends_with('/') {
        Some("begins or ends with a slash.")
    } else if text.split('/').any(str::is_empty) {
        Some("has two slashes in a row.")
    } else if text.split('/').any(|segment| matches!(segment, "." | "..")) {
        Some("contains \".\" or \"..\", which means nothing in a bucket.")
    } else if text.chars().any(|c| c.is_control() || c == '\\') {
        Some("contains a backslash or a control character.")
    } else if text.len() > LONGEST_PATH {
        Some("is longer than 512 bytes.")
    } else {
        None
    };
    let Some(fault) = fault else {
        return Diagnostics::none();
    };
    let detail = format!(
        "{text:?} {fault} Write the folder inside the bucket, for example \"wandb\" or \"teams/omega\"."
    );
    refuse("Invalid path", detail, path)
}

/// Web origins that browsers send: `*`, `https://wandb.example.com`, `https://*.example.com`.
pub(crate) fn origins(value: &Value, path: &Path) -> Diagnostics {
    let Some(elements) = value.elements() else {
        return Diagnostics::none();
    };
    if elements.is_empty() {
        let detail = "An empty set allows no browser at all. List the origins of your W&B front end, or [\"*\"] for all of them.";
        return refuse("No origin is allowed", detail, path);
    }
    let wrong = elements
        .iter()
        .filter_map(Value::as_str)
        .find(|origin| !is_origin(origin));
    let Some(origin) = wrong else {
        return Diagnostics::none();
    };
    let detail = format!(
        "{origin:?} is not what a browser sends as its origin. Write the scheme and the host, and the port if there is one, without \
         a path or a slash at the end: for example \"https://wandb.example.com\", \"https://*.example.com\" or \"*\"."
    );
    refuse("Invalid origin", detail, path)
}

fn is_origin(origin: &str) -> bool {
    if origin == "*" {
        return true;
    }
    if origin.matches('*').count() > 1 {
        return false;
    }
    // One wildcard is allowed (Amazon S3 User Guide, "CORS configuration"); a letter in its place makes it an ordinary URL.
    let Ok(url) = Url::parse(&origin.replace('*', "a")) else {
        return false;
    };
    let same = url.origin().ascii_serialization();
    matches!(url.scheme(), "http" | "https")
        && same == origin.replace('*', "a").to_ascii_lowercase()
}

/// A whole number of days; 0 is never.
pub(crate) fn days(value: &Value, path: &Path) -> Diagnostics {
    whole_number(value, path, "days", MOST_DAYS)
}

/// A whole number of seconds that a browser may remember a preflight.
pub(crate) fn seconds(value: &Value, path: &Path) -> Diagnostics {
    whole_number(value, path, "seconds", i64::from(i32::MAX))
}

fn whole_number(value: &Value, path: &Path, unit: &str, most: i64) -> Diagnostics {
    let Value::Number(number) = value else {
        return Diagnostics::none();
    };
    if number
        .as_i64()
        .is_some_and(|number| (0..=most).contains(&number))
    {
        return Diagnostics::none();
    }
    let detail = format!(
        "{number} is not a number of {unit} that can be set. Write a whole number from 0 to {most}."
    );
    refuse(&format!("Invalid number of {unit}"), detail, path)
}

/// Tags as S3 takes them.
pub(crate) fn tags(value: &Value, path: &Path) -> Diagnostics {
    let Some(entries) = value.entries() else {
        return Diagnostics::none();
    };
    let mut diagnostics = Diagnostics::none();
    for (key, text) in entries {
        let fault = if key.is_empty() {
            Some("A tag has an empty key. Give it a name or remove it.".to_owned())
        } else if key.chars().count() > LONGEST_TAG_KEY {
            Some(format!(
                "The tag key {key:?} is longer than {LONGEST_TAG_KEY} characters."
            ))
        } else if key.to_ascii_lowercase().starts_with("aws:") {
            Some(format!(
                "The tag key {key:?} begins with \"aws:\", which is reserved."
            ))
        } else if key == crate::requirements::CREATION_TAG {
            Some(format!(
                "The tag key {key:?} is this provider's own: it marks a bucket whose creation has not ended."
            ))
        } else if text.is_null() {
            Some(format!(
                "The tag {key:?} has no value. Give it one, \"\" if need be, or remove it."
            ))
        } else if text
            .as_str()
            .is_some_and(|text| text.chars().count() > LONGEST_TAG_VALUE)
        {
            Some(format!(
                "The value of the tag {key:?} is longer than {LONGEST_TAG_VALUE} characters."
            ))
        } else {
            None
        };
        if let Some(fault) = fault {
            diagnostics.push(Diagnostic::error("Invalid tag", fault).at(path.key(key)));
        }
    }
    diagnostics
}

/// One of the words.
pub(crate) fn one_of(
    summary: &'static str,
    words: &'static [&'static str],
) -> impl Fn(&Value, &Path) -> Diagnostics {
    move |value, path| {
        let Some(text) = value.as_str().filter(|text| !words.contains(text)) else {
            return Diagnostics::none();
        };
        let choices = words
            .iter()
            .map(|word| format!("{word:?}"))
            .collect::<Vec<_>>()
            .join(", ");
        refuse(
            summary,
            format!("{text:?} is not known. Write one of {choices}."),
            path,
        )
    }
}

/// Any text but an empty one.
pub(crate) fn not_empty(value: &Value, path: &Path) -> Diagnostics {
    if value.as_str() != Some("") {
        return Diagnostics::none();
    }
    refuse(
        "Empty value",
        "Write a value, or leave the attribute out.",
        path,
    )
}

fn refuse(summary: &str, detail: impl Into<String>, path: &Path) -> Diagnostics {
    Diagnostic::error(summary, detail).at(path.clone()).into()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("acme-wandb-omega", true)]
    #[case("a.b.c", true)]
    #[case("abc", true)]
    #[case("ab", false)]
    #[case(&"a".repeat(64), false)]
    #[case("Acme", false)]
    #[case("acme_wandb", false)]
    #[case("acme..wandb", false)]
    #[case("acme.-wandb", false)]
    #[case("-acme", false)]
    #[case("acme-", false)]
    #[case("192.168.5.4", false)]
    #[case("999.999.999.999", false)]
    #[case("1.2.3.4a", true)]
    #[case("cw-bucket", false)]
    #[case("vip-bucket", false)]
    #[case("xn--bucket", false)]
    #[case("bucket-s3alias", false)]
    #[case("bücket", false)]
    #[case("a b", false)]
    #[case("", false)]
    fn bucket_names_follow_the_rules_of_s3_and_wandb(#[case] name: &str, #[case] good: bool) {
        assert_eq!(name_fault(name).is_none(), good, "{name}");
    }

    #[rstest]
    #[case("omega", true)]
    #[case("teams/omega", true)]
    #[case("..", false)]
    #[case("a/../b", false)]
    #[case("/a", false)]
    #[case("a/", false)]
    #[case("a//b", false)]
    #[case("", false)]
    #[case("a..b", true)]
    fn paths_stay_inside_the_bucket(#[case] text: &str, #[case] good: bool) {
        assert_eq!(
            sub_path(&text.into(), &Path::of("path")).is_empty(),
            good,
            "{text}"
        );
    }

    #[rstest]
    #[case("*", true)]
    #[case("https://wandb.example.com", true)]
    #[case("http://localhost:8080", true)]
    #[case("https://*.example.com", true)]
    #[case("https://wandb.example.com/", false)]
    #[case("wandb.example.com", false)]
    #[case("https://a/b", false)]
    #[case("https://*.*.com", false)]
    #[case("ftp://example.com", false)]
    #[case("https://", false)]
    fn origins_are_what_a_browser_sends(#[case] origin: &str, #[case] good: bool) {
        assert_eq!(is_origin(origin), good, "{origin}");
    }

    #[test]
    fn an_empty_set_of_origins_is_refused() {
        assert!(origins(&Value::Set(Vec::new()), &Path::of("cors")).has_error());
    }

    #[test]
    fn days_are_whole_and_not_negative() {
        let day =
            |text: &str| days(&Value::Number(text.parse().unwrap()), &Path::of("days")).is_empty();
        assert!(day("0") && day("30") && !day("-1") && !day("1.5") && !day("99999"));
    }

    #[test]
    fn a_bad_tag_is_named_by_its_key() {
        let found = tags(
            &Value::map_of_strings([("", "x"), ("team", "omega")]),
            &Path::of("tags"),
        );
        let paths = found
            .iter()
            .map(|diagnostic| diagnostic.path.clone().unwrap().to_string())
            .collect::<Vec<_>>();
        assert_eq!(paths, ["tags[\"\"]"]);
    }
}
