# s3rver knows CORS and little else, takes a PUT of a document that it does not know for one of the bucket, and looks at no secret key. Sourced
# by tests/servers.

s3rver_tool=$PWD/.cache/s3rver/node_modules/.bin/s3rver

s3rver_start() { # KIND DIRECTORY
  local dir=$2 port
  port=$(free_port)
  mkdir "$dir/data"
  start_simply "$dir" "$s3rver_tool" --silent --address 127.0.0.1 --port "$port" --directory "$dir/data"
  # It answers nobody without a signature, but it answers.
  patiently curl --silent --max-time 2 --output /dev/null "http://127.0.0.1:$port/"
  publish_store "$dir" WANDB_TEST_S3RVER "http://127.0.0.1:$port" S3RVER S3RVER us-east-1
}
