"""Cases of reading: the canonical tables of one company, the same over every route, whatever the wire does."""

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest

from bot.errors import NeedsAdmin, Retryable, StopRun
from bot.jobs.pull import joined
from bot.ports_reading import Mirroring
from bot.snapshot.clean import clean
from bot.tables.erp import TABLES
from tests.contract.cases import WIRELESS
from tests.contract.cases import read_case as case
from tests.contract.company import AS_OF, company, frames
from tests.contract.struck import Struck
from tests.contract.tampering import page_for_people, repeated_page, short_page
from tests.fakes import MemoryMirror

pytestmark = pytest.mark.servers
NO_CURSOR = {"files": "a folder has no cursor: it is read whole"}
NO_COPY = {**NO_CURSOR, "simulated": "memory is read whole"}
ODD = ("-5", "soon", "", "31536000", "Thu, 01 Jan 1970 00:00:00 GMT")
PLACE = ["item", "location"]


def raw(there: Struck, table: str, since: date | None = None) -> pd.DataFrame:
    parts = list(there.reader().pull(table, since))
    return joined(parts) if parts else pd.DataFrame(columns=TABLES[table].names())


def read(there: Struck, table: str, since: date | None = None) -> pd.DataFrame:
    """The table as planning sees it: typed, bad rows set aside."""
    rows = clean(TABLES[table], raw(there, table, since)).rows
    for name in rows.select_dtypes("category"):
        rows[name] = rows[name].astype("str")
    return rows


def truth(there: Struck, table: str) -> pd.DataFrame:
    return frames(there.far.locations)[table]


@case("C01", "columns: canonical names only, every required one there")
def test_columns(there: Struck, route_name: str) -> None:
    reader = there.reader()
    served = reader.tables
    assert served >= {"items", "stock", "demand", "sourcing", "open_orders"}
    for table in served:
        columns = set(raw(there, table).columns)
        assert columns <= set(TABLES[table].names()), table
        assert columns >= set(TABLES[table].names(required=True)), table


@case("C02", "dtypes: text on the way in, the table's own types once checked",
      {"simulated": "memory holds typed frames: there is no wire to carry text"})  # fmt: skip
def test_dtypes(there: Struck, route_name: str) -> None:
    for table in there.reader().tables:
        frame = raw(there, table)
        for name in frame:
            cells = frame[name].dropna()
            assert all(isinstance(cell, str) for cell in cells), f"{table}.{name}"
        typed = clean(TABLES[table], frame).rows
        for column in TABLES[table].columns:
            if column.name not in typed:
                assert not column.required, f"{table}.{column.name}"
                continue
            assert str(typed[column.name].dtype) == column.dtype, f"{table}.{column.name}"


@case("C03", "stock: the same figures at the same places as in the company")
def test_stock(there: Struck, route_name: str) -> None:
    found = read(there, "stock").set_index(PLACE)["on_hand"].astype(float)
    wanted = truth(there, "stock").set_index(PLACE)["on_hand"].astype(float)
    wanted = wanted[wanted >= 0]  # negative stock is set aside, see C11
    assert found.sort_index().round(3).to_dict() == wanted.sort_index().round(3).to_dict()


@case("C04", "demand: what was sold comes to the same sum per place")
def test_demand(there: Struck, route_name: str) -> None:
    def sums(frame: pd.DataFrame) -> dict[tuple[str, str], float]:
        sold = frame[frame["kind"] == "sale"]
        totals = sold.groupby(PLACE)["quantity"].sum()
        return {key: round(float(total), 3) for key, total in totals[totals > 0].items()}

    assert sums(read(there, "demand")) == sums(truth(there, "demand"))


@case("C05", "cursor: rows since a day are the newest part of the whole, none twice, none lost", NO_CURSOR)
def test_cursor(there: Struck, route_name: str) -> None:
    day = AS_OF - timedelta(days=40)
    whole, since = read(there, "demand"), read(there, "demand", day)
    newer = whole[whole["date"] >= pd.Timestamp(day)]
    columns = [*PLACE, "date", "kind"]

    def sums(frame: pd.DataFrame) -> dict[object, float]:
        return frame.groupby(columns)["quantity"].sum().round(3).to_dict()

    assert 0 < len(since) < len(whole)
    assert sums(since) == sums(newer)


@case("C06", "small pages give the rows of one large page",
      {name: why for name, why in WIRELESS.items() if name != "ECC"})  # fmt: skip
def test_small_pages(begin: Callable[..., Struck], route_name: str) -> None:
    there = begin(page=5)
    found = read(there, "stock")
    assert len(found) > 10
    assert sorted(map(tuple, found[PLACE].to_numpy())) == sorted(
        map(tuple, truth(there, "stock").query("on_hand >= 0")[PLACE].to_numpy())
    )


@case("C07", "a page that is cut off is read again, or nothing is read", WIRELESS)
@pytest.mark.parametrize("fault", ["truncate", "reset_after", "drop_before", "silent_after", "drip"])
def test_cut_page(begin: Callable[..., Struck], route_name: str, fault: str) -> None:
    there = begin(page=5)
    there.script.next_reads = ["pass", "pass", fault]
    found = read(there, "stock")
    assert len(found) == len(truth(there, "stock").query("on_hand >= 0"))
    assert not there.script.next_reads


@case("C08", "a page that comes twice stops the run", WIRELESS)
def test_repeated_page(begin: Callable[..., Struck], route_name: str) -> None:
    there = begin(page=5, tamper=repeated_page())
    with pytest.raises(StopRun):
        raw(there, "stock")


@case("C09", "rows missing from a page stop the run", WIRELESS)
def test_short_page(begin: Callable[..., Struck], route_name: str) -> None:
    there = begin(page=5, tamper=short_page())
    with pytest.raises(StopRun):
        raw(there, "stock")


