"""The Python package wandb makes its team calls; the server must have been told what the SDK believes."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .fake import Fake, serving

# What is called, in the order in which the SDK does.
OPERATIONS = [
    "Viewer",
    "GetViewer",
    "FetchOrgInfoFromEntity",
    "FetchOrganization",
    "CreateTeam",
    "GetTeamEntity",
    "CreateInvite",
    "CreateInvite",
    "CreateServiceAccount",
    "GetTeamEntity",
    "GetTeamEntity",
    "DeleteInvite",
    "CreateUserFromAdmin",
    "SearchUsers",
    "GenerateApiKey",
    "DeleteApiKey",
]


def session() -> None:
    """In a process of its own, since the SDK keeps its settings for good."""
    import wandb

    api = wandb.Api(timeout=10)
    viewer = api.viewer
    assert (viewer.username, viewer.entity, viewer.admin) == ("admin", "admin", True), viewer
    assert viewer.api_keys == ["admin"], viewer.api_keys
    assert api.default_entity == "admin"
    assert api.organization().name == "acme"

    team = api.create_team("sdk-team")
    # wandb/docs#2863: who makes a team is not a member of it; the organization's service accounts are.
    assert [member.username for member in team.members] == ["org-service"], team.members
    assert team.invite("member@example.com")
    assert not team.invite("nobody@example.com")
    assert team.create_service_account("ci").name == "ci"
    team.load(force=True)
    member = next(one for one in team.members if one.username == "member")
    assert member.delete()

    assert api.create_user("new@example.com").email == "new@example.com"
    assert [user.username for user in api.users("new@")] == ["new"]
    assert len(viewer.generate_api_key("another")) >= 40
    assert viewer.delete_api_key("admin")


def check(flavour: str) -> list:
    with serving(flavour) as fake, tempfile.TemporaryDirectory() as home:
        problems = run_session(fake, home)
        calls = [call for call in fake.control("GET", "journal")["calls"]]
        state = fake.control("GET", "state")
    called = [call["body"]["query"].split("(")[0].split("{")[0].split()[1] for call in calls]
    if called != OPERATIONS:
        problems.append(f"the SDK called {called}")
    # wandb/sdk: Basic "api:KEY", and the headers of the public client.
    for call in calls:
        agent = call["headers"].get("User-Agent", "")
        if call["scheme"] != "basic" or not agent.startswith("W&B Public Client") or call["headers"].get("Use-Admin-Privileges") != "true":
            problems.append(f"the SDK authenticated otherwise: {json.dumps(call['headers'])}")
    if "sdk-team" not in state["teams"] or "new" not in state["users"]:
        problems.append(f"the server does not have what the SDK made: {json.dumps(state)}")
    print(f"wandb SDK, {flavour}: {len(calls)} calls")
    return [f"{flavour}: {problem}" for problem in problems]


def run_session(fake: Fake, home: str) -> list:
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "WANDB_DIR": home,
        "WANDB_BASE_URL": fake.url,
        "WANDB_API_KEY": fake.key("admin"),
        "WANDB_SILENT": "true",
        # No reports of errors to anybody.
        "WANDB_ERROR_REPORTING": "false",
    }
    command = [sys.executable, "-c", "from checks.sdk import session; session()"]
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, env=settings, capture_output=True, text=True, timeout=60)
    return [] if done.returncode == 0 else [done.stderr.strip()]


def run() -> list:
    return [problem for flavour in ("multi-tenant", "dedicated", "old") for problem in check(flavour)]
