variable "secret_key" {
  type      = string
  sensitive = true
}

# s3://wandb-store:…@minio.example.com:9000/acme-wandb/omega?region=us-east-1&tls=true
output "address" {
  value = provider::wandb::storage_address({
    scheme     = "s3"
    host       = "minio.example.com:9000"
    bucket     = "acme-wandb"
    path       = "omega"
    access_key = "wandb-store"
    secret_key = var.secret_key
    region     = "us-east-1"
    tls        = true
  })
  sensitive = true
}
