"""The canonical tables of an ECC-like system are those of the company that it was loaded with."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from bot.errors import NeedsAdmin
from bot.jobs.lanes import StoppablePages, each_table
from bot.ports import ErpReader
from bot.snapshot.dataset import Snapshot, build
from bot.store.pages import FilePages
from bot.tables.erp import TABLES as CANONICAL
from connectors.sandbox.ecc_state import opened
from connectors.sap.arrivals import pour
from connectors.sap.ecc import TABLES
from connectors.sap.ecc_movements import condense
from tests.connectors.sap.ecc_parts import AS_OF, System

KEY = ["item", "location"]


@pytest.fixture(scope="module")
def ecc(tmp_path_factory: pytest.TempPathFactory) -> System:
    return System.load(tmp_path_factory.mktemp("ecc") / "ecc.db")


@pytest.fixture(scope="module")
def snapshot(ecc: System) -> Snapshot:
    reader = ecc.reader()
    raw = {name: list(reader.pull(name)) for name in sorted(reader.tables)}
    frames = {name: pd.concat(parts, ignore_index=True) for name, parts in raw.items() if parts}
    return build(frames, system="ecc", as_of=AS_OF, currency="EUR")


def here(ecc: System, table: str) -> pd.DataFrame:
    """What the company holds at the plants of the system, without the rows that are dirty on purpose."""
    rows = ecc.made.tables[table]
    return rows[rows["location"].isin(ecc.settings().plants)]


def test_the_reader_is_the_port_and_frames_are_text_with_canonical_columns(ecc: System) -> None:
    reader: ErpReader = ecc.reader()
    assert reader.system == "ecc"
    for name in reader.tables:
        for frame in reader.pull(name):
            assert set(frame.columns) <= set(CANONICAL[name].names())
            assert {str(dtype) for dtype in frame.dtypes} == {"str"}
    with pytest.raises(NeedsAdmin, match="no table 'lanes'"):
        reader.pull("lanes")


def test_stock_is_told_apart_and_every_planned_pair_has_a_row(ecc: System, snapshot: Snapshot) -> None:
    wanted = here(ecc, "stock").drop_duplicates(KEY).set_index(KEY)[["on_hand", "inspection", "blocked"]]
    got = snapshot["stock"].astype({"item": "str", "location": "str"}).set_index(KEY)
    both = wanted.join(got, rsuffix="_got", how="inner")
    assert len(both) > 40
    for name in ("on_hand", "inspection", "blocked"):
        assert both[name].tolist() == both[f"{name}_got"].tolist()


def test_demand_adds_up_per_item_place_and_kind(ecc: System, snapshot: Snapshot) -> None:
    wanted = here(ecc, "demand")
    wanted = wanted[(wanted["quantity"] > 0) & (wanted["kind"] != "transfer")]
    wanted = wanted.assign(kind=wanted["kind"].replace("one_off", "sale"))
    sums = wanted.groupby([*KEY, "kind"])["quantity"].sum()
    got = snapshot["demand"].astype({"item": "str", "location": "str", "kind": "str"})
    assert got.groupby([*KEY, "kind"])["quantity"].sum().round(3).to_dict() == sums.round(3).to_dict()


def test_receipts_and_open_orders_are_those_of_the_company(ecc: System, snapshot: Snapshot) -> None:
    wanted = here(ecc, "receipts")
    got = snapshot["receipts"]
    came = wanted[wanted["received_on"].notna()]
    arrived = got[got["received_on"].notna()]
    assert arrived["quantity_received"].sum() == came["quantity_received"].sum()
    assert set(arrived["order_ref"].astype("str")) == set(came["order_ref"])
    still = here(ecc, "open_orders").drop_duplicates(["order_ref", "line"])
    known = snapshot["open_orders"]
    missing = still[~still["order_ref"].isin(known["order_ref"].astype("str"))]
    assert set(missing["order_ref"]) <= set(snapshot.quarantine.query("table == 'open_orders'")["value"]) | set(
        still[still["promised_on"].dt.year < 1900]["order_ref"]
    )
    assert known["quantity_open"].sum() == still.drop(missing.index)["quantity_open"].sum()


def test_terms_come_with_exact_prices_and_factors(ecc: System, snapshot: Snapshot) -> None:
    wanted = here(ecc, "sourcing").drop_duplicates([*KEY, "supplier"], keep="last").set_index([*KEY, "supplier"])
    got = snapshot["sourcing"].astype({"item": "str", "location": "str", "supplier": "str"})
    got = got.set_index([*KEY, "supplier"])
    both = wanted.join(got, rsuffix="_got", how="inner")
    assert len(both) > 40
    clean = both[both["lead_time_days"].between(1, 999)]
    assert (clean["lead_time_days"] == clean["lead_time_days_got"]).all()
    per_base = (clean["price"] / clean["price_unit"]).round(6)
    assert per_base.tolist() == (clean["price_got"] / clean["price_unit_got"]).round(6).tolist()
    assert (clean["unit_factor"] == clean["unit_factor_got"].astype("str")).all()


def test_nothing_but_known_dirt_is_set_aside(snapshot: Snapshot) -> None:
    reasons = set(snapshot.quarantine["reason"])
    assert reasons <= {"year is implausible", "missing", "out of range", "same key, different content"}
    assert "ok" in snapshot.health.grade.value


def test_reservations_and_sales_orders_are_what_is_still_to_go_out(tmp_path: Path, ecc: System) -> None:
    own = ecc.copy(tmp_path / "ecc.db")
    plant = min(own.settings().plants)
    with opened(own.path) as connection:
        for number, got, marks in (("1", "4", ""), ("2", "10", ""), ("3", "0", "X")):
            connection.execute(
                "INSERT INTO RESB (RSNUM, RSPOS, RSART, MATNR, WERKS, BDTER, BDMNG, ENMNG, SHKZG, XLOEK)"
                " VALUES (?, '0001', '', '000000000000100200', ?, '20250310', '10', ?, 'H', ?)",
                (number, plant, got, marks),
            )
        connection.execute(
            "INSERT INTO VBBE (VBELN, POSNR, ETENR, MATNR, WERKS, MBDAT, OMENG)"
            " VALUES ('9', '000010', '0001', '000000000000100200', ?, '20250311', '2.500')", (plant,),
        )  # fmt: skip
    (frame,) = own.reader().pull("requirements")
    assert frame.to_numpy().tolist() == [
        ["100200", plant, "2025-03-10", "6", "reservation"],
        ["100200", plant, "2025-03-11", "2.5", "sales_order"],
    ]
    assert list(own.reader(requirements=False).pull("requirements")) == []


def test_storage_locations_that_do_not_count_are_blocked_stock(ecc: System) -> None:
    plants = {
        code: {**plant.model_dump(), "storage_locations": ["0009"]} for code, plant in ecc.settings().plants.items()
    }
    (frame,) = ecc.reader(plants=plants).pull("stock")
    assert set(frame["on_hand"]) == {"0"}
    assert set(frame["blocked"]) != {"0"}


def test_a_later_start_reads_only_what_was_posted_since(ecc: System) -> None:
    since = AS_OF - timedelta(days=30)
    frames = list(ecc.reader().pull("demand", since))
    assert min(day for frame in frames for day in frame["date"]) >= since.isoformat()


def test_several_connections_read_what_one_reads(ecc: System) -> None:
    def read_all(connections: int) -> dict[str, list[pd.DataFrame]]:
        source = ecc.reader(connections=connections)
        pages = StoppablePages(FilePages(ecc.path.parent / "pages", ecc.clock.now()))
        return each_table(source.lanes, source.threads, lambda table: list(source.pull(table)), pages)

    one, four = read_all(1), read_all(4)
    assert set(one) == TABLES
    for table, frames in one.items():
        for here, there in zip(frames, four[table], strict=True):
            pd.testing.assert_frame_equal(there, here, obj=table)


def rows(*cells: tuple[str, ...]) -> pd.DataFrame:
    columns = ["MATNR", "WERKS", "BWART", "MENGE", "SHKZG", "UMWRK", "BUDAT"]
    return pd.DataFrame(cells, columns=columns, dtype="str")


def condensed(*cells: tuple[str, ...]) -> list[tuple[str, ...]]:
    kinds = {"601": "sale", "602": "-sale", "651": "return", "641": "transfer"}
    frame = condense(rows(*cells), kinds)
    return [tuple(map(str, row)) for row in frame[["item", "location", "date", "kind", "quantity"]].to_numpy()]


def test_movements_are_netted_per_day_exactly() -> None:
    day = "20250110"
    assert condensed(
        ("0012", "A", "601", "0.100", "H", "", day), ("0012", "A", "601", "0.200", "H", "", day),
        ("0012", "A", "602", "0.100", "S", "", day), ("0012", "B", "602", "3.000", "S", "", day),
        ("0012", "A", "101", "9.000", "S", "", day),
    ) == [("12", "A", "2025-01-10", "sale", "0.2"), ("12", "B", "2025-01-10", "return", "3")]  # fmt: skip


def test_only_the_giving_side_of_a_transfer_counts() -> None:
    day = "20250110"
    assert condensed(
        ("X", "A", "641", "5.000", "H", "B", day), ("X", "B", "641", "5.000", "S", "A", day),
        ("X", "A", "641", "5.000", "H", "A", day),
    ) == [("X", "A", "2025-01-10", "transfer", "5")]  # fmt: skip


def test_a_quantity_that_cannot_be_read_is_not_lost() -> None:
    assert condensed(("X", "A", "601", "*****", "H", "", "20250110")) == [("X", "A", "2025-01-10", "sale", "*****")]


def pairs() -> Iterator[tuple[list[int], list[int], list[tuple[int, int, int]]]]:
    yield [5, 5], [3, 4, 9], [(0, 0, 3), (0, 1, 2), (1, 1, 2), (1, 2, 9)]
    yield [5], [7], [(0, 0, 7)]
    yield [0, 5], [2], [(1, 0, 2)]


@pytest.mark.parametrize(("ordered", "arrived", "poured"), list(pairs()))
def test_arrivals_fill_schedule_lines_from_the_earliest(
    ordered: list[int], arrived: list[int], poured: list[tuple[int, int, int]]
) -> None:
    assert list(pour(ordered, arrived)) == poured  # type: ignore[arg-type]


def test_tables_are_all_that_the_connector_declares() -> None:
    assert "requirements" in TABLES
    assert "price_breaks" not in TABLES
    assert date(2025, 3, 3) == AS_OF
