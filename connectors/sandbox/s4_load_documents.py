"""Loads two years of purchase orders and goods movements into the S/4-like server.

Movements of a plant and day share one material document; quantities and days come from the company's tables.
"""

import sqlite3
from fractions import Fraction

import numpy as np
import pandas as pd

from connectors.sandbox.company import Company
from connectors.sandbox.s4_services import SETS
from connectors.sandbox.s4_state import insert

_MOVEMENT = {
    "sale": ("601", "H"),
    "issue": ("201", "H"),
    "return": ("651", "S"),
    "one_off": ("601", "H"),
    "transfer": ("641", "H"),
}


def load_documents(connection: sqlite3.Connection, company: Company, places: set[str]) -> None:
    """Load orders with items and schedule lines, then receipts, issues and returns, then the number ranges."""
    tables = {name: company.tables[name] for name in ("demand", "receipts", "open_orders")}
    at = {name: frame[frame["location"].isin(places)] for name, frame in tables.items()}
    items = company.tables["items"]
    unit = dict(zip(items["item"], items["unit"], strict=True))
    _orders(connection, at["receipts"], at["open_orders"], company, unit)
    _movements(connection, at["demand"], at["receipts"], unit)
    _late_postings(connection, company)
    top = connection.execute('SELECT max(CAST("PurchaseOrder" AS INTEGER)) FROM "PurchaseOrder"').fetchone()[0]
    ranges = [("order", (top or 4500000000) + 1), ("requisition", 10000001)]
    connection.executemany("INSERT INTO number_ranges VALUES (?, ?)", ranges)


def _lines(receipts: pd.DataFrame, open_orders: pd.DataFrame) -> pd.DataFrame:
    """One row per order line with what arrived and whether it was closed."""
    key = ["order_ref", "line"]
    shared = [
        *key, "item", "location", "supplier", "quantity_ordered", "ordered_on", "promised_on", "first_promised_on",
        "price", "currency",
    ]  # fmt: skip
    lines = pd.concat([receipts[shared], open_orders[shared]]).drop_duplicates(key)
    got = receipts.groupby(key)[["quantity_received"]].sum().reset_index()
    lines = lines.merge(got, on=key, how="left").fillna({"quantity_received": 0.0})
    still = open_orders.drop_duplicates(key)[[*key, "quantity_open"]]
    lines = lines.merge(still, on=key, how="left")
    lines["done"] = lines["quantity_open"].isna()
    return lines.fillna({"quantity_open": 0.0}).sort_values(key, ignore_index=True)


def _orders(
    connection: sqlite3.Connection,
    receipts: pd.DataFrame,
    open_orders: pd.DataFrame,
    company: Company,
    unit: dict[str, str],
) -> None:
    lines = _lines(receipts, open_orders)
    terms = company.tables["sourcing"].drop_duplicates(["item", "location", "supplier"])
    terms = terms[["item", "location", "supplier", "order_unit", "unit_factor", "price_unit"]]
    lines = lines.merge(terms, on=["item", "location", "supplier"], how="left")
    lines = lines.fillna({"unit_factor": "1", "price_unit": 1.0}).assign(base=lines["item"].map(unit))
    lines["order_unit"] = lines["order_unit"].fillna(lines["base"])
    factor = np.array([float(Fraction(text)) for text in lines["unit_factor"]])
    lines["ordered"], lines["open"] = lines["quantity_ordered"] / factor, lines["quantity_open"] / factor
    heads = lines.drop_duplicates("order_ref")
    days = heads["ordered_on"].dt.strftime("%Y-%m-%d").tolist()
    rows = zip(heads["order_ref"], heads["supplier"], heads["currency"], days, days, strict=True)
    names = ["PurchaseOrder", "Supplier", "DocumentCurrency", "PurchaseOrderDate", "CreationDate"]
    fixed = {
        "PurchaseOrderType": "NB", "CompanyCode": "1000", "PurchasingOrganization": "1000", "PurchasingGroup": "001",
        "PurchasingProcessingStatus": "05", "CreatedByUser": "BUYER", "Language": "EN", "PaymentTerms": "0001",
    }  # fmt: skip
    insert(connection, SETS["PurchaseOrder"], [*names, *fixed], (row + tuple(fixed.values()) for row in rows))
    changed = (heads["ordered_on"] - pd.Timestamp(0)) // pd.Timedelta(milliseconds=1)
    connection.executemany(
        'UPDATE "PurchaseOrder" SET "LastChangeDateTime" = ? WHERE "PurchaseOrder" = ?',
        zip(changed.tolist(), heads["order_ref"].tolist(), strict=True),
    )
    _order_items(connection, lines)
    _schedule_lines(connection, lines)


