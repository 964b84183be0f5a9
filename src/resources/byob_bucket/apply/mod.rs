//! Making, changing and removing the bucket.

mod create;
mod delete;
mod undo;
mod update;

use std::collections::BTreeMap;
use std::convert::Infallible;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use update::update;

use super::model;
use super::place;
use super::plan::{is_asked_for, path_of};
use crate::clouds::s3::Bucket;
use crate::clouds::{Cloud, Error, Kind};
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::operation::{Interrupted, Operation};
use crate::framework::value::Value;
use crate::messages;
use crate::messages::key::Left;
use crate::provider::Configuration;
use crate::requirements::key::{self, NoKey, Obtained, Origin, Search};
use crate::requirements::{
    Extent, Facts, KeyWish, ProofFailure, REQUIREMENTS, Setting, Stop, Target, Undone, Unsettled,
    Verdict, Wish, prove, verdicts,
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
    /// There is no key, and perhaps one without a name, or one that goes again.
    NoKey(
        Box<Failure>,
        Option<Obtained>,
        Option<(String, Option<String>)>,
    ),
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
                let attribute = match error.kind() {
                    // Whichever policy names it.
                    Kind::UnknownPrincipal => Some("aws.principal_arns".to_owned()),
                    _ => setting.and_then(|setting| attribute_of(setting, *cloud)),
                };
                match attribute {
                    Some(attribute) => diagnostic.at(path_of(&attribute)),
                    None => diagnostic,
                }
            }
            Self::NoKey(why, left, retired) => {
                let mut found = why.tell(scene, now);
                if let Some(key) = left {
                    found.push(without_name(name, key));
                }
                if let Some((arn, until)) = retired {
                    found.push(messages::key::taken_back(name, arn, until.as_deref()));
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
                messages::bucket::still_unmet(name, requirement, verdict, attribute, now)
            }
            Self::Unproven(failure) => {
                let (check, remedy) = (failure.check.to_string(), failure.remedy());
                messages::bucket::unproven(name, &check, &failure.cause, remedy, now)
            }
            Self::Interrupted(cause) => messages::store::interrupted(doing, now, limit, *cause),
            Self::LostRace => messages::bucket::lost_race(name, &place::id(*cloud, name)),
        };
        diagnostic.into()
    }
}

/// A key could not be given its name, and is still there.
fn without_name(bucket: &str, key: &Obtained) -> Diagnostic {
    let why = match key.origin {
        Origin::Made => Left::Unnamed,
        Origin::Found(_) => Left::Needed,
    };
    messages::key::left(bucket, &key.arn, why)
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
    operation: &Operation,
) -> Result<Option<Obtained>, Failure> {
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
    let number = operation.run(configuration.aws.number(&region)).await?;
    let number =
        number.map_err(|unready| Failure::Unusable(model::unready_diagnostics(unready)))?;
    let order = key::Order {
        bucket: target.bucket.name(),
        account: &number.map_err(Failure::Call)?,
        partition: place::partition(&region),
        principals: &aws.principals,
        tags: &wish.tags,
        days: days_of(object),
    };
    let order = &order;
    let obtained = shielded(operation, |stop| async move {
        key::obtain(keys, order, search, &stop).await
    });
    let key = match obtained.await {
        (Ok(key), _) => key,
        (Err(NoKey { why, left, retired }), cause) => {
            let why = match why {
                Undone::Failed(error) => Failure::Setting(Some(Setting::Key), error),
                Undone::Stopped => cause.unwrap_or(Interrupted::Cancelled).into(),
            };
            return Err(Failure::NoKey(Box::new(why), left, retired));
        }
    };
    aws.key = KeyWish::Own(Some(key.arn.clone()));
    if let Some(encryption) = &mut wish.encryption {
        encryption.key_id = Some(key.arn.clone());
    }
    Ok(Some(key))
}

/// Days that a key of the bucket's own waits for its deletion.
fn days_of(object: &Value) -> i32 {
    let days = place::block(object)
        .get("kms_key_deletion_window_days")
        .as_i64();
    // The attribute has a default and a rule.
    days.and_then(|days| i32::try_from(days).ok())
        .unwrap_or(LONGEST_WINDOW)
}

/// Days that AWS keeps a key at most that is scheduled for deletion (AWS KMS API, ScheduleKeyDeletion).
const LONGEST_WINDOW: i32 = 30;

/// Runs work that must not be dropped while a request is on its way: nobody could say what became of it. When the operation shall end, the work is
/// told, and why.
async fn shielded<T, F: Future<Output = T>>(
    operation: &Operation,
    work: impl FnOnce(Stop) -> F,
) -> (T, Option<Interrupted>) {
    let stop = Stop::default();
    let mut work = std::pin::pin!(work(stop.clone()));
    let end = operation.run(std::future::pending::<Infallible>());
    tokio::select! {
        biased;
        done = &mut work => (done, None),
        cause = end => {
            stop.now();
            (work.await, cause.err())
        }
    }
}

/// Refuses a given key that S3 would take, and that nothing could be written with. It is better known before anything is changed.
async fn refuse_unfit_key(
    target: &Target,
    wish: &Wish,
    now: &str,
) -> Result<Option<Diagnostic>, Error> {
    let given = wish.aws.as_ref().map(|aws| &aws.key);
    let (Some(keys), Some(KeyWish::Given(arn))) = (&target.keys, given) else {
        return Ok(None);
    };
    let unfit = key::unfit(keys, arn).await?;
    Ok(unfit.map(|why| messages::key::unfit(arn, &why, now)))
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
    ending: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let extent = match (verify, &wish.encryption) {
        (true, _) => Extent::Whole,
        (false, Some(_)) if wish.aws.is_none() => Extent::Encryption,
        (false, _) => return ending.await,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_that_no_policy_may_name_is_told_where_principals_are_set() {
        let scene = Scene {
            cloud: Cloud::Aws,
            name: "acme".to_owned(),
            doing: "Creating the bucket \"acme\"".to_owned(),
            limit: "create",
        };
        let told = |setting, kind| {
            let error = Error::sample(kind, 400, "MalformedPolicyDocumentException");
            let found = Failure::Setting(Some(setting), error).tell(&scene, "");
            let first = found.into_iter().next();
            first.and_then(|found| found.path)
        };
        let at = |attribute| Some(path_of(attribute));
        for setting in [Setting::Key, Setting::KeyPolicy, Setting::Policy] {
            assert_eq!(
                told(setting, Kind::UnknownPrincipal),
                at("aws.principal_arns")
            );
        }
        assert_eq!(told(Setting::Key, Kind::Forbidden), at("aws.kms_key_arn"));
    }
}
