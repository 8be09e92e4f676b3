"""Items, planning data, locations, stock, suppliers and terms of supply in canonical columns.

Not offered by the published interface and therefore absent: quantities of safety stock (only the method is), unit
conversions (settings name them), order minimum and multiple per supplier (those of the item are used), agreement
prices and price breaks (only the key of an agreement line is documented), currency and minimum value of suppliers.
"""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

from connectors.oracle.lookups import ended, usable
from connectors.oracle.settings import FusionSettings, plain
from connectors.oracle.source import Source
from connectors.oracle.wire import Columns, number, whole

_STATUSES = {
    "active": "active", "inactive": "blocked", "blocked": "blocked", "on hold": "blocked", "hold": "blocked",
    "phase out": "phase_out", "phase-out": "phase_out", "obsolete": "discontinued", "discontinued": "discontinued",
}  # fmt: skip


def _statuses(columns: Columns, settings: FusionSettings) -> list[Any]:
    """Canonical status of an item; a word that nobody has mapped stays, to be set aside with a reason."""
    table = _STATUSES | {name.strip().lower(): status for name, status in settings.item_statuses.items()}
    return [table.get(str(word or "active").strip().lower(), word) for word in columns["ItemStatusValue"]]


def _pick(columns: Columns, keep: list[int], names: dict[str, str]) -> Columns:
    return {canonical: [columns[name][i] for i in keep] for canonical, name in names.items()}


def items(source: Source) -> Columns:
    """One row per item: that of the first configured organisation that has it."""
    columns, units = source.items(), source.base_units()
    settings = source.settings
    first: dict[Any, int] = {}
    for i, item in enumerate(columns["ItemNumber"]):
        first.setdefault(item, i)
    keep = list(first.values())
    status = _statuses(columns, settings)
    names = {"item": "ItemNumber", "description": "ItemDescription", "category": "ItemClass", "unit_cost": "ListPrice"}
    return {
        **_pick(columns, keep, names),
        "unit": [units.get(columns["ItemNumber"][i]) for i in keep],
        "currency": [settings.organizations[columns["location"][i]].currency or None for i in keep],
        "shelf_life_days": [columns["ShelfLifeDays"][i] or None for i in keep],
        "status": [status[i] for i in keep],
    }


def _planned(columns: Columns) -> list[int]:
    """Rows of items that are stocked and bought, not made."""
    flags = zip(columns["StockEnabledFlag"], columns["PlanningMakeBuyValue"], strict=True)
    return [i for i, (stocked, source) in enumerate(flags) if stocked is not False and source != "Make"]


def item_locations(source: Source) -> Columns:
    """Planning data of stocked, bought items; what must not be bought is blocked."""
    columns, settings = source.items(), source.settings
    keep, status = _planned(columns), _statuses(columns, settings)
    closed = [False in (columns["PurchasableFlag"][i], columns["PurchasingFlag"][i]) for i in keep]
    manual = settings.methods_without_automatic_orders
    names = {
        "item": "ItemNumber", "location": "location", "unit_cost": "ListPrice",
        "reorder_point": "MinimumMinmaxQuantity", "order_up_to": "MaximumMinmaxQuantity",
    }  # fmt: skip
    return {
        **_pick(columns, keep, names),
        "status": [
            "blocked" if shut and status[i] == "active" else status[i] for i, shut in zip(keep, closed, strict=True)
        ],
        "currency": [settings.organizations[columns["location"][i]].currency or None for i in keep],
        "auto_order": [columns["InventoryPlanningMethodValue"][i] not in manual for i in keep],
        "buyer": [columns["BuyerEmailAddress"][i] or columns["DefaultBuyerValue"][i] for i in keep],
    }


def locations(source: Source) -> Columns:
    """The configured organisations."""
    rows = source.organizations()
    return {
        "location": list(rows),
        "system": [source.settings.system] * len(rows),
        "name": [row["OrganizationName"] for row in rows.values()],
    }


_QUANTITIES = ("OnhandQuantity", "ReservedQuantity", "ReceivingQuantity")


def stock(source: Source) -> Columns:
    """Stock per item and location, 0 where the item has no stock row; a row that is no number stays on its own.

    InboundQuantity is left out, because it is the same supply as the open schedules; consigned stock is not ours.
    A list without any row is no stock list: it gives nothing, because zeros everywhere would order everything.
    """
    columns, settings = source.onhand(), source.settings
    listed = len(columns["ItemNumber"])
    sums: defaultdict[tuple[Any, Any], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 4)
    odd: list[tuple[Any, ...]] = []
    names = ("ItemNumber", "location", "SubinventoryCode", *_QUANTITIES)
    for item, location, place, *raw in zip(*(columns[name] for name in names), strict=True):
        values = [Decimal(0) if value is None else number(value) for value in raw]
        on_hand, reserved, receiving = values
        if on_hand is None or reserved is None or receiving is None:
            odd.append((item, location, *raw, 0))
            continue
        apart = place in settings.organizations[location].excluded_subinventories
        added = (Decimal(0), Decimal(0), receiving, on_hand) if apart else (on_hand, reserved, receiving, Decimal(0))
        sums[item, location] = [a + b for a, b in zip(sums[item, location], added, strict=True)]
    known = source.items()
    for i in _planned(known) if listed else ():
        sums.setdefault((known["ItemNumber"][i], known["location"][i]), [Decimal(0)] * 4)
    rows = [*((*key, *values) for key, values in sums.items()), *odd]
    out = ("item", "location", "on_hand", "reserved", "inspection", "blocked")
    return {name: [row[i] for row in rows] for i, name in enumerate(out)}


