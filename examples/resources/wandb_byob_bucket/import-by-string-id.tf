import {
  to = wandb_byob_bucket.omega
  id = "s3_compatible/acme-wandb-omega"
}
