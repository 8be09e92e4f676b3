"""A small ECC-like system in a file, the connector on it, and orders to send."""

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.orders.model import DraftOrder, OrderLine, PurchaseOrder, Verdict
from connectors.sandbox.company import Company, make_company
from connectors.sandbox.ecc import Faults, load_ecc
from connectors.sap.ecc import EccReader, reader, writer
from connectors.sap.ecc_settings import EccSettings
from connectors.sap.ecc_transfer import EccTransfers
from tests.fakes import ManualClock

AS_OF = date(2025, 3, 3)
LIBRARY = "connectors.sandbox.ecc"


def company() -> Company:
    return make_company(AS_OF, 7, 0.15)


def settings(path: Path, made: Company, **changes: Any) -> EccSettings:
    plants = {
        place: {"company_code": "1000", "purchasing_organisation": "1000", "purchasing_group": "001", "currency": "EUR"}
        for place, system in made.systems.items()
        if system == "s4"
    }
    values = {
        "rfc_library": LIBRARY, "ashost": str(path), "user": "RESTOCK", "password": "secret", "system_id": "ECP",
        "plants": plants, "settle_seconds": 60.0,
    }  # fmt: skip
    return EccSettings.model_validate(values | changes)


@dataclass(frozen=True, slots=True)
class System:
    """One system and what stands around it."""

    path: Path
    made: Company
    clock: ManualClock

    @classmethod
    def load(cls, path: Path, made: Company | None = None, *, wide: bool = False) -> "System":
        made = made or company()
        load_ecc(made, path, wide=wide)
        return cls(path, made, ManualClock(datetime(2025, 3, 3, 5, tzinfo=UTC)))

    def copy(self, path: Path) -> "System":
        """A system of its own with the same content."""
        shutil.copyfile(self.path, path)
        return System(path, self.made, ManualClock(datetime(2025, 3, 3, 5, tzinfo=UTC)))

    @property
    def faults(self) -> Faults:
        return Faults(self.path)

    def settings(self, **changes: Any) -> EccSettings:
        return settings(self.path, self.made, **changes)

    def reader(self, **changes: Any) -> EccReader:
        return reader(self.settings(**changes), self.clock)

    def writer(self, **changes: Any) -> EccTransfers:
        return writer(self.settings(**changes), self.clock)

    def terms(self, currency: str = "EUR") -> Any:
        """A row of sourcing that can be ordered."""
        rows = self.made.tables["sourcing"]
        alive = self.made.tables["suppliers"].query("not blocked")["supplier"]
        here = self.made.tables["item_locations"].query("status == 'active'")[["item", "location"]]
        rows = rows.merge(here, on=["item", "location"]).drop_duplicates(["item", "location"])
        ok = rows["supplier"].isin(alive) & rows["location"].isin(self.settings().plants)
        return rows[ok & (rows["currency"] == currency) & rows["item"].str.isascii()].iloc[0]

    def draft(self, key: str = "7K3Q9X2MBDHC", lines: int = 1, **changes: Any) -> DraftOrder:
        """An order for one supplier and plant."""
        row = self.terms()
        unit = dict(zip(self.made.tables["items"]["item"], self.made.tables["items"]["unit"], strict=True))[row["item"]]
        made = tuple(
            OrderLine(
                number=n, item=row["item"], location=row["location"], quantity=Decimal(24 * n), unit=unit,
                price=Decimal("1.25"), need_date=AS_OF + timedelta(days=20 + n), need_key=f"N{n}",
            )
            for n in range(1, lines + 1)
        )  # fmt: skip
        values = {
            "order_key": key, "revision": 1, "system": "ecc", "supplier": row["supplier"],
            "location": row["location"], "currency": "EUR", "order_date": AS_OF, "lines": made,
        }  # fmt: skip
        return DraftOrder(PurchaseOrder(**(values | changes)), Verdict.AUTO, None)