def _order_items(connection: sqlite3.Connection, lines: pd.DataFrame) -> None:
    net = (lines["price"] * lines["quantity_ordered"]).round(2)
    columns = {
        "PurchaseOrder": lines["order_ref"], "PurchaseOrderItem": lines["line"], "DocumentCurrency": lines["currency"],
        "Material": lines["item"], "Plant": lines["location"], "PurchaseOrderQuantityUnit": lines["order_unit"],
        "OrderItemQtyToBaseQtyNmrtr": lines["unit_factor"].map(lambda text: Fraction(text).numerator),
        "OrderItemQtyToBaseQtyDnmntr": lines["unit_factor"].map(lambda text: Fraction(text).denominator),
        "OrderPriceUnitToOrderUnitNmrtr": lines["unit_factor"].map(lambda text: Fraction(text).numerator),
        "OrdPriceUnitToOrderUnitDnmntr": lines["unit_factor"].map(lambda text: Fraction(text).denominator),
        "OrderQuantity": lines["ordered"], "NetPriceAmount": (lines["price"] * lines["price_unit"]).round(4),
        "NetPriceQuantity": lines["price_unit"], "OrderPriceUnit": lines["base"], "BaseUnit": lines["base"],
        "IsCompletelyDelivered": lines["done"].astype(int), "NetAmount": net, "GrossAmount": net,
    }  # fmt: skip
    fixed = {
        "PurchaseOrderCategory": "F", "CompanyCode": "1000", "StorageLocation": "0001",
        "PurchaseOrderItemCategory": "0",
        "GoodsReceiptIsExpected": 1, "InvoiceIsExpected": 1, "MaterialType": "HAWA",
    }  # fmt: skip
    rows = zip(*[column.tolist() for column in columns.values()], strict=True)
    insert(connection, SETS["PurchaseOrderItem"], [*columns, *fixed], (row + tuple(fixed.values()) for row in rows))


def _schedule_lines(connection: sqlite3.Connection, lines: pd.DataFrame) -> None:
    columns = {
        "PurchaseOrder": lines["order_ref"], "PurchaseOrderItem": lines["line"],
        "ScheduleLineDeliveryDate": _iso(lines["promised_on"]),
        "SchedLineStscDeliveryDate": _iso(lines["first_promised_on"]),
        "ScheduleLineOrderQuantity": lines["ordered"], "OpenPurchaseOrderQuantity": lines["open"],
        "PurchaseOrderQuantityUnit": lines["order_unit"], "Currency": lines["currency"],
        "ScheduleLineOrderDate": _iso(lines["ordered_on"]),
    }  # fmt: skip
    rows = zip(*[column.tolist() for column in columns.values()], strict=True)
    names = [*columns, "ScheduleLine", "DelivDateCategory"]
    insert(connection, SETS["PurchaseOrderScheduleLine"], names, ((*row, "1", "1") for row in rows))


def _iso(days: pd.Series) -> pd.Series:
    """ISO text with a year of four digits, None for no day."""
    texts = [None if pd.isna(day) else f"{day.year:04d}-{day.month:02d}-{day.day:02d}" for day in days]
    return pd.Series(texts, index=days.index, dtype=object)


