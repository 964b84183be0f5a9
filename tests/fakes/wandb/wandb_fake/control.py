"""/_fake/…: what the tests tell the server, and ask it. It needs no key; the server listens on 127.0.0.1 alone."""

from __future__ import annotations

import dataclasses
import json

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wrappers import Request, Response

from . import flavours, storage_probe


def answer(server, request: Request) -> Response:
    try:
        action = ACTIONS[request.path]
    except KeyError:
        return NotFound().get_response()
    try:
        method = action[request.method]
    except KeyError:
        return MethodNotAllowed(list(action)).get_response()
    try:
        given = json.loads(request.get_data() or b"{}")
        result = method(server, given)
    except (ValueError, TypeError, KeyError, LookupError) as error:
        # A wrong test hears of it.
        return reply({"error": f"{type(error).__name__}: {error}"}, 400)
    return reply(result if result is not None else {}, 200)


def reply(body: dict, status: int) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


def seed(server, given: dict) -> dict:
    """Adds accounts and teams; answers with the ids of the new accounts by name, and with all keys by label."""
    world, ids = server.world, {}
    with world.lock:
        for entry in given.pop("users", []) + [{"kind": kind, **one} for kind, one in services(given)]:
            label = entry.pop("key", None)
            account = world.add_account(**entry)
            ids[account.username] = account.id
            if label:
                world.add_key(label, account)
        for entry in given.pop("teams", []):
            organization = entry.get("organization") or world.organization
            names = {account.username: account.id for account in world.people(organization)}
            members = {names[name]: role for name, role in roles(entry.get("members", []))}
            ids[entry["name"]] = world.add_team(entry["name"], members, organization, entry.get("storage")).id
        if given:
            raise ValueError(f"nothing is seeded by {', '.join(given)}")
        return {"ids": ids, "keys": keys(server, {})}


def services(given: dict) -> list:
    return [("org-service", one) for one in given.pop("org_services", [])] + [("team-service", one) for one in given.pop("team_services", [])]


def roles(members) -> list:
    return list(members.items()) if isinstance(members, dict) else [(name, "member") for name in members]


def keys(server, given: dict) -> dict:
    return {key.label: key.secret for key in server.world.keys.values()}


def state(server, given: dict) -> dict:
    """What is true on the server, for tests that do not believe the provider."""
    world = server.world
    with world.lock:
        return {
            "teams": {
                team.name: {
                    "id": team.id,
                    "organization": team.organization,
                    "members": {world.accounts[one].username: role for one, role in team.members.items()},
                    "storage": team.storage,
                }
                for team in world.teams.values()
            },
            "users": {account.username: account.id for account in world.accounts.values()},
        }


def change_flavour(server, given: dict) -> dict:
    server.flavour = flavours.change(server.flavour, given)
    return dataclasses.asdict(server.flavour)


def change_stores(server, given: dict) -> None:
    server.stores = storage_probe.check(given)


ACTIONS = {
    "/_fake/keys": {"GET": keys},
    "/_fake/seed": {"POST": seed},
    "/_fake/state": {"GET": state},
    "/_fake/reset": {"POST": lambda server, given: server.reset()},
    "/_fake/flavour": {"GET": lambda server, given: dataclasses.asdict(server.flavour), "PATCH": change_flavour},
    "/_fake/stores": {"PUT": change_stores},
    "/_fake/faults": {
        "GET": lambda server, given: {"faults": server.faults.left()},
        "POST": lambda server, given: server.faults.add(given["faults"]),
        "DELETE": lambda server, given: server.faults.clear(),
    },
    "/_fake/latency": {"POST": lambda server, given: server.faults.delay(given["milliseconds"], given.get("path", ""))},
    "/_fake/journal": {
        "GET": lambda server, given: {"calls": server.journal.calls},
        "DELETE": lambda server, given: server.journal.clear(),
    },
}
