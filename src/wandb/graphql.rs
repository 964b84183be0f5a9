//! What only W&B's GraphQL interface tells or does. None of it is documented, so a server that does not know a part of it is no failure but an
//! answer of its own ([`Kind::NotOffered`]).

use serde_json::{Value as Json, json};

use super::api::{Again, Api, Request};
use super::error::{Error, Kind};
use super::storage::{Provider, Storage};

/// A fault that W&B's own test of a bucket found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// It keeps W&B from working; otherwise it is a warning.
    pub is_error: bool,
    /// In W&B's words.
    pub message: String,
}

const TEST_CONNECTION: &str = "mutation TestBucketStoreConnection($input: StorageBucketInfoInput!) { testBucketStoreConnection(input: $input) { message severity } }";

const TEAM_STORAGE: &str = "query TeamStorage($name: String!) { entity(name: $name) { id name isTeam settings { storageBucketInfo { name provider kmsKeyID awsExternalID } } } }";

const DELETE_TEAM: &str =
    "mutation DeleteTeam($name: String!) { deleteTeam(input: { teamName: $name }) { success } }";

const VIEWER: &str = "query Viewer { viewer { username } }";

impl Api {
    /// Has W&B try the bucket: what it finds.
    ///
    /// # Errors
    /// The call that failed; `NotOffered` where the server has no such test, cannot be told of all that matters, or gives no result.
    pub async fn test_storage(&self, storage: &Storage) -> Result<Vec<Finding>, Error> {
        let operation = "testBucketStoreConnection";
        let ask = async |input: Json| {
            let variables = json!({ "input": input });
            self.asked(operation, TEST_CONNECTION, variables, Again::Always)
                .await
        };
        let data = match ask(whole_input(storage)).await {
            // An older server knows a bucket without its folder; of Azure nothing would be left to try.
            Err(error)
                if matches!(error.kind(), Kind::NotOffered)
                    && storage.provider != Provider::Azure =>
            {
                ask(input(storage)).await?
            }
            other => other?,
        };
        let Some(findings) = data[operation].as_array() else {
            return Err(self.error(Kind::NotOffered, operation));
        };
        let found = findings.iter().map(|finding| Finding {
            is_error: finding["severity"] != "WARN",
            message: self.without_key(finding["message"].as_str().unwrap_or_default()),
        });
        Ok(found.collect())
    }

    /// The storage of a team, as far as the server tells: its name, provider and key. None is W&B's own or the instance's.
    ///
    /// # Errors
    /// The call that failed; `NotOffered` where the server does not tell; `Absent` where it sees no such team.
    pub async fn team_storage(&self, team: &str) -> Result<Option<Storage>, Error> {
        let operation = "TeamStorage";
        let data = self
            .asked(
                operation,
                TEAM_STORAGE,
                json!({ "name": team }),
                Again::Always,
            )
            .await?;
        let entity = &data["entity"];
        // A user and an organization are entities, too.
        if entity.is_null() || entity["isTeam"] == false {
            return Err(self.error(Kind::Absent, operation));
        }
        let info = &entity["settings"]["storageBucketInfo"];
        if info.is_null() {
            return Ok(None);
        }
        let text = |field: &str| info[field].as_str().map(str::to_owned);
        let provider = text("provider").and_then(|word| word.parse::<Provider>().ok());
        let (Some(name), Some(provider)) = (text("name"), provider) else {
            let words = "the server tells a storage in other words than W&B's";
            return Err(self.error(Kind::NotOffered, operation).told(words));
        };
        Ok(Some(Storage {
            kms_key_id: text("kmsKeyID").filter(|key| !key.is_empty()),
            aws_external_id: text("awsExternalID").filter(|id| !id.is_empty()),
            ..Storage::new(name, provider)
        }))
    }

    /// Deletes a team with everything in it.
    ///
    /// # Errors
    /// The call that failed; `NotOffered` where the server cannot.
    pub async fn delete_team(&self, team: &str) -> Result<(), Error> {
        let operation = "deleteTeam";
        let data = self
            .asked(
                operation,
                DELETE_TEAM,
                json!({ "name": team }),
                Again::WhenPutOff,
            )
            .await?;
        match data[operation]["success"] == true {
            true => Ok(()),
            false => Err(self.error(Kind::Refused, operation)),
        }
    }

    /// The name of the user whose key it is; none where it is a service account's.
    pub(super) async fn user_name(&self) -> Result<Option<String>, Error> {
        match self.asked("Viewer", VIEWER, json!({}), Again::Always).await {
            Ok(data) => Ok(data["viewer"]["username"].as_str().map(str::to_owned)),
            Err(error)
                if matches!(
                    error.kind(),
                    Kind::Unauthorized | Kind::Forbidden | Kind::Refused | Kind::NotOffered
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn asked(
        &self,
        operation: &'static str,
        query: &str,
        variables: Json,
        again: Again,
    ) -> Result<Json, Error> {
        let body = json!({ "query": query, "variables": variables });
        let request = Request {
            operation,
            method: "POST",
            path: "/graphql".to_owned(),
            body: Some(&body),
            etag: None,
            again,
        };
        let answer = match self.graphql(&request).await {
            Ok(answer) => answer.body,
            Err(error) if error.message().is_some_and(is_unknown) => {
                return Err(self
                    .error(Kind::NotOffered, operation)
                    .told(error.message().unwrap_or_default()));
            }
            // No such path, no such method there, no such function.
            Err(error) if matches!(error.status(), Some(404 | 405 | 501)) => {
                return Err(self
                    .error(Kind::NotOffered, operation)
                    .told(error.message().unwrap_or_default()));
            }
            Err(error) => return Err(error),
        };
        let failed = answer["errors"]
            .as_array()
            .is_some_and(|errors| !errors.is_empty());
        if failed {
            let words = self.words_of(&answer).unwrap_or_default();
            let kind = match answer["errors"][0]["extensions"]["code"].as_str() {
                Some("GRAPHQL_VALIDATION_FAILED") => Kind::NotOffered,
                _ if is_unknown(&words) => Kind::NotOffered,
                Some("PERMISSION_ERROR") => Kind::Forbidden,
                _ => Kind::Refused,
            };
            return Err(self.error(kind, operation).told(&words));
        }
        match &answer["data"] {
            Json::Object(_) => Ok(answer["data"].clone()),
            _ => Err(self.error(Kind::Garbage, operation)),
        }
    }
}

/// How GraphQL says that a schema lacks what a query names (GraphQL specification, "Validation"; the words are those of its implementations).
fn is_unknown(words: &str) -> bool {
    let signs = [
        "Cannot query field",
        "Unknown type",
        "Unknown argument",
        "is not defined by type",
        "Expected type",
        "nknown field",
    ];
    signs.iter().any(|sign| words.contains(sign))
}

/// As W&B's published schema has it.
fn input(storage: &Storage) -> Json {
    let given = [
        ("kmsKeyID", &storage.kms_key_id),
        ("awsExternalID", &storage.aws_external_id),
    ];
    let input = json!({ "name": storage.name, "provider": storage.provider.to_string() });
    with(input, &given)
}

/// With the fields that SCIM has since then; their names here are guessed from its own.
fn whole_input(storage: &Storage) -> Json {
    let given = [
        ("path", &storage.path),
        ("azureTenantID", &storage.azure_tenant_id),
        ("azureClientID", &storage.azure_client_id),
    ];
    with(input(storage), &given)
}

fn with(mut object: Json, given: &[(&str, &Option<String>)]) -> Json {
    for (field, value) in given {
        if let Some(value) = value {
            object[*field] = value.as_str().into();
        }
    }
    object
}
