"""What W&B's pages promise and SCIM does not say: storage, authentication, flavours; and that faults and the journal work."""

import base64
import http.client
import json
import socket
import subprocess
import threading
import time

from .fake import GROUP, SERVE, Fake, serving

AWS = {"name": "my-company-wandb-data", "provider": "AWS", "path": "ml-team/experiments"}
# The samples of scim, "Create team".
SAMPLES = {
    "COREWEAVE": {"name": "wandb-coreweave-bucket", "provider": "COREWEAVE", "path": "ml-training/experiments"},
    "AWS": {
        **AWS,
        "kmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012",
        "awsExternalId": "wandb-external-id-abc123",
    },
    "AZURE": {
        "name": "wandbstorage",
        "provider": "AZURE",
        "path": "research/artifacts",
        "azureTenantId": "12345678-1234-1234-1234-123456789012",
        "azureClientId": "87654321-4321-4321-4321-210987654321",
    },
    "GCP": {"name": "my-gcs-bucket", "provider": "GCP", "path": "data-science/runs"},
    "MINIO": {"name": "minio.example.com:9000/bucket", "provider": "MINIO"},
}
STORAGE = "query($n: String!) { entity(name: $n) { settings { storageBucketInfo { name provider path kmsKeyID awsExternalID azureTenantID } } } }"
TEST = "mutation($i: StorageBucketInfoInput!) { testBucketStoreConnection(input: $i) { message severity } }"


def refused(answer, status: int, text: str) -> None:
    assert answer.status == status and text in answer.json["detail"], (answer.status, answer.raw)
    assert answer.json["status"] == str(status), answer.raw


def a_team_of_every_sample(fake: Fake) -> None:
    for provider, storage in SAMPLES.items():
        name = f"team-{provider.lower()}"
        made = fake.team(name, storageBucket=storage)
        assert made.status == 201 and "storageBucket" not in made.json and made.json["members"] is None, made.raw
        read = fake.graphql(STORAGE, n=name).json["data"]["entity"]["settings"]["storageBucketInfo"]
        assert read["name"] == storage["name"] and read["provider"] == provider and read["path"] == storage.get("path"), read
        assert read["kmsKeyID"] == storage.get("kmsKeyId") and read["azureTenantID"] == storage.get("azureTenantId"), read


def a_storage_of_unsound_form_is_refused(fake: Fake) -> None:
    cases = [
        ({**AWS, "provider": "aws"}, "AZURE, GCP, MINIO"),
        ({"provider": "AWS"}, "storageBucket.name is required"),
        ({"name": "a-bucket"}, "storageBucket.provider is required"),
        ({**AWS, "region": "us-east-1"}, "storageBucket has no field region"),
        ({**AWS, "name": 1}, "must be a string"),
        ({**SAMPLES["COREWEAVE"], "name": "cw-bucket"}, "not a bucket name"),
        ({**SAMPLES["COREWEAVE"], "name": "my_bucket"}, "not a bucket name"),
        ("s3://bucket", "must be an object"),
    ]
    for storage, text in cases:
        refused(fake.team("refused", storageBucket=storage), 400, text)
    assert "refused" not in fake.control("GET", "state")["teams"]


def groups_are_strict(fake: Fake) -> None:
    assert fake.team("once").status == 201
    refused(fake.team("once"), 409, "already exists")
    refused(fake.team("admin"), 409, "already exists")
    refused(fake.team("Upper Case"), 400, "not a team name")
    refused(fake.team("surplus", owner="me"), 400, "unknown field owner")
    refused(fake.team("unknown-member", ["nobody@example.com"]), 400, "not found")
    refused(fake.scim("POST", "Groups", {"schemas": [GROUP], "displayName": "no-members"}), 400, "members must be an array")
    refused(fake.scim("POST", "Groups", {"schemas": [GROUP], "members": []}), 400, "displayName is required")
    refused(fake.scim("POST", "Groups", '{"schemas"'), 400, "not JSON")
    refused(fake.scim("GET", "Groups/nothing"), 404, "not found")
    refused(fake.scim("GET", 'Groups?filter=displayName co "x"'), 400, "filter")


def taken_elsewhere(fake: Fake) -> None:
    fake.control("POST", "seed", {"teams": [{"name": "theirs", "organization": "others"}]})
    refused(fake.team("theirs"), 409, "already exists")
    assert fake.scim("GET", 'Groups?filter=displayName eq "theirs"').json["totalResults"] == 0


