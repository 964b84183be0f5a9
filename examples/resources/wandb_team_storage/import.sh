# The id is the name of the team, or W&B's id of it.
terraform import wandb_team_storage.omega omega
