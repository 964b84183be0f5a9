//! Making, changing and removing the bucket.

mod create;
mod delete;
mod update;

use std::collections::BTreeMap;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use update::update;

use super::model;
use super::place;
use super::plan::{is_asked_for, path_of};
use crate::clouds::s3::Bucket;
use crate::clouds::{Cloud, Error};
use crate::framework::diagnostic::Diagnostics;
use crate::framework::operation::Interrupted;
use crate::framework::value::Value;
use crate::messages;
use crate::provider::Configuration;
use crate::requirements::key::{self, NoKey, Search};
use crate::requirements::{
    Extent, Facts, KeyWish, ProofFailure, REQUIREMENTS, Setting, Target, Unsettled, Verdict, Wish,
    prove, verdicts,
};

/// Why an apply did not reach its end. What is true now is only known after clearing up, so the messages are made last.
enum Failure {
    /// A call failed.
    Call(Error),
    /// A document could not be written.
    Setting(Option<Setting>, Error),
    /// The wish of an attribute cannot be kept.
    NotOffered(String, String),
    /// Something planned to be met is not.
    StillUnmet(&'static str, String),
    /// The proof failed.
    Unproven(ProofFailure),
    /// It was stopped.
    Interrupted(Interrupted),
    /// Another create made the bucket at the same time.
    LostRace,
    /// There is no key, and perhaps one that was made in vain.
    NoKey(NoKey),
    /// The provider block or the environment cannot be used.
    Unusable(Diagnostics),
}

impl From<Unsettled> for Failure {
    fn from(unsettled: Unsettled) -> Self {
        match unsettled {
            Unsettled::Failed(setting, error) => Self::Setting(setting, error),
            Unsettled::LostRace => Self::LostRace,
        }
    }
}

impl From<ProofFailure> for Failure {
    fn from(failure: ProofFailure) -> Self {
        Self::Unproven(failure)
    }
}

impl From<Interrupted> for Failure {
    fn from(interrupted: Interrupted) -> Self {
        Self::Interrupted(interrupted)
    }
}

impl Failure {
    /// The message.
    fn tell(&self, scene: &Scene, now: &str) -> Diagnostics {
        let Scene {
            cloud,
            name,
            doing,
            limit,
        } = scene;
        let diagnostic = match self {
            Self::Unusable(found) => return found.clone(),
            Self::Call(error) => messages::store::call_failed(*cloud, doing, now, error),
            Self::Setting(setting, error) => {
                let diagnostic = messages::store::call_failed(*cloud, doing, now, error);
                match setting.and_then(|setting| attribute_of(setting, *cloud)) {
                    Some(attribute) => diagnostic.at(path_of(&attribute)),
                    None => diagnostic,
                }
            }
            Self::NoKey(NoKey { error, left }) => {
                let refused = Self::Setting(Some(Setting::Key), error.clone());
                let mut found = refused.tell(scene, now);
                if let Some(key) = left {
                    found.push(messages::bucket::key_left(name, key, None));
                }
                return found;
            }
            Self::NotOffered(attribute, how) => {
                messages::bucket::not_offered(name, &path_of(attribute), how, now)
            }
            Self::StillUnmet(requirement, verdict) => {
                let attribute = REQUIREMENTS
                    .iter()
                    .find(|known| known.name == *requirement)
                    .and_then(|known| known.attribute_in(*cloud));
                let attribute = attribute.as_deref().map(path_of);
                messages::bucket::still_unmet(name, requirement, verdict, attribute)
            }
            Self::Unproven(failure) => {
                let (check, remedy) = (failure.check.to_string(), failure.check.remedy());
                messages::bucket::unproven(name, &check, &failure.cause, remedy, now)
            }
            Self::Interrupted(cause) => messages::store::interrupted(doing, now, limit, *cause),
            Self::LostRace => messages::bucket::lost_race(name, &place::id(*cloud, name)),
        };
        diagnostic.into()
    }
}

/// What was being done, and to what.
struct Scene {
    cloud: Cloud,
    name: String,
    /// Such as `Creating the bucket "acme"`.
    doing: String,
    /// The attribute of `timeouts`.
    limit: &'static str,
}

impl Scene {
    fn of(object: &Value, doing: &str, limit: &'static str) -> Self {
        let name = model::name(object);
        Self {
            cloud: place::valid_cloud(object),
            doing: format!("{doing} the bucket {name:?}"),
            name,
            limit,
        }
    }
}

fn attribute_of(setting: Setting, cloud: Cloud) -> Option<String> {
    REQUIREMENTS
        .iter()
        .find(|requirement| requirement.setting == Some(setting))?
        .attribute_in(cloud)
}

/// Finds or makes the key of our own that the wish asks for, and writes its address into the wish.
async fn obtain_key(
    configuration: &Configuration,
    target: &Target,
    object: &Value,
    wish: &mut Wish,
    search: Search,
) -> Result<Option<String>, Failure> {
    let (Some(keys), Some(aws)) = (&target.keys, &mut wish.aws) else {
        return Ok(None);
    };
    let KeyWish::Own(arn) = &aws.key else {
        return Ok(None);
    };
    if arn.is_some() {
        return Ok(None);
    }
    let region = place::region(object).unwrap_or_default();
    let number = configuration.aws.number(&region).await;
    let number =
        number.map_err(|unready| Failure::Unusable(model::unready_diagnostics(unready)))?;
    let order = key::Order {
        bucket: target.bucket.name(),
        account: &number.map_err(Failure::Call)?,
        partition: place::partition(&region),
        principals: &aws.principals,
        tags: &wish.tags,
    };
    let key = key::obtain(keys, &order, search).await;
    let key = key.map_err(Failure::NoKey)?;
    aws.key = KeyWish::Own(Some(key.arn.clone()));
    if let Some(encryption) = &mut wish.encryption {
        encryption.key_id = Some(key.arn.clone());
    }
    Ok(Some(key.arn))
}

/// Judges the bucket after its settings were written: a wish of the configuration must be kept, and what was planned to be met
/// must be met.
fn judge(
    wish: &Wish,
    facts: &Facts,
    config: &Value,
) -> Result<BTreeMap<&'static str, Verdict>, Failure> {
    let cloud = place::valid_cloud(config);
    let verdicts = verdicts(wish, facts);
    for requirement in REQUIREMENTS {
        let Some(verdict) = verdicts.get(requirement.name) else {
            continue;
        };
        let asked = requirement.attribute_in(cloud).filter(|attribute| {
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
            // On AWS it is a policy or a key of theirs, which stops nothing here.
            (Verdict::NeedsYou(_), Some(_)) if cloud == Cloud::Aws => {}
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

/// Proves the bucket, as far as it was asked for, with `beside` at the same time, and then runs `ending`. Encryption is proven in any case:
/// a store of one's own may accept it and not have it. AWS looks at the key itself.
async fn prove_as_asked(
    bucket: &Bucket,
    wish: &Wish,
    verdicts: &BTreeMap<&'static str, Verdict>,
    verify: bool,
    beside: impl Future<Output = Result<(), Failure>>,
    ending: impl Future<Output = Result<(), Error>>,
) -> Result<(), Failure> {
    let extent = match (verify, &wish.encryption) {
        (true, _) => Extent::Whole,
        (false, Some(_)) if wish.aws.is_none() => Extent::Encryption,
        (false, _) => return ending.await.map_err(Failure::Call),
    };
    prove(bucket, wish, verdicts.get("cors"), extent, beside, ending).await
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

/// The wish of the planned object, with the default tags known now, and who W&B is.
fn wish_of(
    object: &mut Value,
    configuration: &Configuration,
    own_key: &Value,
) -> Result<Wish, Diagnostics> {
    model::derive(object, configuration, own_key);
    let wish = model::wish(object, configuration)?;
    // At plan time it may not have been known yet.
    match &wish.aws {
        Some(aws) if aws.principals.is_empty() => {
            let self_managed = model::deployment(object, configuration).is_some();
            Err(messages::provider::no_principal(self_managed).into())
        }
        _ => Ok(wish),
    }
}
