"""A running site for the browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from werkzeug.serving import make_server


def free_port() -> int:
    """A port on 127.0.0.1 on which nobody listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def live_server() -> Iterator[Callable[[Flask], str]]:
    """`live_server(app)` serves the app until the test ends and returns its address, without a slash at the end."""
    with ExitStack() as ends:

        def serve(app: Flask) -> str:
            server = make_server("127.0.0.1", 0, app, threaded=True)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
            thread.start()
            ends.callback(thread.join, 10)
            ends.callback(server.server_close)
            ends.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield serve