def members_come_and_go(fake: Fake) -> None:
    users = fake.control("GET", "state")["users"]
    team = fake.team("people", ["member@example.com"]).json
    assert team["members"] == [{"Value": users["member"], "Display": "member", "Ref": "", "Type": ""}], team
    added = fake.patch(team["id"], {"op": "add", "path": "members", "value": [{"value": users["admin"]}]}).json
    assert [one["Value"] for one in added["members"]] == [users["member"], users["admin"]], added
    removed = fake.patch(team["id"], {"op": "remove", "path": 'members[value eq "member@example.com"]'}).json
    assert removed["members"] == [{"Value": users["admin"], "Display": "admin"}], removed
    assert fake.patch(team["id"], {"op": "remove", "path": "members"}).json["members"] is None
    body = {"schemas": [GROUP], "displayName": "people", "members": [{"value": users["member"]}]}
    assert len(fake.scim("PUT", f"Groups/{team['id']}", body).json["members"]) == 1
    refused(fake.scim("PUT", f"Groups/{team['id']}", {**body, "displayName": "renamed"}), 400, "renamed")
    refused(fake.scim("PUT", f"Groups/{team['id']}", {**body, "storageBucket": AWS}), 400, "unknown field storageBucket")
    refused(fake.patch(team["id"], {"op": "replace", "path": "displayName", "value": "other"}), 400, "cannot be done")
    odd = fake.patch(team["id"], {"op": "remove", "path": "members"}, {"op": "remove", "path": "displayName"})
    refused(odd, 400, "cannot be done")
    assert len(fake.scim("GET", f"Groups/{team['id']}").json["members"]) == 1
    service = {"op": "add", "path": "members", "value": [{"value": users["org-service"]}]}
    refused(fake.patch(team["id"], service), 400, "service account")


def etags(fake: Fake) -> None:
    made = fake.team("tagged")
    path, tag = f"Groups/{made.json['id']}", made.headers["ETag"]
    assert tag == made.json["meta"]["version"] == fake.scim("GET", path).headers["ETag"]
    clear = {"op": "remove", "path": "members"}
    assert fake.patch(made.json["id"], clear, If_Match=tag).status == 200
    refused(fake.patch(made.json["id"], clear, If_Match=tag), 412, "ETag")


def very_many_members(fake: Fake) -> None:
    users = [{"username": f"user-{number:05}"} for number in range(12000)]
    ids = list(fake.control("POST", "seed", {"users": users})["ids"].values())
    team = fake.team("crowd", ids).json
    assert len(team["members"]) == 12000
    fake.patch(team["id"], {"op": "remove", "path": f'members[value eq "{ids[5]}"]'})
    assert len(fake.scim("GET", f"Groups/{team['id']}").json["members"]) == 11999
    by_email = [{"op": "remove", "path": f'members[value eq "user-{number:05}@example.com"]'} for number in range(6000, 12000)]
    assert len(fake.patch(team["id"], *by_email).json["members"]) == 5999
    page = fake.scim("GET", "Users").json
    assert (len(page["Resources"]), page["itemsPerPage"], page["totalResults"]) == (9999, 9999, 12002)
    assert len(fake.scim("GET", "Users?startIndex=10000").json["Resources"]) == 2003


def keys(fake: Fake) -> None:
    fake.control("POST", "seed", {"teams": [{"name": "t"}], "team_services": [{"username": "ci", "team": "t", "key": "team-service"}]})

    def status(header) -> int:
        return fake.call("GET", "/scim/Groups", **({"Authorization": header} if header else {})).status

    def basic(name: str, label: str) -> str:
        return "Basic " + base64.b64encode(f"{name}:{fake.key(label)}".encode()).decode()

    assert status(None) == status("Bearer wrong") == status("Basic ???") == 401
    assert status(basic("admin", "admin")) == status(basic("", "org-service")) == 200
    assert status(basic("", "admin")) == status(basic("org-service", "org-service")) == 401
    assert status(basic("member", "member")) == 403
    assert status(basic("", "team-service")) == 403
    assert status(f"Bearer {fake.key('admin')}") == (200 if fake.control("GET", "flavour")["bearer"] else 401)
    labels = [(call["key"], call["scheme"]) for call in fake.control("GET", "journal")["calls"]]
    assert labels[:2] == [(None, None), ("unknown", "bearer")] and ("org-service", "basic without a name") in labels, labels
    journal = json.dumps(fake.control("GET", "journal"))
    assert not any(secret in journal for secret in fake.control("GET", "keys").values())


