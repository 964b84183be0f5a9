"""What the fields of schema.graphql answer. Documents are made whole, under the lock; nothing is looked up while an answer is put together."""

from __future__ import annotations

import functools
import re
import secrets

from . import storage_bucket, storage_probe
from .errors import GraphqlError, permission_denied
from .scim_groups import NAME
from .world import Account, Key, Team


def under_lock(method):
    @functools.wraps(method)
    def locked(self, info, **arguments):
        with self.world.lock:
            return method(self, **arguments)

    return locked


class Root:
    """The fields of Query and Mutation, for one request."""

    def __init__(self, server, key: Key | None, agent: str, privileged: bool) -> None:
        self.server = server
        self.world = server.world
        self.key = key
        # sdk, wandb/apis/public/api.py: what is for administrators, and users' keys, needs a recognized client. The status is inferred.
        self.recognized = agent.startswith("W&B Public Client")
        self.privileged = privileged

    def account(self) -> Account:
        if self.key is None:
            # The text is that of #5319.
            raise GraphqlError(401, "user is not logged in")
        if self.privileged and not self.recognized:
            raise GraphqlError(401, "relogin required")
        return self.key.owner

    def administrator(self) -> Account:
        account = self.account()
        if not account.admin and account.kind != "org-service":
            raise permission_denied()
        return account

    def managed(self, name: str) -> Team:
        """A team that the caller may change: administrators and service accounts of the organization, and its own administrators (inferred)."""
        account, team = self.account(), self.world.team_named(name)
        if team is None or team.organization != account.organization:
            raise not_found("team", name)
        if not account.admin and account.kind != "org-service" and team.members.get(account.id) != "admin":
            raise permission_denied()
        return team

    # Queries.

    @under_lock
    def viewer(self):
        # Without a key there is nobody to view: inferred.
        return self.user(self.account()) if self.key else None

    @under_lock
    def entity(self, name=None):
        """Null for a name that the caller may not see: inferred."""
        account = self.account()
        team = self.world.team_named(name)
        if team and team.organization == account.organization:
            return self.team(team)
        person = next((one for one in self.world.people(account.organization) if one.username == name), None)
        if person:
            return {**self.bare_entity(person.id, name, "user", person.organization), "user": self.user(person)}
        return self.organization_entity(name) if name == account.organization else None

    @under_lock
    def organization(self, id=None, name=None):
        own = self.account().organization
        return self.organization_document(own) if own == name or self.world.organizations[own] == id else None

    @under_lock
    def users(self, query=None):
        """sdk: "This function only works for local administrators"; `query` is a part of a name or an e-mail."""
        people = self.world.people(self.administrator().organization)
        return edges(self.user(one) for one in people if not query or query in one.username or query in one.email)

    @under_lock
    def serverInfo(self):
        flavour = self.server.flavour
        return {
            # sdk, core: what is not in the list is off.
            "features": [],
            "availableBucketProviders": flavour.providers,
            "secureStorageConnectorEnabled": True,
        }

    # Mutations.

    def createTeam(self, info, input):
        """Administrators only, where the server does not let others; the caller does not become a member (wandb/docs#2863)."""
        storage = self.usable(input["storageBucketInfo"]) if input.get("storageBucketInfo") else None
        with self.world.lock:
            account = self.account() if self.server.flavour.user_team_creation else self.administrator()
            name = input["teamName"]
            if input.get("organizationId") not in (None, self.world.organizations[account.organization]):
                raise permission_denied()
            if not re.fullmatch(NAME, name):
                raise GraphqlError(400, f"{name} is not a team name")
            # Texts and status for a taken name are inferred.
            if self.world.taken(name):
                raise GraphqlError(409, f"team {name} already exists")
            members, head = {}, input.get("teamAdminUserName")
            if head:
                members[self.person(head).id] = "admin"
            return {"entity": self.team(self.world.add_team(name, members, account.organization, storage)), **echo(input)}

    @under_lock
    def deleteTeam(self, input):
        self.world.remove_team(self.managed(input["teamName"]))
        return {"success": True, **echo(input)}

    @under_lock
    def createAWSExternalID(self, input):
        """One for each organization: that it stays the same is inferred."""
        account = self.administrator()
        if input.get("organizationID") not in (None, self.world.organizations[account.organization]):
            raise permission_denied()
        return self.world.external_ids.setdefault(account.organization, f"wandb-external-id-{secrets.token_hex(6)}")

    def testBucketStoreConnection(self, info, input):
        """A storage of unsound form is an error in the list, too: inferred. The store is asked without the lock."""
        self.administrator()
        storage = {name: value for name, value in input.items() if name != "organizationID" and value is not None}
        try:
            storage_bucket.check_form(storage, self.server.flavour)
        except storage_bucket.Refused as error:
            return [{"severity": "ERROR", "message": str(error)}]
        found = storage_probe.problems(storage, self.server.stores)
        return [{"severity": severity, "message": message} for severity, message in found]

    @under_lock
    def createInvite(self, input):
        """That one who has an account here is a member at once is inferred."""
        team = self.managed(input["entityName"])
        person = self.person(input.get("username") or input.get("email") or "")
        if person.id in team.members:
            raise GraphqlError(409, f"{person.username} is a member of {team.name} already")
        team.members[person.id] = "admin" if input.get("admin") else "member"
        team.touch()
        invite = {"id": person.id, "name": person.username, "email": person.email, "createdAt": team.modified}
        return {"invite": {**invite, "toUser": self.user(person)}}

    @under_lock
    def deleteInvite(self, input):
        team = self.managed(input["entityName"])
        if team.members.pop(input["id"], None) is None:
            raise not_found("member", input["id"])
        team.touch()
        return {"success": True}

    @under_lock
    def createServiceAccount(self, input):
        team = self.managed(input["entityName"])
        name = input["description"]
        account = self.world.add_account(
            kind="team-service", username=f"{team.name}-{name}", display_name=name, team=team.name, organization=team.organization
        )
        self.world.add_key(account.username, account, name)
        return {"user": self.user(account)}

    @under_lock
    def createUser(self, input):
        owner, email = self.administrator(), input["email"]
        name = email.partition("@")[0]
        if self.world.taken(name):
            raise GraphqlError(409, f"user {name} already exists")
        role = "admin" if input.get("admin") else "member"
        account = self.world.add_account(username=name, email=email, organization=owner.organization, organization_role=role)
        return {"user": self.user(account)}

    @under_lock
    def generateApiKey(self, input):
        """sdk: `name` of the answer is the whole key."""
        owner = self.account()
        key = self.world.add_key(input.get("description") or f"{owner.username} {len(self.world.keys)}", owner, input.get("description"))
        return {"apiKey": {"id": key.id, "name": key.secret, "description": key.description}}

    @under_lock
    def deleteApiKey(self, input):
        account = self.account()
        key = next((one for one in self.world.keys.values() if one.id == input["id"]), None)
        if key is None or (key.owner is not account and not account.admin):
            raise not_found("key", input["id"])
        del self.world.keys[key.secret]
        return {"success": True}

    # Documents.

    def person(self, word: str) -> Account:
        own = self.account().organization
        person = next((one for one in self.world.people(own) if word in (one.username, one.email)), None)
        if person is None:
            raise not_found("user", word)
        return person

    def usable(self, given: dict) -> dict:
        """That a team of GraphQL is checked as one of SCIM is inferred."""
        storage = {name: value for name, value in given.items() if name != "organizationID" and value is not None}
        try:
            storage_bucket.check_form(storage, self.server.flavour)
        except storage_bucket.Refused as error:
            raise GraphqlError(400, str(error)) from None
        for severity, message in storage_probe.problems(storage, self.server.stores):
            if severity == "ERROR":
                raise GraphqlError(400, message)
        return storage

    def user(self, account: Account) -> dict:
        keys = [key for key in self.world.keys.values() if key.owner is account]

        def api_keys(info):
            if not self.recognized:
                raise GraphqlError(401, "relogin required")
            # sdk: names, never the keys themselves.
            return edges({"id": key.id, "name": key.label, "description": key.description} for key in keys)

        return {
            "id": account.id,
            "name": account.display_name,
            "username": account.username,
            "email": account.email or None,
            "admin": account.admin,
            "flags": "{}",
            "entity": account.team or account.username,
            "deletedAt": None,
            "apiKeys": api_keys,
            "teams": edges(self.team(team) for team in self.world.teams_of(account)),
            "organizations": [self.organization_document(account.organization)],
        }

    def team(self, team: Team) -> dict:
        return {
            **self.bare_entity(team.id, team.name, "team", team.organization),
            "isTeam": True,
            "createdAt": team.created,
            "updatedAt": team.modified,
            "members": [self.member(team, account) for account in self.members(team)],
            "settings": {"storageBucketInfo": team.storage},
            "organization": self.organization_document(team.organization),
        }

    def members(self, team: Team) -> list:
        """People, and the service accounts: "all organization-level service accounts are automatically added to the team" (scim)."""
        people = [self.world.accounts[one] for one in team.members]
        services = [
            one
            for one in self.world.accounts.values()
            if one.organization == team.organization and (one.kind == "org-service" or one.service and one.team == team.name)
        ]
        return people + services

    def member(self, team: Team, account: Account) -> dict:
        return {
            "id": account.id,
            "admin": team.members.get(account.id) == "admin",
            "pending": False,
            "email": account.email or None,
            "username": account.username,
            "name": account.display_name,
            "accountType": "SERVICE" if account.service else "MEMBER",
            "apiKey": None,
        }

    def organization_document(self, name: str) -> dict:
        return {
            "id": self.world.organizations[name],
            "name": name,
            "orgEntity": self.organization_entity(name),
            "coreWeaveOrganizationId": None,
        }

    def organization_entity(self, name: str) -> dict:
        return self.bare_entity(self.world.organizations[name], name, "organization", name)

    def bare_entity(self, id: str, name: str, kind: str, organization: str) -> dict:
        return {
            "id": id,
            "name": name,
            "entityType": kind,
            "isTeam": False,
            "available": False,
            "limits": "{}",
            "readOnly": False,
            "readOnlyAdmin": False,
            "privateOnly": False,
            "storageBytes": 0,
            "codeSavingEnabled": True,
            "defaultAccess": "PRIVATE",
            "isPaid": True,
            "members": [],
            "createdAt": "2023-10-01T00:00:00Z",
            "organizationId": self.world.organizations[organization],
            "settings": {"storageBucketInfo": None},
        }


def edges(nodes) -> dict:
    return {"edges": [{"node": node} for node in nodes]}


def echo(input: dict) -> dict:
    return {"clientMutationId": input.get("clientMutationId")}


def not_found(kind: str, name: str) -> GraphqlError:
    # After the text of #11749.
    return GraphqlError(404, f"{kind} {name} not found")
