# A bucket on AWS for a team on multi-tenant W&B (api.wandb.ai).
#
# Credentials are found as AWS's own tools find them: environment, shared files, web identity, container, instance.

terraform {
  required_providers {
    wandb = {
      source = "wandb/wandb"
    }
  }
}

variable "bucket" {
  description = "Name of the bucket."
  type        = string
  default     = "acme-wandb-omega"
}

variable "region" {
  description = "Region of the bucket."
  type        = string
  default     = "us-east-1"
}

variable "protected" {
  description = "Whether a plan that would destroy the bucket is refused."
  type        = bool
  default     = true
}

provider "wandb" {
  base_url = "https://api.wandb.ai"
}

# Key, bucket, CORS, policy, versioning, lifecycle, block of public access: all of W&B's AWS page.
resource "wandb_byob_bucket" "omega" {
  name                = var.bucket
  tags                = { team = "omega" }
  deletion_protection = var.protected

  aws = {
    region = var.region
  }
}

output "requirements" {
  description = "What W&B demands of the bucket, and whether it is met."
  value       = wandb_byob_bucket.omega.requirements
}

output "storage_bucket" {
  description = "The bucket as W&B takes it when a team is created on it."
  value       = wandb_byob_bucket.omega.storage_bucket
}
