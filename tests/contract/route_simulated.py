"""The route of the simulation: an ERP in memory, whose faults are asked for one by one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.orders.document import DocumentState
from bot.orders.model import DraftOrder
from bot.ports import Clock
from connectors.simulated import Fault, SimulatedErp
from tests.contract.company import Offer, drafts, frames, offers
from tests.contract.far_side import FarSide
from tests.faults.history import History
from tests.faults.plan import FaultPlan
from tests.faults.recorded import Disturber

PLACES = ("1010", "1020", "M1")
WEIGHTS = {"pass": 40, "busy": 8, "logon": 1, "lost": 8, "reply_lost": 12, "late": 8, "no_number": 3}


class SimulatedDisturber(Disturber):
    """Arms one fault per create."""

    def __init__(self, erp: SimulatedErp, plan: FaultPlan, history: History) -> None:
        self._erp, self._plan, self._history = erp, plan, history

    @contextmanager
    def around(self, key: str) -> Iterator[None]:
        fault = self._plan.of_write()
        self._history.write("disturbed", key=key, fault=fault)
        if fault != "pass":
            self._erp.write_faults.append(Fault(fault))
        yield


@dataclass
class SimulatedFarSide(FarSide):
    """The ERP itself is reader and writer."""

    erp: SimulatedErp | None = None

    def _there(self) -> SimulatedErp:
        assert self.erp is not None
        return self.erp

    @property
    def locations(self) -> tuple[str, ...]:
        return PLACES

    def reader(self, address: str = "", clock: Clock | None = None) -> SimulatedErp:
        return self._there()

    def writer(self, address: str = "", clock: Clock | None = None) -> SimulatedErp:
        return self._there()

    def drafts(self, count: int) -> list[DraftOrder]:
        unknown = [Offer("NO-SUCH-ITEM", "1010", offers(PLACES)[0].supplier, "EA", "EUR")]
        return drafts(self.system, count, PLACES, [*offers(PLACES, blocked=True)[:2], *unknown])

    def strike(self, fault: str) -> None:
        self._there().write_faults.append(Fault(fault))

    def disturber(self, plan: FaultPlan, history: History) -> SimulatedDisturber:
        return SimulatedDisturber(self._there(), FaultPlan(plan.seed, WEIGHTS, {"pass": 1}), history)

    def settle_books(self) -> Path:
        self.books.unlink(missing_ok=True)
        with closing(sqlite3.connect(self.books)) as connection, connection:
            connection.execute("CREATE TABLE documents (number, order_key, supplier, live, item, location, quantity)")
            connection.executemany(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (one.number, one.order_key, one.supplier, one.state is not DocumentState.CANCELLED, line.item,
                     line.location, str(line.quantity))
                    for one in self._there().documents()
                    for line in one.lines
                ],
            )  # fmt: skip
        return self.books


@contextmanager
def simulated_far_side(folder: Path, page: int = 500) -> Iterator[SimulatedFarSide]:
    """The company in memory."""
    far = SimulatedFarSide("simulated", "plain", folder / "simulated.db")
    far.erp = SimulatedErp(frames(PLACES), far.clock, system=far.system)
    yield far
