"""One fake per port, documented; no patching anywhere."""

import pickle
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.orders.document import Document, DocumentLine, DocumentState
from bot.orders.model import DraftOrder, GuardHit, OrderEvent, Person, StoredOrder
from bot.ports import Clock, Message
from bot.ports_orders import SpendLimits
from bot.ports_reading import Mirrored


class ManualClock:
    """A clock that moves only when told to; sleeping moves it."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def today(self, timezone: str) -> date:
        return self._now.astimezone(ZoneInfo(timezone)).date()

    def monotonic(self) -> float:
        return self._now.timestamp()

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class MemoryMirror:
    """Copies of lists in memory; remembers what it was told."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Mirrored] = {}
        self.findings: list[str] = []

    def load(self, name: str, form: str) -> Mirrored | None:
        return self.kept.get((name, form))

    def save(self, name: str, form: str, kept: Mirrored) -> None:
        self.kept = {key: value for key, value in self.kept.items() if key[0] != name} | {(name, form): kept}

    def tell(self, finding: str) -> None:
        self.findings.append(finding)

    def forget(self) -> None:
        self.kept.clear()


class CountingIds:
    """Identifiers id-1, id-2 …"""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        self._count += 1
        return f"id-{self._count}"


class SeededRandomness:
    """The same name gives the same stream."""

    def __init__(self, seed: int = 7) -> None:
        self._seed = seed

    def generator(self, name: str) -> np.random.Generator:
        return np.random.default_rng([self._seed, *name.encode()])


class RecordingFailpoints:
    """Remembers the names that were reached; raises what a test put in `raises`."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.raises: dict[str, Exception] = {}

    def reach(self, name: str) -> None:
        self.reached.append(name)
        if name in self.raises:
            raise self.raises.pop(name)


class SilentProgress:
    """Shows nothing."""

    def step(self, name: str, done: int = 0, total: int | None = None) -> None:
        """Do nothing."""


class RecordingMailer:
    """Keeps every message; raises what a test put in `fails`, once."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.fails: list[Exception] = []

    def send(self, message: Message) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.sent.append(message)


