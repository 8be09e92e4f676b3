"""Examines what lies in an S/4HANA system: rights per table, rows and newest days, plants, reference field, powers.

Only GET is sent, a handful of rows each; nothing is planned and no figure is judged.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

from bot.diagnoses.found import fine, found
from bot.ports import Diagnosis
from connectors.looking import Seen, few
from connectors.sap.odata import Query, Row, Service, text
from connectors.sap.odata import day as day_literal
from connectors.sap.s4_asked import Asked
from connectors.sap.s4_base import PARTNERS, PRODUCT
from connectors.sap.s4_examine import Exam, name_of
from connectors.sap.s4_orderbook import order_names
from connectors.sap.values import day

_DATES = {"A_MaterialDocumentHeader": "PostingDate", "PurchaseOrder": "PurchaseOrderDate",
          "A_PurchaseOrder": "PurchaseOrderDate"}  # fmt: skip
_MAIN = {"price_breaks": "A_PurInfoRecdPrcgCndnScale"}  # of the other tables the last set that is read
_MUST_HAVE_ROWS = frozenset({"items", "item_locations", "stock", "suppliers", "sourcing"})
_RECENT, _NEWEST = timedelta(days=31), timedelta(days=7)
_ITEMS = "items"
_LOOKED_AT = 100  # newest orders
_MOST_STRANGERS = 0.05
_KEY = re.compile(r"[A-Z2-7]{12}\Z")
_NO_KEY = "000000000000"  # no order key holds zeros
# My Inbox: whoever reads it has tasks of approval; UNVERIFIED on a real system
_TASKS = "/sap/opu/odata/IWPGW/TASKPROCESSING;v=2/"


def tables(exam: Exam) -> Iterator[Diagnosis]:
    """Read the first row of every set of every table, count, and look for the newest day."""
    seen: dict[tuple[str, str], Seen] = {}
    for table in sorted({each.table for each in exam.asked} - {"orders"}):
        queries = [each for each in exam.asked if each.table == table and each.service.path in exam.offered]
        main = _main(table, queries)
        for each in queries:
            key = (each.service.path, each.query.entity_set)
            if key not in seen:
                service, query, order = _newest(exam, each)
                seen[key] = exam.rows(service, query, orderby=order)
                yield from _denied(seen[key], each)
        if main is not None:
            yield from _content(exam, main, seen[main.service.path, main.query.entity_set])


def _main(table: str, queries: list[Asked]) -> Asked | None:
    named = [each for each in queries if each.query.entity_set == _MAIN.get(table)]
    found_ = named or queries
    return found_[-1] if found_ else None


def _newest(exam: Exam, each: Asked) -> tuple[Service, Query, str]:
    """The query with its newest rows first and only a month of them, where the set has a day."""
    query, field = each.query, _DATES.get(each.query.entity_set)
    if field is None:
        return each.service, query, ""
    start = day_literal(exam.clock.today(exam.settings.timezone) - _RECENT, each.service.version)
    return each.service, Query(query.entity_set, query.select, f"{field} ge {start}", query.expand), f"{field} desc"


def _denied(seen: Seen, each: Asked) -> Iterator[Diagnosis]:
    place = f"{name_of(each.service)}, {each.query.entity_set}"
    if seen.status in {401, 403}:
        yield found("table-forbidden", f"{place} may not be read; needed by {each.table}", how=place)
    elif not seen.status:
        yield found("out-of-time", f"{place}, needed by {each.table}, did not answer: {seen.text}")
    elif not seen.good:
        yield found("table-unreadable", f"{place}, needed by {each.table}: {seen.text or 'no data came'}")


def _content(exam: Exam, main: Asked, seen: Seen) -> Iterator[Diagnosis]:
    if not seen.good:
        return
    rows, count = rows_of(seen)
    field = _DATES.get(main.query.entity_set)
    if field is None:
        if not count and main.table in _MUST_HAVE_ROWS:
            yield found("table-empty", f"{main.table}: no rows come from {main.query.entity_set}")
        else:
            yield fine(f"{main.table}: {count:,} rows in {main.query.entity_set}")
        return
    newest = day(rows[0].get(field)) if rows else ""
    limit = exam.clock.today(exam.settings.timezone) - (_NEWEST if main.table == "demand" else _RECENT)
    if not newest or newest < limit.isoformat():
        what = f"{main.table}: the newest {field} is {newest or f'more than {_RECENT.days} days ago'}"
        yield found("table-old", what, how="is this a copy of the system, or a test client?")
    else:
        yield fine(f"{main.table}: {count:,} documents of the last {_RECENT.days} days, the newest of {newest}")


def rows_of(seen: Seen) -> tuple[list[Row], int]:
    """Rows of an answer of either version, and the number of all."""
    body = seen.json()
    inner = body.get("d", body)
    if not isinstance(inner, dict):
        return list(inner), len(inner)
    rows: list[Row] = list(inner.get("results") or inner.get("value") or [])
    count = str(inner.get("__count", inner.get("@odata.count", "")))
    return rows, int(count) if count.isdigit() else len(rows)


def places(exam: Exam) -> Iterator[Diagnosis]:
    """Whether plants and purchasing organisations have rows, and whether orders for the plants look like ours."""
    if PRODUCT.path in exam.offered:
        for plant in sorted(exam.settings.plants):
            query = Query("A_ProductPlant", ("Product", "Plant"), f"Plant eq {text(plant)}")
            seen = exam.rows(PRODUCT, query)
            if seen.good and not rows_of(seen)[1]:
                what = f"plant {plant} has no item; the first rows are of: {_plants(exam)}"
                yield found("location-empty", what, setting=f"plants.{plant}", location=f"plant {plant}")
    if PARTNERS.path in exam.offered:
        for organisation in exam.settings.organisations:
            where = f"PurchasingOrganization eq {text(organisation)}"
            seen = exam.rows(PARTNERS, Query("A_SupplierPurchasingOrg", ("Supplier",), where))
            if seen.good and not rows_of(seen)[1]:
                what = f"purchasing organisation {organisation} has no supplier"
                yield found("organisation-without-suppliers", what)


def _plants(exam: Exam) -> str:
    """Plants that the user sees, as far as a hundred rows show them."""
    rows, _ = rows_of(exam.rows(PRODUCT, Query("A_ProductPlant", ("Product", "Plant")), _LOOKED_AT))
    return few(str(row.get("Plant") or "") for row in rows)


def orders(exam: Exam) -> Iterator[Diagnosis]:
    """Look at the newest orders: what they carry for our plants, and who else uses the reference field."""
    names = order_names(exam.settings)
    if names.service.path not in exam.offered:
        return
    field = exam.settings.reference_field
    select = ("PurchaseOrder", "CompanyCode", "PurchasingOrganization", "PurchasingGroup", field)
    query = names.query(select, ("PurchaseOrder", "PurchaseOrderItem", "Plant"))
    seen = exam.rows(names.service, query, top=_LOOKED_AT, orderby="PurchaseOrder desc")
    newest = rows_of(seen)[0] if seen.good else []
    yield from _usual(exam, [{**row, _ITEMS: names.items_of(row)} for row in newest])
    yield from _free(field, newest)
    yield from _searchable(exam, field)


def _usual(exam: Exam, newest: list[Row]) -> Iterator[Diagnosis]:
    """Compare the writer's settings of each plant with the newest orders that have an item for it."""
    names = {
        "company_code": "CompanyCode",
        "purchasing_organisation": "PurchasingOrganization",
        "purchasing_group": "PurchasingGroup",
    }
    for plant, ours in sorted(exam.settings.plants.items()):
        there = [row for row in newest if any(item.get("Plant") == plant for item in row[_ITEMS])]
        for key, name in names.items():
            known = sorted({str(row.get(name, "")) for row in there})
            if there and getattr(ours, key) not in known:
                what = f"the newest {len(there)} orders for plant {plant} have {name} {', '.join(known[:5])}"
                what += f", the settings say {getattr(ours, key)}"
                yield found("writer-unusual", what, setting=f"plants.{plant}.{key}")


