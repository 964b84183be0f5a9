//! Policies of AWS, compared by what they mean: order, case of actions, one value or a list of one, an account or its root are the same
//! (AWS IAM User Guide, "JSON policy elements"; services print a policy back in another form than it was written).

mod meaning;

use std::collections::BTreeSet;

use meaning::{condition, fits, one_or_many, overlap, principal, texts, texts_at};
use serde_json::{Map, Value, json};

/// A policy. What is not ours stays as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy(Map<String, Value>);

/// The statement of a policy, or one we want in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement(Value);

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
}

impl Policy {
    /// A policy without statements.
    pub fn empty(id: Option<&str>) -> Self {
        let mut document = Map::new();
        document.insert("Version".to_owned(), "2012-10-17".into());
        if let Some(id) = id {
            document.insert("Id".to_owned(), id.into());
        }
        document.insert("Statement".to_owned(), Value::Array(Vec::new()));
        Self(document)
    }

    /// Reads a policy; none when it is no JSON object.
    pub fn parse(text: &str) -> Option<Self> {
        match serde_json::from_str(text).ok()? {
            Value::Object(document) => Some(Self(document)),
            _ => None,
        }
    }

    /// Its statements; one that stands alone may stand without a list.
    pub fn statements(&self) -> Vec<Statement> {
        let statements = match self.0.get("Statement") {
            Some(Value::Array(statements)) => statements.clone(),
            Some(statement @ Value::Object(_)) => vec![statement.clone()],
            _ => Vec::new(),
        };
        statements.into_iter().map(Statement).collect()
    }

    /// The statement with one of these ids.
    pub fn with_id(&self, ids: &[&str]) -> Option<Statement> {
        self.statements()
            .into_iter()
            .find(|statement| statement.id().is_some_and(|id| ids.contains(&id)))
    }

    /// Puts a statement in place of those with these ids, or at the end; none takes them away.
    pub fn put(&mut self, ids: &[&str], statement: Option<Statement>) {
        let mut statements = self.statements();
        let place = statements
            .iter()
            .position(|found| found.id().is_some_and(|id| ids.contains(&id)));
        statements.retain(|found| !found.id().is_some_and(|id| ids.contains(&id)));
        if let Some(statement) = statement {
            let place = place.unwrap_or(statements.len()).min(statements.len());
            statements.insert(place, statement);
        }
        let statements = statements
            .into_iter()
            .map(|statement| statement.0)
            .collect();
        self.0
            .insert("Statement".to_owned(), Value::Array(statements));
    }

    /// In writing.
    pub fn text(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// Whether statements without conditions allow every one of the actions to the principal, on every one of the resources.
    pub fn allows(&self, principal: &str, actions: &[&str], resources: &[String]) -> bool {
        let statements = self.statements();
        actions.iter().all(|action| {
            resources.iter().all(|resource| {
                statements.iter().any(|statement| {
                    statement.effect() == Some(Effect::Allow)
                        && !statement.has_condition()
                        && statement.concerns(principal, action, resource)
                })
            })
        })
    }

    /// The statements that deny the principal a part of the actions on a part of the resources, whatever the circumstances.
    pub fn denials(&self, principal: &str, actions: &[&str], resources: &[String]) -> Vec<String> {
        let denies = |statement: &Statement| {
            statement.effect() == Some(Effect::Deny)
                && !statement.has_condition()
                && statement.meets_principal(principal)
                && actions.iter().any(|action| statement.meets_action(action))
                && resources
                    .iter()
                    .any(|resource| statement.meets_resource(resource))
        };
        let names = self.statements().into_iter().filter(denies);
        names
            .map(|statement| {
                statement
                    .id()
                    .map_or_else(|| "without an id".to_owned(), |id| format!("{id:?}"))
            })
            .collect()
    }
}

impl Statement {
    /// A statement that allows principals some actions.
    pub fn allow(
        id: &str,
        principals: &BTreeSet<String>,
        actions: &[&str],
        resources: &[String],
    ) -> Self {
        Self(json!({
            "Sid": id,
            "Effect": "Allow",
            "Principal": { "AWS": one_or_many(principals.iter().cloned()) },
            "Action": actions,
            "Resource": one_or_many(resources.iter().cloned()),
        }))
    }

