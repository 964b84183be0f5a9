"""A longer wire: a proxy that delays what passes, and tells how many calls had to wait for one another."""

import asyncio
import threading
import time


class Wire:
    """Forwards to a server on this machine and adds a round-trip time. A call is timed from its arrival here to its answer."""

    def __init__(self, port, round_trip):
        self.target, self.round_trip, self.calls = port, round_trip, []
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        threading.Thread(target=self._run, args=(started,), daemon=True).start()
        started.wait()

    def _run(self, started):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(self.loop.create_server(lambda: _Client(self), "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()

    def depth(self):
        """The longest chain of calls of which each began after the one before was answered, and how many calls; forgets them."""
        calls, self.calls = self.calls, []
        depth, last = 0, 0.0
        for began, ended in sorted(calls, key=lambda call: call[1]):
            if began >= last:
                depth, last = depth + 1, ended
        return depth, len(calls)


class _Client(asyncio.Protocol):
    """The side of the client. Nothing is held back but the time: what follows need not wait for what was sent before."""

    def __init__(self, wire):
        self.wire, self.server, self.early, self.began = wire, None, [], None

    def connection_made(self, transport):
        self.transport = transport
        loop = self.wire.loop
        loop.create_task(loop.create_connection(lambda: _Server(self), "127.0.0.1", self.wire.target))

    def connected(self, server):
        self.server = server
        for data in self.early:
            server.write(data)

    def data_received(self, data):
        self.began = self.began or time.monotonic()
        self.wire.loop.call_later(self.wire.round_trip, self._forward, data)

    def _forward(self, data):
        self.server.write(data) if self.server else self.early.append(data)

    def answered(self, data):
        self.transport.write(data)
        if self.began:
            self.wire.calls.append((self.began, time.monotonic()))
            self.began = None

    def connection_lost(self, _):
        if self.server:
            self.server.close()


class _Server(asyncio.Protocol):
    """The side of the server."""

    def __init__(self, client):
        self.client = client

    def connection_made(self, transport):
        self.client.connected(transport)

    def data_received(self, data):
        self.client.answered(data)

    def connection_lost(self, _):
        self.client.transport.close()
