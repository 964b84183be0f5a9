"""Whose key it is, and what it opens."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from .errors import GraphqlError, ScimError
from .flavours import Flavour
from .world import Key, World


@dataclass
class Credentials:
    """What the header Authorization holds, for the journal too: `scheme` says its form, never its content."""

    scheme: str | None
    username: str | None = None
    secret: str | None = None


def read(header: str | None) -> Credentials:
    if not header:
        return Credentials(None)
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return Credentials("bearer", secret=rest)
    if scheme.lower() == "basic":
        try:
            username, colon, secret = base64.b64decode(rest, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return Credentials("malformed")
        if colon:
            return Credentials("basic" if username else "basic without a name", username, secret)
    return Credentials("malformed")


def key_of(world: World, credentials: Credentials) -> Key | None:
    return world.keys.get(credentials.secret or "")


def scim(world: World, flavour: Flavour, credentials: Credentials) -> Key:
    """scim, "Authentication". That these are 401 and 403 follows from its table of codes; the texts are inferred."""
    key = key_of(world, credentials)
    if key is None or not key.owner.active:
        raise ScimError(401, "Authentication failed")
    owner = key.owner
    if credentials.scheme == "bearer":
        if not flavour.bearer:
            raise ScimError(401, "Authentication failed")
    elif credentials.username != ("" if owner.service else owner.username):
        # "users encode username:API-KEY; service accounts encode :API-KEY".
        raise ScimError(401, "Authentication failed")
    if owner.kind == "team-service":
        # "Keys from team-scoped service accounts cannot authenticate to the SCIM API."
        raise ScimError(403, "Team-scoped service accounts cannot access the SCIM API")
    if not owner.admin and owner.kind != "org-service":
        raise ScimError(403, "Insufficient permissions")
    return key


def graphql(world: World, flavour: Flavour, credentials: Credentials) -> Key | None:
    """sdk, core/internal/api/credentials.go: Basic "api:KEY". A bearer key works too (wandb-mcp-server#101); since when is inferred from scim."""
    if credentials.scheme is None:
        return None
    key = key_of(world, credentials)
    if key is None or not key.owner.active or (credentials.scheme == "bearer" and not flavour.bearer):
        # The text is that of #5319.
        raise GraphqlError(401, "user is not logged in")
    return key
