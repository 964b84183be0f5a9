//! The documentation: its reference is written from the schemas, so it cannot drift, and the registry's own tool accepts it.
//!
//! `make docs` writes the generated parts anew; without it a difference fails the test.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use terraform_provider_wandb::clouds::Cloud;
use terraform_provider_wandb::framework::function::{Parameter, Signature};
use terraform_provider_wandb::framework::provider::Provider;
use terraform_provider_wandb::framework::resource::Resource;
use terraform_provider_wandb::framework::schema::{Attribute, Kind, Mode, Nesting, Schema};
use terraform_provider_wandb::framework::types::Type;
use terraform_provider_wandb::provider::{Shared, Wandb};
use terraform_provider_wandb::requirements::{
    BUCKET_PERMISSIONS, OBJECT_PERMISSIONS, REQUIREMENTS, Requirement, principals,
};
use terraform_provider_wandb::resources::byob_bucket::ByobBucket;
use terraform_provider_wandb::resources::team_storage::TeamStorage;
use terraform_provider_wandb::wandb::Deployment;

use crate::conformance::capabilities::{Capabilities, Offer};
use crate::support::stores::Store;
use crate::support::terraform::{Program, Workspace};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Holds the part of a page between `<!-- NAME -->` and `<!-- end of NAME -->` to what it should be.
#[track_caller]
fn page_has(page: &str, name: &str, text: &str) {
    let path = root().join("docs").join(page);
    let found = fs::read_to_string(&path).unwrap();
    let (begin, end) = (
        format!("<!-- {name} -->\n"),
        format!("<!-- end of {name} -->"),
    );
    let (before, rest) = found
        .split_once(&begin)
        .unwrap_or_else(|| panic!("{page} lacks {begin}"));
    let (now, after) = rest
        .split_once(&end)
        .unwrap_or_else(|| panic!("{page} lacks {end}"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{before}{begin}{text}{end}{after}")).unwrap();
    } else {
        assert_eq!(now, text, "docs/{page} is out of date: run `make docs`");
    }
}

#[test]
fn docs_of_the_provider_are_those_of_its_schema() {
    page_has("index.md", "schema", &reference(&Wandb::default().schema()));
}

#[test]
fn docs_of_the_bucket_are_those_of_its_schema() {
    page_has(
        "resources/byob_bucket.md",
        "schema",
        &reference(&ByobBucket::new(Shared::default()).schema()),
    );
}

#[test]
fn docs_of_the_functions_are_those_of_their_signatures() {
    for function in Wandb::default().functions() {
        let page = format!("functions/{}.md", function.name());
        let signature = function.signature();
        page_has(
            &page,
            "description",
            &format!("{}\n", signature.description),
        );
        page_has(&page, "signature", &call(function.name(), &signature));
        let text = fs::read_to_string(root().join("docs").join(&page)).unwrap();
        let head = format!("description: |-\n  {}.\n---", signature.summary);
        assert!(
            text.contains(&head),
            "{page} does not begin with the summary"
        );
    }
}

#[test]
fn docs_of_the_team_are_those_of_its_schema() {
    page_has(
        "resources/team_storage.md",
        "schema",
        &reference(&TeamStorage::new(Shared::default()).schema()),
    );
}

fn table_of_requirements(cloud: Option<Cloud>) -> String {
    let mut text =
        "| requirement | what it is for | permissions |\n| --- | --- | --- |\n".to_owned();
    let asked = |requirement: &&Requirement| match cloud {
        Some(cloud) => requirement.clouds.contains(&cloud),
        None => true,
    };
    for requirement in REQUIREMENTS.iter().filter(asked) {
        let permissions = requirement
            .permissions
            .iter()
            .map(|permission| format!("`{permission}`"))
            .collect::<Vec<_>>()
            .join(", ");
        let only = match (cloud, requirement.clouds) {
            (None, [Cloud::Aws]) => " (AWS)",
            _ => "",
        };
        writeln!(
            text,
            "| `{}`{only} | {} | {permissions} |",
            requirement.name,
            requirement.purpose_in(cloud)
        )
        .unwrap();
    }
    text
}

#[test]
fn docs_list_every_requirement_with_the_permissions_it_needs() {
    page_has(
        "resources/byob_bucket.md",
        "requirements",
        &table_of_requirements(None),
    );
    page_has(
        "guides/aws.md",
        "requirements",
        &table_of_requirements(Some(Cloud::Aws)),
    );
}

/// What the suite of all stores holds them to.
#[test]
fn docs_say_what_each_store_can_do() {
    let stores = [
        ("MinIO", Store::Minio),
        ("MinIO with keys", Store::MinioWithKeys),
        ("Ceph", Store::Ceph),
    ];
    let offer = |offer: Offer| match offer {
        Offer::Kept => "yes".to_owned(),
        Offer::Refused => "no".to_owned(),
        Offer::OfTheOperator => "its operator sets one for all buckets".to_owned(),
    };
    type Row = (&'static str, fn(&Capabilities) -> Result<Offer, String>);
    let rows: [Row; 4] = [
        ("`cors`: rules of the bucket's own", |can| Ok(can.cors)),
        (
            "`abort_incomplete_uploads_days`: unfinished uploads are removed",
            |can| Ok(can.abort_uploads),
        ),
        (
            "`encryption = \"AES256\"`: default encryption with the store's keys",
            |can| Ok(can.encryption),
        ),
        (
            "removes an empty *bucket* when a client asks to remove these of its documents",
            |can| {
                let documents = can.deletes_buckets_for.iter().map(|removal| {
                    let document = removal.trim_start_matches("delete_");
                    document.trim_start_matches("bucket_").replace('_', " ")
                });
                Err(documents.collect::<Vec<_>>().join(", "))
            },
        ),
    ];
    let mut text = String::from("| |");
    for (name, _) in stores {
        write!(text, " {name} |").unwrap();
    }
    text.push_str("\n| --- | --- | --- | --- |\n");
    for (row, cell) in rows {
        write!(text, "| {row} |").unwrap();
        for (_, store) in stores {
            let cell = cell(&store.capabilities()).map_or_else(|words| words, offer);
            write!(text, " {cell} |").unwrap();
        }
        text.push('\n');
    }
    page_has("guides/s3-compatible.md", "capabilities", &text);
}

#[test]
fn docs_name_wandbs_principals_on_aws() {
    let mut text = "| `deployment` | principal |\n| --- | --- |\n".to_owned();
    for deployment in [
        Deployment::MultiTenant,
        Deployment::Dedicated,
        Deployment::SelfManaged,
    ] {
        let principal = match principals::aws(deployment) {
            Some(principal) => format!("`{principal}`"),
            None => "yours: `aws.principal_arns` is required".to_owned(),
        };
        writeln!(text, "| `{deployment}` | {principal} |").unwrap();
    }
    page_has("guides/aws.md", "principals", &text);
}

/// The policy for the credentials, from the same list that the provider works by.
#[test]
fn docs_have_the_permissions_on_aws_as_a_policy() {
    let of = |service: &str| {
        let all = REQUIREMENTS
            .iter()
            .flat_map(|requirement| requirement.permissions);
        let mut found = all
            .filter(|permission| permission.starts_with(service))
            .map(ToString::to_string)
            .collect::<Vec<_>>();
        found.sort();
        found.dedup();
        found
    };
    let sorted = |permissions: &[&'static str]| {
        let mut sorted = permissions.to_vec();
        sorted.sort_unstable();
        sorted
    };
    let mut bucket = of("s3:");
    bucket.extend(BUCKET_PERMISSIONS.iter().map(ToString::to_string));
    bucket.sort();
    let statement = |id: &str, actions: serde_json::Value, resource: &str| serde_json::json!({ "Sid": id, "Effect": "Allow", "Action": actions, "Resource": resource });
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [
            statement("Bucket", bucket.into(), "arn:aws:s3:::acme-wandb-omega"),
            statement("Key", of("kms:").into(), "*"),
            statement("Account", of("sts:").into(), "*"),
            statement("Proof", sorted(OBJECT_PERMISSIONS).into(), "arn:aws:s3:::acme-wandb-omega/*"),
        ],
    });
    let text = format!(
        "```json\n{}\n```\n",
        serde_json::to_string_pretty(&policy).unwrap()
    );
    page_has("guides/aws.md", "permissions", &text);
}

