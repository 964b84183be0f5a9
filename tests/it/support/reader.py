"""An independent look at a store: boto3 behind lines of JSON.

usage: reader.py ENDPOINT KEY SECRET REGION [CA]
A line {"op": "get_bucket_cors", "args": {...}}, or "kms.describe_key", is answered by {"ok": ...} or {"error": {"code", "status", "message"}}.
"""

import datetime
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, key, secret, region, *ca = sys.argv[1:]
s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    aws_access_key_id=key,
    aws_secret_access_key=secret,
    region_name=region,
    verify=ca[0] if ca else None,
    config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}),
)
# Beside S3 only a stand-in for AWS has it, at the same address.
kms = boto3.client(
    "kms",
    endpoint_url=endpoint,
    aws_access_key_id=key,
    aws_secret_access_key=secret,
    region_name=region,
    verify=ca[0] if ca else None,
)
iam = boto3.client("iam", endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret, region_name="us-east-1")
SERVICES = {"": s3, "kms": kms, "iam": iam}


def everything(bucket):
    """All keys with their versions, markers and uploads."""
    found = {"versions": [], "markers": [], "uploads": []}
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found["versions"] += [entry["Key"] for entry in page.get("Versions", [])]
        found["markers"] += [entry["Key"] for entry in page.get("DeleteMarkers", [])]
    # MinIO lists the uploads of a whole bucket or of one exact key.
    for entry in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
        found["uploads"].append(entry["Key"])
    return found


def fill(bucket, count):
    for number in range(count):
        s3.put_object(Bucket=bucket, Key=f"object-{number:05}", Body=b"x")


def keys_of(bucket):
    """The states of the keys that carry the provider's tag for the bucket."""
    tagging = boto3.client(
        "resourcegroupstaggingapi",
        endpoint_url=endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        region_name=region,
        # moto stumbles over keys that others make meanwhile.
        config=Config(retries={"mode": "standard", "max_attempts": 8}),
    )
    filters = [{"Key": "terraform-provider-wandb:bucket", "Values": [bucket]}]
    found = tagging.get_resources(TagFilters=filters, ResourceTypeFilters=["kms"])["ResourceTagMappingList"]
    return [kms.describe_key(KeyId=entry["ResourceARN"])["KeyMetadata"]["KeyState"] for entry in found]


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return str(value)


for line in sys.stdin:
    request = json.loads(line)
    op, args = request["op"], request.get("args", {})
    try:
        if op == "everything":
            answer = everything(**args)
        elif op == "keys_of":
            answer = keys_of(**args)
        elif op == "fill":
            answer = fill(**args)
        else:
            service, _, name = op.rpartition(".")
            answer = getattr(SERVICES[service], name)(**args)
            answer.pop("ResponseMetadata", None)
            body = answer.pop("Body", None)
            if body is not None:
                answer["Text"] = body.read().decode()
        reply = {"ok": answer}
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        details = error.response["Error"]
        reply = {"error": {"code": details.get("Code"), "status": status, "message": details.get("Message")}}
    print(json.dumps(reply, default=plain), flush=True)
