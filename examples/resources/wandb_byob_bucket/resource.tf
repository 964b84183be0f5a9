resource "wandb_byob_bucket" "omega" {
  name = "acme-wandb-omega"
  path = "omega"

  tags = {
    team = "omega"
  }

  s3_compatible = {}
}

# What W&B's System Console asks for.
output "instance_settings" {
  value = wandb_byob_bucket.omega.instance_settings
}

# Whether W&B's demands are met.
output "requirements" {
  value = wandb_byob_bucket.omega.requirements
}
