# The store's endpoint comes from WANDB_S3_ENDPOINT.
resource "wandb_byob_bucket" "instance" {
  name          = "acme-wandb"
  path          = "omega"
  deployment    = "self-managed"
  s3_compatible = {}
}

# An element of `values` of a helm_release is this without yamldecode.
output "values" {
  value = yamldecode(provider::wandb::helm_values(
    wandb_byob_bucket.instance.instance_settings,
    { secret_name = "wandb-bucket-keys" },
  ))
}
