"""scim2-tester over the server: what it finds must be the departures in deviations.py, all of them and no others."""

import base64
import json
from typing import Annotated, Any

import httpx2
from pydantic import Field
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import (
    URN,
    Bulk,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Filter,
    Mutability,
    Patch,
    Required,
    Resource,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
)
from scim2_tester import Status, check_server

from .deviations import ALL, DEVIATIONS, translate_answer, translate_request
from .fake import Fake, serving


def models(people: list) -> list:
    """Groups and users with the attributes that W&B documents; `people` are ids that exist."""

    class Member(ComplexAttribute):
        value: Annotated[str | None, Required.true, Mutability.immutable] = Field(None, examples=people)

    class Group(Resource[Any]):
        __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")
        external_id: Annotated[str | None, Mutability.read_only] = None
        display_name: Annotated[str | None, Required.true, Mutability.immutable] = None
        members: list[Member] | None = None

    class Email(ComplexAttribute):
        value: Annotated[str | None, Required.true] = None
        primary: Annotated[bool | None, Required.true] = Field(None, examples=[True])

    class User(Resource[Any]):
        __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")
        external_id: Annotated[str | None, Mutability.read_only] = None
        user_name: Annotated[str | None, Required.true, Mutability.immutable] = None
        emails: Annotated[list[Email] | None, Required.true] = None
        display_name: str | None = None

    return [User, Group]


class Translator(httpx2.HTTPTransport):
    """Puts the known departures right on the way."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        content = request.read()
        if content:
            body = translate_request(request.method, request.url.path, json.loads(content))
            headers = {name: value for name, value in request.headers.items() if name != "content-length"}
            request = httpx2.Request(request.method, request.url, headers=headers, content=json.dumps(body))
        response = super().handle_request(request)
        content = response.read()
        if content:
            content = json.dumps(translate_answer(json.loads(content))).encode()
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return httpx2.Response(response.status_code, headers=headers, content=content)


def results(fake: Fake) -> list:
    # There is no discovery, so the client is told what the server can do.
    provider = ScimProvider(
        models(list(fake.control("GET", "state")["users"].values())[:2]),
        config=ServiceProviderConfig(
            patch=Patch(supported=True),
            filter=Filter(supported=True),
            etag=ETag(supported=True),
            bulk=Bulk(supported=False),
            sort=Sort(supported=False),
            change_password=ChangePassword(supported=False),
        ),
        policy=ScimPolicy(unknown=ScimPolicy.Unknown.ignore),
    )
    # Every flavour knows this form: a service account has no name.
    basic = base64.b64encode(f":{fake.key('org-service')}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}
    with httpx2.Client(base_url=f"{fake.url}/scim", headers=headers, transport=Translator()) as client:
        return check_server(SyncSCIMClient(client, provider=provider))


def check(flavour: str) -> list:
    """What is wrong."""
    with serving(flavour) as fake:
        found = results(fake)
    expected = [deviation for deviation in DEVIATIONS if flavour in deviation[0]]
    met, wrong, good = set(), [], 0
    for result in found:
        if result.status in (Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE):
            good += 1
        elif result.status != Status.SKIPPED:
            match = next((one for one in expected if explains(one, result)), None)
            if match:
                met.add(match)
            else:
                wrong.append(f"{flavour}: {result.resource_type} {result.title}: {result.reason}")
    wrong += [f"{flavour}: no longer a deviation: {one[1:4]}" for one in expected if one not in met]
    print(f"scim2-tester, {flavour}: {good} checks met, {len(met)} known deviations")
    return wrong


def explains(deviation: tuple, result) -> bool:
    _, resource, title, text, _ = deviation
    return resource == result.resource_type and title == result.title and text in str(result.reason)


def run() -> list:
    return [problem for flavour in ALL for problem in check(flavour)]
