"""Orders, databases and Apps for tests, made with few words."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from bot.orders import keys
from bot.orders.model import DraftOrder, GuardHit, Money, OrderLine, Person, PurchaseOrder, Verdict
from bot.ports import App, Clock, ErpWriter, Failpoints, Planning
from bot.store.db import open_engine, upgrade
from bot.store.files import ParquetFiles
from bot.store.orders import SqlOrders
from bot.store.people import SqlPeople
from bot.store.runs import SqlRuns
from tests.fakes import (
    CountingIds,
    FakeErpWriter,
    ManualClock,
    OpenGate,
    RecordingFailpoints,
    RecordingLetters,
    RecordingMailer,
    SeededRandomness,
    SilentProgress,
    TextPolicies,
)

NEED_DATE = date(2026, 3, 20)


def make_line(item: str = "bolt", quantity: str = "100", *, number: int = 1, sequence: int = 0) -> OrderLine:
    """One line of supplier acme to location L1, 0.50 EUR each."""
    week = keys.bucket(NEED_DATE)
    return OrderLine(
        number=number,
        item=item,
        location="L1",
        quantity=Decimal(quantity),
        unit="EA",
        price=Decimal("0.50"),
        need_date=NEED_DATE,
        need_key=keys.need_key(item, "L1", "acme", week, sequence),
    )


def make_draft(
    items: Mapping[str, str] | Sequence[str] = ("bolt",),
    *,
    verdict: Verdict = Verdict.AUTO,
    revision: int = 0,
    sequence: int = 0,
    system: str = "s4",
    guards: tuple[GuardHit, ...] = (),
    value: str | None = None,
) -> DraftOrder:
    """A draft for items (a mapping gives quantities, default 100); its keys are made as the planner makes them."""
    amounts = items if isinstance(items, Mapping) else dict.fromkeys(items, "100")
    lines = tuple(
        make_line(item, quantity, number=number, sequence=sequence)
        for number, (item, quantity) in enumerate(amounts.items(), start=1)
    )
    key = keys.order_key("test", [line.need_key for line in lines], revision)
    order = PurchaseOrder(key, revision, system, "acme", "L1", "EUR", date(2026, 3, 2), lines)
    worth = order.total if value is None else Money(Decimal(value), "EUR")
    return DraftOrder(order, verdict, worth, guards, ("r1",), {1: {"on_hand": 3.0, "reason": "low", "none": None}})


BUYER = Person("ann@example.com", "Ann", frozenset({"buyer"}))
OTHER_BUYER = Person("bob@example.com", "Bob", frozenset({"buyer"}), frozenset({"L2"}))
ADMIN = Person("eve@example.com", "Eve", frozenset({"admin"}))
OPERATOR = Person("ops@example.com", "Ops", frozenset({"operator"}))


@contextmanager
def database(path: Path) -> Iterator[sa.Engine]:
    """A migrated SQLite database in a file."""
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def make_app(
    engine: sa.Engine,
    folder: Path,
    *,
    clock: Clock | None = None,
    writer: ErpWriter | None = None,
    holder: str = "worker-1",
    undo_minutes: int = 0,
    failpoints: Failpoints | None = None,
    ids: CountingIds | None = None,
) -> App:
    """An App on a real database, with a fake ERP called s4 and a gate that lets everything pass."""
    clock = clock or ManualClock(datetime(2026, 3, 2, 5, 0, tzinfo=UTC))
    ids = ids or CountingIds()
    stop_file = folder / "STOP"
    erp = writer or FakeErpWriter(clock)
    return App(
        clock=clock,
        ids=ids,
        randomness=SeededRandomness(),
        failpoints=failpoints or RecordingFailpoints(),
        progress=SilentProgress(),
        readers={},
        writers={erp.system: erp},
        orders=SqlOrders(engine, clock, undo_minutes=undo_minutes, installation="test", stop_file=stop_file),
        runs=SqlRuns(engine, clock, ids, stop_file=stop_file),
        people=SqlPeople(engine),
        files=ParquetFiles(folder / "files"),
        mailer=RecordingMailer(),
        policies=TextPolicies({}),
        planning=Planning("test", "UTC", "EUR", undo_minutes=undo_minutes),
        holder=holder,
        letters=RecordingLetters(),
        gate=OpenGate(),
    )
