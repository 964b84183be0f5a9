//! Who W&B is in the clouds.

use crate::wandb::Deployment;

/// W&B's principal in AWS (W&B BYOB page, AWS tab, "Provision the KMS key"). A self-managed W&B is a principal of your own.
#[must_use]
pub fn aws(deployment: Deployment) -> Option<&'static str> {
    match deployment {
        Deployment::MultiTenant => Some("arn:aws:iam::725579432336:role/WandbIntegration"),
        Deployment::Dedicated => Some("arn:aws:iam::830241207209:root"),
        Deployment::SelfManaged => None,
    }
}
