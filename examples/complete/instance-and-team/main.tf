# A self-managed W&B and one of its teams on one bucket in AWS, each in a folder of its own:
#
#   instance/      what the instance keeps: every team without a storage of its own
#   teams/omega/   what the team "omega" keeps
#
# A self-managed W&B must know a bucket before a team can use it, so this takes two applies:
#
#   1. terraform apply                       makes the bucket.
#   2. Give W&B what the outputs say: `helm_values` to its Helm chart (or `instance_settings` to its System Console), and `supported_file_stores`
#      as the environment variable GORILLA_SUPPORTED_FILE_STORES. Restart W&B.
#   3. terraform apply -var registered=true  makes the team. Keep it true from then on: without it the plan would remove the team.
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
}

variable "wandb_role" {
  description = "ARN of the role as which W&B asks AWS; its System Console shows it as \"Identity\"."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket."
  type        = string
  default     = "acme-wandb"
}

variable "region" {
  description = "Region of the bucket."
  type        = string
  default     = "us-east-1"
}

variable "registered" {
  description = "Whether W&B was restarted with the bucket among its supported file stores. The team is made only then."
  type        = bool
  default     = false
}

variable "protected" {
  description = "Whether a plan that would destroy the bucket or the team is refused."
  type        = bool
  default     = true
}

provider "wandb" {
  base_url   = var.base_url
  deployment = "self-managed"
}

# It has no `path`: that would be the beginning of the team's folder, too.
resource "wandb_byob_bucket" "shared" {
  name                = var.bucket
  deletion_protection = var.protected

  aws = {
    region         = var.region
    principal_arns = [var.wandb_role]
  }
}

# The storage of a team can never be changed.
resource "wandb_team_storage" "omega" {
  count = var.registered ? 1 : 0

  team                = "omega"
  storage_bucket      = wandb_byob_bucket.shared.storage_bucket
  sub_path            = "teams/omega"
  deletion_protection = var.protected
}

locals {
  instance_settings = merge(wandb_byob_bucket.shared.instance_settings, { path = "instance" })
}

output "instance_settings" {
  description = "What W&B's System Console asks for, with the folder of the instance."
  value       = local.instance_settings
}

output "helm_values" {
  description = "The same as values of W&B's Helm chart."
  value       = provider::wandb::helm_values(local.instance_settings)
}

output "supported_file_stores" {
  description = "What the server's GORILLA_SUPPORTED_FILE_STORES must hold before the team is made. It is the whole bucket, without keys: W&B has its role."
  value       = provider::wandb::supported_file_stores([wandb_byob_bucket.shared.storage_address])
}

output "team_id" {
  description = "W&B's id of the team; null until it is made."
  value       = one(wandb_team_storage.omega[*].id)
}

output "storage_verified" {
  description = "Whether W&B confirmed that the team keeps its data in the bucket; its folder is never confirmed."
  value       = one(wandb_team_storage.omega[*].storage_verified)
}
