"""Looks whether a team's storage can be reached, as scim says: "W&B validates that the bucket exists and is reachable before creating the team".

AWS, MINIO and COREWEAVE are asked through boto3 where an endpoint with keys is configured (MINIO: keys alone will do, the address is in the name).
GCP and AZURE, and the others without an endpoint, are checked for their form only: without a cloud there is nobody to ask.
"""

from __future__ import annotations

import os

SECONDS = 5

# WANDB_FAKE_<provider>_<setting>.
SETTINGS = ["ENDPOINT", "ACCESS_KEY", "SECRET_KEY", "REGION", "CA"]
PROVIDERS = ["AWS", "MINIO", "COREWEAVE"]


def from_environment() -> dict:
    """The stores that are configured, as control.py takes them too."""
    stores = {}
    for provider in PROVIDERS:
        found = {name.lower(): os.environ.get(f"WANDB_FAKE_{provider}_{name}") for name in SETTINGS}
        found = {name: value for name, value in found.items() if value}
        if found:
            stores[provider] = found
    return stores


def check(stores: dict) -> dict:
    for provider, store in stores.items():
        if provider not in PROVIDERS:
            raise ValueError(f"{provider} cannot be asked; {', '.join(PROVIDERS)} can")
        unknown = sorted(set(store) - {name.lower() for name in SETTINGS})
        if unknown:
            raise ValueError(f"a store has no {', '.join(unknown)}")
    return stores


def problems(storage: dict, stores: dict) -> list:
    """What is wrong with a storage of sound form: (severity, message). schema: severity is ERROR or WARN; the messages are inferred."""
    store = stores.get(storage["provider"])
    if store is None:
        return []
    from botocore.exceptions import BotoCoreError, ClientError

    bucket = storage["name"].rsplit("/", 1)[-1]
    try:
        s3 = client(storage, store)
        prefix = storage.get("path", "").strip("/")
        s3.list_objects_v2(Bucket=bucket, Prefix=prefix and f"{prefix}/", MaxKeys=1)
    except ClientError as error:
        return [("ERROR", f"cannot access bucket {bucket}: {error.response['Error'].get('Code', 'unknown')}")]
    except (BotoCoreError, ValueError) as error:
        return [("ERROR", f"cannot reach bucket {bucket}: {type(error).__name__}")]
    # MinIO has no CORS of a bucket's own to look at.
    return [] if storage["provider"] == "MINIO" else cors_problems(s3, bucket)


def client(storage: dict, store: dict):
    import boto3
    from botocore.config import Config

    endpoint = store.get("endpoint")
    if storage["provider"] == "MINIO" and not endpoint:
        host = storage["name"].split("/", 1)[0]
        endpoint = f"https://{host}" if "ca" in store else f"http://{host}"
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=store.get("access_key"),
        aws_secret_access_key=store.get("secret_key"),
        region_name=store.get("region", "us-east-1"),
        verify=store.get("ca"),
        config=Config(s3={"addressing_style": "path"}, connect_timeout=SECONDS, read_timeout=SECONDS, retries={"max_attempts": 0}),
    )


def cors_problems(s3, bucket: str) -> list:
    """byob, "CORS validation failures"; that they warn and do not refuse is inferred."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        rules = s3.get_bucket_cors(Bucket=bucket)["CORSRules"]
    except ClientError as error:
        if error.response["Error"].get("Code") == "NoSuchCORSConfiguration":
            return [("WARN", f"bucket {bucket} has no CORS policy")]
        return [("WARN", f"cannot read the CORS policy of bucket {bucket}: {error.response['Error'].get('Code', 'unknown')}")]
    except BotoCoreError as error:
        return [("WARN", f"cannot read the CORS policy of bucket {bucket}: {type(error).__name__}")]
    for rule in rules:
        if {"GET", "PUT", "HEAD"} <= set(rule["AllowedMethods"]) and "ETag" in rule.get("ExposeHeaders", []):
            return []
    return [("WARN", f"the CORS policy of bucket {bucket} must allow GET, PUT and HEAD and expose ETag")]
