"""What the provider costs. Every row is a ratio or a count taken in this run, so that it holds on any machine.

usage: bench.py TERRAFORM PROVIDER MINIO_ENV MOTO_ENV WANDB_ENV
"""

import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from pathlib import Path

import boto3
from wire import Wire

TERRAFORM, PROVIDER = sys.argv[1], Path(sys.argv[2]).resolve()
MINIO, MOTO, WANDB = (Path(argument) for argument in sys.argv[3:6])
ROUND_TRIP = 0.05  # seconds
PARALLELISM = 10  # Terraform's default
BUCKETS = 200
# go-plugin's magic cookie for Terraform's providers: it tells a plugin that Terraform started it.
COOKIE = {"TF_PLUGIN_MAGIC_COOKIE": "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "PLUGIN_PROTOCOL_VERSIONS": "6"}

over_budget = []


def row(what, value, unit, budget=None):
    verdict = ""
    if budget is not None:
        verdict = f"budget {budget:g}" + ("" if value <= budget else "   OVER BUDGET")
        if value > budget:
            over_budget.append(what)
    print(f"  {what:<74} {value:>8.2f} {unit:<12} {verdict}", flush=True)


def server(env, name):
    values = dict(line.split("=", 1) for line in env.read_text().split())
    return values[name], values[f"{name}_USER"], values[f"{name}_PASSWORD"]


ENDPOINT, USER, PASSWORD = server(MINIO, "WANDB_TEST_MINIO_BENCH")
AWS_ENDPOINT, AWS_USER, AWS_PASSWORD = server(MOTO, "WANDB_TEST_MOTO")
WANDB_URL, _, WANDB_KEY = server(WANDB, "WANDB_TEST_WANDB")


class Workspace:
    """A directory with one configuration."""

    def __init__(self, configuration, endpoint=ENDPOINT):
        self.path = Path(tempfile.mkdtemp(prefix="bench-"))
        (self.path / "main.tf").write_text(configuration)
        (self.path / "cli.tfrc").write_text(
            f'provider_installation {{\n  dev_overrides {{ "wandb/wandb" = "{PROVIDER.parent}" }}\n  direct {{}}\n}}\n'
        )
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path),
            "TF_CLI_CONFIG_FILE": str(self.path / "cli.tfrc"),
            "CHECKPOINT_DISABLE": "1",
            "WANDB_S3_ENDPOINT": endpoint,
            "WANDB_S3_ACCESS_KEY": USER,
            "WANDB_S3_SECRET_KEY": PASSWORD,
            "AWS_ENDPOINT_URL": AWS_ENDPOINT,
            "AWS_ACCESS_KEY_ID": AWS_USER,
            "AWS_SECRET_ACCESS_KEY": AWS_PASSWORD,
            "WANDB_API_KEY": WANDB_KEY,
        }

    def run(self, *arguments, endpoint=None):
        environment = self.environment | ({"WANDB_S3_ENDPOINT": endpoint} if endpoint else {})
        done = subprocess.run(
            [TERRAFORM, *arguments, "-no-color", "-input=false"], cwd=self.path, env=environment, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")

    def cost(self, *arguments, endpoint=None):
        """CPU and wall seconds of a command, the plugins it starts included."""
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        self.run(*arguments, endpoint=endpoint)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return cpu, time.monotonic() - began


def bucket(count=None, verify=True, place="s3_compatible       = {}"):
    many = "" if count is None else f"  count = {count}\n"
    name = "bench-bucket" if count is None else "bench-bucket-${count.index}"
    return f"""
terraform {{
  required_providers {{
    wandb = {{ source = "wandb/wandb" }}
  }}
}}
provider "wandb" {{ deployment = "dedicated" }}
resource "wandb_byob_bucket" "this" {{
{many}  name                = "{name}"
  deletion_protection = false
  verify              = {str(verify).lower()}
  {place}
}}
"""


def handshake_seconds():
    began = time.monotonic()
    process = subprocess.Popen([PROVIDER], env=os.environ | COOKIE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    line = process.stdout.readline()
    took = time.monotonic() - began
    process.kill()
    process.communicate()
    if not line.startswith(b"1|6|"):
        sys.exit(f"no handshake: {line!r}")
    return took


def empty_process_seconds():
    """A process of the same kind that prints one line and does nothing: the provider when somebody asks for its version."""
    began = time.monotonic()
    process = subprocess.Popen([PROVIDER, "--version"], stdout=subprocess.PIPE)
    process.stdout.readline()
    took = time.monotonic() - began
    process.communicate()
    return took


class Memory(threading.Thread):
    """The most memory that any process of the provider used: Terraform starts and ends them, so they are watched from here."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.stopped = 0, False

    def run(self):
        while not self.stopped:
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    if os.readlink(process / "exe") == str(PROVIDER):
                        status = (process / "status").read_text()
                        self.peak = max(self.peak, int(re.search(r"VmHWM:\s+(\d+)", status)[1]))
                except (OSError, TypeError):
                    pass  # it has just ended
            time.sleep(0.001)

    def mebibytes(self):
        self.stopped = True
        self.join()
        return self.peak / 1024


def memory_of(workspace, *arguments):
    watch = Memory()
    watch.start()
    workspace.run(*arguments)
    return watch.mebibytes()


def starts():
    print("Start and plan")
    ours, builtin = Workspace(bucket()), Workspace('resource "terraform_data" "this" {}\n')
    pairs = [(ours.cost("plan"), builtin.cost("plan")) for _ in range(15)]
    row("plan of one bucket / plan of one terraform_data, CPU", ratio(pairs, 0), "x", 2.1)
    row("plan of one bucket / plan of one terraform_data, wall", ratio(pairs, 1), "x")
    pairs = [((handshake_seconds(),), (empty_process_seconds(),)) for _ in range(30)]
    row("start to handshake / start to the output of --version", ratio(pairs, 0), "x")
    row("start to handshake", 1000 * statistics.median(ours[0] for ours, _ in pairs), "ms")
    row("peak memory of a plan (VmHWM)", max(memory_of(ours, "plan") for _ in range(5)), "MiB", 12)
    row("peak memory of an apply (VmHWM)", memory_of(ours, "apply", "-auto-approve"), "MiB", 16)
    ours.run("destroy", "-auto-approve")


def ratio(pairs, what):
    return statistics.median(ours[what] for ours, _ in pairs) / statistics.median(theirs[what] for _, theirs in pairs)


def depths():
    print(f"Round trips, {ROUND_TRIP * 1000:.0f} ms each")
    wire = Wire(int(ENDPOINT.rsplit(":", 1)[1]), ROUND_TRIP)
    through = f"http://127.0.0.1:{wire.port}"
    for verify in (False, True):
        workspace = Workspace(bucket(verify=verify), through)
        proof = "with its proof" if verify else "without its proof"
        workspace.run("apply", "-auto-approve")
        depth, calls = wire.depth()
        # Look, create, set, read back; MinIO loses settings that are written at the same time, so four of them take three more.
        # Then the proof, in three, while the mark of the unfinished bucket is taken off; without a proof that stands alone.
        row(f"create {proof}, {calls} calls: depth", depth, "round trips", 4 + 3 + (3 if verify else 1))
        workspace.run("plan")
        depth, calls = wire.depth()
        row(f"refresh, {calls} calls: depth", depth, "round trips", 1)
        workspace.run("destroy", "-auto-approve")
        depth, calls = wire.depth()
        row(f"destroy, {calls} calls: depth", depth, "round trips")


def aws():
    print(f"AWS (moto), {ROUND_TRIP * 1000:.0f} ms a round trip")
    place = 'aws                 = { region = "eu-west-1" }'
    ours, builtin = Workspace(bucket(place=place)), Workspace('resource "terraform_data" "this" {}\n')
    pairs = [(ours.cost("plan"), builtin.cost("plan")) for _ in range(15)]
    row("plan of one bucket / plan of one terraform_data, CPU", ratio(pairs, 0), "x", 2.1)
    row("peak memory of a plan (VmHWM)", max(memory_of(ours, "plan") for _ in range(5)), "MiB", 12)
    row("peak memory of an apply (VmHWM)", memory_of(ours, "apply", "-auto-approve"), "MiB", 16)
    ours.run("destroy", "-auto-approve")
    wire = Wire(int(AWS_ENDPOINT.rsplit(":", 1)[1]), ROUND_TRIP)
    ours.environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{wire.port}"
    ours.run("apply", "-auto-approve")
    depth, calls = wire.depth()
    row(f"create with its proof, {calls} calls: depth", depth, "round trips")
    ours.run("plan")
    depth, calls = wire.depth()
    row(f"refresh, {calls} calls: depth", depth, "round trips", 1)
    ours.run("destroy", "-auto-approve")
    depth, calls = wire.depth()
    row(f"destroy, {calls} calls: depth", depth, "round trips")


def many():
    print(f"{BUCKETS} buckets, {ROUND_TRIP * 1000:.0f} ms a round trip, parallelism {PARALLELISM}")
    workspace = Workspace(bucket(BUCKETS, verify=False))
    workspace.run("apply", "-auto-approve")
    wire = Wire(int(ENDPOINT.rsplit(":", 1)[1]), ROUND_TRIP)
    through = f"http://127.0.0.1:{wire.port}"
    here = min(workspace.cost("plan")[1] for _ in range(3))
    there = min(workspace.cost("plan", endpoint=through)[1] for _ in range(3))
    limit = BUCKETS / PARALLELISM * ROUND_TRIP
    # Terraform's own work on so many objects is not the provider's to shorten: the budget is on what the wire adds.
    row("what the wire adds to the plan / the limit of one round trip a bucket", (there - here) / limit, "x", 1.2)
    row("the whole plan over the wire / the same limit", there / limit, "x")
    row("the whole plan without the wire / the same limit", here / limit, "x")
    workspace.run("destroy", "-auto-approve")


def team(count=None):
    many = "" if count is None else f"  count               = {count}\n"
    name = "bench" if count is None else "bench-${count.index}"
    return f"""
terraform {{
  required_providers {{
    wandb = {{ source = "wandb/wandb" }}
  }}
}}
provider "wandb" {{ deployment = "self-managed" }}
resource "wandb_team_storage" "this" {{
{many}  team                = "{name}"
  storage_bucket      = {{ name = "bench-storage", provider = "GCP" }}
  deletion_protection = false
  on_destroy          = "delete"
}}
"""


def teams():
    print(f"Teams, {ROUND_TRIP * 1000:.0f} ms a round trip")
    wire = Wire(int(WANDB_URL.rsplit(":", 1)[1]), ROUND_TRIP)
    through = f"http://127.0.0.1:{wire.port}"
    one = Workspace(team())
    one.environment["WANDB_BASE_URL"] = through
    one.run("apply", "-auto-approve")
    create, calls = wire.depth()
    # The name and the bucket; the team; its storage.
    row(f"create, {calls} calls: depth", create, "round trips", 3)
    one.run("plan")
    depth, calls = wire.depth()
    row(f"refresh, {calls} calls: depth", depth, "round trips", 1)
    one.run("destroy", "-auto-approve")
    depth, calls = wire.depth()
    row(f"destroy with its refresh, {calls} calls: depth", depth, "round trips")
    several = Workspace(team(BUCKETS))
    several.environment["WANDB_BASE_URL"] = through
    for parallelism in (PARALLELISM, 50):
        _, took = several.cost("apply", "-auto-approve", f"-parallelism={parallelism}")
        latency = BUCKETS / parallelism * create * ROUND_TRIP
        row(f"{BUCKETS} teams at parallelism {parallelism}: apply / the latency of their own calls", took / latency, "x")
        several.run("destroy", "-auto-approve", f"-parallelism={parallelism}")


def bucket_and_team(count):
    return (
        bucket(count, verify=False)
        + f"""
resource "wandb_team_storage" "this" {{
  count               = {count}
  team                = "bench-${{count.index}}"
  storage_bucket      = wandb_byob_bucket.this[count.index].storage_bucket
  deletion_protection = false
  on_destroy          = "delete"
}}
"""
    )


def buckets_and_teams():
    print(f"{BUCKETS} buckets, each with a team, {ROUND_TRIP * 1000:.0f} ms a round trip")
    known = json.dumps({"MINIO": {"access_key": USER, "secret_key": PASSWORD, "region": "us-east-1"}})
    urllib.request.urlopen(urllib.request.Request(f"{WANDB_URL}/_fake/stores", known.encode(), method="PUT"))
    wires = [Wire(int(url.rsplit(":", 1)[1]), ROUND_TRIP) for url in (ENDPOINT, WANDB_URL)]
    store, wandb = (f"http://127.0.0.1:{wire.port}" for wire in wires)

    def workspace(count):
        made = Workspace(bucket_and_team(count), store)
        made.environment["WANDB_BASE_URL"] = wandb
        return made

    one = workspace(1)
    one.run("apply", "-auto-approve")
    # A team waits for its bucket.
    depth = sum(wire.depth()[0] for wire in wires)
    one.run("destroy", "-auto-approve")
    several = workspace(BUCKETS)
    for parallelism in (PARALLELISM, 50):
        _, took = several.cost("apply", "-auto-approve", f"-parallelism={parallelism}")
        latency = BUCKETS / parallelism * depth * ROUND_TRIP
        row(f"at parallelism {parallelism}: apply / the latency of their own calls, {depth} deep", took / latency, "x")
        several.run("destroy", "-auto-approve", f"-parallelism={parallelism}")


def size():
    print("Release")
    with tempfile.TemporaryDirectory() as directory:
        archive = Path(directory) / "provider.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
            packed.write(PROVIDER, PROVIDER.name)
        row("zipped provider", archive.stat().st_size / 1e6, "MB", 6)


def main():
    s3 = boto3.client("s3", endpoint_url=ENDPOINT, aws_access_key_id=USER, aws_secret_access_key=PASSWORD, region_name="us-east-1")
    starts()
    depths()
    aws()
    many()
    teams()
    buckets_and_teams()
    size()
    left = [found["Name"] for found in s3.list_buckets()["Buckets"]]
    if left:
        sys.exit(f"left behind: {left}")
    print("All budgets are kept." if not over_budget else f"Over budget: {'; '.join(over_budget)}")


main()
