# The id is the cloud and the name of the bucket.
terraform import wandb_byob_bucket.omega s3_compatible/acme-wandb-omega
