# A team of multi-tenant W&B on a bucket in AWS: what W&B's page on buckets of your own asks for, and the team, in one apply.
#
# AWS's credentials are found as AWS's own tools find them, W&B's key as its SDK finds it: WANDB_API_KEY, or netrc.

terraform {
  required_providers {
    wandb = {
      source = "wandb/wandb"
    }
  }
}

variable "base_url" {
  description = "Address of the W&B server."
  type        = string
  default     = "https://api.wandb.ai"
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

variable "team" {
  description = "Name of the team."
  type        = string
  default     = "omega"
}

variable "members" {
  description = "Users of the team: W&B user ids, user names or e-mail addresses."
  type        = set(string)
  default     = null
}

variable "protected" {
  description = "Whether a plan that would destroy the bucket or the team is refused."
  type        = bool
  default     = true
}

provider "wandb" {
  base_url   = var.base_url
  deployment = "multi-tenant"
}

resource "wandb_byob_bucket" "omega" {
  name                = var.bucket
  deletion_protection = var.protected

  aws = {
    region = var.region
  }
}

# The storage of a team can never be changed.
resource "wandb_team_storage" "omega" {
  team                = var.team
  storage_bucket      = wandb_byob_bucket.omega.storage_bucket
  members             = var.members
  deletion_protection = var.protected
}

output "team_id" {
  description = "W&B's id of the team."
  value       = wandb_team_storage.omega.id
}

output "storage_verified" {
  description = "Whether W&B confirmed that the team keeps its data in the bucket."
  value       = wandb_team_storage.omega.storage_verified
}