def suppliers(source: Source, with_orders: frozenset[str]) -> Columns:
    """Suppliers that are approved for an item or have an order; blocked when no site of theirs may get one."""
    today = source.clock.today(source.settings.timezone).isoformat()
    used = {whole(key) for key in source.approved()["SupplierId"]}
    bus = {source.lookups.procurement_bu(bu) for bu in source.settings.procurement_bus()}
    rows = [r for r in source.suppliers() if whole(r["SupplierId"]) in used or str(r["SupplierNumber"]) in with_orders]
    emails, blocked = [], []
    for row in rows:
        active = str(row["Status"] or "ACTIVE").upper() == "ACTIVE" and not ended(row, today)
        sites = source.lookups.sites(whole(row["SupplierId"]) or 0) if active else []
        good = [site for site in sites if whole(site["ProcurementBUId"]) in bus and not usable(site, today)]
        blocked.append(not good)
        emails.append(next((site["Email"] for site in good if site["Email"]), None))
    return {
        "supplier": [row["SupplierNumber"] for row in rows],
        "name": [row["Supplier"] for row in rows],
        "group": [row["SupplierTypeCode"] for row in rows],
        "email": emails,
        "blocked": blocked,
    }


_TERMS = ("item", "location", "supplier", "price", "currency", "price_unit", "order_unit", "unit_factor",
          "lead_time_days", "moq", "order_multiple", "max_quantity")  # fmt: skip


def sourcing(source: Source, schedules: Columns) -> Columns:
    """Approved suppliers per item and location at the price of the newest order, else at list price."""
    columns, codes = source.items(), source.supplier_codes()
    places: defaultdict[Any, list[int]] = defaultdict(list)
    for i in _planned(columns):
        places[columns["ItemNumber"][i]].append(i)
    organizations = {
        name: code
        for code, row in source.organizations().items()
        for name in (code, row["OrganizationName"], str(row["OrganizationId"]))
    }
    newest = _newest_prices(schedules)
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    approved = source.approved()
    names = ("Item", "SupplierId", "Supplier", "ShipToOrganization")
    for item, supplier_id, name, ship_to in zip(*(approved[n] for n in names), strict=True):
        supplier = codes.get(whole(supplier_id)) or codes.get(name) or name
        for i in places.get(item, ()):
            location = columns["location"][i]
            if ship_to is None or organizations.get(ship_to) == location:
                found[item, location, supplier] = _terms(source, i, supplier, newest)
    return {name: [row[i] for row in found.values()] for i, name in enumerate(_TERMS)}


def _newest_prices(schedules: Columns) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Price, currency, unit and base units per unit of the newest order by item, supplier and location or any."""
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    names = ("ordered_on", "item", "supplier", "location", "price", "currency", "unit", "factor")
    rows = [row for row in zip(*(schedules[n] for n in names), strict=True) if row[0] and row[4] and row[7]]
    for _, item, supplier, location, *terms in sorted(rows, key=lambda row: row[0]):
        found[item, supplier, location] = found[item, supplier, None] = tuple(terms)
    return found


def _terms(source: Source, i: int, supplier: str, newest: dict[tuple[Any, ...], tuple[Any, ...]]) -> tuple[Any, ...]:
    columns = source.items()
    item, location = columns["ItemNumber"][i], columns["location"][i]
    base = source.base_units().get(item)
    listed = (columns["ListPrice"][i], source.settings.organizations[location].currency or None, base, Fraction(1))
    known = newest.get((item, supplier, location)) or newest.get((item, supplier, None)) or listed
    price, currency, unit, factor = known
    days = [number(columns[name][i]) for name in ("PreprocessingDays", "ProcessingDays", "PostprocessingDays")]
    given = [value for value in days if value is not None]
    return (
        item, location, supplier, price, currency, plain(factor), unit or base, plain(factor),
        sum(given) if given else None, columns["MinimumOrderQuantity"][i] or None,
        columns["FixedLotSizeMultiplier"][i] or None, columns["MaximumOrderQuantity"][i] or None,
    )  # fmt: skip
