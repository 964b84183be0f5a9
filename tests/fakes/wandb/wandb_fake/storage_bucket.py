"""The fields of a team's storage: what scim calls `storageBucket`, and schema.graphql StorageBucketInfoInput."""

from __future__ import annotations

import re

from .flavours import EVERYWHERE, Flavour

# scim, "Create team", with the names that schema.graphql has for the same.
FIELDS = {
    "name": "name",
    "provider": "provider",
    "path": "path",
    "kmsKeyId": "kmsKeyID",
    "awsExternalId": "awsExternalID",
    "azureTenantId": "azureTenantID",
    "azureClientId": "azureClientID",
}

# How an address in GORILLA_SUPPORTED_FILE_STORES begins (byob, "Determine the storage address").
SCHEMES = {"COREWEAVE": "cw", "AWS": "s3", "MINIO": "s3", "GCP": "gs", "AZURE": "az"}

UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

# Only the rules for CoreWeave are W&B's own (byob, "Troubleshooting"); the others are those of the stores. That W&B looks at them is inferred.
NAMES = {
    "COREWEAVE": r"(?!cw-|vip-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "AWS": r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "GCP": r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]",
    # The storage account, with the container at the head of `path`: inferred from W&B's Helm chart and the sample in scim.
    "AZURE": r"[a-z0-9]{3,24}",
    # host[:port]/bucket: inferred from W&B's Helm chart.
    "MINIO": r"[A-Za-z0-9.-]+(:[0-9]+)?/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
}


class Refused(Exception):
    """A storage that is not taken. For scim that is 400: documented for an invalid provider, inferred for the rest."""


def parse(given: object, flavour: Flavour) -> dict:
    """The storage in the names of schema.graphql, checked for its form."""
    if not isinstance(given, dict):
        raise Refused("storageBucket must be an object")
    # That unknown fields are refused is inferred, and strict: a client that sends one expects something of it.
    unknown = sorted(set(given) - set(FIELDS))
    if unknown:
        raise Refused(f"storageBucket has no field {', '.join(unknown)}")
    for name in FIELDS:
        if name in given and not isinstance(given[name], str):
            raise Refused(f"storageBucket.{name} must be a string")
    for name in ("name", "provider"):
        if not given.get(name):
            raise Refused(f"storageBucket.{name} is required")
    storage = {FIELDS[name]: value for name, value in given.items()}
    check_form(storage, flavour)
    return storage


def check_form(storage: dict, flavour: Flavour) -> None:
    provider = storage["provider"]
    # scim: "case-sensitive; use uppercase", and the error "lists the allowed values". Its wording is inferred.
    if provider not in EVERYWHERE:
        raise Refused(f"invalid storageBucket.provider {provider}: must be one of {', '.join(EVERYWHERE)}")
    if provider not in flavour.providers:
        raise Refused(f"storage provider {provider} is not supported: must be one of {', '.join(flavour.providers)}")
    if not re.fullmatch(NAMES[provider], storage["name"]):
        raise Refused(f"{storage['name']} is not a bucket name of {provider}")
    if provider == "AZURE" and not storage.get("path"):
        raise Refused("the path of an AZURE storage begins with its container")
    for name in ("azureTenantID", "azureClientID"):
        if storage.get(name) and not re.fullmatch(UUID, storage[name]):
            raise Refused(f"{name} is not a UUID")
    if not flavour.multi_tenant:
        check_registered(storage, flavour)


def check_registered(storage: dict, flavour: Flavour) -> None:
    """byob, "Team level BYOB": the bucket must be among the supported file stores before a team can use it."""
    if flavour.supported_file_stores is None:
        return
    scheme = SCHEMES[storage["provider"]]
    # "the exact string cw://" stands for all of CoreWeave.
    if scheme == "cw" and "cw://" in flavour.supported_file_stores:
        return
    bucket = storage["name"].rsplit("/", 1)[-1]
    if storage["provider"] == "AZURE":
        bucket = f"{storage['name']}/{storage['path'].split('/', 1)[0]}"
    for address in flavour.supported_file_stores:
        given, _, rest = address.partition("://")
        if given == scheme and f"/{rest.partition('?')[0]}".endswith(f"/{bucket}"):
            return
    # The wording is inferred.
    raise Refused(f"{scheme} storage {bucket} is not a supported file store")
