# For the environment variable GORILLA_SUPPORTED_FILE_STORES of W&B:
# cw://,s3://s3.eu-west-1.amazonaws.com/acme-wandb?region=eu-west-1
output "file_stores" {
  value = provider::wandb::supported_file_stores([
    "cw://",
    provider::wandb::storage_address({
      scheme = "s3"
      host   = "s3.eu-west-1.amazonaws.com"
      bucket = "acme-wandb"
      region = "eu-west-1"
    }),
  ])
}
