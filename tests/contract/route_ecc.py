"""The route to ECC over remote function calls: the real connector on the strict library; faults are the library's."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from bot.orders.model import DraftOrder
from bot.ports import Clock
from connectors.sandbox.ecc import Connection, Faults, load_ecc
from connectors.sap.ecc import EccReader, reader, writer
from connectors.sap.ecc_settings import EccSettings
from connectors.sap.ecc_transfer import EccTransfers
from tests.contract.company import Offer, company, drafts, offers
from tests.contract.far_side import FarSide
from tests.faults.history import History
from tests.faults.plan import FaultPlan
from tests.faults.recorded import Disturber

PLANTS = ("1010", "1020", "1030")
USER, PASSWORD = "RESTOCK", "secret"
_PLANT = {
    "company_code": "1000", "purchasing_organisation": "1000", "purchasing_group": "001", "currency": "EUR",
}  # fmt: skip
CREATE, COMMIT = "BAPI_PO_CREATE1", "BAPI_TRANSACTION_COMMIT"
# a failed logon closes the connections of the process for good, so it is no fault of a campaign
WEIGHTS = {
    "pass": 40, f"{CREATE} drop_before": 6, f"{CREATE} drop_after": 6, f"{CREATE} timeout": 4, f"{CREATE} dump": 4,
    f"{CREATE} locked": 6, f"{CREATE} refused": 2, f"{CREATE} warning": 4, f"{COMMIT} drop_before": 8,
    f"{COMMIT} drop_after": 10, f"{COMMIT} late": 8, f"{COMMIT} timeout": 4, f"{COMMIT} dump": 4,
}  # fmt: skip
_CALLS = 8  # a late commit comes true after fewer further calls than these


class LibraryDisturber(Disturber):
    """Queues one fault of the library per create; one that met no call is taken back."""

    def __init__(self, far: "EccFarSide", plan: FaultPlan, history: History) -> None:
        self._far, self._plan, self._history = far, plan, history

    @contextmanager
    def around(self, key: str) -> Iterator[None]:
        fault = self._plan.of_write()
        self._history.write("disturbed", key=key, fault=fault)
        if fault != "pass":
            self._far.faults.queue(*fault.split(" "))
        try:
            yield
        finally:
            self._far.faults.clear()


@dataclass
class EccFarSide(FarSide):
    """The system in a file; `changes` go into the connector's settings."""

    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def faults(self) -> Faults:
        return Faults(self.books)

    def settings(self) -> EccSettings:
        values: dict[str, Any] = {
            "system": self.system, "rfc_library": "connectors.sandbox.ecc", "ashost": str(self.books), "user": USER,
            "password": PASSWORD, "system_id": "ECP", "plants": dict.fromkeys(PLANTS, _PLANT), "settle_seconds": 900,
            "lock_codes": ["ME/006"], "test_first": False,
        }  # fmt: skip
        return EccSettings.model_validate({**values, **self.changes})

    @property
    def locations(self) -> tuple[str, ...]:
        return PLANTS

    def reader(self, address: str = "", clock: Clock | None = None) -> EccReader:
        return reader(self.settings(), clock or self.clock)

    def writer(self, address: str = "", clock: Clock | None = None) -> EccTransfers:
        return writer(self.settings(), clock or self.clock)

    def drafts(self, count: int) -> list[DraftOrder]:
        unknown = [Offer("NO-SUCH-ITEM", "1010", offers(PLANTS)[0].supplier, "EA", "EUR")]
        return drafts(self.system, count, PLANTS, [*offers(PLANTS, blocked=True)[:2], *unknown])

    def strike(self, fault: str) -> None:
        modes = {
            "reply_lost": (COMMIT, "drop_after"), "lost": (COMMIT, "drop_before"), "late": (COMMIT, "late"),
            "busy": (CREATE, "locked"),
        }  # fmt: skip
        self.faults.queue(*modes[fault])

    def release(self) -> None:
        """Other people's calls, during which a late commit comes true."""
        connection = Connection(ashost=str(self.books), user=USER, passwd=PASSWORD, client="100")
        for _ in range(_CALLS):
            connection.call("RFC_PING")
        connection.close()

    def disturber(self, plan: FaultPlan, history: History) -> LibraryDisturber:
        return LibraryDisturber(self, FaultPlan(plan.seed, WEIGHTS, {"pass": 1}), history)


@cache
def _loaded() -> bytes:
    """The system as first loaded, made once per process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ecc.db"
        load_ecc(company(), path)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()


@contextmanager
def ecc_far_side(folder: Path, page: int = 50_000, **changes: Any) -> Iterator[EccFarSide]:
    """The strict library on a fresh copy of the company; `page` is how many rows a table reader is asked for."""
    path = folder / "ecc.db"
    path.write_bytes(_loaded())
    yield EccFarSide("ecc", "ecc", path, changes={"page_rows": page, **changes})
