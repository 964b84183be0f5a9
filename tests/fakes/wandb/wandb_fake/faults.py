"""What is made to go wrong, on demand."""

from __future__ import annotations

import json
import os
import re
import socket
import struct
import threading
import time
from dataclasses import asdict, dataclass, field

from werkzeug.wrappers import Request, Response

ACTIONS = ["answer", "html", "redirect", "truncate", "cut", "slow", "reset", "hang"]

HTML = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"


@dataclass
class Fault:
    """One thing that goes wrong, for the next `times` matching calls after `skip` of them."""

    action: str
    method: str = ".*"
    # A regular expression found anywhere in the path.
    path: str = ""
    # A text that the request's body holds: to tell one GraphQL operation from another.
    contains: str = ""
    times: int = 1
    skip: int = 0
    # Whether the server does what it was asked first; truncate, cut and slow alter its own answer, so there it always does.
    after_acting: bool = False
    status: int | None = None
    headers: dict = field(default_factory=dict)
    # An object is sent as JSON, a string as it is.
    body: object = None
    # redirect: where to.
    location: str = "https://login.example.com/sign-in"
    # slow, hang: how long the body, or the answer, takes.
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"there is no action {self.action}; there are {', '.join(ACTIONS)}")
        re.compile(self.method)
        re.compile(self.path)

    def matches(self, request: Request) -> bool:
        return (
            re.fullmatch(self.method, request.method) is not None
            and re.search(self.path, request.path) is not None
            and self.contains in request.get_data(as_text=True)
        )


class Faults:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.faults: list = []
        self.latency: list = []

    def add(self, wishes: list) -> None:
        faults = [Fault(**wish) for wish in wishes]
        with self.lock:
            self.faults += faults

    def delay(self, milliseconds: float, path: str) -> None:
        re.compile(path)
        with self.lock:
            self.latency.append((milliseconds, path))

    def clear(self) -> None:
        with self.lock:
            self.faults, self.latency = [], []

    def left(self) -> list:
        with self.lock:
            return [asdict(fault) for fault in self.faults]

    def wait(self, request: Request) -> None:
        with self.lock:
            delays = [milliseconds for milliseconds, path in self.latency if re.search(path, request.path)]
        time.sleep(sum(delays) / 1000)

    def take(self, request: Request) -> Fault | None:
        """The first fault that matches, which is used up by one."""
        with self.lock:
            for fault in self.faults:
                if not fault.matches(request):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None


def reset(request: Request) -> None:
    """Ends the connection with a TCP reset, and this request with it."""
    connection = request.environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # The server's own objects hold the descriptor, and only its last close sends the reset: something harmless takes its place.
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, connection.fileno())
    os.close(nothing)
    raise ConnectionResetError("a fault")


def apply(fault: Fault, request: Request, act) -> Response:
    """The answer as the fault has it. `act` lets the server do what it was asked."""
    truth = act() if fault.after_acting or fault.action in ("truncate", "cut", "slow") else None
    if fault.action == "reset":
        reset(request)
    if fault.action == "answer":
        response = plain(fault, fault.status or 500)
    elif fault.action == "html":
        response = Response(HTML, fault.status or 200, content_type="text/html; charset=utf-8")
    elif fault.action == "redirect":
        response = Response("", fault.status or 302, headers={"Location": fault.location})
    elif fault.action == "hang":
        time.sleep(fault.seconds)
        reset(request)
    else:
        response = altered(fault, truth)
    response.headers.update(fault.headers)
    return response


def plain(fault: Fault, status: int) -> Response:
    if fault.body is None or isinstance(fault.body, str):
        return Response(fault.body or "", status, content_type="text/plain; charset=utf-8")
    return Response(json.dumps(fault.body), status, content_type="application/json")


def altered(fault: Fault, truth: Response) -> Response:
    whole = truth.get_data()
    half = whole[: len(whole) // 2]
    if fault.action == "truncate":
        # A sound answer in HTTP, with half a document.
        truth.set_data(half)
    elif fault.action == "cut":
        # The length of the whole is announced, and the connection ends half-way.
        truth.response = [half]
        truth.headers["Content-Length"] = str(len(whole))
        truth.headers["Connection"] = "close"
    else:
        truth.response = slowly(whole, fault.seconds)
        truth.headers["Content-Length"] = str(len(whole))
    if fault.status:
        truth.status_code = fault.status
    return truth


def slowly(whole: bytes, seconds: float):
    pieces = 10
    size = max(1, -(-len(whole) // pieces))
    for start in range(0, len(whole), size):
        time.sleep(seconds / pieces)
        yield whole[start : start + size]