    /// A statement that denies everybody everything over plain HTTP.
    pub fn https_only(id: &str, resources: &[String]) -> Self {
        Self(json!({
            "Sid": id,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": resources,
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        }))
    }

    /// The principals it names, without the form in which it does.
    pub fn principals(&self) -> BTreeSet<String> {
        self.principals_at("Principal")
    }

    fn principals_at(&self, field: &str) -> BTreeSet<String> {
        match self.0.get(field) {
            Some(Value::String(text)) => BTreeSet::from([text.clone()]),
            Some(Value::Object(kinds)) => kinds
                .values()
                .flat_map(texts)
                .map(|text| principal(&text))
                .collect(),
            _ => BTreeSet::new(),
        }
    }

    /// Those of the actions that it does not cover on all of the resources.
    pub fn lacks<'a>(&self, actions: &[&'a str], resources: &[String]) -> Vec<&'a str> {
        let covers = |action: &&&str| {
            resources
                .iter()
                .all(|resource| self.covers(action, resource))
        };
        actions
            .iter()
            .filter(|action| !covers(action))
            .copied()
            .collect()
    }

    /// Whether the two mean the same, but for their ids.
    pub fn means(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }

    fn meaning(
        &self,
    ) -> (
        Option<Effect>,
        BTreeSet<String>,
        [BTreeSet<String>; 4],
        Value,
    ) {
        let lower = |name| {
            texts_at(&self.0, name)
                .into_iter()
                .map(|text| text.to_lowercase())
                .collect()
        };
        let plain = |name| texts_at(&self.0, name).into_iter().collect();
        (
            self.effect(),
            self.principals(),
            [
                lower("Action"),
                lower("NotAction"),
                plain("Resource"),
                plain("NotResource"),
            ],
            condition(self.0.get("Condition")),
        )
    }

    fn id(&self) -> Option<&str> {
        self.0.get("Sid")?.as_str()
    }

    fn effect(&self) -> Option<Effect> {
        match self.0.get("Effect")?.as_str()? {
            "Allow" => Some(Effect::Allow),
            "Deny" => Some(Effect::Deny),
            _ => None,
        }
    }

    /// Whether it holds only under conditions.
    pub fn has_condition(&self) -> bool {
        matches!(self.0.get("Condition"), Some(Value::Object(conditions)) if !conditions.is_empty())
    }

    fn concerns(&self, who: &str, action: &str, resource: &str) -> bool {
        let named = self.principals();
        (named.contains("*") || named.contains(&principal(who))) && self.covers(action, resource)
    }

    fn meets_principal(&self, who: &str) -> bool {
        let (named, spared) = (self.principals(), self.principals_at("NotPrincipal"));
        let who = principal(who);
        // Who denies an account denies all its roles.
        let account = who.split(':').nth(4).unwrap_or_default();
        let denied = named.contains("*") || named.contains(&who) || named.contains(account);
        denied || !spared.is_empty() && !spared.contains(&who)
    }

    fn meets_action(&self, action: &str) -> bool {
        let action = action.to_lowercase();
        let lower = |name| {
            let texts = texts_at(&self.0, name).into_iter();
            texts.map(|text| text.to_lowercase()).collect::<Vec<_>>()
        };
        meets(&action, &lower("Action"), &lower("NotAction"))
    }

    fn meets_resource(&self, resource: &str) -> bool {
        let (named, spared) = (
            texts_at(&self.0, "Resource"),
            texts_at(&self.0, "NotResource"),
        );
        meets(resource, &named, &spared)
    }

    /// An action of ours may hold a wildcard itself: it is covered by the same or a wider one.
    fn covers(&self, action: &str, resource: &str) -> bool {
        let action = action.to_lowercase();
        texts_at(&self.0, "Action")
            .iter()
            .any(|pattern| fits(&pattern.to_lowercase(), &action))
            && texts_at(&self.0, "Resource")
                .iter()
                .any(|pattern| fits(pattern, resource))
    }
}

