"""/scim/Groups: teams (scim, "Group resource")."""

from __future__ import annotations

import re

from werkzeug.wrappers import Request, Response

from . import scim, storage_bucket, storage_probe
from .errors import ScimError
from .world import Account, Team

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
FIELDS = ["displayName", "members"]

# W&B's page on new teams says lowercase letters, numbers and hyphens; schema says underscores too. Both are taken.
NAME = r"[a-z0-9][a-z0-9_-]*"


def render(server, team: Team, short: bool = False) -> dict:
    """The storage is not in it: scim shows none in any answer. `members` is null where there are none, as scim shows it."""
    members = []
    for account_id in team.members:
        member = {"Value": account_id, "Display": server.world.accounts[account_id].username}
        members.append(member if short or server.flavour.short_members else {**member, "Ref": "", "Type": ""})
    return {
        "displayName": team.name,
        "id": team.id,
        "members": members or None,
        "meta": scim.meta("Group", team),
        "schemas": [GROUP],
    }


def found(server, owner: Account, identifier: str) -> Team:
    team = server.world.teams.get(identifier)
    if team is None or team.organization != owner.organization:
        raise ScimError(404, f"team {identifier} not found")
    return team


def people(find, given: object) -> dict:
    """The users that `members` names, by id or e-mail. That an unknown one is 400 is inferred."""
    # The table has it as required; a sample sends an empty array.
    if not isinstance(given, list):
        raise ScimError(400, "members must be an array")
    members = {}
    for entry in given:
        # `display` is in the samples, and says nothing to the server.
        if not isinstance(entry, dict) or not isinstance(entry.get("value"), str) or set(entry) - {"value", "display"}:
            raise ScimError(400, "a member needs value, and may have display")
        account = find(entry["value"])
        if account is None:
            raise ScimError(400, f"user {entry['value']} not found")
        if account.service:
            # "These operations work for users only, not service accounts."
            raise ScimError(400, f"{entry['value']} is a service account")
        members[account.id] = "member"
    return members


def create(server, request: Request, owner: Account) -> Response:
    lenient = not server.flavour.storage_bucket
    body = scim.document(request, GROUP, [*FIELDS, "storageBucket"], lenient)
    name = scim.text(body, "displayName")
    if not re.fullmatch(NAME, name):
        raise ScimError(400, f"{name} is not a team name")
    storage = None
    if "storageBucket" in body and server.flavour.storage_bucket:
        storage = usable(server, body["storageBucket"])
    with server.world.lock:
        members = people(server.world.finder(owner.organization), body.get("members"))
        if server.world.taken(name):
            raise ScimError(409, f"team {name} already exists")
        team = server.world.add_team(name, members, owner.organization, storage)
        return scim.answer(render(server, team), 201, team.etag)


def usable(server, given: object) -> dict:
    """The storage, or the error: "If validation fails, the SCIM request fails". That warnings do not fail it is inferred."""
    try:
        storage = storage_bucket.parse(given, server.flavour)
    except storage_bucket.Refused as error:
        raise ScimError(400, str(error)) from None
    for severity, message in storage_probe.problems(storage, server.stores):
        if severity == "ERROR":
            raise ScimError(400, message)
    return storage


def get(server, request: Request, owner: Account, identifier: str) -> Response:
    with server.world.lock:
        team = found(server, owner, identifier)
        return scim.answer(render(server, team), etag=team.etag)


def index(server, request: Request, owner: Account) -> Response:
    with server.world.lock:
        teams = [team for team in server.world.teams.values() if team.organization == owner.organization]
        teams = scim.chosen(request, teams, {"displayName": lambda team: team.name})
        return scim.listing(request, server.flavour, teams, lambda team: render(server, team))


def replace(server, request: Request, owner: Account, identifier: str) -> Response:
    """PUT, "Replace the entire team membership list". A team cannot be renamed (W&B's page on that); that trying is 400 is inferred."""
    body = scim.document(request, GROUP, [*FIELDS, "id"], not server.flavour.storage_bucket)
    with server.world.lock:
        team = found(server, owner, identifier)
        scim.check_etag(request, team)
        if scim.text(body, "displayName") != team.name:
            raise ScimError(400, "a team cannot be renamed")
        if body.get("id", team.id) != team.id:
            raise ScimError(400, "id cannot be changed")
        change(team.members, people(server.world.finder(owner.organization), body.get("members")), "replace")
        team.touch()
        return scim.answer(render(server, team), etag=team.etag)


def patch(server, request: Request, owner: Account, identifier: str) -> Response:
    with server.world.lock:
        team = found(server, owner, identifier)
        scim.check_etag(request, team)
        # All operations are done, or none (RFC 7644 §3.5.2).
        members, operations, find = dict(team.members), scim.operations(request), server.world.finder(owner.organization)
        for operation in operations:
            apply(members, operation, find)
        team.members = members
        team.touch()
        # The sample of an answer to a removal has only two fields in each member.
        removed = any(operation["op"] == "remove" for operation in operations)
        return scim.answer(render(server, team, short=removed), etag=team.etag)


def apply(members: dict, operation: dict, find) -> None:
    """One operation. Only `members` can be changed ("Update an existing team's membership list")."""
    op, path = operation["op"], operation.get("path")
    one = re.fullmatch(r'members\[value eq ("(?:[^"\\]|\\.)*")\]', path or "")
    if op == "remove" and one:
        account = find(scim.quoted(one[1]))
        # Who is not there is removed already: inferred, from RFC 7644 §3.5.2.2.
        members.pop(account.id if account else None, None)
    elif op == "remove" and path == "members":
        members.clear()
    elif op != "remove" and path == "members":
        change(members, people(find, operation.get("value")), op)
    else:
        raise ScimError(400, f"{op} cannot be done to {path}")


def change(members: dict, given: dict, op: str) -> None:
    """Who is a member already keeps the role."""
    roles = {one: members.get(one, role) for one, role in given.items()}
    if op == "replace":
        members.clear()
    members.update(roles)


def delete(server, request: Request, owner: Account, identifier: str) -> Response:
    """scim: "Deleting teams is currently unsupported by the SCIM API"; the status is inferred."""
    with server.world.lock:
        found(server, owner, identifier)
    raise ScimError(405, "Deleting teams is not supported by the SCIM API")
