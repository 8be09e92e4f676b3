"""A fault proxy: a TCP server between a connector and an ERP server that loses, cuts, delays and doubts on a plan.

It understands as much HTTP as is needed to tell requests apart; it never invents a document.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.faults.history import History
from tests.faults.plan import FaultPlan

_RESET = struct.pack("ii", 1, 0)
_DELAY = 0.02  # seconds; any wait that the client bears
_HELD = 30.0  # seconds after which a client that never hangs up is given up
_WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
_READING_POSTS = ("/$batch", "/token")  # reads in a batch, and sign-on
_PAGE = b"<html><head><title>Sign in</title></head><body>Sign in</body></html>"


@dataclass(frozen=True, slots=True)
class Request:
    """One complete request as it came: raw head with its blank line, and body."""

    method: str
    target: str
    head: bytes
    body: bytes

    @property
    def is_write(self) -> bool:
        return self.method in _WRITES and not self.target.partition("?")[0].endswith(_READING_POSTS)

    @property
    def raw(self) -> bytes:
        """The request as it goes on: the server is to close the connection, so that its answer ends there."""
        lines = [line for line in self.head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        return b"\r\n".join([lines[0], b"Connection: close", *lines[1:]]) + self.body


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """An answer that the proxy gives by itself."""
    named = {"Content-Type": "text/html", **{name.replace("_", "-"): text for name, text in headers.items()}}
    lines = [f"HTTP/1.1 {status} Fault", *(f"{name}: {text}" for name, text in named.items())]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + body


class FaultProxy:
    """Listens on a free port; `key_of` names the order that a writing request carries, empty where it names none."""

    def __init__(
        self, upstream: str, plan: FaultPlan, history: History, key_of: Callable[[bytes], str] = lambda _body: ""
    ) -> None:
        self.plan = plan
        self.tamper: Callable[[Request, bytes], bytes] | None = None  # changes whole answers to reads
        self.seen: list[Request] = []
        self._port = int(urlsplit(upstream).port or 80)
        self._history = history
        self._key_of = key_of
        self._late: list[Request] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread.start()
        self._server = self._in_loop(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def release(self) -> int:
        """Deliver the requests that were held back, long after their clients gave up; returns how many."""
        held, self._late = self._late, []
        for request in held:
            self._in_loop(self._deliver_late(request))
        return len(held)

    def close_port(self) -> None:
        """Listen no more: who connects now is turned away."""
        self._in_loop(self._turn_away())

    async def _turn_away(self) -> None:
        self._server.close()

    def close(self) -> None:
        self._in_loop(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def _in_loop(self, work):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - a coroutine and its result
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    async def _stop(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._one(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, which is its right
        finally:
            self._tasks.discard(task)
            with contextlib.suppress(OSError):
                writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, target = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")[:2]
        body = await reader.readexactly(_length(head))
        request = Request(method, target, head, body)
        self.seen.append(request)
        fault = self.plan.of_write() if request.is_write else self.plan.of_read()
        if request.is_write:
            key = self._key_of(body)
            self._history.write("write", key=key, method=method, path=target.partition("?")[0], fault=fault)
        elif fault != "pass":
            self._history.write("read", path=target.partition("?")[0], fault=fault)
        actions: dict[str, Callable[..., Awaitable[None]]] = {
            "late": self._hold, "late_soon": self._hold, "silent_after": self._silent, "drip": self._drip,
            "truncate": self._truncate, "cut_request": self._cut_request,
        }  # fmt: skip
        act = actions.get(fault, self._plain)
        await act(request, reader, writer, fault)

    async def _plain(
        self, request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: str
    ) -> None:
        """Faults that need no more than what comes before the server and after it."""
        own = self._instead(fault)
        if own is not None:
            await _send(writer, own)
            return
        if fault in {"drop_before", "reset_before"}:
            _end(writer, hard=fault.startswith("reset"))
            return
        if fault == "delay":
            await asyncio.sleep(_DELAY)
        given = await self._forward(request)
        if self.tamper is not None and not request.is_write:
            given = self.tamper(request, given)
        if fault in {"drop_after", "reset_after"}:
            _end(writer, hard=fault.startswith("reset"))
            return
        await _send(writer, self._in_place_of(fault, given))

    def _instead(self, fault: str) -> bytes | None:
        """What the proxy answers while the server hears nothing."""
        if fault == "busy":
            return answer(429, b"slow down", Retry_After=self.plan.odd_wait())
        if fault == "unavailable":
            return answer(503, _PAGE, Retry_After=self.plan.odd_wait())
        if fault == "error_before":
            return answer(self.plan.error(), _PAGE)
        if fault == "denied":
            return answer(401, _PAGE, WWW_Authenticate='Basic realm="x"')
        if fault == "redirect":
            return answer(302, b"", Location="/oauth2/v1/authorize")
        return None

    def _in_place_of(self, fault: str, given: bytes) -> bytes:
        """What the client hears after the server has done its work."""
        if fault == "error_after":
            return answer(self.plan.error(), _PAGE)
        if fault == "page_after":
            return answer(200, _PAGE)
        if fault == "empty_after":
            return answer(200, b"{}", Content_Type="application/json")
        return given

    async def _hold(
        self, request: Request, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, fault: str
    ) -> None:
        """Keep the request until the client has given up; deliver it then, or when it is released."""
        await _gone(reader)
        if fault == "late_soon":
            await self._deliver_late(request)
        else:
            self._late.append(request)

    async def _silent(
        self, request: Request, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _fault: str
    ) -> None:
        await self._forward(request)
        await _gone(reader)

    async def _drip(
        self, request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _fault: str
    ) -> None:
        """The head at once, the body byte by byte."""
        head, blank, body = (await self._forward(request)).partition(b"\r\n\r\n")
        await _send(writer, head + blank)
        for byte in body:
            await _send(writer, bytes([byte]))
            await asyncio.sleep(_DELAY)

    async def _truncate(
        self, request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _fault: str
    ) -> None:
        given = await self._forward(request)
        head, blank, body = given.partition(b"\r\n\r\n")
        await _send(writer, head + blank + body[: len(body) // 2] if body else head[: len(head) // 2])

    async def _cut_request(
        self, request: Request, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _fault: str
    ) -> None:
        """The server gets half of the request; what it makes of that is heard by nobody."""
        raw = request.raw
        half = len(raw) - max(len(request.body) // 2, 1)
        upstream = await asyncio.open_connection("127.0.0.1", self._port)
        await _send(upstream[1], raw[:half])
        upstream[1].close()
        _end(writer, hard=False)

    async def _deliver_late(self, request: Request) -> None:
        given = await self._forward(request)
        status = given.split(b" ", 2)[1].decode()
        if request.is_write:
            self._history.write("late", key=self._key_of(request.body), method=request.method, status=status)

    async def _forward(self, request: Request) -> bytes:
        """The server's whole answer; also its status goes into the history, for it tells what really happened."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            await _send(writer, request.raw)
            given = await reader.read(-1)
        finally:
            writer.close()
        if request.is_write and given:
            self._history.write("done", key=self._key_of(request.body), status=given.split(b" ", 2)[1].decode())
        return given


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, text = line.partition(b":")
        if name.lower() == b"content-length":
            return int(text)
    return 0


async def _gone(reader: asyncio.StreamReader) -> None:
    """Wait until the client hangs up."""
    with contextlib.suppress(asyncio.TimeoutError, OSError):
        await asyncio.wait_for(reader.read(1), _HELD)


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


def _end(writer: asyncio.StreamWriter, *, hard: bool) -> None:
    """Hang up; `hard` sends a reset instead of an orderly end."""
    connection = writer.get_extra_info("socket")
    if hard and connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort() if hard else writer.close()


@contextlib.contextmanager
def fault_proxy(
    upstream: str, plan: FaultPlan, history: History, key_of: Callable[[bytes], str] = lambda _body: ""
) -> Iterator[FaultProxy]:
    proxy = FaultProxy(upstream, plan, history, key_of)
    try:
        yield proxy
    finally:
        proxy.close()
