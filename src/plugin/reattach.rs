//! For debugging: how Terraform attaches to a process that is running already.

use serde_json::json;

use super::Identity;
use super::listener::Address;

/// What to set, as Terraform's own plugins say it.
pub(super) fn instructions(identity: Identity, address: &Address) -> String {
    let provider = json!({
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": std::process::id(),
        "Test": true,
        "Addr": { "Network": address.network(), "String": address.text() },
    });
    let providers = json!({ identity.address: provider });
    format!(
        "Provider started. To attach Terraform CLI, set the TF_REATTACH_PROVIDERS environment variable with the following:\n\n\
         \tTF_REATTACH_PROVIDERS='{providers}'\n\nEnd it with Ctrl-C."
    )
}
