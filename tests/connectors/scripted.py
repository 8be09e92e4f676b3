"""A real HTTP server on loopback that answers from a script, one step per request, and remembers what it got."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Step:
    """One answer; `drop` closes the connection instead, `cut` promises more bytes than it sends."""

    status: int = 200
    body: bytes | dict[str, Any] | list[Any] = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    cut: bool = False
    drip: int = 0  # send the body in that many pieces, telling `on_piece` after each
    pause: float = 0.0  # seconds between these pieces, so that they arrive one by one


@dataclass
class Got:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Scripted:
    """The server: `url`, `script` (steps left), `got` (requests so far)."""

    def __init__(self) -> None:
        self.script: list[Step] = []
        self.got: list[Got] = []
        self.on_piece = lambda: None
        self.url = ""

    def say(self, *steps: Step) -> None:
        self.script.extend(steps)

    def methods(self) -> list[str]:
        return [got.method for got in self.got]


def _handler(scripted: Scripted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            """Stay silent."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            scripted.got.append(Got(self.command, self.path, headers, body))
            step = scripted.script.pop(0) if scripted.script else Step(599, b"the script is over")
            if step.drop:
                self.close_connection = True
                return
            self._send(step)

        def _send(self, step: Step) -> None:
            content = step.body if isinstance(step.body, bytes) else json.dumps(step.body).encode()
            self.send_response(step.status)
            headers = {"Content-Type": "application/json", **step.headers}
            for name, value in headers.items():
                for each in value.split("\n"):
                    self.send_header(name, each)
            self.send_header("Content-Length", str(len(content) + (10 if step.cut else 0)))
            self.end_headers()
            size = len(content) // step.drip if step.drip else len(content)
            for first in range(0, len(content), max(size, 1)):
                self.wfile.write(content[first : first + size])
                self.wfile.flush()
                scripted.on_piece()
                threading.Event().wait(step.pause)
            self.close_connection = step.cut

    for method in ("GET", "POST", "DELETE", "PATCH"):
        setattr(Handler, f"do_{method}", Handler._answer)
    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent about clients that hang up, which is what some tests are about."""


@contextmanager
def scripted_server() -> Iterator[Scripted]:
    scripted = Scripted()
    server = _Server(("127.0.0.1", 0), _handler(scripted))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    scripted.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield scripted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
