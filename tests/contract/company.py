"""The company that every route carries, and orders that its ERP accepts; the same rows behind S/4, Fusion and files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

import pandas as pd

from bot.orders import keys
from bot.orders.model import DraftOrder, OrderLine, PurchaseOrder, Verdict
from connectors.sandbox.company import Company, make_company

AS_OF = date(2026, 3, 2)
MORNING = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
NEED_DATE = date(2026, 3, 20)
SCALE = 0.1
BLOCKED = "DELTA03"


@cache
def company() -> Company:
    """The demo company, small, in which one supplier of every location is blocked."""
    made = make_company(AS_OF, scale=SCALE)
    suppliers = made.tables["suppliers"]
    suppliers.loc[suppliers["supplier"] == BLOCKED, "blocked"] = True
    return made


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be ordered: item, location, supplier, base unit, currency."""

    item: str
    location: str
    supplier: str
    unit: str
    currency: str


def offers(locations: Sequence[str], *, blocked: bool = False) -> list[Offer]:
    """What the suppliers of these locations offer: of suppliers that may (or may not) be ordered from."""
    tables = company().tables
    suppliers = tables["suppliers"]
    names = set(suppliers[suppliers["blocked"].fillna(False).astype(bool) == blocked]["supplier"])
    items = tables["items"]
    units = dict(zip(items["item"], items["unit"], strict=True))
    good = set(items[items["status"] == "active"]["item"])
    rows = tables["sourcing"]
    rows = rows[rows["location"].isin(list(locations)) & rows["supplier"].isin(names) & rows["item"].isin(good)]
    currencies = dict(zip(suppliers["supplier"], suppliers["currency"], strict=True))
    named = rows.drop_duplicates(["item", "location", "supplier"])
    return [
        Offer(row.item, row.location, row.supplier, units[row.item], currencies[row.supplier] or "EUR")
        for row in named.itertuples()
        if isinstance(row.item, str) and row.item in units
    ]


def draft(
    offer: Offer, sequence: int, *, system: str, quantity: Decimal = Decimal(100), price: Decimal = Decimal("1.25"),
    need_date: date = NEED_DATE, installation: str = "test",
) -> DraftOrder:  # fmt: skip
    """One approved order of one line for an offer; another sequence is another need, hence another key."""
    need = keys.need_key(offer.item, offer.location, offer.supplier, keys.bucket(need_date), sequence)
    line = OrderLine(1, offer.item, offer.location, quantity, offer.unit, price, need_date, need)
    order = PurchaseOrder(
        keys.order_key(installation, [need], 0), 0, system, offer.supplier, offer.location, offer.currency,
        AS_OF, (line,),
    )  # fmt: skip
    return DraftOrder(order, Verdict.AUTO, order.total)


def drafts(system: str, count: int, locations: Sequence[str], refused: Sequence[Offer] = ()) -> list[DraftOrder]:
    """Many different orders over all offers; every 40th is one that the ERP refuses, where `refused` names some."""
    good = offers(locations)
    made = []
    for place in range(count):
        bad = bool(refused) and place % 40 == 39
        offer = refused[place % len(refused)] if bad else good[place % len(good)]
        need_date = NEED_DATE + timedelta(days=place % 5)
        quantity = Decimal(10 + 5 * (place % 37))
        made.append(draft(offer, place, system=system, quantity=quantity, need_date=need_date))
    assert len({one.order.order_key for one in made}) == count, "keys repeat"
    return made


def frames(locations: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The canonical tables of some locations, as a folder or memory would hold them."""
    here = set(locations)
    return {
        name: frame[frame["location"].isin(here)].reset_index(drop=True) if "location" in frame else frame.copy()
        for name, frame in company().tables.items()
        if name not in {"lanes", "signals", "calendars", "rates"}
    }
