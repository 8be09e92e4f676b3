"""The connector against the S/4-like server over real HTTP, and the catalogue that finds it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.orders.document import DocumentState
from bot.orders.model import DraftOrder, OrderLine, PurchaseOrder, Verdict
from bot.ports import ErpReader, ErpWriter
from bot.tables.erp import TABLES
from connectors import catalog
from connectors.sap.s4 import CONNECTOR
from tests.connectors.sap.stub import PLANT, settings
from tests.fakes import ManualClock

AS_OF = date(2026, 3, 2)
PLANTS = ("1010", "1020", "1030")


@dataclass
class Running:
    """The server with its faults, the company it carries, and both halves of the connector."""

    faults: object
    tables: dict[str, pd.DataFrame]
    reader: ErpReader
    writer: ErpWriter


@pytest.fixture(scope="module", params=["v4", "v2"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    from connectors.sandbox.company import make_company
    from connectors.sandbox.s4 import S4_PASSWORD, S4_USER, create_s4_app, load_s4
    from connectors.sandbox.serve import serve

    path: Path = tmp_path_factory.mktemp("s4") / "s4.db"
    company = make_company(AS_OF, scale=0.1)
    load_s4(company, path)
    app = create_s4_app(path, page_size=200)
    running = serve(app)
    made = settings(
        base_url=running.base_url, user=S4_USER, password=S4_PASSWORD, plants=dict.fromkeys(PLANTS, PLANT),
        order_service=request.param, system_id="S4D",
    )  # fmt: skip
    clock = ManualClock(datetime(2026, 3, 2, 5, 0, tzinfo=UTC))
    tables = {
        name: frame[frame["location"].isin(PLANTS)] if "location" in frame else frame
        for name, frame in company.tables.items()
    }
    yield Running(app.faults, tables, CONNECTOR.reader(made, clock), CONNECTOR.writer(made, clock))
    running.close()


@pytest.fixture
def live(server: Running) -> Iterator[Running]:
    yield server
    server.faults.clear()  # type: ignore[attr-defined]


def pull(live: Running, table: str) -> pd.DataFrame:
    return pd.concat(live.reader.pull(table), ignore_index=True)


def merged(live: Running, table: str, keys: list[str]) -> pd.DataFrame:
    """Rows of the company and of the connector side by side; both sides must have the same keys."""
    wanted, got = live.tables[table].copy(), pull(live, table)
    if "order_key" in got:
        got = got[got["order_key"].isna()]  # orders of other tests
    for key in keys:
        if pd.api.types.is_datetime64_any_dtype(wanted[key]):
            wanted[key] = wanted[key].dt.strftime("%Y-%m-%d")
        wanted[key], got[key] = wanted[key].astype("str"), got[key].astype("str")
    if table == "demand":
        wanted = wanted[wanted["quantity"] != 0]
    both = wanted.merge(got, on=keys, how="outer", suffixes=("_wanted", "_got"), indicator=True)
    assert (both["_merge"] == "both").all(), both[both["_merge"] != "both"].head()
    return both


def same_numbers(both: pd.DataFrame, column: str) -> None:
    got = pd.to_numeric(both[f"{column}_got"]).astype("float64")
    pd.testing.assert_series_equal(got, both[f"{column}_wanted"].astype("float64"), check_names=False, rtol=1e-6)


@pytest.mark.servers
@pytest.mark.parametrize("table", sorted(CONNECTOR.tables))
def test_every_table_has_canonical_columns(live: Running, table: str) -> None:
    got = pull(live, table)
    assert len(got)
    assert set(got.columns) <= set(TABLES[table].names())
    assert set(TABLES[table].names(required=True)) <= set(got.columns)


@pytest.mark.servers
@pytest.mark.parametrize(
    ("table", "keys", "numbers"),
    [
        ("stock", ["item", "location"], ["on_hand", "inspection", "blocked", "in_transit"]),
        ("sourcing", ["item", "location", "supplier"], ["price", "price_unit", "lead_time_days", "moq"]),
        ("demand", ["item", "location", "date", "kind"], ["quantity"]),
        ("receipts", ["order_ref", "line", "received_on"], ["quantity_received", "quantity_ordered", "price"]),
        ("open_orders", ["order_ref", "line"], ["quantity_open", "quantity_ordered", "price"]),
        ("suppliers", ["supplier"], ["min_order_value"]),
    ],
)
def test_tables_come_back_as_the_company_has_them(
    live: Running, table: str, keys: list[str], numbers: list[str]
) -> None:
    both = merged(live, table, keys)
    for column in numbers:
        same_numbers(both, column)


def draft(live: Running, key: str, quantity: int = 0) -> DraftOrder:
    """An order for the first clean source of the company."""
    sourcing = live.tables["sourcing"].merge(live.tables["items"][["item", "unit", "status"]], on="item")
    suppliers = live.tables["suppliers"]
    usable = sourcing[
        (sourcing["status"] == "active")
        & sourcing["supplier"].isin(suppliers[~suppliers["blocked"].astype(bool)]["supplier"])
        & (sourcing["price"] > 0)
        & sourcing["currency"].notna()
    ]
    row = usable.iloc[0]
    factor = Fraction(str(row["unit_factor"]))
    line = OrderLine(
        number=1,
        item=row["item"],
        location=row["location"],
        quantity=Decimal(quantity or int(factor * 10)),
        unit=row["unit"],
        price=Decimal(str(row["price"])),
        need_date=date(2026, 4, 1),
        need_key="need",
        price_unit=Decimal(str(row["price_unit"])),
        order_unit=row["order_unit"],
        unit_factor=factor,
    )
    order = PurchaseOrder(key, 1, "s4", row["supplier"], row["location"], row["currency"], AS_OF, (line,))
    return DraftOrder(order, Verdict.AUTO, None)


def agrees(live: Running, made: DraftOrder, number: str) -> None:
    (document,) = live.writer.status([number])
    assert document.state is DocumentState.OPEN
    (wanted,), (held,) = made.order.lines, document.lines
    assert (document.order_key, document.supplier, document.currency) == (
        made.order.order_key,
        made.order.supplier,
        made.order.currency,
    )
    assert (held.item, held.location, held.quantity, held.due_on) == (
        wanted.item,
        wanted.location,
        wanted.quantity,
        wanted.need_date,
    )
    assert held.price * wanted.price_unit == wanted.price * held.price_unit


@pytest.mark.servers
def test_order_is_created_read_back_seen_and_cancelled(live: Running) -> None:
    made = draft(live, "AAAAAAAAAAA1")
    assert live.writer.find("AAAAAAAAAAA1") == []
    number = live.writer.create(made)
    agrees(live, made, number)
    seen = pull(live, "open_orders")
    assert seen[seen["order_key"] == "AAAAAAAAAAA1"]["order_ref"].tolist() == [number]
    live.writer.cancel(number)
    (gone,) = live.writer.find("AAAAAAAAAAA1")
    assert gone.state is DocumentState.CANCELLED
    assert number not in pull(live, "open_orders")["order_ref"].tolist()


@pytest.mark.servers
def test_lost_answer_is_adopted_by_key_and_a_second_send_shows_as_two(live: Running) -> None:
    made = draft(live, "AAAAAAAAAAA2")
    live.faults.set(drop_after_commit=1)  # type: ignore[attr-defined]
    with pytest.raises(OutcomeUnknown):
        live.writer.create(made)
    (document,) = live.writer.find("AAAAAAAAAAA2")
    agrees(live, made, document.number)
    second = live.writer.create(made)
    assert {each.number for each in live.writer.find("AAAAAAAAAAA2")} == {document.number, second}


@pytest.mark.servers
def test_connection_cut_before_the_work_leaves_nothing(live: Running) -> None:
    live.faults.set(drop_before=1)  # type: ignore[attr-defined]
    with pytest.raises(OutcomeUnknown):
        live.writer.create(draft(live, "AAAAAAAAAAA3"))
    assert live.writer.find("AAAAAAAAAAA3") == []


@pytest.mark.servers
def test_expired_token_is_fetched_again(live: Running) -> None:
    live.writer.create(draft(live, "AAAAAAAAAAA4"))
    live.faults.set(csrf_expire=1)  # type: ignore[attr-defined]
    live.writer.create(draft(live, "AAAAAAAAAAA5"))
    assert len(live.writer.find("AAAAAAAAAAA5")) == 1


@pytest.mark.servers
def test_business_no_is_refused_with_the_systems_words(live: Running) -> None:
    from dataclasses import replace

    made = draft(live, "AAAAAAAAAAA6")
    with pytest.raises(Refused, match="NOBODY"):
        live.writer.create(replace(made, order=replace(made.order, supplier="NOBODY")))
    assert live.writer.find("AAAAAAAAAAA6") == []


@pytest.mark.servers
def test_busy_reads_are_repeated_and_busy_writes_are_not(live: Running) -> None:
    live.faults.set(status=[503, 429], retry_after=3.0)  # type: ignore[attr-defined]
    assert len(pull(live, "units"))
    live.writer.create(draft(live, "AAAAAAAAAAA7"))
    live.faults.set(status=[429], retry_after=3.0)  # type: ignore[attr-defined]
    with pytest.raises(Retryable):
        live.writer.create(draft(live, "AAAAAAAAAAA8"))
    live.faults.clear()  # type: ignore[attr-defined]
    assert live.writer.find("AAAAAAAAAAA8") == []


@pytest.mark.servers
def test_sign_in_page_instead_of_data_needs_an_admin(live: Running) -> None:
    live.faults.set(html_login=1)  # type: ignore[attr-defined]
    with pytest.raises(NeedsAdmin, match="sign-in"):
        pull(live, "units")


@pytest.mark.servers
def test_since_bounds_the_history(live: Running) -> None:
    days = pd.concat(live.reader.pull("demand", date(2026, 2, 1)))["date"]
    assert days.min() >= "2026-02-01"
    assert days.max() < "2026-03-02"


def test_catalogue_finds_connectors_by_id() -> None:
    assert catalog.connector("sap-s4") is CONNECTOR
    assert "oracle-fusion" in catalog.ids()
    with pytest.raises(NeedsAdmin, match="sap-s4"):
        catalog.connector("sap-s5")


def test_unknown_table_is_named() -> None:
    reader = CONNECTOR.reader(settings(), ManualClock())
    assert reader.system == "s4"
    assert reader.tables == CONNECTOR.tables
    with pytest.raises(NeedsAdmin, match="lanes"):
        list(reader.pull("lanes"))
