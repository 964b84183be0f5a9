//! The documentation: its reference is written from the schemas, so it cannot drift, and the registry's own tool accepts it.
//!
//! `make docs` writes the generated parts anew; without it a difference fails the test.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use terraform_provider_wandb::framework::provider::Provider;
use terraform_provider_wandb::framework::resource::Resource;
use terraform_provider_wandb::framework::schema::{Attribute, Kind, Mode, Nesting, Schema};
use terraform_provider_wandb::framework::types::Type;
use terraform_provider_wandb::provider::{Shared, Wandb};
use terraform_provider_wandb::requirements::REQUIREMENTS;
use terraform_provider_wandb::resources::byob_bucket::ByobBucket;

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
fn docs_list_every_requirement_with_the_permissions_it_needs() {
    let mut text =
        "| requirement | what it is for | permissions |\n| --- | --- | --- |\n".to_owned();
    for requirement in REQUIREMENTS {
        let permissions = requirement
            .permissions
            .iter()
            .map(|permission| format!("`{permission}`"))
            .collect::<Vec<_>>()
            .join(", ");
        writeln!(
            text,
            "| `{}` | {} | {permissions} |",
            requirement.name, requirement.purpose
        )
        .unwrap();
    }
    page_has("resources/byob_bucket.md", "requirements", &text);
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
    for directory in ["quickstart", "provider", "resources/wandb_byob_bucket"] {
        let terraform = Workspace::new(Program::Terraform);
        terraform.copy_example(directory);
        if directory.starts_with("resources") {
            let head = "terraform {\n  required_providers {\n    wandb = {\n      source = \"wandb/wandb\"\n    }\n  }\n}\n";
            terraform.write("provider.tf", head);
        }
        terraform.run(&["validate", "-no-color"]).succeeded();
        terraform
            .run(&["fmt", "-check", "-diff", "-no-color"])
            .succeeded();
    }
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
