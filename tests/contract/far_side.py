"""What a route has to offer so that every numbered case and every fault campaign can run on it."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.orders.model import DraftOrder
from bot.ports import Clock, ErpReader, ErpWriter
from connectors.answers import Limits
from tests.contract.company import MORNING, Offer, offers
from tests.fakes import ManualClock
from tests.faults.checker import LEDGERS, Document
from tests.faults.history import History
from tests.faults.plan import FaultPlan
from tests.faults.recorded import Disturber

PATIENCE = Limits(connect=4.0, read=1.0, call=2.5)  # real seconds: long for a busy machine, short for lost answers


class TestClock(ManualClock):
    """Days stand still until they are moved; only deadlines of calls run by themselves."""

    __test__ = False

    def __init__(self, now: datetime = MORNING) -> None:
        super().__init__(now)
        from bot.wiring.world import SystemClock

        self._running = SystemClock()

    def monotonic(self) -> float:
        return super().monotonic() + self._running.monotonic()


@dataclass
class FarSide:
    """One running ERP of a route.

    `address` is empty where there is no wire; `books` are the ERP's own database or folder, read past the connector
    by the ledger of `tests.faults.checker` named `ledger`.
    """

    name: str
    ledger: str
    books: Path
    address: str = ""
    clock: TestClock = field(default_factory=TestClock)
    list_currency: str = ""  # currency of prices that no order and no record names

    @property
    def system(self) -> str:
        return self.name

    def reader(self, address: str = "", clock: Clock | None = None) -> ErpReader:
        raise NotImplementedError

    def writer(self, address: str = "", clock: Clock | None = None) -> ErpWriter:
        raise NotImplementedError

    def sign_on_by_token(self, address: str) -> dict[str, Any]:
        """Settings that sign on by tokens, fetched at this address, in place of a password."""
        raise NotImplementedError

    def drafts(self, count: int) -> list[DraftOrder]:
        """So many different orders, now and then one that the ERP refuses."""
        raise NotImplementedError

    def key_of(self, body: bytes) -> str:
        """Order key that a writing request carries, empty where it names none."""
        return ""

    def disturber(self, plan: FaultPlan, history: History) -> Disturber:
        """Faults for routes without a wire."""
        return Disturber()

    def strike(self, fault: str) -> None:
        """Let the next create suffer a fault of `tests.contract.struck.FAULTS`, on routes without a wire."""
        raise NotImplementedError

    def release(self) -> None:
        """Let what the ERP has not finished yet come true, on routes without a wire."""

    @property
    def locations(self) -> tuple[str, ...]:
        """Locations of the company that this ERP serves."""
        raise NotImplementedError

    def offers(self, *, blocked: bool = False) -> list[Offer]:
        """What can be ordered here, or what cannot because its supplier is blocked."""
        return offers(self.locations, blocked=blocked)

    def settle_books(self) -> Path:
        """Where the checker finds the books, written out first if the ERP lives in memory."""
        return self.books

    def documents(self) -> Sequence[Document]:
        """Documents made since the start, straight from the books."""
        return LEDGERS[self.ledger](self.settle_books())

    def change(self, statement: str, *values: object) -> int:
        """Change the ERP's own database behind its back; returns how many rows."""
        with closing(sqlite3.connect(self.books, timeout=30)) as connection, connection:
            return connection.execute(statement, values).rowcount


@dataclass(frozen=True, slots=True)
class Route:
    """One way into an ERP: adding one is one entry in `tests.contract.routes`."""

    name: str
    start: Callable[..., AbstractContextManager[FarSide]]  # folder, `page` size, settings by name
    wire: bool = True  # whether a proxy can stand between
    often: bool = True  # whether core cases and the small campaign run with every change
    writes: int = 1  # writing requests per order: the more, the rarer each is struck

    @contextmanager
    def running(self, folder: Path, **named: Any) -> Iterator[FarSide]:
        with self.start(folder, **named) as far:
            yield far
