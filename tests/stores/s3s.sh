# s3s-fs knows no document of a bucket, and deletes a bucket that is full without a word. Sourced by tests/servers.

s3s_tool=$PWD/.cache/bin/s3s-fs

s3s_start() { # KIND DIRECTORY
  local dir=$2 port password
  port=$(free_port) password=$(random)
  mkdir "$dir/data"
  start_simply "$dir" "$s3s_tool" --host 127.0.0.1 --port "$port" --access-key tester --secret-key "$password" "$dir/data"
  patiently curl --silent --max-time 2 --output /dev/null "http://127.0.0.1:$port/"
  publish_store "$dir" WANDB_TEST_S3S "http://127.0.0.1:$port" tester "$password" us-east-1
}
