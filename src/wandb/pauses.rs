//! How long to wait before a request is sent again.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, SystemTime};

use aws_smithy_types::date_time::{DateTime, Format};

/// Before the second try; it doubles with each.
const PAUSE: Duration = Duration::from_millis(400);

/// The longest that a server's wish is obeyed.
const LONGEST: Duration = Duration::from_secs(60);

/// Full jitter, so that many runs do not come back at the same moment.
pub(super) fn backoff(attempt: u32) -> Duration {
    let most = PAUSE * 2u32.pow(attempt);
    let random = RandomState::new().build_hasher().finish();
    // Of a number below a thousand nothing is lost.
    #[expect(clippy::cast_precision_loss, reason = "it is below a thousand")]
    let part = (random % 1000) as f64 / 1000.0;
    PAUSE / 4 + most.mul_f64(part)
}

/// What `Retry-After` asks for: seconds, or the date at which they end (RFC 9110 §10.2.3).
pub(super) fn asked_for(text: &str) -> Option<Duration> {
    let pause = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let end = DateTime::from_str(text, Format::HttpDate).ok()?;
            let end = SystemTime::try_from(end).ok()?;
            end.duration_since(SystemTime::now()).unwrap_or_default()
        }
    };
    Some(pause.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_asks_for_seconds_or_names_a_date_and_is_obeyed_for_a_minute() {
        assert_eq!(asked_for("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked_for("86400"), Some(LONGEST));
        let past = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(asked_for(past), Some(Duration::ZERO));
        let soon = SystemTime::now() + Duration::from_secs(20);
        let soon = DateTime::from(soon).fmt(Format::HttpDate).unwrap();
        let pause = asked_for(&soon).unwrap();
        assert!(pause > Duration::from_secs(10) && pause <= Duration::from_secs(20));
        assert_eq!(asked_for("soon"), None);
        assert_eq!(asked_for("-1"), None);
    }

    #[test]
    fn a_pause_grows_with_the_tries_and_is_never_none() {
        for attempt in 1..5 {
            let pause = backoff(attempt);
            assert!(pause >= PAUSE / 4 && pause <= PAUSE * (2u32.pow(attempt) + 1));
        }
    }
}
