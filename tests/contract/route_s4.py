"""The route to S/4HANA over OData: the real connector on the S/4-like server."""

import re
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
from connectors.sandbox.s4 import S4App, create_s4_app, load_s4
from connectors.sandbox.s4_session import TOKEN_PATH
from connectors.sandbox.serve import serve
from connectors.sap.s4 import S4Reader
from connectors.sap.s4_base import S4, connect
from connectors.sap.s4_write import S4Writer
from connectors.sap.settings import S4Settings
from tests.contract.company import Offer, company, drafts, offers
from tests.contract.far_side import PATIENCE, FarSide

PLANTS = ("1010", "1020", "1030")
_PLANT = {"company_code": "1000", "purchasing_organisation": "1000", "purchasing_group": "001"}
_KEY = re.compile(rb'"CorrespncInternalReference":"([A-Z2-7]{12})"')
USER, PASSWORD = "RESTOCK", "restock-demo"


@dataclass
class S4FarSide(FarSide):
    """The server in a thread; `changes` go into the connector's settings."""

    app: S4App | None = None
    changes: dict[str, Any] = field(default_factory=dict)

    def settings(self, address: str = "") -> S4Settings:
        values: dict[str, Any] = {
            "system": self.system, "base_url": address or self.address, "user": USER, "password": PASSWORD,
            "plants": dict.fromkeys(PLANTS, _PLANT), "settle_seconds": 900,
        }  # fmt: skip
        return S4Settings.model_validate({**values, **self.changes})

    def _connected(self, address: str, clock: Clock | None) -> S4:
        return connect(self.settings(address), clock or self.clock, PATIENCE)

    @property
    def locations(self) -> tuple[str, ...]:
        return PLANTS

    def reader(self, address: str = "", clock: Clock | None = None) -> S4Reader:
        return S4Reader(self._connected(address, clock))

    def writer(self, address: str = "", clock: Clock | None = None) -> S4Writer:
        return S4Writer(self._connected(address, clock))

    def sign_on_by_token(self, address: str) -> dict[str, Any]:
        client = {"client_id": USER, "client_secret": PASSWORD}
        return {"user": "", "password": "", "oauth": {"token_url": f"{address}{TOKEN_PATH}", **client}}

    def drafts(self, count: int) -> list[DraftOrder]:
        unknown = [Offer("NO-SUCH-ITEM", "1010", offers(PLANTS)[0].supplier, "EA", "EUR")]
        return drafts(self.system, count, PLANTS, [*offers(PLANTS, blocked=True)[:2], *unknown])

    def key_of(self, body: bytes) -> str:
        found = _KEY.search(body)
        return found.group(1).decode() if found else ""


@cache
def _loaded() -> bytes:
    """The database as first loaded, made once per process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s4.db"
        load_s4(company(), path)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()


@contextmanager
def s4_far_side(folder: Path, page: int = 500, **changes: Any) -> Iterator[S4FarSide]:
    """The S/4-like server on a fresh copy of the company; `page` is the server's page size."""
    path = folder / "s4.db"
    path.write_bytes(_loaded())
    app = create_s4_app(path, page_size=page)
    server = serve(app)
    try:
        yield S4FarSide("s4", "s4", path, server.base_url, app=app, changes=changes)
    finally:
        server.close()
