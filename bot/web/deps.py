"""What the console is given: stores, clock, ids and a handful of settings, bundled as `Deps`.

It builds none of them; `wiring` does for the real world, tests do for others.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from bot.ports import Clock, Files, Ids, People, Runs
from bot.ports_orders import Orders
from bot.render.view import Charts, evidence_charts


class Accounts(Protocol):
    """Secrets of local accounts."""

    def password_hash(self, email: str) -> str | None:
        """Stored hash; None when there is none."""
        ...

    def totp_secret(self, email: str) -> str | None:
        """Base-32 secret; None when there is none."""
        ...

    def use_totp_step(self, email: str, step: int) -> bool:
        """Spend the code of a time step; False when it or a newer one was used."""
        ...


class Session(Protocol):
    """One signed-in browser."""

    @property
    def token_hash(self) -> str:
        """SHA-256 of the cookie's value."""
        ...

    @property
    def email(self) -> str:
        """Who signed in."""
        ...

    @property
    def seen_at(self) -> datetime:
        """When it was last used."""
        ...

    @property
    def expires_at(self) -> datetime:
        """When it ends, used or not."""
        ...


class Sessions(Protocol):
    """Signed-in browsers by the hash of their cookie."""

    def open(self, token_hash: str, email: str, now: datetime, expires: datetime) -> Session:
        """Begin a session."""
        ...

    def find(self, token_hash: str) -> Session | None:
        """Session of this hash, expired or not."""
        ...

    def touch(self, token_hash: str, now: datetime) -> None:
        """Remember that it was used."""
        ...

    def close(self, token_hash: str) -> None:
        """End it."""
        ...


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """`url` is the address people use; hosts beside its own must be named to be answered."""

    url: str = "http://127.0.0.1:8484"
    hosts: frozenset[str] = frozenset()
    timezone: str = "UTC"
    templates: Path | None = None
    session_hours: int = 12
    idle_minutes: int = 30
    failures_allowed: int = 5
    failure_window: timedelta = timedelta(minutes=15)

    @property
    def secure(self) -> bool:
        """Whether people reach the console over https."""
        return urlsplit(self.url).scheme == "https"

    @property
    def origin(self) -> str:
        """Scheme, host and port as a browser writes them in `Origin`."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Host headers that are answered."""
        return self.hosts | {urlsplit(self.url).netloc}

    @property
    def cookie(self) -> str:
        """Name of the session cookie; the prefix pins it to this host where https allows."""
        return "__Host-restock" if self.secure else "restock"


@dataclass(frozen=True, slots=True)
class Deps:
    """Everything the console may touch; `secret_key` signs forms, `new_token` makes session cookies.

    `files` holds the stored plans, which the console only reads.
    """

    orders: Orders
    people: People
    accounts: Accounts
    sessions: Sessions
    runs: Runs
    files: Files
    clock: Clock
    ids: Ids
    secret_key: bytes = field(repr=False)
    settings: ConsoleSettings = field(default_factory=ConsoleSettings)
    new_token: Callable[[], str] = lambda: secrets.token_urlsafe(32)
    charts: Charts = evidence_charts
