"""The route to Oracle Fusion over REST: the real connector on the Fusion-like server."""

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
from connectors.oracle.client import FusionClient
from connectors.oracle.routes import Routes, writer_of
from connectors.oracle.settings import FusionSettings
from connectors.oracle.tables import FusionReader
from connectors.sandbox.fusion import Credentials, create_fusion_app, load_fusion
from connectors.sandbox.serve import serve
from tests.contract.company import Offer, company, drafts, offers
from tests.contract.far_side import PATIENCE, FarSide

ORGANIZATIONS = ("M1", "M2")
_ORGANIZATION = {
    "procurement_bu": "US1 Business Unit", "buyer": "buyer@company.example", "currency": "EUR",
    "excluded_subinventories": ["Quarantine"],
}  # fmt: skip
_KEY = re.compile(rb'"Description":"([A-Z2-7]{12}) ')
USER, PASSWORD = "restock", "restock-demo"


@dataclass
class FusionFarSide(FarSide):
    """The server in a thread; `changes` go into the connector's settings."""

    changes: dict[str, Any] = field(default_factory=dict)
    list_currency: str = "EUR"

    def settings(self, address: str = "") -> FusionSettings:
        values: dict[str, Any] = {
            "system": self.system, "base_url": address or self.address, "user": USER, "password": PASSWORD,
            "organizations": dict.fromkeys(ORGANIZATIONS, _ORGANIZATION), "settle_seconds": 900,
        }  # fmt: skip
        return FusionSettings.model_validate({**values, **self.changes})

    def _client(self, settings: FusionSettings, clock: Clock | None) -> FusionClient:
        client = FusionClient(settings, clock or self.clock)
        client._session.limits = PATIENCE
        return client

    @property
    def locations(self) -> tuple[str, ...]:
        return ORGANIZATIONS

    def reader(self, address: str = "", clock: Clock | None = None) -> FusionReader:
        settings = self.settings(address)
        return FusionReader(self._client(settings, clock), settings, clock or self.clock)

    def writer(self, address: str = "", clock: Clock | None = None) -> Routes:
        settings = self.settings(address)
        return writer_of(self._client(settings, clock), settings, clock or self.clock)

    def sign_on_by_token(self, address: str) -> dict[str, Any]:
        token_url = f"{address}/oauth2/v1/token"
        client = {"client_id": "restock-client", "client_secret": "restock-client-demo"}
        return {"user": "", "password": "", "oauth": {"token_url": token_url, **client}}

    def drafts(self, count: int) -> list[DraftOrder]:
        unknown = [Offer("NO-SUCH-ITEM", "M1", offers(ORGANIZATIONS)[0].supplier, "EA", "USD")]
        return drafts(self.system, count, ORGANIZATIONS, [*offers(ORGANIZATIONS, blocked=True)[:2], *unknown])

    def key_of(self, body: bytes) -> str:
        found = _KEY.search(body)
        return found.group(1).decode() if found else ""


@cache
def _loaded() -> bytes:
    """The database as first loaded, made once per process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fusion.db"
        load_fusion(company(), path)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()


@contextmanager
def fusion_far_side(folder: Path, page: int = 500, **changes: Any) -> Iterator[FusionFarSide]:
    """The Fusion-like server on a fresh copy of the company; `page` is the page size that is asked for."""
    path = folder / "fusion.db"
    path.write_bytes(_loaded())
    credentials = Credentials(token_life_s=changes.pop("token_life_s", 3600))
    server = serve(create_fusion_app(path, credentials=credentials))
    try:
        ledger = "fusion requisitions" if changes.get("write_route") == "requisition" else "fusion"
        yield FusionFarSide("fusion", ledger, path, server.base_url, changes={"page_size": page, **changes})
    finally:
        server.close()
