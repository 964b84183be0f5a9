"""/scim/Users: people (scim, "User management"). Service accounts are not among them. Registry roles and custom roles are left out."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from . import scim
from .errors import ScimError
from .world import Account

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
TEAMS = "urn:ietf:params:scim:schemas:extension:teams:2.0:User"
LEVELS = ["full", "viewer", "none"]


def render(server, account: Account) -> dict:
    """`emails` is one object with capital letters, as scim shows it."""
    body = {
        "active": account.active,
        "daysActive": 0,
        "displayName": account.display_name,
        "emails": {"Value": account.email, "Display": "", "Type": "", "Primary": True},
        "id": account.id,
        # "Returns null if the user has never been active."
        "lastActiveAt": None,
        "meta": scim.meta("User", account),
        "schemas": [USER],
        "userName": account.username,
        "organizationRole": account.organization_role,
        "teamRoles": [{"teamName": team.name, "roleName": team.members[account.id]} for team in teams_of(server, account)],
    }
    if server.flavour.multi_tenant:
        body["schemas"].append(TEAMS)
        body["groups"] = [{"value": team.id} for team in teams_of(server, account)]
    else:
        body["modelsSeat"] = account.models_seat
        body["weaveRole"] = account.weave_role
    return body


def teams_of(server, account: Account) -> list:
    return [team for team in server.world.teams_of(account) if account.id in team.members]


def found(server, owner: Account, identifier: str) -> Account:
    account = server.world.accounts.get(identifier)
    if account is None or account.service or account.organization != owner.organization:
        raise ScimError(404, f"user {identifier} not found")
    return account


def create(server, request: Request, owner: Account) -> Response:
    own = [TEAMS] if server.flavour.multi_tenant else ["modelsSeat", "weaveRole"]
    body = scim.document(request, USER, ["emails", "userName", *own])
    username, email = scim.text(body, "userName"), primary(server, body.get("emails"))
    seats = {name: level(body.get(name, "full"), name) for name in ("modelsSeat", "weaveRole")}
    with server.world.lock:
        if server.world.taken(username) or any(account.email == email for account in server.world.accounts.values()):
            raise ScimError(409, f"user {username} already exists")
        if server.flavour.seats is not None and len(server.world.people(owner.organization)) >= server.flavour.seats:
            # The text is scim's; that it is 400 is inferred.
            raise ScimError(400, "Seat limit reached")
        extension = body.get(TEAMS, {})
        if not isinstance(extension, dict) or not isinstance(extension.get("teams", []), list):
            raise ScimError(400, f"{TEAMS} must hold an array of teams")
        teams = [team_named(server, owner, name) for name in extension.get("teams", [])]
        account = server.world.add_account(
            username=username,
            email=email,
            organization=owner.organization,
            models_seat=seats["modelsSeat"],
            weave_role=seats["weaveRole"],
        )
        for team in teams:
            team.members[account.id] = "member"
            team.touch()
        return scim.answer(render(server, account), 201, account.etag)


def primary(server, emails: object) -> str:
    """scim: "Must include a primary email"; servers other than Multi-tenant Cloud "only support one email per user"."""
    if not isinstance(emails, list) or not all(isinstance(entry, dict) for entry in emails):
        raise ScimError(400, "emails must be an array")
    if len(emails) > 1 and not server.flavour.multi_tenant:
        raise ScimError(400, "only one email is supported")
    value = next((entry.get("value") for entry in emails if entry.get("primary") is True), None)
    if not isinstance(value, str) or "@" not in value:
        raise ScimError(400, "a primary email is required")
    return value


def level(value: object, name: str) -> str:
    if value not in LEVELS:
        raise ScimError(400, f"{name} must be one of {', '.join(LEVELS)}")
    return value


def team_named(server, owner: Account, name: object):
    team = server.world.team_named(name) if isinstance(name, str) else None
    if team is None or team.organization != owner.organization:
        raise ScimError(400, f"team {name} not found")
    return team


def get(server, request: Request, owner: Account, identifier: str) -> Response:
    with server.world.lock:
        account = found(server, owner, identifier)
        return scim.answer(render(server, account), etag=account.etag)


def index(server, request: Request, owner: Account) -> Response:
    filters = {"userName": lambda account: account.username, "emails.value": lambda account: account.email}
    with server.world.lock:
        people = scim.chosen(request, server.world.people(owner.organization), filters)
        return scim.listing(request, server.flavour, people, lambda account: render(server, account))


def delete(server, request: Request, owner: Account, identifier: str) -> Response:
    with server.world.lock:
        account = found(server, owner, identifier)
        scim.check_etag(request, account)
        server.world.remove_account(account)
        return Response(status=204)


def patch(server, request: Request, owner: Account, identifier: str) -> Response:
    with server.world.lock:
        account = found(server, owner, identifier)
        scim.check_etag(request, account)
        for operation in scim.operations(request):
            change(server, owner, account, operation)
        account.touch()
        if account.id not in server.world.accounts:
            # Multi-tenant Cloud answers a deactivation with this, `true` and all.
            return scim.answer({"schemas": [scim.PATCH], "Operations": [{"op": "replace", "value": {"active": True}}]})
        return scim.answer(render(server, account), etag=account.etag)


def change(server, owner: Account, account: Account, operation: dict) -> None:
    """One operation; all of scim's are `replace`."""
    path, value = operation.get("path"), operation.get("value")
    own = not server.flavour.multi_tenant
    if operation["op"] != "replace":
        raise ScimError(400, f"{operation['op']} cannot be done to {path}")
    if path is None and isinstance(value, dict) and list(value) == ["active"] and isinstance(value["active"], bool):
        activate(server, account, value["active"])
    elif path == "emails" and own:
        account.email = primary(server, value)
    elif path == "displayName" and own and isinstance(value, str):
        account.display_name = value
    elif path == "modelsSeat" and own:
        account.models_seat = level(value, path)
    elif path == "weaveRole" and own:
        account.weave_role = level(value, path)
    elif path == "organizationRole" and value in ("admin", "member"):
        account.organization_role = value
    elif path == "teamRoles" and isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
        for entry in value:
            team = team_named(server, owner, entry.get("teamName"))
            if account.id not in team.members:
                raise ScimError(400, f"{account.username} is not a member of {team.name}")
            team.members[account.id] = entry.get("roleName")
    else:
        raise ScimError(400, f"{operation['op']} cannot be done to {path}")


def activate(server, account: Account, active: bool) -> None:
    """scim, "Deactivate user" and "Reactivate user"."""
    if not server.flavour.multi_tenant:
        account.active = active
    elif active:
        raise ScimError(400, "User reactivation operations are not supported in SaaS Cloud")
    else:
        server.world.remove_account(account)
