//! Who is in a team. Users are named by id, name or e-mail address, and W&B shows their ids.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::wandb::{Api, Error, Kind, Team, User};

/// Users that are looked up at the same time.
const AT_ONCE: usize = 8;

/// Look-ups from which on one list of all users is less to ask for.
const MANY: usize = 16;

/// The words that name each user, by W&B's id: one user may be named in several ways.
pub(super) type Words = BTreeMap<String, BTreeSet<String>>;

/// The members that are asked for, and those that nobody knows.
pub(super) struct Asked {
    /// The users, with the words for each.
    pub(super) users: Words,
    /// Words that name no user.
    pub(super) unknown: Vec<String>,
}

/// Where users are looked up: all of them in one list, or one by one.
pub(super) struct Directory<'a> {
    api: &'a Api,
    all: Option<Vec<User>>,
    /// Whoever is not in the list is none.
    complete: bool,
}

impl<'a> Directory<'a> {
    /// For what is to be known of these words and this team.
    ///
    /// # Errors
    /// The call that failed.
    pub(super) async fn open(
        api: &'a Api,
        words: &BTreeSet<String>,
        team: Option<&Team>,
    ) -> Result<Self, Error> {
        let members = team.map_or(0, |team| team.members.len());
        let (all, complete) = match words.len().max(members) >= MANY {
            true => {
                let (all, complete) = api.list_users().await?;
                (Some(all), complete)
            }
            false => (None, false),
        };
        Ok(Self { api, all, complete })
    }

    /// Finds the ids of the users that the words name; most of a team's are in the team already.
    ///
    /// # Errors
    /// The call that failed.
    pub(super) async fn resolve(
        &self,
        words: &BTreeSet<String>,
        team: Option<&Team>,
    ) -> Result<Asked, Error> {
        let members = team.map(|team| team.members.as_slice()).unwrap_or_default();
        let mut asked = Asked {
            users: Words::new(),
            unknown: Vec::new(),
        };
        let mut note = |id: String, word: &str| {
            let names = asked.users.entry(id).or_default();
            names.insert(word.to_owned());
        };
        let mut open = Vec::new();
        for word in words {
            let member = members
                .iter()
                .find(|member| member.id == *word || member.name.as_deref() == Some(word));
            match member {
                Some(member) => note(member.id.clone(), word),
                None => open.push(word.clone()),
            }
        }
        let looked = stream::iter(open).map(|word| async move {
            let id = self.id_of(&word).await?;
            Ok::<_, Error>((word, id))
        });
        let looked = looked.buffered(AT_ONCE);
        for (word, id) in looked.try_collect::<Vec<_>>().await? {
            match id {
                Some(id) => note(id, &word),
                None => asked.unknown.push(word),
            }
        }
        Ok(asked)
    }

    /// The users of the team that are not among those; service accounts are none.
    ///
    /// # Errors
    /// The call that failed.
    pub(super) async fn others(&self, team: &Team, users: &Words) -> Result<Vec<String>, Error> {
        let strangers = team.members.iter().map(|member| member.id.clone());
        let strangers = strangers.filter(|id| !users.contains_key(id));
        let strangers = strangers.collect::<Vec<_>>();
        let looked = stream::iter(strangers).map(|id| async move {
            let is_user = self.is_user(&id).await?;
            Ok::<_, Error>((id, is_user))
        });
        let looked = looked.buffered(AT_ONCE);
        let looked = looked.try_collect::<Vec<_>>().await?;
        let users = looked.into_iter().filter(|(_, is_user)| *is_user);
        Ok(users.map(|(id, _)| id).collect())
    }

    async fn id_of(&self, word: &str) -> Result<Option<String>, Error> {
        let listed = self.all.iter().flatten();
        let listed = listed
            .into_iter()
            .find(|user| user.id == word || user.is_called(word));
        match listed {
            Some(user) => return Ok(Some(user.id.clone())),
            None if self.complete => return Ok(None),
            None => {}
        }
        if let Some(user) = self.api.find_user(word).await? {
            return Ok(Some(user.id));
        }
        // An id is found under no name.
        let is_id = !word.contains('@') && self.api.is_user(word).await?;
        Ok(is_id.then(|| word.to_owned()))
    }

    async fn is_user(&self, id: &str) -> Result<bool, Error> {
        if self.all.iter().flatten().any(|user| user.id == id) {
            return Ok(true);
        }
        if self.complete {
            return Ok(false);
        }
        match self.api.is_user(id).await {
            // Who may not be looked at cannot be told from a service account, and is left alone.
            Err(error) if matches!(error.kind(), Kind::Forbidden) => Ok(false),
            other => other,
        }
    }
}
