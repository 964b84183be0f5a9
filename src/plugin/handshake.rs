//! The one line Terraform reads, and what a person is told who starts the program by hand.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::Identity;
use super::environment::Environment;
use super::listener::Address;

/// go-plugin's own protocol.
const CORE_VERSION: u8 = 1;

/// Terraform's plugin protocol. A client that does not know it says so itself.
const APP_VERSION: u8 = 6;

/// `CORE|APP|NETWORK|ADDRESS|PROTOCOL|CERTIFICATE`. A seventh field would spoil the certificate for OpenTofu before 1.11, so it is there
/// only for a client that asks.
pub(super) fn line(address: &Address, certificate: &[u8], environment: &Environment) -> String {
    let certificate = STANDARD_NO_PAD.encode(certificate);
    let line = format!(
        "{CORE_VERSION}|{APP_VERSION}|{}|{}|grpc|{certificate}",
        address.network(),
        address.text()
    );
    if environment.multiplex {
        format!("{line}|false")
    } else {
        line
    }
}

/// What a person is told who starts the program by hand.
pub(super) fn by_hand(identity: Identity) -> String {
    let Identity {
        name,
        address,
        version,
    } = identity;
    let source = address
        .strip_prefix("registry.terraform.io/")
        .unwrap_or(address);
    format!(
        "terraform-provider-{name} {version} is a plugin: Terraform or OpenTofu starts it, there is nothing to see here.\n\
         \n\
         To use it, name it in your configuration and run `terraform init`:\n\
         \n\
         \x20   terraform {{\n\
         \x20     required_providers {{\n\
         \x20       {name} = {{ source = \"{source}\" }}\n\
         \x20     }}\n\
         \x20   }}\n\
         \n\
         To run it under a debugger, start it with `--debug` and follow what it prints."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(multiplex: &str) -> Environment {
        Environment::read(|name| (name == "PLUGIN_MULTIPLEX_GRPC").then(|| multiplex.to_owned()))
            .unwrap()
    }

    #[test]
    fn the_line_has_six_fields_and_a_seventh_only_on_request() {
        let address = Address::Unix("/tmp/x".into());
        assert_eq!(
            line(&address, &[0xff; 2], &environment("")),
            "1|6|unix|/tmp/x|grpc|//8"
        );
        assert_eq!(
            line(&address, &[], &environment("true")),
            "1|6|unix|/tmp/x|grpc||false"
        );
    }
}
