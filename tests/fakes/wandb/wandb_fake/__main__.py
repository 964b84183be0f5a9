"""python -m wandb_fake [--flavour NAME] [--port N] [--port-file FILE] [--with-stdin]

Serves on 127.0.0.1 and prints the address. The stores to ask are in the environment: WANDB_FAKE_AWS_ENDPOINT, _ACCESS_KEY, _SECRET_KEY, _REGION, _CA,
and the same for MINIO and COREWEAVE.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading

from werkzeug.serving import WSGIRequestHandler, make_server

from . import storage_probe
from .app import Server
from .flavours import FLAVOURS


class Quiet(WSGIRequestHandler):
    """No log of requests: the journal is one, and holds no keys."""

    def log_request(self, *arguments) -> None:
        pass

    def connection_dropped(self, *arguments) -> None:
        # After a fault there is no connection to read another request from.
        self.close_connection = True


def main() -> None:
    parser = argparse.ArgumentParser(prog="wandb_fake", description="A stand-in for the W&B server, for tests.")
    parser.add_argument("--flavour", choices=list(FLAVOURS), default="multi-tenant")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--port-file", help="where to write the port once it listens")
    parser.add_argument("--with-stdin", action="store_true", help="end when the standard input does, and so with the test that started it")
    arguments = parser.parse_args()
    server = make_server(
        "127.0.0.1",
        arguments.port,
        Server(arguments.flavour, storage_probe.from_environment()),
        threaded=True,
        request_handler=Quiet,
    )
    if arguments.port_file:
        with open(f"{arguments.port_file}.new", "w") as file:
            file.write(str(server.port))
        os.replace(f"{arguments.port_file}.new", arguments.port_file)
    print(f"http://127.0.0.1:{server.port}", flush=True)
    if arguments.with_stdin:
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


main()
