//! Teams through W&B's SCIM interface (W&B SCIM page; RFC 7643, RFC 7644).

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value as Json, json};

use super::answer::Answer;
use super::api::{Again, Api, Request};
use super::error::{Error, Kind};
use super::storage::Storage;

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// W&B's id.
    pub id: String,
    /// Its name, which is also that of its entity.
    pub name: String,
    /// The users in it; service accounts may be among them.
    pub members: Vec<Member>,
    /// Its state, for a change that must not undo somebody else's.
    pub etag: Option<String>,
}

/// A member of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// W&B's id of the user.
    pub id: String,
    /// The user's name, where it is told.
    pub name: Option<String>,
}

impl Api {
    /// The team of that name, if there is one.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn find_team(&self, name: &str) -> Result<Option<Team>, Error> {
        let operation = "GET /scim/Groups";
        let path = format!("/scim/Groups?filter={}", equals("displayName", name));
        let listed = self.scim(&Request::get(operation, path)).await?;
        let listed = plain(listed.body);
        let found = listed["Resources"].as_array();
        let Some(found) = found.or(listed["resources"].as_array()) else {
            // An empty list may be left out (RFC 7644 §3.4.2).
            return match listed["totalResults"].as_u64() {
                Some(0) => Ok(None),
                _ => Err(self.error(Kind::Garbage, operation)),
            };
        };
        // A server may not know the filter.
        let ours = found.iter().find(|team| team["displayName"] == name);
        let complete = listed["totalResults"]
            .as_u64()
            .is_none_or(|total| total <= found.len() as u64);
        match ours {
            Some(team) => self.team(operation, team, None).map(Some),
            None if complete => Ok(None),
            None => {
                let words =
                    "the server did not show all teams, so nobody can say whether it is among them";
                Err(self.error(Kind::Garbage, operation).told(words))
            }
        }
    }

    /// The team with that id; none where the server says that there is none.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn get_team(&self, id: &str) -> Result<Option<Team>, Error> {
        let operation = "GET /scim/Groups/{id}";
        match self.scim(&Request::get(operation, one(id))).await {
            Ok(answer) => self.answered(operation, answer).map(Some),
            Err(error) if matches!(error.kind(), Kind::Absent) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a team. It is sent once: a lost answer must be cleared up by looking, not by sending it again.
    ///
    /// # Errors
    /// The call that failed; `Exists` where the name is taken. One that the server put off ([`Error::put_off`]) did nothing.
    pub async fn create_team(
        &self,
        name: &str,
        members: &[String],
        storage: &Storage,
    ) -> Result<Team, Error> {
        let operation = "POST /scim/Groups";
        let body = json!({
            "schemas": [GROUP],
            "displayName": name,
            "members": members.iter().map(|member| json!({ "value": member })).collect::<Vec<_>>(),
            "storageBucket": storage.to_scim(),
        });
        let request = Request {
            operation,
            method: "POST",
            path: "/scim/Groups".to_owned(),
            body: Some(&body),
            etag: None,
            again: Again::Never,
        };
        let answer = self.scim(&request).await?;
        self.answered(operation, answer)
    }

    /// Adds and removes members of a team as it was seen.
    ///
    /// # Errors
    /// The call that failed; `Changed` where the team is not as it was seen.
    pub async fn change_members(
        &self,
        team: &Team,
        add: &[String],
        remove: &[String],
    ) -> Result<Team, Error> {
        let operation = "PATCH /scim/Groups/{id}";
        let mut operations = Vec::new();
        if !add.is_empty() {
            let users = add.iter().map(|id| json!({ "value": id }));
            operations.push(
                json!({ "op": "add", "path": "members", "value": users.collect::<Vec<_>>() }),
            );
        }
        operations.extend(remove.iter().map(|id| {
            let path = format!("members[value eq {}]", Json::from(id.as_str()));
            json!({ "op": "remove", "path": path })
        }));
        let body = json!({ "schemas": [PATCH], "Operations": operations });
        let request = Request {
            operation,
            method: "PATCH",
            path: one(&team.id),
            body: Some(&body),
            etag: team.etag.as_deref(),
            // With a state that it is meant for, a second one that came after a lost first one fails, and the team is looked at.
            again: match team.etag {
                Some(_) => Again::WhenPutOff,
                None => Again::Always,
            },
        };
        let answer = self.scim(&request).await?;
        self.answered(operation, answer)
    }

    fn answered(&self, operation: &'static str, answer: Answer) -> Result<Team, Error> {
        self.team(operation, &plain(answer.body), answer.etag)
    }

    fn team(
        &self,
        operation: &'static str,
        body: &Json,
        etag: Option<String>,
    ) -> Result<Team, Error> {
        let text = |value: &Json| value.as_str().map(str::to_owned);
        let (Some(id), Some(name)) = (text(&body["id"]), text(&body["displayName"])) else {
            let words = "the answer names no team";
            return Err(self.error(Kind::Garbage, operation).told(words));
        };
        let members = body["members"].as_array().into_iter().flatten();
        let members = members.filter_map(|member| {
            Some(Member {
                id: text(&member["value"])?,
                name: text(&member["display"]).filter(|name| !name.is_empty()),
            })
        });
        Ok(Team {
            id,
            name,
            members: members.collect(),
            etag: etag.or_else(|| text(&body["meta"]["version"])),
        })
    }
}

fn one(id: &str) -> String {
    format!("/scim/Groups/{}", utf8_percent_encode(id, NON_ALPHANUMERIC))
}

/// A filter, ready for a query (RFC 7644 §3.4.2.2: the value is a JSON string).
pub(super) fn equals(attribute: &str, value: &str) -> String {
    let filter = format!("{attribute} eq {}", Json::from(value));
    utf8_percent_encode(&filter, NON_ALPHANUMERIC).to_string()
}

/// The same with every field in its spelling of the standard: W&B writes some with a capital letter (W&B SCIM page, samples).
pub(super) fn plain(body: Json) -> Json {
    match body {
        Json::Object(fields) => Json::Object(
            fields
                .into_iter()
                .map(|(name, value)| (spelled(&name), plain(value)))
                .collect::<Map<_, _>>(),
        ),
        Json::Array(entries) => Json::Array(entries.into_iter().map(plain).collect()),
        other => other,
    }
}

/// `Resources` and `Operations` are capitalised in the standard itself.
fn spelled(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) if name != "Resources" && name != "Operations" => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => name.to_owned(),
    }
}
