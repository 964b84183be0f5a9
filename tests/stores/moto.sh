# moto stands in for AWS: moto takes any credentials, iam looks at them and at what they are allowed. Sourced by tests/servers.

moto_tool=$PWD/.cache/venv/bin/moto_server

moto_start() { # KIND DIRECTORY
  local kind=$1 dir=$2 port free=infinity user=testing password name=WANDB_TEST_${1^^}
  port=$(free_port) password=$(random)
  [ "$kind" != iam ] || free=3
  env -i PATH="$PATH" HOME="$dir" INITIAL_NO_AUTH_ACTION_COUNT="$free" setsid "$moto_tool" -H 127.0.0.1 -p "$port" >"$dir/log" 2>&1 </dev/null &
  remember "$dir" $!
  answers "$dir" "http://127.0.0.1:$port/moto-api/"
  [ "$kind" != iam ] || read -r user password < <(administrator "http://127.0.0.1:$port")
  publish_store "$dir" "$name" "http://127.0.0.1:$port" "$user" "$password" us-east-1
}

administrator() { # URL: the three calls that iam takes from anybody make one; prints its keys
  .cache/venv/bin/python - "$1" <<'PYTHON'
import json
import sys

import boto3

iam = boto3.client("iam", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
iam.create_user(UserName="admin")
key = iam.create_access_key(UserName="admin")["AccessKey"]
everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
iam.put_user_policy(UserName="admin", PolicyName="everything", PolicyDocument=json.dumps(everything))
print(key["AccessKeyId"], key["SecretAccessKey"])
PYTHON
}
