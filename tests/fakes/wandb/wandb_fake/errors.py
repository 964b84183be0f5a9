"""The bodies of errors."""

from __future__ import annotations

import json

from werkzeug.wrappers import Response


class ScimError(Exception):
    """scim, "Reactivate user" shows the body: `status` is a string, and there is no scimType."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail

    def response(self) -> Response:
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": self.detail, "status": str(self.status)}
        return Response(json.dumps(body), self.status, content_type="application/scim+json")


class GraphqlError(Exception):
    """The status of the answer follows the error: 401, 403, 404 and 500 were seen in #1239, #8800, #11749 and #7267."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


def permission_denied() -> GraphqlError:
    # The body of #8800.
    return GraphqlError(403, "permission denied", "PERMISSION_ERROR")