@case("C10", "Unicode: names arrive letter by letter, formulas as text")
def test_unicode(there: Struck, route_name: str) -> None:
    found = read(there, "suppliers").set_index("supplier")["name"]
    wanted = truth(there, "suppliers").set_index("supplier")["name"]
    assert found["100043"] == "Müller Präzision B.V."
    assert found["100030"] == "=HYPERLINK(1) & Söhne"
    assert found.to_dict() == {key: wanted[key] for key in found.index}
    items = raw(there, "items").set_index("item")["description"].astype("str")
    named = truth(there, "items").set_index("item")["description"]
    strange = [d.key["item"] for d in company().dirt if d.table == "items" and d.fault == 54 and d.key["item"] in items]
    assert strange
    assert {item: items[item] for item in strange} == {item: named[item] for item in strange}


@case("C11", "dirt in figures is set aside with its reason, and nothing beside it")
def test_dirty_figures(there: Struck, route_name: str) -> None:
    frame = truth(there, "stock")
    bad = frame[frame["on_hand"] < 0]
    assert len(bad)
    checked = clean(TABLES["stock"], raw(there, "stock"))
    assert len(checked.rows) == len(frame) - len(bad)


@case("C12", "currency dirt: a row keeps the currency that the company gave it, wrong ones too")
def test_currencies(there: Struck, route_name: str) -> None:
    keys = [*PLACE, "supplier"]
    found = read(there, "sourcing").drop_duplicates(keys).set_index(keys)["currency"]
    wanted = truth(there, "sourcing").drop_duplicates(keys).set_index(keys)["currency"]
    shared = [key for key in found.index if key in wanted.index and wanted[key] and not pd.isna(wanted[key])]
    assert len(shared) > 10
    other = {key: found[key] for key in shared if found[key] != wanted[key]}
    assert set(other.values()) <= {there.far.list_currency}, "list prices stand in the organisation's currency"
    assert len(other) <= len(shared) / 10


@case("C13", "leading zeros: codes are text, and are those that the company uses")
def test_leading_zeros(there: Struck, route_name: str) -> None:
    for table in ("items", "stock", "sourcing"):
        codes = set(read(there, table)["item"])
        assert codes <= set(company().tables["items"]["item"])
    zeros = {code for code in truth(there, "stock")["item"] if code.startswith("0")}
    assert zeros <= set(read(there, "stock")["item"])


@case("C14", "throttled reads wait as asked, within bounds, and read everything", WIRELESS)
@pytest.mark.parametrize("wait", ODD)
def test_throttled(there: Struck, route_name: str, wait: str) -> None:
    there.script.wait = wait
    there.script.next_reads = ["busy", "busy", "error_before"]
    before = there.far.clock.now()
    assert len(read(there, "stock")) == len(truth(there, "stock").query("on_hand >= 0"))
    assert (there.far.clock.now() - before).total_seconds() < 600


@case("C15", "throttled for ever: gives up after a few attempts", WIRELESS)
def test_throttled_for_ever(there: Struck, route_name: str) -> None:
    there.script.next_reads = ["busy"] * 50
    with pytest.raises(Retryable):
        raw(there, "stock")
    assert len(there.script.next_reads) >= 40


@case("C16", "token expires in the middle of a list: fetched again, no row lost",
      WIRELESS)  # fmt: skip
def test_expired_token(begin: Callable[..., Struck], route_name: str) -> None:
    there = begin(page=5)
    assert there.proxy is not None
    there.far.changes |= there.far.sign_on_by_token(there.proxy.url)  # type: ignore[attr-defined]
    there.script.next_reads = ["pass", "pass", "denied"]
    assert len(read(there, "stock")) == len(truth(there, "stock").query("on_hand >= 0"))
    tokens = [request for request in there.proxy.seen if request.target.endswith("/token")]
    assert len(tokens) == 2
    assert not there.script.next_reads


@case("C17", "a sign-in page instead of data needs an admin", WIRELESS)
def test_sign_in_page(begin: Callable[..., Struck], route_name: str) -> None:
    there = begin(tamper=page_for_people())
    with pytest.raises(NeedsAdmin, match="sign-in"):
        raw(there, "stock")


@case("C18", "a wrong password is told once and never tried again", WIRELESS)
def test_wrong_password(there: Struck, route_name: str) -> None:
    there.far.changes |= {"password": "wrong-password"}  # type: ignore[attr-defined]
    with pytest.raises(NeedsAdmin) as raised:
        raw(there, "stock")
    assert "wrong-password" not in str(raised.value)
    assert there.proxy is not None
    assert len(there.proxy.seen) == 1


@case("C19", "reading twice gives the same twice")
def test_reading_twice(there: Struck, route_name: str) -> None:
    first, second = read(there, "sourcing"), read(there, "sourcing")
    pd.testing.assert_frame_equal(first, second)


@case("C40", "local copy: a later reading asks for newer documents only and gives what a whole reading gives", NO_COPY)
def test_local_copy(there: Struck, route_name: str) -> None:
    mirror = MemoryMirror()

    def through_copy(table: str) -> pd.DataFrame:
        reader = there.reader()
        assert isinstance(reader, Mirroring)
        reader.mirror(mirror)
        return joined(list(reader.pull(table)))

    def asked() -> int:
        return len(there.proxy.seen) if there.proxy else 0

    through_copy("demand")
    there.far.clock.advance(86400)
    before = asked()
    found = through_copy("demand")
    middle = asked()
    whole = raw(there, "demand")
    pd.testing.assert_frame_equal(found, whole)
    assert len(whole) > 100
    assert mirror.kept
    assert not mirror.findings
    assert not there.proxy or (middle - before) * 5 < asked() - middle
