"""What differs between W&B's kinds of server, as one table."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

EVERYWHERE = ["COREWEAVE", "AWS", "AZURE", "GCP", "MINIO"]


@dataclass
class Flavour:
    name: str
    # Multi-tenant Cloud has a SCIM implementation of its own (scim, "Implementation differences per deployment type").
    multi_tenant: bool
    # None on Multi-tenant Cloud, which has no versions.
    version: str | None
    # scim, "Bearer token": Multi-tenant Cloud, and the others from v0.79.0 on.
    bearer: bool
    # Whether `storageBucket` is known. scim does not say since which version; that an older one ignores the field silently is inferred.
    storage_bucket: bool
    # byob, "Availability matrix": team level.
    providers: list = field(default_factory=lambda: list(EVERYWHERE))
    # GORILLA_SUPPORTED_FILE_STORES (byob, "Team level BYOB"), the addresses without keys; None: every store is registered.
    supported_file_stores: list | None = None
    # GORILLA_ALLOW_USER_TEAM_CREATION (W&B's page on environment variables).
    user_team_creation: bool = False
    # scim, "Limitations": "Maximum results: 9999 items per request".
    page_size: int = 9999
    # scim names no parameters; that startIndex and count are followed, as RFC 7644 §3.4.2.4 has it, is inferred.
    pages: bool = True
    # scim, "Limitations": operations may fail when the limit of seats is reached. None: no limit.
    seats: int | None = None
    # scim shows members with four fields, and in one answer with two only.
    short_members: bool = False
    # Fields of schema.graphql that this server lacks, as "Type.field".
    graphql_without: list = field(default_factory=list)


# What the copy of about 2023 does not have yet; the names of the fields of storage are inferred from those of scim.
AFTER_2023 = [
    "StorageBucketInfo.path",
    "StorageBucketInfo.azureTenantID",
    "StorageBucketInfo.azureClientID",
    "StorageBucketInfoInput.path",
    "StorageBucketInfoInput.azureTenantID",
    "StorageBucketInfoInput.azureClientID",
    "Organization.coreWeaveOrganizationId",
    "ServerInfo.features",
]

FLAVOURS = {
    "multi-tenant": lambda: Flavour(
        "multi-tenant", multi_tenant=True, version=None, bearer=True, storage_bucket=True, providers=["COREWEAVE", "AWS", "GCP"]
    ),
    "dedicated": lambda: Flavour("dedicated", multi_tenant=False, version="0.84.0", bearer=True, storage_bucket=True),
    "self-managed": lambda: Flavour("self-managed", multi_tenant=False, version="0.84.0", bearer=True, storage_bucket=True),
    "old": lambda: Flavour(
        "old",
        multi_tenant=False,
        version="0.78.0",
        bearer=False,
        storage_bucket=False,
        short_members=True,
        graphql_without=list(AFTER_2023),
    ),
}


def change(flavour: Flavour, wishes: dict) -> Flavour:
    """The flavour with other values of its fields."""
    known = {entry.name for entry in dataclasses.fields(Flavour)}
    unknown = sorted(set(wishes) - known)
    if unknown:
        raise ValueError(f"a flavour has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    return dataclasses.replace(flavour, **wishes)
