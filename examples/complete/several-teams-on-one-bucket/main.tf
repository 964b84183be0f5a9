# Several teams of multi-tenant W&B on one bucket, each in a folder of its own.

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
  default     = "acme-wandb"
}

variable "region" {
  description = "Region of the bucket."
  type        = string
  default     = "us-east-1"
}

variable "teams" {
  description = "Names of the teams."
  type        = set(string)
  default     = ["omega", "psi"]
}

variable "protected" {
  description = "Whether a plan that would destroy the bucket or a team is refused."
  type        = bool
  default     = true
}

provider "wandb" {
  base_url   = var.base_url
  deployment = "multi-tenant"
}

resource "wandb_byob_bucket" "shared" {
  name                = var.bucket
  deletion_protection = var.protected

  aws = {
    region = var.region
  }
}

resource "wandb_team_storage" "each" {
  for_each = var.teams

  team                = each.key
  storage_bucket      = wandb_byob_bucket.shared.storage_bucket
  sub_path            = each.key
  deletion_protection = var.protected
}

output "team_ids" {
  description = "W&B's ids of the teams."
  value       = { for name, team in wandb_team_storage.each : name => team.id }
}
