# MiniStack imitates AWS in one process, and refuses a public policy under a block of public access. Sourced by tests/servers.

ministack_tool=$PWD/.cache/ministack/bin/ministack

ministack_start() { # KIND DIRECTORY
  local dir=$2 port
  port=$(free_port)
  start_simply "$dir" env BIND_HOST=127.0.0.1 GATEWAY_PORT="$port" "$ministack_tool"
  answers "$dir" "http://127.0.0.1:$port/_ministack/health"
  publish_store "$dir" WANDB_TEST_MINISTACK "http://127.0.0.1:$port" test test us-east-1
}