#[test]
fn docs_show_the_examples_that_the_tests_run() {
    for (page, example) in [
        ("index.md", "provider/provider.tf"),
        (
            "resources/byob_bucket.md",
            "resources/wandb_byob_bucket/resource.tf",
        ),
        (
            "resources/byob_bucket.md",
            "resources/wandb_byob_bucket/import.sh",
        ),
        (
            "resources/byob_bucket.md",
            "resources/wandb_byob_bucket/import-by-string-id.tf",
        ),
        (
            "functions/storage_address.md",
            "functions/storage_address/function.tf",
        ),
        (
            "functions/parse_storage_address.md",
            "functions/parse_storage_address/function.tf",
        ),
        (
            "functions/supported_file_stores.md",
            "functions/supported_file_stores/function.tf",
        ),
        (
            "functions/helm_values.md",
            "functions/helm_values/function.tf",
        ),
        (
            "resources/team_storage.md",
            "resources/wandb_team_storage/resource.tf",
        ),
        (
            "resources/team_storage.md",
            "resources/wandb_team_storage/import.sh",
        ),
        (
            "resources/team_storage.md",
            "resources/wandb_team_storage/import-by-string-id.tf",
        ),
    ] {
        let text = fs::read_to_string(root().join("examples").join(example)).unwrap();
        let page_text = fs::read_to_string(root().join("docs").join(page)).unwrap();
        assert!(
            page_text.contains(text.trim_end()),
            "docs/{page} does not show examples/{example}"
        );
    }
}