def _movements(
    connection: sqlite3.Connection, demand: pd.DataFrame, receipts: pd.DataFrame, unit: dict[str, str]
) -> None:
    sold = demand[demand["quantity"] > 0]
    issues = pd.DataFrame({
        "item": sold["item"], "location": sold["location"], "day": sold["date"], "quantity": sold["quantity"],
        "type": sold["kind"].map(lambda kind: _MOVEMENT[kind][0]),
        "sign": sold["kind"].map(lambda kind: _MOVEMENT[kind][1]),
        "code": "03", "order": "", "position": "", "supplier": "", "customer": "",
    })  # fmt: skip
    came = receipts[receipts["received_on"].notna()]
    base = {"item": came["item"], "location": came["location"], "day": came["received_on"],
            "supplier": came["supplier"], "code": "01", "order": came["order_ref"], "position": came["line"],
            "customer": ""}  # fmt: skip
    arrivals = pd.DataFrame(base | {"quantity": came["quantity_received"], "type": "101", "sign": "S"})
    back = pd.DataFrame(base | {"quantity": came["quantity_rejected"], "type": "122", "sign": "H"})
    rows = pd.concat([arrivals, back[back["quantity"] > 0], issues], ignore_index=True)
    rows = rows.sort_values(["day", "location", "code"], kind="stable", ignore_index=True)
    group = rows.groupby(["day", "location", "code"], sort=True)
    rows["document"] = (group.ngroup() + 4900000001).astype(str)
    rows["number"] = (group.cumcount() + 1).astype(str)
    rows["year"] = rows["day"].dt.year.astype(str)
    rows["unit"] = rows["item"].map(unit)
    heads = rows.drop_duplicates("document")
    _write_headers(connection, heads)
    names = {
        "MaterialDocumentYear": "year", "MaterialDocument": "document", "MaterialDocumentItem": "number",
        "Material": "item", "Plant": "location", "GoodsMovementType": "type", "Supplier": "supplier",
        "PurchaseOrder": "order", "PurchaseOrderItem": "position", "MaterialBaseUnit": "unit",
        "QuantityInBaseUnit": "quantity", "EntryUnit": "unit", "QuantityInEntryUnit": "quantity",
        "DebitCreditCode": "sign",
    }  # fmt: skip
    values = zip(*[rows[column].tolist() for column in names.values()], strict=True)
    fixed = ("0001", "01")
    insert(
        connection, SETS["A_MaterialDocumentItem"], [*names, "StorageLocation", "InventoryStockType"],
        (row + fixed for row in values),
    )  # fmt: skip


def _late_postings(connection: sqlite3.Connection, company: Company) -> None:
    """Fault 50: postings of a day carry 22:00 UTC instead of midnight."""
    for dirt in company.dirt:
        if dirt.fault == 50 and dirt.route == "wire":
            day = round(pd.Timestamp(dirt.key["date"]).timestamp() * 1000)
            connection.execute(
                'UPDATE "A_MaterialDocumentHeader" SET "PostingDate" = "PostingDate" + ? WHERE "PostingDate" = ?'
                ' AND EXISTS (SELECT 1 FROM "A_MaterialDocumentItem" i WHERE i."MaterialDocument" ='
                ' "A_MaterialDocumentHeader"."MaterialDocument" AND i."Plant" = ?)',
                (22 * 3600 * 1000, day, dirt.key["location"]),
            )


def _write_headers(connection: sqlite3.Connection, heads: pd.DataFrame) -> None:
    """One posting in three carries a time of day in its date, as some gateways send it."""
    day = ((heads["day"] - pd.Timestamp(0)) // pd.Timedelta(milliseconds=1)).tolist()
    rows = zip(heads["year"], heads["document"], day, day, day, heads["code"], strict=True)
    names = [
        "MaterialDocumentYear",
        "MaterialDocument",
        "PostingDate",
        "DocumentDate",
        "CreationDate",
        "GoodsMovementCode",
    ]
    insert(connection, SETS["A_MaterialDocumentHeader"], [*names, "CreatedByUser"], ((*row, "STORE") for row in rows))