def graphql(fake: Fake) -> None:
    unknown = fake.graphql("{ serverInfo { nothing } }")
    assert unknown.status == 400 and unknown.json["errors"][0]["message"] == 'Cannot query field "nothing" on type "ServerInfo".', unknown.raw
    denied = fake.graphql('mutation { createTeam(input: {teamName: "x"}) { entity { id } } }', key="member")
    assert denied.status == 403 and denied.json["data"] == {"createTeam": None}, denied.raw
    assert denied.json["errors"] == [{"message": "permission denied", "path": ["createTeam"], "extensions": {"code": "PERMISSION_ERROR"}}]
    assert fake.call("POST", "/graphql", "").json == {"error": "EOF"}
    first, second = (fake.graphql("mutation { createAWSExternalID(input: {}) }").json["data"] for _ in "ab")
    assert first == second
    gone = fake.graphql('mutation { deleteTeam(input: {teamName: "gone"}) { success } }')
    assert gone.status == 404 and gone.json["errors"][0]["message"] == "team gone not found", gone.raw
    fake.team("gone")
    assert fake.graphql('mutation { deleteTeam(input: {teamName: "gone"}) { success } }').json["data"]["deleteTeam"]["success"]
    assert fake.scim("GET", 'Groups?filter=displayName eq "gone"').json["totalResults"] == 0
    fake.control("PATCH", "flavour", {"graphql_without": ["Mutation.deleteTeam"]})
    missing = fake.graphql('mutation { deleteTeam(input: {teamName: "gone"}) { success } }')
    assert "Cannot query field" in missing.json["errors"][0]["message"], missing.raw


def multi_tenant(fake: Fake) -> None:
    for provider in ("AZURE", "MINIO"):
        refused(fake.team("elsewhere", storageBucket=SAMPLES[provider]), 400, "COREWEAVE, AWS, GCP")
    user = fake.control("GET", "state")["users"]["member"]
    schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    body = {"schemas": [schema], "Operations": [{"op": "replace", "value": {"active": True}}]}
    refused(fake.scim("PATCH", f"Users/{user}", body), 400, "User reactivation operations are not supported in SaaS Cloud")


def an_old_server_drops_the_storage(fake: Fake) -> None:
    made = fake.team("trusting", ["member@example.com"], storageBucket={"anything": "goes"})
    assert made.status == 201 and made.json["members"][0].keys() == {"Value", "Display"}, made.raw
    query = "query($n: String!) { entity(name: $n) { settings { storageBucketInfo { name } } } }"
    assert fake.graphql(query, n="trusting").json["data"]["entity"]["settings"] == {"storageBucketInfo": None}
    missing = fake.graphql("{ serverInfo { features { name } } }")
    assert 'Cannot query field "features" on type "ServerInfo".' in missing.json["errors"][0]["message"], missing.raw


def stores_are_registered(fake: Fake) -> None:
    fake.control("PATCH", "flavour", {"supported_file_stores": ["s3://s3.us-east-1.amazonaws.com/registered?region=us-east-1", "cw://"]})
    refused(fake.team("unregistered", storageBucket={"name": "elsewhere", "provider": "AWS"}), 400, "not a supported file store")
    assert fake.team("registered", storageBucket={"name": "registered", "provider": "AWS"}).status == 201
    assert fake.team("coreweave", storageBucket=SAMPLES["COREWEAVE"]).status == 201


