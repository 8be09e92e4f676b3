"""The narrow doors to the world, as protocols, and `App`, the bundle of them that jobs receive.

Nothing is implemented here; adapters live in connectors, store and mail, fakes in tests/fakes.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

import numpy as np
import pandas as pd

from bot.forecast.broadcast import Broadcast
from bot.orders.document import Document, StockTransfer
from bot.orders.model import (
    DraftOrder,
    GuardHit,
    OrderEvent,
    Person,
    StoredOrder,
)
from bot.ports_orders import Orders, SpendLimits
from bot.ports_reading import Pages, ToldMirror


class Clock(Protocol):
    """Time; instants are UTC and aware."""

    def now(self) -> datetime: ...
    def today(self, timezone: str) -> date: ...
    def monotonic(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class Ids(Protocol):
    """Fresh identifiers for runs, decisions and requests; never part of an order key."""

    def new(self) -> str: ...


class Randomness(Protocol):
    """Seeded generators; the same name gives the same stream."""

    def generator(self, name: str) -> np.random.Generator: ...


class Failpoints(Protocol):
    """Named places where a test may kill, delay or raise; does nothing in production."""

    def reach(self, name: str) -> None: ...


class Progress(Protocol):
    """Shows how far long work is: bars on a terminal, plain lines elsewhere."""

    def step(self, name: str, done: int = 0, total: int | None = None) -> None: ...


class ErpReader(Protocol):
    """Reads canonical tables as raw frames; cells as the wire gave them, checked by `snapshot`.

    Every frame has the canonical column names, possibly fewer optional ones. `place` columns are not
    needed: a row's place is its position in the table.
    """

    @property
    def system(self) -> str: ...
    @property
    def tables(self) -> frozenset[str]: ...
    def pull(self, table: str, since: date | None = None) -> Iterator[pd.DataFrame]: ...


class ErpWriter(Protocol):
    """Creates purchase documents.

    `create` returns the ERP number, or raises Retryable (provably not sent), Refused (business no),
    NeedsAdmin (logon, authorisation) or OutcomeUnknown (anything else).
    """

    @property
    def system(self) -> str: ...
    @property
    def settle_seconds(self) -> float: ...
    def find(self, order_key: str) -> Sequence[Document]: ...
    def create(self, draft: DraftOrder) -> str: ...
    def status(self, numbers: Sequence[str]) -> Sequence[Document]: ...
    def cancel(self, number: str) -> None: ...


class TransferWriter(Protocol):
    """Asks the ERP to move stock between two of its locations; raises as `ErpWriter` does.

    The ERP answers with a document of its own, a requisition or a supply request; approval stays with the ERP.
    """

    def find_transfer(self, order_key: str) -> Sequence[Document]: ...
    def request_transfer(self, transfer: StockTransfer) -> str: ...
    def transfer_status(self, numbers: Sequence[str]) -> Sequence[Document]: ...


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One finding of an examination: what was seen, why it matters, what to do about it.

    `code` is stable and named after what is wrong; `grade` is ok, note, warning or error.
    """

    code: str
    grade: str
    what: str
    why: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A mail ready to send; `message_id` is deterministic so that a retry is the same mail."""

    message_id: str
    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[tuple[str, str, bytes], ...] = ()  # (file name, media type, content)
    inline: tuple[tuple[str, bytes], ...] = ()  # (content id, PNG)
    in_reply_to: str = ""


class Mailer(Protocol):
    """Sends a message or raises Retryable (4xx, no connection) or Refused (5xx)."""

    def send(self, message: Message) -> None: ...


class Letters(Protocol):
    """Words the mails about an order; the same order, person and topic give the same `message_id`."""

    def approval_request(self, stored: StoredOrder, person: Person) -> Message: ...
    def withdrawn(self, stored: StoredOrder, person: Person) -> Message: ...
    def alarm(self, stored: StoredOrder, person: Person) -> Message: ...
    def confirmation(self, stored: StoredOrder, person: Person) -> Message: ...
    def news(self, stored: StoredOrder, person: Person) -> Message: ...


class Gate(Protocol):
    """The policy of today, asked once more when an order is about to be sent.

    `hits` names the guards that forbid it now; `limits` are the caps that the claim reserves against. `approval`
    is the step that approved the order, a person's or the plan's; None counts as the plan's.
    """

    def hits(self, stored: StoredOrder, approval: OrderEvent | None = None) -> Sequence[GuardHit]: ...
    def limits(self, stored: StoredOrder, approval: OrderEvent | None = None) -> SpendLimits: ...
    def people_needed(self, stored: StoredOrder) -> int: ...  # different people who must approve


@dataclass(frozen=True, slots=True)
class RunRow:
    """One attempt at one job on one business date."""

    run_id: str
    job: str
    business_date: date
    attempt: int
    state: str  # running | done | failed | stopped
    started_at: datetime
    ended_at: datetime | None
    report: dict[str, object] = field(default_factory=dict)


class Runs(Protocol):
    """The run ledger and the lease; (job, business_date, attempt) is unique."""

    def open(self, job: str, business_date: date, *, force: bool = False) -> RunRow | None: ...
    def close(self, run_id: str, state: str, report: Mapping[str, object]) -> None: ...
    def latest(self, job: str) -> RunRow | None: ...
    def history(self, limit: int = 50, job: str | None = None) -> list[RunRow]: ...
    def take_lease(self, holder: str, seconds: float) -> int | None: ...  # epoch, or None when another holds it
    def renew_lease(self, holder: str, epoch: int, seconds: float) -> bool: ...
    def release_lease(self, holder: str, epoch: int) -> None: ...
    def stopped(self) -> str: ...  # reason of the kill switch, empty when off
    def stop(self, reason: str, actor: str) -> None: ...
    def start(self, actor: str) -> None: ...


class People(Protocol):
    """Who may sign in and decide."""

    def find(self, email: str) -> Person | None: ...
    def with_role(self, role: str, location: str | None = None) -> list[Person]: ...


class Files(Protocol):
    """Content-addressed frames and documents (Parquet, JSON); `put` returns the id."""

    def put_frames(self, kind: str, frames: Mapping[str, pd.DataFrame], meta: Mapping[str, object]) -> str: ...
    def frames(self, kind: str, content_id: str) -> dict[str, pd.DataFrame]: ...
    def meta(self, kind: str, content_id: str) -> dict[str, object]: ...
    def pages(self, name: str, begun: datetime) -> Pages: ...
    def mirror(self, name: str) -> ToldMirror: ...


@dataclass(frozen=True, slots=True)
class Planning:
    """Settings values that the plan needs; see docs/settings.md."""

    installation: str
    timezone: str
    currency: str
    review_period_days: int = 1
    undo_minutes: int = 10
    lease_seconds: float = 60.0
    console_url: str = "http://127.0.0.1:8484"
    seed: int = 20260101
    pending_alarm_days: float = 2.0


@dataclass(frozen=True, slots=True)
class App:
    """Everything a job may touch; built by `wiring` for the real world and by tests for others."""

    clock: Clock
    ids: Ids
    randomness: Randomness
    failpoints: Failpoints
    progress: Progress
    readers: Mapping[str, ErpReader]
    writers: Mapping[str, ErpWriter]
    orders: Orders
    runs: Runs
    people: People
    files: Files
    mailer: Mailer
    policies: "PolicySource"
    planning: Planning
    holder: str = "worker"  # unique per process
    letters: Letters | None = None  # None = no mail goes out, rows wait in the outbox
    gate: Gate | None = None  # None = no guard at claim, no cap
    broadcast: Broadcast | None = None  # None = named forecasters run in this process, without a time limit


class PolicySource(Protocol):
    """Gives the texts of the policy files by path; parsing is `bot.policy`'s."""

    def texts(self) -> Mapping[str, str]: ...
