"""What was called, for the tests to ask about."""

from __future__ import annotations

import json
import threading
import time

from werkzeug.wrappers import Request

# Never Authorization nor Cookie.
HEADERS = ["Content-Type", "Accept", "If-Match", "User-Agent", "Use-Admin-Privileges"]


class Journal:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.start = time.monotonic()
        self.calls: list = []

    def begin(self, request: Request, key: str | None, scheme: str | None) -> dict:
        text = request.get_data(as_text=True)
        try:
            body = json.loads(text) if text else None
        except ValueError:
            body = text
        call = {
            "method": request.method,
            "path": request.path,
            "query": request.args.to_dict(),
            "headers": {name: request.headers[name] for name in HEADERS if name in request.headers},
            # Which key it was, not the key: its label, "unknown", or null where there was none.
            "key": key,
            # How it was sent: bearer, basic, basic without a name, malformed, or null.
            "scheme": scheme,
            "body": body,
            # Seconds since the server started; `ended` and `status` stay null where no answer was sent.
            "began": time.monotonic() - self.start,
            "ended": None,
            "status": None,
            "fault": None,
        }
        with self.lock:
            call["number"] = len(self.calls) + 1
            self.calls.append(call)
        return call

    def end(self, call: dict, status: int | None) -> None:
        call["status"] = status
        call["ended"] = time.monotonic() - self.start

    def clear(self) -> None:
        with self.lock:
            self.calls = []
