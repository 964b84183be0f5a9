"""What the server knows: organizations, accounts, teams, keys. Everything under one lock."""

from __future__ import annotations

import base64
import datetime
import itertools
import secrets
import threading
from dataclasses import dataclass, field


def now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def identifier(kind: str, number: int) -> str:
    # scim shows VXNlcjox, which is "User:1".
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


@dataclass
class Kept:
    """What has dates and an ETag."""

    id: str
    created: str = field(default_factory=now)
    modified: str = field(default_factory=now)
    # A counter rather than a date: two changes in one second differ.
    revision: int = 1

    def touch(self) -> None:
        self.modified = now()
        self.revision += 1

    @property
    def etag(self) -> str:
        return f'W/"{self.id}-{self.revision}"'


@dataclass
class Account(Kept):
    # "user", "org-service" or "team-service" (scim, "Authentication").
    kind: str = "user"
    username: str = ""
    email: str = ""
    display_name: str = ""
    organization: str = ""
    organization_role: str = "member"
    active: bool = True
    models_seat: str = "full"
    weave_role: str = "full"
    # The team of a team-scoped service account.
    team: str | None = None

    @property
    def admin(self) -> bool:
        return self.organization_role == "admin"

    @property
    def service(self) -> bool:
        return self.kind != "user"


@dataclass
class Team(Kept):
    name: str = ""
    organization: str = ""
    # Account ids with their roles, in the order in which they came; a dictionary, since there may be very many.
    members: dict = field(default_factory=dict)
    # As schema.graphql's StorageBucketInfo has it.
    storage: dict | None = None


@dataclass
class Key:
    id: str
    label: str
    secret: str
    owner: Account
    description: str | None = None


class World:
    """The default organization has an administrator, an ordinary member and a service account with a key each; more is seeded."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.numbers = itertools.count(1)
        self.organizations: dict[str, str] = {}
        self.accounts: dict[str, Account] = {}
        self.teams: dict[str, Team] = {}
        self.keys: dict[str, Key] = {}
        self.external_ids: dict[str, str] = {}
        self.organization = "acme"
        self.add_organization("acme")
        self.add_key("admin", self.add_account(username="admin", organization_role="admin"))
        self.add_key("member", self.add_account(username="member"))
        self.add_key("org-service", self.add_account(username="org-service", kind="org-service"))

    def new_id(self, kind: str) -> str:
        return identifier(kind, next(self.numbers))

    def add_organization(self, name: str) -> str:
        return self.organizations.setdefault(name, self.new_id("Organization"))

    def add_account(self, **values) -> Account:
        values.setdefault("organization", self.organization)
        account = Account(self.new_id("User"), **values)
        if account.kind == "user":
            account.email = account.email or f"{account.username}@example.com"
        account.display_name = account.display_name or account.username
        self.add_organization(account.organization)
        self.accounts[account.id] = account
        return account

    def add_team(self, name: str, members: dict, organization: str | None = None, storage: dict | None = None) -> Team:
        team = Team(self.new_id("Entity"), name=name, organization=organization or self.organization, members=members)
        if storage:
            team.storage = {"ID": self.new_id("BucketStore"), **storage}
        self.add_organization(team.organization)
        self.teams[team.id] = team
        return team

    def add_key(self, label: str, owner: Account, description: str | None = None) -> Key:
        # sdk, wandb/sdk/lib/wbauth/validation.py: 40 characters or more.
        key = Key(self.new_id("ApiKey"), label, secrets.token_hex(20), owner, description)
        self.keys[key.secret] = key
        return key

    def remove_account(self, account: Account) -> None:
        del self.accounts[account.id]
        for team in self.teams.values():
            if team.members.pop(account.id, None):
                team.touch()
        self.keys = {secret: key for secret, key in self.keys.items() if key.owner is not account}

    def remove_team(self, team: Team) -> None:
        del self.teams[team.id]

    def team_named(self, name: str) -> Team | None:
        return next((team for team in self.teams.values() if team.name == name), None)

    def taken(self, name: str) -> bool:
        """Team names are names of entities: unique in the whole server, among users too (W&B's page "How do I create a new team")."""
        return (
            name in self.organizations
            or any(team.name == name for team in self.teams.values())
            or any(account.username == name for account in self.accounts.values())
        )

    def people(self, organization: str) -> list:
        return [account for account in self.accounts.values() if account.organization == organization and not account.service]

    def finder(self, organization: str):
        """Finds an account by id, and a user by e-mail too (scim, "User Identification"); made once for many."""
        emails = {account.email: account for account in self.people(organization)}

        def find(word: str) -> Account | None:
            account = self.accounts.get(word) or emails.get(word)
            return account if account and account.organization == organization else None

        return find

    def teams_of(self, account: Account) -> list:
        return [team for team in self.teams.values() if account.id in team.members or account.team == team.name]
