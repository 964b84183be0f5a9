# The stand-in for the W&B server (tests/fakes/wandb), which reaches the MinIO of the demo if that runs. Sourced by tests/servers.

wandb_tool=$PWD/.cache/venv/bin/python

wandb_start() { # KIND DIRECTORY
  local dir=$2 port key store=$home/demo/env keys=()
  port=$(free_port)
  if [ -e "$store" ]; then
    keys=("WANDB_FAKE_MINIO_ACCESS_KEY=$(sed -n 's/^WANDB_TEST_MINIO_DEMO_USER=//p' "$store")"
      "WANDB_FAKE_MINIO_SECRET_KEY=$(sed -n 's/^WANDB_TEST_MINIO_DEMO_PASSWORD=//p' "$store")")
  fi
  start_simply "$dir" env ${keys[@]+"${keys[@]}"} "$PWD/tests/fakes/wandb/serve" --flavour self-managed --port "$port"
  answers "$dir" "http://127.0.0.1:$port/_fake/keys"
  key=$(curl --silent --fail "http://127.0.0.1:$port/_fake/keys" | "$wandb_tool" -c 'import json, sys; print(json.load(sys.stdin)["admin"])')
  publish_store "$dir" WANDB_TEST_WANDB "http://127.0.0.1:$port" admin "$key" -
}
