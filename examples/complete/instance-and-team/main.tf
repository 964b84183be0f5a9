# A self-managed W&B on AWS: one bucket for the whole instance, and one that a team has for itself.

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

variable "buckets" {
  description = "Names of the buckets."
  type        = object({ instance = string, team = string })
  default     = { instance = "acme-wandb", team = "acme-wandb-omega" }
}

variable "region" {
  description = "Region of the buckets."
  type        = string
  default     = "us-east-1"
}

variable "protected" {
  description = "Whether a plan that would destroy a bucket or the team is refused."
  type        = bool
  default     = true
}

provider "wandb" {
  base_url   = var.base_url
  deployment = "self-managed"
}

# For W&B's System Console or Helm chart.
resource "wandb_byob_bucket" "instance" {
  name                = var.buckets.instance
  deletion_protection = var.protected

  aws = {
    region         = var.region
    principal_arns = [var.wandb_role]
  }
}

resource "wandb_byob_bucket" "omega" {
  name                = var.buckets.team
  deletion_protection = var.protected

  aws = {
    region         = var.region
    principal_arns = [var.wandb_role]
  }
}

resource "wandb_team_storage" "omega" {
  team                = "omega"
  storage_bucket      = wandb_byob_bucket.omega.storage_bucket
  deletion_protection = var.protected
}

output "instance_settings" {
  description = "What W&B's System Console asks for."
  value       = wandb_byob_bucket.instance.instance_settings
}

output "supported_file_store" {
  description = "The address that the server's GORILLA_SUPPORTED_FILE_STORES must hold before the team is made."
  value       = wandb_byob_bucket.omega.storage_address
}
