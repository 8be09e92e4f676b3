"""`restock demo --serve`: the demo goes on: console, mail and ERP servers, and the jobs that carry decisions out.

It plans nothing anew; it works on the folder that `restock demo` left.
"""

import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from bot.cli.demo_folder import TERMINATED, policies, read_note
from bot.errors import NeedsAdmin

if TYPE_CHECKING:
    from bot.ports import App, Clock

PAUSE_SECONDS = 2.0
CODE_SECONDS = 30


def serve_demo(folder: Path, console_url: str | None = None) -> int:
    """Serve the demo of `folder` until Ctrl-C (returns 0) or SIGTERM (returns 143).

    `console_url` defaults to the address that the demo's mails name. Raises NeedsAdmin when there is no demo
    or the address is taken.
    """
    from bot.cli.demo_world import servers, write_settings
    from bot.wiring.app import build_app
    from bot.wiring.progress import Silent

    note = read_note(folder)
    url = console_url or note["console"]
    _check_free(url)
    day = date.fromisoformat(note["as_of"])
    clock = _clock(day)
    stop = _Stop()
    with servers(folder, day) as running:
        loaded = write_settings(folder, running, url, policies())
        app = build_app(loaded, Silent(), clock)
        with _console(loaded, clock, url):
            _greet(url, note["console"])
            _work(app, stop, clock)
    return stop.exit_code


class _Stop:
    """Set by SIGINT or SIGTERM; remembers which."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.exit_code = 0
        signal.signal(signal.SIGINT, lambda _number, _frame: self._set(0))
        signal.signal(signal.SIGTERM, lambda _number, _frame: self._set(TERMINATED))

    def _set(self, code: int) -> None:
        self.exit_code = code
        self.event.set()


def _check_free(url: str) -> None:
    """Refuse an address that is not ours to use before anything starts."""
    parts = urlsplit(url)
    remedy = "name a free one, for example `restock demo --serve --console http://127.0.0.1:8485`"
    if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost"} or not parts.port:
        raise NeedsAdmin("the demo's console needs an address such as http://127.0.0.1:8484", url, remedy)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", parts.port))
        except OSError as error:
            raise NeedsAdmin(f"the address cannot be used: {error.strerror}", url, remedy) from error


def _clock(day: date) -> "Clock":
    """The machine's clock on the demo's day."""
    from bot.wiring.world import DatedClock, SystemClock

    return SystemClock() if SystemClock().today("Europe/Berlin") == day else DatedClock(day)


@contextmanager
def _console(loaded: Any, clock: "Clock", url: str) -> Iterator[None]:
    """The console in a thread of this process, on the same code as `restock console`."""
    from bot.cli.console_app import build_console
    from connectors.sandbox.serve import serve

    server = serve(build_console(loaded, clock), port=int(urlsplit(url).port or 0))
    try:
        yield
    finally:
        server.close()


def _greet(url: str, mailed: str) -> None:
    from bot.cli.demo_world import ADMIN, BUYER, PASSWORD

    click.echo(f"Console:   {url}   (Ctrl-C ends it)")
    click.echo(f"Sign in:   {BUYER}   (decides drafts; {ADMIN} releases what policy holds)")
    click.echo(f"Password:  {PASSWORD}")
    click.echo("Each code below works once. A decision is carried out in the ERP within seconds.")
    if url != mailed:
        click.echo(f"The mails written so far name {mailed}; open their drafts from the console's inbox instead.")


def _work(app: "App", stop: _Stop, clock: "Clock") -> None:
    """Carry decisions out until a stop is asked for; shows the code that signs in now."""
    shown = _Code(clock)
    while not stop.event.is_set():
        shown.refresh()
        for line in _carry_out(app, stop.event):
            shown.say(line)
        stop.event.wait(1.0 if shown.live else PAUSE_SECONDS)
    shown.end()


def _carry_out(app: "App", ended: threading.Event) -> Iterator[str]:
    """Run the jobs for which there is something to do; yields what they did."""
    from bot.jobs.runner import run
    from bot.orders.model import OrderState

    under_way = (OrderState.APPROVED, OrderState.SENDING, OrderState.SENT, OrderState.VERIFIED, OrderState.UNKNOWN)
    for job in ("approve", "submit", "approve"):
        due = (
            app.orders.select(*under_way) if job == "submit" else app.orders.pending_decisions() or app.orders.outbox(1)
        )
        if not due or ended.is_set():
            continue
        outcome = run(job, app, wait=True, should_stop=ended.is_set)
        done = [f"{name} {count}" for name, count in outcome.report.items() if isinstance(count, int) and count]
        yield f"{job}: {', '.join(done) or outcome.state}{f' ({outcome.message})' if outcome.message else ''}"


class _Code:
    """The one-time code: rewritten in place on a terminal, a line per code elsewhere."""

    def __init__(self, clock: "Clock") -> None:
        self._clock = clock
        self._last = ""
        self.live = sys.stdout.isatty()

    def refresh(self) -> None:
        """Show the code that is valid now, with the seconds it still lives on a terminal."""
        from bot.cli.demo_world import TOTP_SECRET
        from bot.web.accounts import current_code

        now = self._clock.now()
        code = current_code(TOTP_SECRET, now)
        left = CODE_SECONDS - int(now.timestamp()) % CODE_SECONDS
        if self.live:
            click.echo(f"\rCode:      {code}  (for {left:2} s) ", nl=False)
        elif code != self._last:
            click.echo(f"Code:      {code}")
        self._last = code

    def say(self, line: str) -> None:
        """A line of news that does not disturb the code."""
        click.echo(f"\r{line:<60}" if self.live else line)

    def end(self) -> None:
        """Leave the terminal on a fresh line."""
        if self.live:
            click.echo()
