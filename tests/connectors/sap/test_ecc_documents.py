"""Goods movements and order history of ECC: what comes through a local copy is what a whole reading gives."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bot.ports_reading import Mirrored
from connectors.sandbox.ecc_state import opened
from tests.connectors.sap.ecc_parts import AS_OF, System
from tests.fakes import MemoryMirror


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> System:
    return System.load(tmp_path_factory.mktemp("ecc") / "ecc.db")


@pytest.fixture
def ecc(loaded: System, tmp_path: Path) -> System:
    return loaded.copy(tmp_path / "ecc.db")


def both(ecc: System, mirror: MemoryMirror, **changes: Any) -> None:
    """Read demand and receipts through the copy and whole, and compare cell by cell."""
    through, whole = ecc.reader(**changes), ecc.reader(**changes)
    through.mirror(mirror)
    for table in ("demand", "receipts"):
        found, wanted = (pd.concat(list(each.pull(table)), ignore_index=True) for each in (through, whole))
        assert len(wanted) > 10
        pd.testing.assert_frame_equal(found, wanted, obj=table)


def newest(mirror: MemoryMirror, name: str) -> Mirrored:
    [kept] = [kept for (list_name, _), kept in mirror.kept.items() if list_name == name]
    return kept


def post(ecc: System, entered: date, posted: date) -> None:
    """One more issue, like one that is there."""
    with opened(ecc.path) as connection:
        head = connection.execute("SELECT * FROM MKPF LIMIT 1")
        names = [each[0] for each in head.description]
        row = dict(zip(names, head.fetchone(), strict=True))
        old = row["MBLNR"]
        row |= {
            "MBLNR": "5999999999",
            "MJAHR": str(posted.year),
            "BUDAT": f"{posted:%Y%m%d}",
            "CPUDT": f"{entered:%Y%m%d}",
        }
        connection.execute(f"INSERT INTO MKPF VALUES ({','.join('?' * len(names))})", list(row.values()))  # noqa: S608
        item = connection.execute("SELECT * FROM MSEG WHERE MBLNR = ? LIMIT 1", (old,))
        names = [each[0] for each in item.description]
        values = dict(zip(names, item.fetchone(), strict=True)) | {"MBLNR": "5999999999", "MJAHR": str(posted.year)}
        connection.execute(f"INSERT INTO MSEG VALUES ({','.join('?' * len(names))})", list(values.values()))  # noqa: S608


def test_the_next_day_takes_settled_documents_from_the_copy(ecc: System) -> None:
    mirror = MemoryMirror()
    both(ecc, mirror)
    ecc.clock.advance(86400)
    post(ecc, AS_OF + timedelta(days=1), AS_OF - timedelta(days=60))
    key = next(each for each in mirror.kept if each[0] == "movements")
    kept = mirror.kept[key]
    marked = kept.rows.assign(MENGE=kept.rows["MENGE"].where(kept.rows["posted_on"] > "2025-01-01", "7.000"))
    both(ecc, mirror)
    assert not mirror.findings
    assert "5999999999" in set(newest(mirror, "movements").rows["MBLNR"])
    # what stands in the copy is believed: so it really came from there
    mirror.kept[key] = Mirrored(marked, kept.start, kept.cursor, kept.whole_on)
    reader = ecc.reader()
    reader.mirror(mirror)
    rows = pd.concat(list(reader.pull("demand")))
    assert not mirror.findings
    assert set(rows.loc[rows["date"] < "2025-01-01", "quantity"].astype(float) % 7) == {0.0}


def test_receipts_of_the_history_are_kept_too_and_other_plants_are_another_copy(ecc: System) -> None:
    mirror = MemoryMirror()
    both(ecc, mirror)
    assert {name for name, _ in mirror.kept} == {"movements", "history"}
    forms = {form for _, form in mirror.kept}
    plants = ecc.settings().plants
    one = dict(list(plants.items())[:1])
    both(ecc, mirror, plants=one)
    assert not forms & {form for _, form in mirror.kept}


def test_without_days_between_whole_readings_nothing_is_kept(ecc: System) -> None:
    mirror = MemoryMirror()
    both(ecc, mirror, full_read_days=0)
    assert not mirror.kept
