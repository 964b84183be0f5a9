resource "wandb_byob_bucket" "omega" {
  name = "acme-wandb-omega"

  aws = {
    region = "us-east-1"
  }
}

resource "wandb_team_storage" "omega" {
  team           = "omega"
  storage_bucket = wandb_byob_bucket.omega.storage_bucket
  sub_path       = "omega"

  members = ["ann@example.com", "ben@example.com"]
}
