locals {
  address = provider::wandb::parse_storage_address(
    "s3://minio.example.com:9000/acme-wandb/omega?region=us-east-1&tls=true"
  )
}

# minio.example.com:9000
output "host" {
  value = local.address.host
}

# The same address with something changed.
output "without_tls" {
  value = provider::wandb::storage_address(merge(local.address, { tls = null }))
}
