import {
  to = wandb_team_storage.omega
  id = "omega"
}
