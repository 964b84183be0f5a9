//! Who is in a team. Users are named by id, name or e-mail address, and W&B shows their ids.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::wandb::{Api, Error, Kind, Team};

/// Users that are looked up at the same time.
const AT_ONCE: usize = 8;

/// The members that are asked for, by W&B's ids, and those that nobody knows.
pub(super) struct Asked {
    /// The word for each id.
    pub(super) by_id: BTreeMap<String, String>,
    /// Words that name no user.
    pub(super) unknown: Vec<String>,
}

/// Finds the ids of the users that the words name; most of a team's are in the team already.
///
/// # Errors
/// The call that failed.
pub(super) async fn resolve(
    api: &Api,
    words: &BTreeSet<String>,
    team: Option<&Team>,
) -> Result<Asked, Error> {
    let members = team.map(|team| team.members.as_slice()).unwrap_or_default();
    let (mut by_id, mut open) = (BTreeMap::new(), Vec::new());
    for word in words {
        let member = members
            .iter()
            .find(|member| member.id == *word || member.name.as_deref() == Some(word));
        match member {
            Some(member) => {
                by_id.insert(member.id.clone(), word.clone());
            }
            None => open.push(word.clone()),
        }
    }
    let looked = stream::iter(open).map(|word| async {
        let found = api.find_user(&word).await?;
        Ok::<_, Error>((word, found))
    });
    let looked = looked.buffer_unordered(AT_ONCE);
    let mut unknown = Vec::new();
    for (word, user) in looked.try_collect::<Vec<_>>().await? {
        match user {
            Some(user) => {
                by_id.insert(user.id, word);
            }
            // An id is found under no name.
            None if !word.contains('@') => match api.is_user(&word).await {
                Ok(true) => {
                    by_id.insert(word.clone(), word);
                }
                Ok(false) => unknown.push(word),
                Err(error) => return Err(error),
            },
            None => unknown.push(word),
        }
    }
    Ok(Asked { by_id, unknown })
}

/// The users of the team that are not among the ids; service accounts are none.
///
/// # Errors
/// The call that failed.
pub(super) async fn others(
    api: &Api,
    team: &Team,
    ids: &BTreeMap<String, String>,
) -> Result<Vec<String>, Error> {
    let strangers = team
        .members
        .iter()
        .map(|member| member.id.clone())
        .filter(|id| !ids.contains_key(id))
        .collect::<Vec<_>>();
    let looked = stream::iter(strangers).map(|id| async {
        match api.is_user(&id).await {
            Ok(is_user) => Ok((id, is_user)),
            // Who may not be looked at cannot be told from a service account, and is left alone.
            Err(error) if matches!(error.kind(), Kind::Forbidden) => Ok((id, false)),
            Err(error) => Err(error),
        }
    });
    let looked = looked.buffer_unordered(AT_ONCE);
    let looked = looked.try_collect::<Vec<_>>().await?;
    let users = looked.into_iter().filter(|(_, is_user)| *is_user);
    Ok(users.map(|(id, _)| id).collect())
}
