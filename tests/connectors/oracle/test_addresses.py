"""Orders to addresses that are none of ours: foreign ones are left out, what may be ours stops the run."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from bot.errors import StopRun
from connectors.oracle.addresses import leave_out
from connectors.oracle.fusion import reader
from connectors.oracle.settings import FusionSettings
from connectors.oracle.source import Source
from tests.connectors.oracle.fusion_parts import fusion_settings
from tests.connectors.sandbox.fusion_pod import Pod, running_pod
from tests.fakes import ManualClock


class _Lists:
    """What the judge asks of an extract."""

    def __init__(self, settings: FusionSettings, rows: list[dict[str, Any]]) -> None:
        self.settings, self._rows = settings, rows

    def items(self) -> dict[str, list[str]]:
        return {"ItemNumber": ["BOLT"]}

    def addresses(self) -> frozenset[str]:
        return frozenset({"Seattle", "Reno"})

    def schedules(self) -> dict[str, list[str]]:
        return {"ShipToLocation": [row["ShipToLocation"] for row in self._rows]}


def judge(*rows: dict[str, Any], **changes: Any) -> None:
    known = {"ItemNumber": "BOLT", "Quantity": 20, "ReceivedQuantity": None, "ScheduleStatusCode": "OPEN",
             "ScheduleStatus": "Open", "ShipToLocation": "Elsewhere"}  # fmt: skip
    full = [known | row for row in rows]
    leave_out(cast("Source", _Lists(fusion_settings(**changes), full)), full)


def gate(name: str) -> dict[str, Any]:
    one = {"procurement_bu": "US1 Business Unit", "buyer": "buyer@company.example", "currency": "USD"}
    return {"M1": one | {"ship_to_location": name}, "M2": one}


@pytest.mark.parametrize(
    ("row", "changes", "stops"),
    [
        ({}, {}, True),
        ({"ShipToLocation": None}, {}, True),
        ({"Quantity": "many"}, {}, True),
        ({}, {"foreign_locations": ["Elsewhere"]}, False),
        ({"ShipToLocation": "Reno"}, {}, False),
        ({"ItemNumber": "CHAIR"}, {}, False),
        ({"ScheduleStatusCode": "CLOSED"}, {}, False),
        ({"ReceivedQuantity": 20}, {}, False),
        ({"ItemNumber": "CHAIR"}, {"organizations": gate("Gate 4")}, True),
        ({"ShipToLocation": "Reno"}, {"organizations": gate("Gate 4")}, True),
        ({"ShipToLocation": "Reno"}, {"organizations": gate("Gate 4"), "foreign_locations": ["Reno"]}, False),
        ({"ItemNumber": "CHAIR"}, {"organizations": gate("Seattle")}, False),
    ],
)
def test_only_what_is_known_to_be_foreign_is_left_out(
    row: dict[str, Any],
    changes: dict[str, Any],
    stops: bool,  # noqa: FBT001
) -> None:
    if not stops:
        judge(row, **changes)
        return
    with pytest.raises(StopRun, match="no organization of the settings has"):
        judge(row, **changes)


def test_the_message_names_addresses_and_the_one_that_is_gone() -> None:
    rows = [{"ShipToLocation": f"Dock {n}"} for n in range(7)]
    with pytest.raises(StopRun) as told:
        judge(*rows, organizations=gate("Gate 4"))
    assert "'Dock 0', 'Dock 1'" in str(told.value)
    assert "and 2 more" in str(told.value)
    assert "'Gate 4' (ship_to_location)" in str(told.value)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Pod]:
    with running_pod(tmp_path, approval_limit=Decimal(10**6)) as pod:
        yield pod


@pytest.mark.servers
def test_a_renamed_address_does_not_make_its_orders_vanish(running: Pod, tmp_path: Path) -> None:
    settings = fusion_settings(base_url=running.url, password="restock-demo", organizations=gate("Gate 4"))
    clock = ManualClock(datetime(2026, 3, 2, 6, tzinfo=UTC))

    def named(address: str) -> pd.DataFrame:
        with closing(sqlite3.connect(tmp_path / "fusion.db")) as database:
            database.execute("UPDATE purchaseOrderSchedules SET ShipToLocation = ?", (address,))
            database.commit()
        return pd.concat(reader(settings, clock).pull("open_orders"))

    assert set(named("Gate 4")["location"]) == {"M1"}
    with pytest.raises(StopRun, match="'Gate 4 East'; there is no address 'Gate 4'"):
        named("Gate 4 East")
