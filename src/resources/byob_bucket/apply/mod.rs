//! Making, changing and removing the bucket.

mod create;
mod delete;
mod update;

use std::collections::BTreeMap;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use update::update;

use super::model::{self, CLOUD};
use super::plan::{is_asked_for, path_of};
use crate::clouds::Error;
use crate::clouds::s3::Bucket;
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::operation::Interrupted;
use crate::framework::value::Value;
use crate::messages;
use crate::provider::Configuration;
use crate::requirements::{
    Extent, Facts, ProofFailure, REQUIREMENTS, Setting, Unsettled, Verdict, Wish, prove, verdicts,
};

/// Why an apply did not reach its end. What is true now is only known after clearing up, so the messages are made last.
enum Failure {
    /// A call failed.
    Call(Error),
    /// A document could not be written.
    Setting(Option<Setting>, Error),
    /// The wish of an attribute cannot be kept.
    NotOffered(&'static str, String),
    /// Something planned to be met is not.
    StillUnmet(&'static str, String),
    /// The proof failed.
    Unproven(ProofFailure),
    /// It was stopped.
    Interrupted(Interrupted),
    /// Another create made the bucket at the same time.
    LostRace,
}

impl From<Unsettled> for Failure {
    fn from(unsettled: Unsettled) -> Self {
        match unsettled {
            Unsettled::Failed(setting, error) => Self::Setting(setting, error),
            Unsettled::LostRace => Self::LostRace,
        }
    }
}

impl From<Interrupted> for Failure {
    fn from(interrupted: Interrupted) -> Self {
        Self::Interrupted(interrupted)
    }
}

impl Failure {
    /// The message. `doing` is what was being done, `now` what is true now, `limit` the attribute of `timeouts`.
    fn tell(&self, name: &str, doing: &str, now: &str, limit: &str) -> Diagnostic {
        match self {
            Self::Call(error) => messages::store::call_failed(doing, now, error),
            Self::Setting(setting, error) => {
                let diagnostic = messages::store::call_failed(doing, now, error);
                match setting.and_then(attribute_of) {
                    Some(attribute) => diagnostic.at(path_of(attribute)),
                    None => diagnostic,
                }
            }
            Self::NotOffered(attribute, how) => {
                messages::bucket::not_offered(name, &path_of(attribute), how, now)
            }
            Self::StillUnmet(requirement, verdict) => {
                let attribute = REQUIREMENTS
                    .iter()
                    .find(|known| known.name == *requirement)
                    .and_then(|known| known.attribute);
                messages::bucket::still_unmet(name, requirement, verdict, attribute.map(path_of))
            }
            Self::Unproven(failure) => {
                let (check, remedy) = (failure.check.to_string(), failure.check.remedy());
                messages::bucket::unproven(name, &check, &failure.cause, remedy, now)
            }
            Self::Interrupted(cause) => messages::store::interrupted(doing, now, limit, *cause),
            Self::LostRace => messages::bucket::lost_race(name, &import_id(name)),
        }
    }
}

fn attribute_of(setting: Setting) -> Option<&'static str> {
    REQUIREMENTS
        .iter()
        .find(|requirement| requirement.setting == Some(setting))?
        .attribute
}

fn import_id(name: &str) -> String {
    format!("{CLOUD}/{name}")
}

/// Judges the bucket after its settings were written: a wish of the configuration must be kept, and what was planned to be met
/// must be met.
fn judge(
    wish: &Wish,
    facts: &Facts,
    config: &Value,
) -> Result<BTreeMap<&'static str, Verdict>, Failure> {
    let verdicts = verdicts(wish, facts);
    for requirement in REQUIREMENTS {
        let Some(verdict) = verdicts.get(requirement.name) else {
            continue;
        };
        let asked = requirement.attribute.filter(|attribute| {
            is_asked_for(
                attribute
                    .split('.')
                    .fold(config, |value, step| value.get(step)),
            )
        });
        match (verdict, asked) {
            (Verdict::Met, _) | (Verdict::NotOffered(_), None) => {}
            // Only others can act on it; the configuration is not to blame, but for a wish it states itself.
            (Verdict::NeedsYou(_), None) => {}
            (Verdict::NotOffered(how) | Verdict::NeedsYou(how), Some(attribute)) => {
                return Err(Failure::NotOffered(attribute, how.clone()));
            }
            (Verdict::Unmet(why), _) => {
                return Err(Failure::StillUnmet(requirement.name, why.clone()));
            }
        }
    }
    Ok(verdicts)
}

/// Proves the bucket, as far as it was asked for. Encryption is proven in any case: accepting it is no proof that it works.
async fn prove_as_asked(
    bucket: &Bucket,
    wish: &Wish,
    verdicts: &BTreeMap<&'static str, Verdict>,
    verify: bool,
    ending: impl Future<Output = Result<(), Error>>,
) -> Result<(), Failure> {
    let extent = match (verify, &wish.encryption) {
        (true, _) => Extent::Whole,
        (false, Some(_)) => Extent::Encryption,
        (false, None) => return ending.await.map_err(Failure::Call),
    };
    prove(bucket, wish, verdicts.get("cors"), extent, ending)
        .await
        .map_err(Failure::Unproven)
}

/// Warnings about what somebody else must see to.
fn warnings(name: &str, verdicts: &BTreeMap<&'static str, Verdict>) -> Diagnostics {
    let others = verdicts
        .iter()
        .filter(|(_, verdict)| matches!(verdict, Verdict::NeedsYou(_)));
    others
        .map(|(requirement, verdict)| {
            messages::bucket::needs_you(name, requirement, &verdict.to_string())
        })
        .collect()
}

/// The wish of the planned object, with the default tags known now.
fn wish_of(object: &mut Value, configuration: &Configuration) -> Result<Wish, Diagnostics> {
    model::derive(object, configuration);
    Ok(model::wish(object, configuration.front_end()?))
}