def stores_are_asked(fake: Fake) -> None:
    moto = SERVE.parents[3] / ".cache/venv/bin/moto_server"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([moto, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            store = http.client.HTTPConnection("127.0.0.1", port)
            store.request("PUT", "/real-bucket")
            assert store.getresponse().status == 200
            keys = {"access_key": "testing", "secret_key": "testing"}
            fake.control("PUT", "stores", {"AWS": {"endpoint": f"http://127.0.0.1:{port}", **keys}, "MINIO": keys})
            assert fake.team("real", storageBucket={"name": "real-bucket", "provider": "AWS"}).status == 201
            assert fake.team("minio", storageBucket={"name": f"127.0.0.1:{port}/real-bucket", "provider": "MINIO"}).status == 201
            refused(fake.team("no-bucket", storageBucket={"name": "no-bucket", "provider": "AWS"}), 400, "NoSuchBucket")
            refused(fake.team("no-host", storageBucket={"name": "127.0.0.1:1/bucket", "provider": "MINIO"}), 400, "cannot reach")
            warned = fake.graphql(TEST, i={"name": "real-bucket", "provider": "AWS"}).json["data"]["testBucketStoreConnection"]
            assert warned == [{"message": "bucket real-bucket has no CORS policy", "severity": "WARN"}], warned
            silent = fake.graphql(TEST, i={"name": f"127.0.0.1:{port}/real-bucket", "provider": "MINIO"})
            assert silent.json["data"]["testBucketStoreConnection"] == [], silent.raw
            failed = fake.graphql(TEST, i={"name": "no-bucket", "provider": "AWS"}).json["data"]["testBucketStoreConnection"]
            assert [one["severity"] for one in failed] == ["ERROR"], failed
            assert "no-bucket" not in fake.control("GET", "state")["teams"]
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("moto did not start")


def faults(fake: Fake) -> None:
    def arm(**fault) -> None:
        fake.control("POST", "faults", {"faults": [{"path": "^/scim/Groups", **fault}]})

    def broken(call) -> str | None:
        """How the connection broke."""
        try:
            call()
        except (ConnectionError, http.client.HTTPException) as error:
            return type(error).__name__
        return None

    arm(action="answer", status=503, headers={"Retry-After": "1"}, body={"detail": "later"}, times=2)
    for _ in range(2):
        busy = fake.scim("GET", "Groups")
        assert (busy.status, busy.headers["Retry-After"], busy.json) == (503, "1", {"detail": "later"})
    assert fake.scim("GET", "Groups").status == 200

    arm(action="reset", method="POST")
    assert broken(lambda: fake.team("before")) == "ConnectionResetError" and "before" not in fake.control("GET", "state")["teams"]
    arm(action="reset", method="POST", after_acting=True)
    assert broken(lambda: fake.team("after")) == "ConnectionResetError" and "after" in fake.control("GET", "state")["teams"]
    arm(action="answer", status=504, method="POST", after_acting=True)
    assert fake.team("late").status == 504 and "late" in fake.control("GET", "state")["teams"]

    arm(action="html")
    page = fake.scim("GET", "Groups")
    assert page.status == 200 and page.headers["Content-Type"].startswith("text/html") and page.raw.startswith(b"<!DOCTYPE html>")
    arm(action="redirect")
    moved = fake.scim("GET", "Groups")
    assert (moved.status, moved.headers["Location"]) == (302, "https://login.example.com/sign-in")
    arm(action="truncate")
    half = fake.scim("GET", "Groups").raw
    assert half and half.startswith(b"{") and not half.endswith(b"}"), half
    arm(action="cut")
    assert broken(lambda: fake.scim("GET", "Groups")) == "IncompleteRead"
    arm(action="slow", seconds=0.3)
    began = time.monotonic()
    assert fake.scim("GET", "Groups").json["totalResults"] == 2 and time.monotonic() - began > 0.25
    arm(action="hang", seconds=0.2)
    assert broken(lambda: fake.scim("GET", "Groups")) == "ConnectionResetError"

    fake.control("POST", "faults", {"faults": [{"action": "answer", "status": 500, "contains": "deleteTeam"}]})
    assert fake.graphql("{ viewer { id } }").status == 200
    assert fake.graphql('mutation { deleteTeam(input: {teamName: "after"}) { success } }').status == 500
    assert fake.control("GET", "faults") == {"faults": []}
    resets = [call["status"] for call in fake.control("GET", "journal")["calls"] if call["fault"] == "reset"]
    assert resets == [None, None], resets
    assert fake.call("POST", "/_fake/faults", {"faults": [{"action": "explode"}]}).status == 400


def latency_and_journal(fake: Fake) -> None:
    fake.control("POST", "latency", {"milliseconds": 200, "path": "^/scim"})
    threads = [threading.Thread(target=fake.scim, args=("GET", "Groups")) for _ in range(8)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0.2 <= time.monotonic() - began < 1.2
    calls = fake.control("GET", "journal")["calls"]
    assert [call["number"] for call in calls] == list(range(1, 9)) and all(call["ended"] - call["began"] >= 0.2 for call in calls)
    fake.control("POST", "reset")
    assert fake.control("GET", "journal") == {"calls": []}


CHECKS = {
    "multi-tenant": [groups_are_strict, taken_elsewhere, members_come_and_go, etags, keys, graphql, multi_tenant, faults, latency_and_journal],
    "dedicated": [a_team_of_every_sample, a_storage_of_unsound_form_is_refused, very_many_members, keys, stores_are_registered, stores_are_asked],
    "self-managed": [members_come_and_go, etags, keys, graphql],
    "old": [an_old_server_drops_the_storage, keys],
}


def run() -> list:
    problems, count = [], 0
    for flavour, checks in CHECKS.items():
        with serving(flavour) as fake:
            for check in checks:
                count += 1
                fake.control("POST", "reset")
                try:
                    check(fake)
                except Exception as error:
                    line = error.__traceback__.tb_next.tb_lineno
                    problems.append(f"{flavour}: {check.__name__}, line {line}: {error!r}")
    print(f"behaviour: {count} checks")
    return problems
