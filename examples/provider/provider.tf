terraform {
  required_providers {
    wandb = {
      source = "wandb/wandb"
    }
  }
}

# Keys come from the environment: WANDB_S3_ACCESS_KEY and WANDB_S3_SECRET_KEY.
provider "wandb" {
  base_url = "https://wandb.example.com"

  default_tags = {
    owner = "ml-platform"
  }

  s3_compatible = {
    endpoint = "https://minio.example.com"
  }
}