def _free(field: str, newest: list[Row]) -> Iterator[Diagnosis]:
    """Whether the reference field holds anything but order keys in the newest orders."""
    strangers = [row for row in newest if row.get(field) and not _KEY.match(str(row[field]))]
    if len(strangers) > _MOST_STRANGERS * len(newest):
        what = f"{len(strangers)} of the newest {len(newest)} orders carry something else in {field}"
        yield found("reference-in-use", what)
    elif newest:
        yield fine(f"{field} is free in the newest {len(newest)} orders")


def _searchable(exam: Exam, field: str) -> Iterator[Diagnosis]:
    """Search a key that cannot exist: strangers or a refusal mean that own orders cannot be found again."""
    names = order_names(exam.settings)
    seen = exam.rows(names.service, names.query(("PurchaseOrder", field), where=f"{field} eq {text(_NO_KEY)}"))
    if not seen.good:
        yield found("reference-not-searchable", f"a search by {field} is refused: {seen.text or 'no data came'}")
    elif rows_of(seen)[0]:
        yield found("reference-not-searchable", f"a search by {field} for a key that cannot exist returns strangers")
    else:
        yield fine(f"{field} can be searched")


def powers(exam: Exam) -> Iterator[Diagnosis]:
    """What the user can do although it should not."""
    bank = exam.get(f"{PARTNERS.path}/A_BusinessPartnerBank", options={"top": 1, "select": "BusinessPartner"})
    if bank.good:
        yield found("may-see-bank-data", f"user {exam.settings.user} may read A_BusinessPartnerBank")
    elif bank.status == 403:
        yield fine("bank data of suppliers are closed to the user")
    if exam.get(_TASKS).good:
        yield found("may-release", f"user {exam.settings.user} reaches the service for tasks of approval")
    how = "check that its roles hold neither M_EINK_FRG (release) nor F_LFA1_BEK or B_BUPA_RLT 01/02 (suppliers)"
    yield found("cannot-be-checked", "whether the user may release orders or change suppliers", how=how)