/// Whether a statement that names some patterns, or spares some, concerns a part of what the pattern takes in.
fn meets(pattern: &str, named: &[String], spared: &[String]) -> bool {
    named.iter().any(|name| overlap(name, pattern))
        || !spared.is_empty() && !spared.iter().any(|spared| fits(spared, pattern))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn wanted() -> Statement {
        Statement::allow(
            "WAndBAccountAccess",
            &BTreeSet::from(["arn:aws:iam::830241207209:root".to_owned()]),
            &["s3:GetObject*", "s3:ListBucket"],
            &["arn:aws:s3:::b".to_owned(), "arn:aws:s3:::b/*".to_owned()],
        )
    }

    #[rstest]
    #[case::other_order(
        r#"{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::830241207209:root"]},"Action":["s3:ListBucket","s3:GetObject*"],
            "Resource":["arn:aws:s3:::b/*","arn:aws:s3:::b"]}"#,
        true
    )]
    #[case::account_number_and_case(
        r#"{"Sid":"X","Effect":"Allow","Principal":{"AWS":"830241207209"},"Action":["S3:listBucket","s3:getobject*"],
            "Resource":["arn:aws:s3:::b/*","arn:aws:s3:::b"],"Condition":{}}"#,
        true
    )]
    #[case::another_principal(
        r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["s3:ListBucket","s3:GetObject*"],
            "Resource":["arn:aws:s3:::b/*","arn:aws:s3:::b"]}"#,
        false
    )]
    #[case::a_condition(
        r#"{"Effect":"Allow","Principal":{"AWS":"830241207209"},"Action":["s3:ListBucket","s3:GetObject*"],
            "Resource":["arn:aws:s3:::b/*","arn:aws:s3:::b"],"Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#,
        false
    )]
    #[case::denied(
        r#"{"Effect":"Deny","Principal":{"AWS":"830241207209"},"Action":["s3:ListBucket","s3:GetObject*"],
            "Resource":["arn:aws:s3:::b/*","arn:aws:s3:::b"]}"#,
        false
    )]
    fn statements_are_compared_by_meaning(#[case] written: &str, #[case] same: bool) {
        let written = Statement(serde_json::from_str(written).unwrap());
        assert_eq!(written.means(&wanted()), same);
    }

    #[rstest]
    #[case("s3:*", "s3:getobject*", true)]
    #[case("*", "s3:getobject*", true)]
    #[case("s3:get*", "s3:getobject*", true)]
    #[case("s3:getobject", "s3:getobject*", false)]
    #[case("s3:getobject?", "s3:getobject*", false)]
    #[case("arn:aws:s3:::b*", "arn:aws:s3:::b/*", true)]
    #[case("arn:aws:s3:::b", "arn:aws:s3:::b/*", false)]
    fn a_pattern_takes_in_another(
        #[case] pattern: &str,
        #[case] text: &str,
        #[case] fitting: bool,
    ) {
        assert_eq!(fits(pattern, text), fitting);
    }

    #[rstest]
    #[case::nobody_else(r#""Principal":"*","Action":"s3:*","Resource":"*""#, true)]
    #[case::a_part_of_the_objects(
        r#""Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::b/locked/*""#,
        true
    )]
    #[case::another_bucket(
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::c","arn:aws:s3:::c/*"]"#,
        false
    )]
    #[case::a_part_of_an_action(
        r#""Principal":"*","Action":"s3:GetObjectTagging","Resource":"*""#,
        true
    )]
    #[case::another_action(
        r#""Principal":"*","Action":"s3:PutBucketPolicy","Resource":"*""#,
        false
    )]
    #[case::all_but_another(
        r#""NotPrincipal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*""#,
        true
    )]
    #[case::all_but_wandb(
        r#""NotPrincipal":{"AWS":["830241207209","111122223333"]},"Action":"s3:*","Resource":"*""#,
        false
    )]
    #[case::all_but_reading(
        r#""Principal":"*","NotAction":["s3:Get*","s3:List*"],"Resource":"*""#,
        true
    )]
    #[case::all_but_ours(
        r#""Principal":"*","NotAction":["s3:GetObject*","s3:*Object"],"Resource":"*""#,
        false
    )]
    #[case::all_but_these_objects(
        r#""Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::b/free/*""#,
        true
    )]
    #[case::all_but_the_bucket(
        r#""Principal":"*","Action":"s3:*","NotResource":["arn:aws:s3:::b/*","arn:aws:s3:::b"]"#,
        false
    )]
    #[case::somebody_else(
        r#""Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*""#,
        false
    )]
    fn a_denial_of_a_part_is_a_denial(#[case] fields: &str, #[case] denied: bool) {
        let text = format!(r#"{{"Statement":[{{"Sid":"No","Effect":"Deny",{fields}}}]}}"#);
        let policy = Policy::parse(&text).unwrap();
        let resources = ["arn:aws:s3:::b".to_owned(), "arn:aws:s3:::b/*".to_owned()];
        let actions = ["s3:GetObject*", "s3:PutObject", "s3:DeleteObject"];
        let root = "arn:aws-us-gov:iam::830241207209:root";
        let found = policy.denials(root, &actions, &resources);
        assert_eq!(!found.is_empty(), denied, "{found:?}");
    }

    #[test]
    fn who_denies_an_account_denies_its_roles() {
        let text = r#"{"Statement":[{"Effect":"Deny","Principal":{"AWS":"725579432336"},"Action":"s3:*","Resource":"*"}]}"#;
        let policy = Policy::parse(text).unwrap();
        let denied = |who: &str| {
            !policy
                .denials(who, &["s3:PutObject"], &["b".to_owned()])
                .is_empty()
        };
        assert!(denied("arn:aws:iam::725579432336:role/WandbIntegration"));
        assert!(!denied("arn:aws:iam::830241207209:root"));
    }

    #[rstest]
    #[case("s3:GetObject*", "s3:*Tagging", true)]
    #[case("a*c", "ab*", true)]
    #[case("a?c", "abc", true)]
    #[case("a*c", "b*", false)]
    #[case("", "*", true)]
    #[case("", "?", false)]
    fn patterns_overlap_where_a_text_fits_both(
        #[case] one: &str,
        #[case] other: &str,
        #[case] overlapping: bool,
    ) {
        assert_eq!(overlap(one, other), overlapping);
        assert_eq!(overlap(other, one), overlapping);
    }

    #[test]
    fn ours_is_replaced_in_its_place_and_others_stay_as_they_were() {
        let text = r#"{"Version":"2008-10-17","Statement":[{"Sid":"A","Odd":1},{"Sid":"WAndBAccountAccess"},{"Sid":"B"}]}"#;
        let mut policy = Policy::parse(text).unwrap();
        policy.put(&["WAndBAccountAccess"], Some(wanted()));
        let ids = |policy: &Policy| {
            policy
                .statements()
                .iter()
                .map(|statement| statement.id().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(&policy), ["A", "WAndBAccountAccess", "B"]);
        assert!(policy.text().contains("\"Odd\":1") && policy.text().contains("2008-10-17"));
        policy.put(&["WAndBAccountAccess"], None);
        assert_eq!(ids(&policy), ["A", "B"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_never_panics(text in "[\\[\\]{}\":,a-zA-Z*?0-9 ]{0,120}") {
            if let Some(policy) = Policy::parse(&text) {
                policy.denials("*", &["s3:*"], &["*".to_owned()]);
                policy.text();
            }
        }

        #[test]
        fn a_text_that_fits_a_pattern_overlaps_with_it(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            prop_assert_eq!(overlap(&pattern, &text), fits(&pattern, &text));
        }

        #[test]
        fn a_pattern_takes_in_itself_and_the_star_everything(text in "[a-c*?]{0,12}") {
            prop_assert!(fits("*", &text));
            prop_assert!(fits(&text.replace('?', "x"), &text.replace('?', "x")));
        }
    }
}
