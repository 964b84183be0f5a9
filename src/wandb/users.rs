//! The users of an organization, through W&B's SCIM interface (W&B SCIM page, "User resource").

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value as Json;

use super::api::{Api, Request};
use super::error::{Error, Kind};
use super::scim::{equals, plain};

/// A user of the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// W&B's id.
    pub id: String,
    /// The user's name, and the e-mail addresses.
    names: Vec<String>,
    /// It is a service account, which no team's list of members concerns.
    is_service: bool,
}

impl User {
    /// Whether that is the user's name or an e-mail address of the user.
    #[must_use]
    pub fn is_called(&self, word: &str) -> bool {
        let mut names = self.names.iter();
        names.any(|name| name.eq_ignore_ascii_case(word))
    }

    fn read(body: &Json) -> Option<Self> {
        // One object in W&B's answers, a list of them in the standard (RFC 7643 §4.1.2).
        let emails = match &body["emails"] {
            Json::Array(emails) => emails.as_slice(),
            one => std::slice::from_ref(one),
        };
        let emails = emails.iter().map(|email| &email["value"]);
        let names = emails.chain([&body["userName"]]).filter_map(Json::as_str);
        // `SERVICE` and `ORG_SERVICE` (W&B SCIM page, "Create service account").
        let kind = body["accountType"].as_str().unwrap_or_default();
        Some(Self {
            id: body["id"].as_str()?.to_owned(),
            names: names.map(str::to_owned).collect(),
            is_service: kind.ends_with("SERVICE"),
        })
    }
}

impl Api {
    /// The user with that e-mail address or name, if there is one.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn find_user(&self, word: &str) -> Result<Option<User>, Error> {
        let attribute = match word.contains('@') {
            true => "emails.value",
            false => "userName",
        };
        let path = format!("/scim/Users?filter={}", equals(attribute, word));
        let (users, complete) = self.users(path).await?;
        // A server may not know the filter.
        match users.into_iter().find(|user| user.is_called(word)) {
            None if !complete => {
                let words =
                    "the server did not show all users, so nobody can say whether it is among them";
                Err(self.error(Kind::Garbage, "GET /scim/Users").told(words))
            }
            found => Ok(found),
        }
    }

    /// All users, and whether these are really all: a server shows at most 9999 at once.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn list_users(&self) -> Result<(Vec<User>, bool), Error> {
        self.users("/scim/Users".to_owned()).await
    }

    /// Whether that is the id of a user; service accounts are none.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn is_user(&self, id: &str) -> Result<bool, Error> {
        let path = format!("/scim/Users/{}", utf8_percent_encode(id, NON_ALPHANUMERIC));
        match self.scim(&Request::get("GET /scim/Users/{id}", path)).await {
            Ok(answer) => {
                let user = User::read(&plain(answer.body));
                Ok(user.is_some_and(|user| user.id == id && !user.is_service))
            }
            Err(error) if matches!(error.kind(), Kind::Absent) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn users(&self, path: String) -> Result<(Vec<User>, bool), Error> {
        let operation = "GET /scim/Users";
        let listed = plain(self.scim(&Request::get(operation, path)).await?.body);
        let found = listed["Resources"].as_array();
        let found = found.or(listed["resources"].as_array());
        let total = listed["totalResults"].as_u64();
        let Some(found) = found else {
            // An empty list may be left out (RFC 7644 §3.4.2).
            return match total {
                Some(0) => Ok((Vec::new(), true)),
                _ => Err(self.error(Kind::Garbage, operation)),
            };
        };
        let complete = total.is_none_or(|total| total <= found.len() as u64);
        let users = found.iter().filter_map(User::read);
        Ok((users.filter(|user| !user.is_service).collect(), complete))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_user_is_known_by_name_and_by_each_address_in_wandbs_form_and_in_the_standards() {
        let email = json!({ "Value": "Ann@example.com", "Primary": true });
        for emails in [email.clone(), json!([email])] {
            let user = json!({ "id": "VXNlcjox", "userName": "ann", "emails": emails });
            let user = User::read(&plain(user)).unwrap();
            assert!(user.is_called("ann") && user.is_called("ann@example.com"));
            assert!(!user.is_called("example.com") && !user.is_called(""));
        }
        assert_eq!(User::read(&json!({ "userName": "ann" })), None);
    }

    #[test]
    fn a_service_account_is_told_from_a_user() {
        for kind in ["SERVICE", "ORG_SERVICE"] {
            let user = User::read(&json!({ "id": "1", "accountType": kind }));
            assert!(user.unwrap().is_service);
        }
        assert!(!User::read(&json!({ "id": "1" })).unwrap().is_service);
    }
}
