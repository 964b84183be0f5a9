# A bucket on AWS for a W&B of your own. Only you know as whom it asks AWS: the role of its nodes or of its service account.
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

variable "wandb_role_arn" {
  description = "Role of the nodes or the service account of W&B; the System Console shows it as \"Identity\"."
  type        = string
}

provider "wandb" {
  base_url = "https://wandb.example.com"
}

# Key, bucket, CORS, policy, versioning, lifecycle, block of public access: all of W&B's AWS page.
resource "wandb_byob_bucket" "omega" {
  name                = var.bucket
  tags                = { team = "omega" }
  deletion_protection = var.protected

  aws = {
    region         = var.region
    principal_arns = [var.wandb_role_arn]
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