class TextPolicies:
    """Policy texts held in memory."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def texts(self) -> Mapping[str, str]:
        return self._texts


class FakeErpWriter:
    """An ERP's purchasing: documents that persist, faults by plan, commits that become visible late.

    `faults` holds, per coming create, a name: retryable, refused, admin, lost (no document, no answer), reply_lost
    (document, no answer), late (document appears `late_seconds` later, no answer), twice (two documents, no answer),
    parked (incomplete document, no answer), no_number, bug (an exception outside the family), or "" for none.
    With a `path` it lives in a file, so that a killed process leaves its documents behind.
    """

    def __init__(
        self, clock: Clock, path: str = ":memory:", *, system: str = "s4", settle_seconds: float = 900
    ) -> None:
        self.system = system
        self.settle_seconds = settle_seconds
        self.late_seconds = 60.0
        self.faults: list[str] = []
        self.find_fails: list[Exception] = []
        self.status_fails: list[Exception] = []
        self.calls: list[tuple[str, str]] = []
        self.changes: dict[str, Any] = {}  # document fields to falsify when read: {"supplier": "X"}
        self.line_changes: dict[str, object] = {}
        self.shown: dict[str, Document | None] = {}  # by number: what a read-back shows instead, None = nothing
        self.status_calls: list[list[str]] = []
        self._clock = clock
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute(
            "create table if not exists documents (number integer primary key, order_key text, draft blob,"
            " state text, visible_at real)"
        )

    def close(self) -> None:
        self._db.close()

    def find(self, order_key: str) -> list[Document]:
        self.calls.append(("find", order_key))
        if self.find_fails:
            raise self.find_fails.pop(0)
        return self._documents("order_key = ?", order_key)

    def create(self, draft: DraftOrder) -> str:
        key = draft.order.order_key
        self.calls.append(("create", key))
        fault = self.faults.pop(0) if self.faults else ""
        before = {
            "retryable": Retryable("no connection"),
            "refused": Refused("blocked for purchasing", "06/012"),
            "admin": NeedsAdmin("logon refused", "s4", "renew the password"),
            "lost": OutcomeUnknown(key, "timed out"),
        }
        if fault in before:
            raise before[fault]
        number = self.put(draft, state="held" if fault == "parked" else "open", late=fault == "late")
        if fault == "twice":
            self.put(draft)
        if fault in {"reply_lost", "late", "twice", "parked"}:
            raise OutcomeUnknown(key, "timed out")
        if fault == "bug":
            raise KeyError("PurchaseOrder")
        return "" if fault == "no_number" else number

    def complete(self, number: str) -> None:
        self.calls.append(("complete", number))
        self.set_state(number, "open")

    def status(self, numbers: Sequence[str]) -> list[Document]:
        self.calls.extend(("status", number) for number in numbers)
        self.status_calls.append(list(numbers))
        if self.status_fails:
            raise self.status_fails.pop(0)
        real = [document for number in numbers for document in self._documents("number = ?", int(number))]
        shown = (self.shown.get(document.number, document) for document in real)
        return [document for document in shown if document is not None]

    def cancel(self, number: str) -> None:
        self.set_state(number, "cancelled")

    def put(self, draft: DraftOrder, *, state: str = "open", late: bool = False) -> str:
        """Store a document directly, as if by hand; returns its number."""
        visible = self._clock.now().timestamp() + (self.late_seconds if late else 0)
        values = (draft.order.order_key, pickle.dumps(draft), state, visible)
        done = self._db.execute("insert into documents (order_key, draft, state, visible_at) values (?,?,?,?)", values)
        return str(done.lastrowid)

    def set_state(self, number: str, state: str) -> None:
        self._db.execute("update documents set state = ? where number = ?", (state, int(number)))

    def count(self, order_key: str | None = None) -> int:
        """Documents that exist, visible or not."""
        where, values = ("where order_key = ?", (order_key,)) if order_key else ("", ())
        return int(self._db.execute(f"select count(*) from documents {where}", values).fetchone()[0])  # noqa: S608 (fixed text)

    def _documents(self, where: str, value: object) -> list[Document]:
        rows = self._db.execute(
            f"select number, draft, state from documents where {where} and visible_at <= ? order by number",  # noqa: S608 (fixed text)
            (value, self._clock.now().timestamp()),
        ).fetchall()
        return [self._document(*row) for row in rows]

    def _document(self, number: int, blob: bytes, state: str) -> Document:
        order = pickle.loads(blob).order  # noqa: S301 (written by this object)
        lines = tuple(
            replace(
                DocumentLine(line.item, line.location, line.quantity, line.price, line.price_unit, line.need_date),
                **self.line_changes,
            )
            for line in order.lines
        )
        found = Document(str(number), order.order_key, order.supplier, order.currency, DocumentState(state), lines)
        return replace(found, **self.changes)


class RecordingLetters:
    """Writes one-line letters; the message id names order, topic and person."""

    def approval_request(self, stored: StoredOrder, person: Person) -> Message:
        return self._message("approval_request", stored, person)

    def withdrawn(self, stored: StoredOrder, person: Person) -> Message:
        return self._message("withdrawn", stored, person)

    def alarm(self, stored: StoredOrder, person: Person) -> Message:
        return self._message("alarm", stored, person)

    def confirmation(self, stored: StoredOrder, person: Person) -> Message:
        return self._message("confirmation", stored, person)

    def news(self, stored: StoredOrder, person: Person) -> Message:
        return self._message("news", stored, person)

    def _message(self, topic: str, stored: StoredOrder, person: Person) -> Message:
        key = stored.order.order_key
        return Message(f"<{key}.{topic}.{person.email}>", person.email, f"{topic} {key}", stored.note, "")


class OpenGate:
    """A policy of today that a test sets: guards that fire, and caps."""

    def __init__(self, currency: str = "EUR") -> None:
        self.fired: list[GuardHit] = []
        self.caps = SpendLimits(currency)
        self.people = 1

    def people_needed(self, stored: StoredOrder) -> int:
        return self.people

    def hits(self, stored: StoredOrder, approval: OrderEvent | None = None) -> list[GuardHit]:
        return list(self.fired)

    def limits(self, stored: StoredOrder, approval: OrderEvent | None = None) -> SpendLimits:
        return self.caps


class DictPages:
    """Pages of a reading under way, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        return self.kept.get(name)

    def put(self, name: str, content: bytes) -> None:
        self.kept[name] = content

    def clear(self) -> None:
        self.kept.clear()
