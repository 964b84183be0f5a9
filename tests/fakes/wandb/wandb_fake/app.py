"""The server as a whole: which request goes where, and what goes wrong on the way."""

from __future__ import annotations

import traceback

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from . import auth, control, faults, graphql_endpoint, scim_groups, scim_users
from .errors import GraphqlError, ScimError
from .flavours import FLAVOURS
from .journal import Journal
from .world import World

# scim has no PUT for users. ServiceProviderConfig, Schemas and ResourceTypes are on no page of W&B's: they are not there.
ROUTES = {
    ("/scim/Groups", "POST"): scim_groups.create,
    ("/scim/Groups", "GET"): scim_groups.index,
    ("/scim/Groups/<identifier>", "GET"): scim_groups.get,
    ("/scim/Groups/<identifier>", "PUT"): scim_groups.replace,
    ("/scim/Groups/<identifier>", "PATCH"): scim_groups.patch,
    ("/scim/Groups/<identifier>", "DELETE"): scim_groups.delete,
    ("/scim/Users", "POST"): scim_users.create,
    ("/scim/Users", "GET"): scim_users.index,
    ("/scim/Users/<identifier>", "GET"): scim_users.get,
    ("/scim/Users/<identifier>", "PATCH"): scim_users.patch,
    ("/scim/Users/<identifier>", "DELETE"): scim_users.delete,
    ("/graphql", "POST"): graphql_endpoint.answer,
}
MAP = Map([Rule(path, methods=[method], endpoint=(path, method)) for path, method in ROUTES], strict_slashes=False)


class Server:
    """The WSGI application."""

    def __init__(self, flavour: str, stores: dict) -> None:
        self.first = (flavour, stores)
        self.reset()

    def reset(self) -> None:
        """As when it started; the keys are new."""
        flavour, stores = self.first
        self.flavour = FLAVOURS[flavour]()
        self.stores = stores
        self.world = World()
        self.faults = faults.Faults()
        self.journal = Journal()

    def __call__(self, environ, start_response):
        request = Request(environ)
        if request.path.startswith("/_fake/"):
            return control.answer(self, request)(environ, start_response)
        return self.serve(request)(environ, start_response)

    def serve(self, request: Request) -> Response:
        credentials = auth.read(request.headers.get("Authorization"))
        key = auth.key_of(self.world, credentials)
        label = key.label if key else "unknown" if credentials.scheme else None
        journal, call = self.journal, self.journal.begin(request, label, credentials.scheme)
        self.faults.wait(request)
        fault = self.faults.take(request)
        status = None
        try:
            if fault:
                call["fault"] = fault.action
                response = faults.apply(fault, request, lambda: self.act(request, credentials))
            else:
                response = self.act(request, credentials)
            status = response.status_code
            return response
        finally:
            journal.end(call, status)

    def act(self, request: Request, credentials: auth.Credentials) -> Response:
        try:
            endpoint, values = MAP.bind_to_environ(request.environ).match()
        except HTTPException as error:
            return self.nowhere(request, error)
        try:
            if request.path == "/graphql":
                return graphql_endpoint.answer(self, request, auth.graphql(self.world, self.flavour, credentials))
            owner = auth.scim(self.world, self.flavour, credentials).owner
            return ROUTES[endpoint](self, request, owner, **values)
        except ScimError as error:
            return error.response()
        except GraphqlError as error:
            return graphql_endpoint.failed(error.status, error.message)
        except Exception:
            # A fault of this server: said on its standard error, and answered as scim's table of codes has it.
            traceback.print_exc()
            return ScimError(500, "Internal Server Error").response()

    def nowhere(self, request: Request, error: HTTPException) -> Response:
        """In SCIM an error of SCIM's (inferred); elsewhere the text that #11349 shows."""
        if request.path.startswith("/scim/"):
            return ScimError(error.code or 404, error.name).response()
        return Response("404 page not found\n", 404, content_type="text/plain; charset=utf-8")
