"""What every part of the ECC connector shares: settings, clock, pool of connections, table reader.

It reads and writes nothing by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from bot.errors import NeedsAdmin
from bot.ports import Clock
from connectors.sap.ecc_settings import EccSettings
from connectors.sap.rfc import RfcPool, RfcProblem, RfcSession, Trouble
from connectors.sap.rfc_pyrfc import PyrfcSession
from connectors.sap.rfc_saprfclib import SaprfclibSession
from connectors.sap.rfc_tables import TableReader, one_of
from connectors.sap.rfc_values import material

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ecc:
    """One system; `plant_currency` and codes are as the settings name them."""

    settings: EccSettings
    clock: Clock
    pool: RfcPool
    tables: TableReader

    def today(self) -> date:
        """Calendar day at the system."""
        return self.clock.today(self.settings.timezone)

    def of_plants(self, field: str = "WERKS") -> str:
        """Condition: one of the configured plants."""
        return one_of(field, sorted(self.settings.plants))

    def material(self, code: str) -> str:
        """Internal form of an item number."""
        return material(code, lexicographic=self.settings.material_numbers == "lexicographic")


def connect(settings: EccSettings, clock: Clock) -> Ecc:
    """Make the pool; nothing is opened before the first call."""
    pool = RfcPool(partial(open_session, settings), clock, size=settings.connections)
    reader = TableReader(
        pool, clock, settings.system, function=settings.table_function, page_rows=settings.page_rows,
        seconds=settings.read_seconds,
    )  # fmt: skip
    return Ecc(settings, clock, pool, reader)


def open_session(settings: EccSettings) -> RfcSession:
    """Open a connection and compare the system with the pinned one; RfcProblem or NeedsAdmin."""
    session: RfcSession
    if settings.backend == "saprfclib":
        session = SaprfclibSession(settings.parameters(), settings.write_seconds)
    else:
        session = PyrfcSession(settings.rfc_library, settings.parameters())
    try:
        _check_system(settings, session.attributes())
    except BaseException:
        session.close()
        raise
    return session


def _check_system(settings: EccSettings, attributes: Mapping[str, str]) -> None:
    found = attributes.get("sysId", "").strip()
    if settings.system_id and found != settings.system_id:
        raise NeedsAdmin(
            f"this is system {found or '(without id)'}, not {settings.system_id}",
            f"system {settings.system}",
            "Correct ashost or mshost; if the system was renamed, correct system_id.",
        )
    if attributes.get("client", settings.client).strip() not in {"", settings.client}:
        raise RfcProblem(Trouble.LOGON, f"the logon led to client {attributes['client']}, not {settings.client}")


def joined(left: pd.DataFrame, right: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """Join many to one from the left, missing texts empty."""
    return pd.DataFrame(left.merge(right, on=on, how="left", validate="many_to_one").fillna(""))


def records(frame: pd.DataFrame) -> list[Row]:
    """Rows as dicts by column name."""
    return [{str(name): cell for name, cell in row.items()} for row in frame.to_dict("records")]
