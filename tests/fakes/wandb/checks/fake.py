"""A server started for a check, and the plainest of clients."""

import base64
import contextlib
import http.client
import json
import os
import subprocess
from pathlib import Path

SERVE = Path(__file__).parent.parent / "serve"


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.raw = response.status, response.headers, response.read()

    @property
    def json(self):
        return json.loads(self.raw)


class Fake:
    def __init__(self, port: int) -> None:
        self.port, self.url = port, f"http://127.0.0.1:{port}"

    def call(self, method: str, path: str, body=None, **headers) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            text = None if body is None else body if isinstance(body, str) else json.dumps(body)
            headers = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path.replace(" ", "%20").replace('"', "%22"), text, headers)
            return Answer(connection.getresponse())

    def control(self, method: str, path: str, body=None):
        answer = self.call(method, f"/_fake/{path}", body)
        assert answer.status == 200, answer.raw
        return answer.json

    def key(self, label: str) -> str:
        return self.control("GET", "keys")[label]

    def scim(self, method: str, path: str, body=None, key: str = "org-service", **headers) -> Answer:
        # Basic: old servers know nothing else.
        word = base64.b64encode(f"{'' if 'service' in key else key}:{self.key(key)}".encode()).decode()
        headers = {"Authorization": f"Basic {word}", "Content-Type": "application/scim+json", **headers}
        return self.call(method, f"/scim/{path}", body, **headers)

    def graphql(self, query: str, key: str = "admin", **variables) -> Answer:
        word = base64.b64encode(f"api:{self.key(key)}".encode()).decode()
        headers = {"Authorization": f"Basic {word}", "Content-Type": "application/json"}
        return self.call("POST", "/graphql", {"query": query, "variables": variables}, **headers)

    def team(self, name: str, members=(), **more) -> Answer:
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": one} for one in members], **more}
        return self.scim("POST", "Groups", body)

    def patch(self, team: str, *operations, **headers) -> Answer:
        return self.scim("PATCH", f"Groups/{team}", {"schemas": [PATCH], "Operations": list(operations)}, **headers)


GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@contextlib.contextmanager
def serving(flavour: str = "multi-tenant", **environment):
    command = [SERVE, "--with-stdin", "--flavour", flavour]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}) as process:
        try:
            yield Fake(int(process.stdout.readline().rsplit(":", 1)[1]))
        finally:
            process.stdin.close()
            process.wait(timeout=10)
