# A bucket for W&B in an S3-compatible store such as MinIO or Ceph.
#
# The keys come from the environment: WANDB_S3_ACCESS_KEY and WANDB_S3_SECRET_KEY.

terraform {
  required_providers {
    wandb = {
      source = "wandb/wandb"
    }
  }
}

variable "endpoint" {
  description = "Address of the store's S3 port."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket."
  type        = string
  default     = "acme-wandb-omega"
}

provider "wandb" {
  s3_compatible = {
    endpoint = var.endpoint
  }
}

resource "wandb_byob_bucket" "omega" {
  name = var.bucket
  path = "omega"
  tags = { team = "omega" }

  # To try it out. With real data leave it out: the default protects the bucket.
  deletion_protection = false

  s3_compatible = {}
}

output "requirements" {
  description = "What W&B demands of the bucket, and whether it is met."
  value       = wandb_byob_bucket.omega.requirements
}

output "storage_address" {
  description = "The bucket's address in W&B's own notation."
  value       = wandb_byob_bucket.omega.storage_address
}

output "instance_settings" {
  description = "What W&B's System Console asks for."
  value       = wandb_byob_bucket.omega.instance_settings
}
