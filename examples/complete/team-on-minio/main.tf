# A team of a self-managed W&B, on a bucket in MinIO, Ceph or another store that speaks S3.
#
# Keys come from the environment: WANDB_API_KEY of an organization's administrator or service account, WANDB_S3_ACCESS_KEY and WANDB_S3_SECRET_KEY.
# W&B's server must know the store before: `storage_address` below belongs into its GORILLA_SUPPORTED_FILE_STORES, with keys.

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

variable "endpoint" {
  description = "Address of the store's S3 port, as W&B reaches it, too."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket."
  type        = string
  default     = "acme-wandb-omega"
}

variable "team" {
  description = "Name of the team."
  type        = string
  default     = "omega"
}

variable "protected" {
  description = "Whether a plan that would destroy the bucket or the team is refused."
  type        = bool
  default     = true
}

provider "wandb" {
  base_url   = var.base_url
  deployment = "self-managed"

  s3_compatible = {
    endpoint = var.endpoint
  }
}

resource "wandb_byob_bucket" "omega" {
  name                = var.bucket
  deletion_protection = var.protected

  s3_compatible = {}
}

# The storage of a team can never be changed.
resource "wandb_team_storage" "omega" {
  team                = var.team
  storage_bucket      = wandb_byob_bucket.omega.storage_bucket
  sub_path            = var.team
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

output "storage_address" {
  description = "The bucket's address in W&B's own notation."
  value       = wandb_byob_bucket.omega.storage_address
}

output "requirements" {
  description = "What W&B demands of the bucket, and whether it is met."
  value       = wandb_byob_bucket.omega.requirements
}
