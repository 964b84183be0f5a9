"""What Groups and Users have in common: reading requests, ETags, lists, filters."""

from __future__ import annotations

import json
import re

from werkzeug.wrappers import Request, Response

from .errors import ScimError
from .flavours import Flavour

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

# scim sends application/scim+json; W&B's own sample (wandb/examples, wandb-scim) application/json.
TYPES = ["application/scim+json", "application/json"]


def document(request: Request, schema: str, fields: list, lenient: bool = False) -> dict:
    """The request's body, an object of that schema with those fields. That anything else is 400 is inferred.

    `lenient`: as older servers, which drop what they do not know.
    """
    if request.mimetype not in TYPES:
        raise ScimError(400, f"Content-Type must be one of {', '.join(TYPES)}")
    try:
        body = json.loads(request.get_data())
    except ValueError:
        raise ScimError(400, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise ScimError(400, "the body is not an object")
    if not isinstance(body.get("schemas"), list) or schema not in body["schemas"]:
        raise ScimError(400, f"schemas must hold {schema}")
    unknown = sorted(set(body) - set(fields) - {"schemas"})
    if unknown and not lenient:
        raise ScimError(400, f"unknown field {', '.join(unknown)}")
    return body


def text(body: dict, name: str) -> str:
    if not isinstance(body.get(name), str) or not body[name]:
        raise ScimError(400, f"{name} is required")
    return body[name]


def operations(request: Request) -> list:
    """The operations of a PATCH (scim, "Update team")."""
    found = document(request, PATCH, ["Operations"]).get("Operations")
    if not isinstance(found, list) or not found or not all(isinstance(operation, dict) for operation in found):
        raise ScimError(400, "Operations is required")
    for operation in found:
        if operation.get("op") not in ("add", "remove", "replace"):
            raise ScimError(400, f"unknown operation {operation.get('op')}")
        if not isinstance(operation.get("path"), (str, type(None))):
            raise ScimError(400, "path must be a string")
    return found


def check_etag(request: Request, kept) -> None:
    """scim, "ETag Support": 412 where the resource has changed."""
    wanted = request.headers.get("If-Match")
    if wanted and wanted != "*" and kept.etag not in [tag.strip() for tag in wanted.split(",")]:
        raise ScimError(412, "ETag mismatch")


def answer(body: dict, status: int = 200, etag: str | None = None) -> Response:
    response = Response(json.dumps(body), status, content_type="application/scim+json")
    if etag:
        response.headers["ETag"] = etag
    return response


def meta(kind: str, kept) -> dict:
    """scim shows it without `version`, and says elsewhere that it is there ("ETag Support")."""
    return {
        "resourceType": kind,
        "created": kept.created,
        "lastModified": kept.modified,
        "location": f"{kind}s/{kept.id}",
        "version": kept.etag,
    }


def chosen(request: Request, things: list, filters: dict) -> list:
    """Those that the filter names. `filters`: what may be compared, with what it is in a thing. eq alone is documented."""
    wanted = request.args.get("filter")
    if wanted is None:
        return things
    match = re.fullmatch(r'\s*([A-Za-z.]+)\s+eq\s+("(?:[^"\\]|\\.)*")\s*', wanted)
    if not match or match[1] not in filters:
        raise ScimError(400, f"filter must be one of: {', '.join(name + ' eq' for name in filters)}")
    value = quoted(match[2])
    return [thing for thing in things if filters[match[1]](thing) == value]


def quoted(literal: str) -> str:
    """A value of a filter, which is written as JSON (RFC 7644 §3.4.2.2)."""
    try:
        return json.loads(literal)
    except ValueError:
        raise ScimError(400, f"{literal} is not a value") from None


def listing(request: Request, flavour: Flavour, things: list, render) -> Response:
    """scim, "List teams": itemsPerPage says how many there can be, not how many there are."""
    start, size = 1, flavour.page_size
    if flavour.pages:
        start = max(1, number(request, "startIndex", 1))
        size = min(size, max(0, number(request, "count", size)))
    page = things[start - 1 : start - 1 + size]
    return answer(
        {
            "Resources": [render(thing) for thing in page],
            "itemsPerPage": flavour.page_size,
            "schemas": [LIST],
            "startIndex": start,
            "totalResults": len(things),
        }
    )


def number(request: Request, name: str, default: int) -> int:
    try:
        return int(request.args.get(name, default))
    except ValueError:
        raise ScimError(400, f"{name} is not a number") from None
