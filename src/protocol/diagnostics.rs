//! Messages on the wire.

use super::Malformed;
use crate::framework::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::framework::path::{Path, Step};
use crate::proto::tfplugin6 as pb;

/// Messages as Terraform takes them.
pub(super) fn encode(diagnostics: Diagnostics) -> Vec<pb::Diagnostic> {
    diagnostics.into_iter().map(encode_one).collect()
}

fn encode_one(diagnostic: Diagnostic) -> pb::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => pb::diagnostic::Severity::Error,
        Severity::Warning => pb::diagnostic::Severity::Warning,
    };
    pb::Diagnostic {
        severity: severity.into(),
        summary: diagnostic.summary,
        detail: diagnostic.detail,
        // The whole object has no path at all: an empty one points nowhere.
        attribute: diagnostic
            .path
            .filter(|path| !path.steps().is_empty())
            .map(|path| encode_path(&path)),
    }
}

/// A path as Terraform takes it.
pub(super) fn encode_path(path: &Path) -> pb::AttributePath {
    use pb::attribute_path::step::Selector;
    let steps = path.steps().iter().map(|step| {
        let selector = match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => Selector::ElementKeyInt(*index),
        };
        pb::attribute_path::Step {
            selector: Some(selector),
        }
    });
    pb::AttributePath {
        steps: steps.collect(),
    }
}

impl From<Malformed> for Diagnostics {
    fn from(malformed: Malformed) -> Self {
        let detail = format!(
            "Terraform and the provider do not understand each other: {malformed}. Nothing was changed. Check that the state and the provider \
             are of the same version; otherwise please report this."
        );
        Diagnostic::error("A value cannot be read", detail)
            .at(malformed.path)
            .into()
    }
}
