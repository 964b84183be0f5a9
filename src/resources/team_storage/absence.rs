//! What it means that W&B shows no such team. SCIM shows those of one organization, the default one of the key's owner; GraphQL knows the others.

use crate::framework::diagnostic::Diagnostics;
use crate::messages;
use crate::wandb::{Api, Error, Kind, Storage, Team};

/// Why nobody can say what is true of a team.
pub(super) enum Unseen {
    /// A call failed.
    Call(Error),
    /// The key's organization has no such team, and there is one.
    Elsewhere,
    /// The team is gone, and its name belongs to another one.
    Another(Team),
}

impl Unseen {
    /// In words; `doing` and `now` as of any call that failed.
    pub(super) fn tell(&self, doing: &str, now: &str, team: &str) -> Diagnostics {
        match self {
            Self::Call(error) => messages::wandb::call_failed(doing, now, error).into(),
            Self::Elsewhere => messages::team::other_organization(team, now).into(),
            Self::Another(found) => messages::team::made_anew(team, &found.id, now).into(),
        }
    }
}

impl From<Error> for Unseen {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

/// A team that SCIM says does not exist, by what GraphQL says of it: it is gone, if this gives nothing.
///
/// # Errors
/// It is there all the same, or nobody can say.
pub(super) async fn confirm(
    api: &Api,
    id: &str,
    name: &str,
    told: Result<Option<Storage>, Error>,
) -> Result<(), Unseen> {
    match told {
        Ok(_) => match api.find_team(name).await? {
            Some(other) if other.id != id => Err(Unseen::Another(other)),
            _ => Err(Unseen::Elsewhere),
        },
        // Who is refused an answer has not heard that the team is gone.
        Err(error) if matches!(error.kind(), Kind::NotOffered | Kind::Absent) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether the answer is that of a server that does not tell of that team, and will not when it is asked again. W&B's GraphQL is not documented: what it refuses in
/// words of its own is no failure of the team.
pub(super) fn tells_nothing(error: &Error) -> bool {
    matches!(
        error.kind(),
        Kind::NotOffered | Kind::Forbidden | Kind::Unauthorized | Kind::Absent | Kind::Refused
    )
}
