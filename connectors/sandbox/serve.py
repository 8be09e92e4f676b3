"""Runs a WSGI application on a loopback port as a threaded HTTP/1.1 server.

For the demo and tests only; it has no TLS and no limits.
"""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Handler(WSGIRequestHandler):
    """Keeps connections alive, sends small answers at once, logs nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Stay quiet."""

    def finish(self) -> None:
        """Close the connection; one that was cut on purpose is not an error."""
        try:
            with suppress(OSError):
                super().finish()
        finally:
            self.rfile.close()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Stay quiet."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server in a thread of its own; `base_url` has no slash at its end."""

    base_url: str
    _server: BaseWSGIServer
    _thread: threading.Thread

    def close(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._thread.join(timeout=5)
        self._server.server_close()


def serve(app: Application, host: str = "127.0.0.1", port: int = 0) -> RunningServer:
    """Start serving; port 0 takes a free one."""
    server = make_server(host, port, app, threaded=True, request_handler=_Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    return RunningServer(f"http://{host}:{server.port}", server, thread)