#[test]
fn docs_pass_the_validation_of_the_registry() {
    let terraform = Workspace::with(
        Program::Terraform,
        "terraform {\n  required_providers {\n    wandb = {\n      source = \"wandb/wandb\"\n    }\n  }\n}\n",
    );
    let schema = terraform
        .command(&["providers", "schema", "-json"])
        .output()
        .unwrap();
    // The tool looks for a provider without a namespace under HashiCorp's.
    let schema = String::from_utf8(schema.stdout)
        .unwrap()
        .replace("/wandb/wandb", "/hashicorp/wandb");
    fs::write(terraform.path().join("schema.json"), schema).unwrap();
    let mut command = Command::new(root().join(".cache/bin/tfplugindocs"));
    command.current_dir(root()).args([
        "validate",
        "--provider-name",
        "wandb",
        "--providers-schema",
    ]);
    let output = command
        .arg(terraform.path().join("schema.json"))
        .output()
        .expect("no tfplugindocs: run `make install-tools`");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn docs_examples_are_valid_and_formatted() {
    for directory in [
        "quickstart",
        "provider",
        "resources/wandb_byob_bucket",
        "functions/storage_address",
        "functions/parse_storage_address",
        "functions/supported_file_stores",
        "functions/helm_values",
        "resources/wandb_team_storage",
        "complete/team-on-minio",
        "complete/team-on-aws",
        "complete/several-teams-on-one-bucket",
        "complete/instance-and-team",
        "complete/aws-multi-tenant",
        "complete/aws-dedicated",
        "complete/aws-self-managed",
    ] {
        let terraform = Workspace::new(Program::Terraform);
        terraform.copy_example(directory);
        if directory.starts_with("resources") || directory.starts_with("functions") {
            let head = "terraform {\n  required_providers {\n    wandb = {\n      source = \"wandb/wandb\"\n    }\n  }\n}\n";
            terraform.write("provider.tf", head);
        }
        terraform.run(&["validate", "-no-color"]).succeeded();
        terraform
            .run(&["fmt", "-check", "-diff", "-no-color"])
            .succeeded();
    }
}

/// The parts "Signature" and "Arguments" in the form of terraform-plugin-docs.
fn call(name: &str, signature: &Signature) -> String {
    let word = |ty: &Type| type_name(ty).replace("Boolean", "bool").to_lowercase();
    let typed = |parameter: &Parameter| format!("{} {}", parameter.name, word(&parameter.ty));
    let mut parameters = signature.parameters.iter().map(typed).collect::<Vec<_>>();
    parameters.extend(
        signature
            .variadic
            .as_ref()
            .map(|last| format!("{}...", typed(last))),
    );
    let mut text = format!(
        "## Signature\n\n```text\n{name}({}) {}\n```\n\n## Arguments\n\n",
        parameters.join(", "),
        word(&signature.result)
    );
    let arguments = signature.parameters.iter().map(|parameter| (parameter, ""));
    let last = signature
        .variadic
        .iter()
        .map(|parameter| (parameter, "Variadic, "));
    for (parameter, mark) in arguments.chain(last) {
        let (name, ty) = (parameter.name, type_name(&parameter.ty));
        writeln!(text, "1. `{name}` ({mark}{ty}) {}", parameter.description).unwrap();
    }
    text
}

/// The part "Schema" in the form of terraform-plugin-docs.
fn reference(schema: &Schema) -> String {
    let mut text = "## Schema\n".to_owned();
    let mut nested = Vec::new();
    groups(&mut text, &schema.attributes, "", &mut nested);
    let mut next = 0;
    while next < nested.len() {
        let (path, attributes): (String, Vec<Attribute>) = nested[next].clone();
        write!(
            text,
            "\n<a id=\"nestedatt--{}\"></a>\n### Nested Schema for `{path}`\n",
            path.replace('.', "--")
        )
        .unwrap();
        groups(&mut text, &attributes, &format!("{path}."), &mut nested);
        next += 1;
    }
    text
}

fn groups(
    text: &mut String,
    attributes: &[Attribute],
    prefix: &str,
    nested: &mut Vec<(String, Vec<Attribute>)>,
) {
    let of = |modes: &'static [Mode]| {
        attributes
            .iter()
            .filter(move |attribute| modes.contains(&attribute.mode))
    };
    let top = prefix.is_empty();
    let kinds: [(&str, &'static [Mode]); 3] = [
        ("Required", &[Mode::Required]),
        ("Optional", &[Mode::Optional, Mode::OptionalComputed]),
        ("Read-Only", &[Mode::Computed]),
    ];
    for (title, modes) in kinds {
        let mut found = of(modes).collect::<Vec<_>>();
        found.sort_by_key(|attribute| attribute.name);
        if found.is_empty() {
            continue;
        }
        write!(
            text,
            "\n{}\n\n",
            if top {
                format!("### {title}")
            } else {
                format!("{title}:")
            }
        )
        .unwrap();
        for attribute in found {
            line(text, attribute, prefix, nested);
        }
    }
}

fn line(
    text: &mut String,
    attribute: &Attribute,
    prefix: &str,
    nested: &mut Vec<(String, Vec<Attribute>)>,
) {
    let mut marks = match &attribute.kind {
        Kind::Plain(ty) => type_name(ty),
        Kind::Nested(Nesting::Single, _) => "Attributes".to_owned(),
        Kind::Nested(Nesting::List, _) => "Attributes List".to_owned(),
        Kind::Nested(Nesting::Set, _) => "Attributes Set".to_owned(),
        Kind::Nested(Nesting::Map, _) => "Attributes Map".to_owned(),
    };
    if attribute.sensitive {
        marks.push_str(", Sensitive");
    }
    let name = attribute.name;
    write!(text, "- `{name}` ({marks}) {}", attribute.description).unwrap();
    if let Kind::Nested(_, attributes) = &attribute.kind {
        let path = format!("{prefix}{name}");
        write!(
            text,
            " (see [below for nested schema](#nestedatt--{}))",
            path.replace('.', "--")
        )
        .unwrap();
        nested.push((path, attributes.clone()));
    }
    text.push('\n');
}

fn type_name(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::String => "String".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", type_name(element)),
        Type::Set(element) => format!("Set of {}", type_name(element)),
        Type::Map(element) => format!("Map of {}", type_name(element)),
        Type::Object(_) => "Object".to_owned(),
        Type::Tuple(_) => "Tuple".to_owned(),
    }
}
