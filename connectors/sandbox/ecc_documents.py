"""The modules of the ECC-like library that create, change and show documents.

What they create stays in the session until the commit; the rules are the few that the connector can meet.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connectors.sandbox.ecc_interfaces import FUNCTIONS, Field
from connectors.sandbox.ecc_state import next_number

Rows = list[tuple[str, dict[str, Any]]]
Values = dict[str, Any]
_FIXED = {"BSTYP": "F", "PROCSTAT": "02", "ERNAM": "RESTOCK"}


@dataclass(slots=True)
class Unit:
    """What one ABAP session has done and not yet committed: rows to insert and items to mark as deleted."""

    rows: Rows = field(default_factory=list)
    deletions: list[tuple[str, str, str]] = field(default_factory=list)

    def clear(self) -> None:
        """Forget everything."""
        self.rows.clear()
        self.deletions.clear()


def message(kind: str, text: str, identity: str = "06", number: str = "000") -> dict[str, Any]:
    """A row of RETURN."""
    return {"TYPE": kind, "ID": identity, "NUMBER": number, "MESSAGE": text}


def create_order(connection: sqlite3.Connection, unit: Unit, values: Values) -> Values:
    """Check and keep an order; the number is drawn at once, as in the real system."""
    header = flagged(values["POHEADER"], values["POHEADERX"])
    items = _merged(values["POITEM"], values["POITEMX"], ("PO_ITEM",))
    lines = _merged(values["POSCHEDULE"], values["POSCHEDULEX"], ("PO_ITEM", "SCHED_LINE"))
    faults = _order_faults(connection, header, items, lines)
    if faults:
        rows = ["No instance of object type PurchaseOrder has been created. External reference:",
                "PO header data still faulty", *faults]  # fmt: skip
        return {"RETURN": [message("E", text) for text in rows], "EXPPURCHASEORDER": ""}
    if values["TESTRUN"]:
        return {"RETURN": [message("S", "No data changed")], "EXPPURCHASEORDER": ""}
    number = next_number(connection, "order")
    unit.rows += _order_rows(connection, number, header, items, lines)
    text = f"Standard PO created under the number {number}"
    return {"RETURN": [message("S", text, number="017")], "EXPPURCHASEORDER": number}


def flagged(row: Mapping[str, Any], marks: Mapping[str, str]) -> dict[str, Any]:
    """Fields whose flag is set; the others are ignored, as the real module does."""
    return {name: value for name, value in row.items() if marks.get(name) == "X"}


def _merged(rows: list[dict[str, Any]], marks: list[dict[str, Any]], keys: tuple[str, ...]) -> list[dict[str, Any]]:
    known = {tuple(str(mark.get(key, "")) for key in keys): mark for mark in marks}
    found = []
    for row in rows:
        mark = known.get(tuple(str(row.get(key, "")) for key in keys), {})
        found.append({key: row[key] for key in keys if key in row} | flagged(row, mark))
    return found


def _order_faults(
    connection: sqlite3.Connection, header: Values, items: list[Values], lines: list[Values]
) -> list[str]:
    faults = [f"Enter {name}" for name in ("COMP_CODE", "PURCH_ORG", "PUR_GROUP") if not header.get(name)]
    if header.get("DOC_TYPE") == "UB":
        faults += [] if header.get("SUPPL_PLNT") else ["Enter the supplying plant"]
    elif not _one(connection, "SELECT 1 FROM LFA1 WHERE LIFNR = ? AND SPERM = ''", header.get("VENDOR", "")):
        faults.append(f"Vendor {header.get('VENDOR', '')} does not exist or is blocked")
    faults += [] if items else ["No items"]
    for item in items:
        code, plant = item.get("MATERIAL") or item.get("MATERIAL_LONG") or "", item.get("PLANT", "")
        if not _one(connection, "SELECT 1 FROM MARC WHERE MATNR = ? AND WERKS = ? AND LVORM = ''", code, plant):
            faults.append(f"Material {code} not maintained in plant {plant}")
        faults += _unit_faults(connection, code, item)
        if not item.get("QUANTITY"):
            faults.append(f"Item {item.get('PO_ITEM')}: enter a quantity")
        if not any(line["PO_ITEM"] == item["PO_ITEM"] and line.get("DELIVERY_DATE") for line in lines):
            faults.append(f"Item {item.get('PO_ITEM')}: enter a delivery date")
    return faults


def _unit_faults(connection: sqlite3.Connection, code: str, item: Values) -> list[str]:
    """An order unit needs a conversion of the material or of one of its info records."""
    unit = item.get("PO_UNIT") or item.get("PO_UNIT_ISO")
    known = "SELECT 1 FROM {} WHERE MATNR = ? AND {} = ?"
    places = (("MARA", "MEINS"), ("MARM", "MEINH"), ("EINA", "MEINS"))
    if not unit or any(_one(connection, known.format(*place), code, unit) for place in places):
        return []
    return [f"Item {item.get('PO_ITEM')}: conversion of unit {unit} is not defined"]


def _order_rows(
    connection: sqlite3.Connection, number: str, header: Values, items: list[Values], lines: list[Values]
) -> Rows:
    today = _one(connection, "SELECT value FROM facts WHERE name = 'today'")
    rows: Rows = [("EKKO", {
        "EBELN": number, "BUKRS": header["COMP_CODE"], "BSART": header.get("DOC_TYPE", "NB"), "BEDAT": today,
        "AEDAT": today, "LIFNR": header.get("VENDOR", ""), "EKORG": header["PURCH_ORG"],
        "EKGRP": header["PUR_GROUP"], "WAERS": header.get("CURRENCY", "EUR"), "UNSEZ": header.get("OUR_REF", ""),
        "IHREZ": header.get("REF_1", ""), "RESWK": header.get("SUPPL_PLNT", ""), **_FIXED,
    })]  # fmt: skip
    for item in items:
        rows.append(("EKPO", _item_row(connection, number, item, header.get("CURRENCY", "EUR"))))
    for line in lines:
        rows.append(("EKET", {
            "EBELN": number, "EBELP": line["PO_ITEM"], "ETENR": line["SCHED_LINE"], "EINDT": line["DELIVERY_DATE"],
            "SLFDT": line["DELIVERY_DATE"], "MENGE": line.get("QUANTITY", Decimal(0)), "BEDAT": today, "WEMNG": "0",
            "WAMNG": "0",
        }))  # fmt: skip
    return rows


def _item_row(connection: sqlite3.Connection, number: str, item: Values, currency: str) -> dict[str, Any]:
    code = item.get("MATERIAL") or item.get("MATERIAL_LONG")
    base = _one(connection, "SELECT MEINS FROM MARA WHERE MATNR = ?", code)
    unit = item.get("PO_UNIT") or item.get("PO_UNIT_ISO") or base
    factor = connection.execute("SELECT UMREZ, UMREN FROM MARM WHERE MATNR = ? AND MEINH = ?", (code, unit)).fetchone()
    above, below = (factor["UMREZ"], factor["UMREN"]) if factor else ("1", "1")
    digits = _one(connection, "SELECT CURRDEC FROM TCURX WHERE CURRKEY = ?", currency)
    price = Decimal(item.get("NET_PRICE", Decimal(0))) * Decimal(10) ** (int(digits or 2) - 2)
    return {
        "EBELN": number, "EBELP": item["PO_ITEM"], "MATNR": code, "WERKS": item["PLANT"], "MENGE": item["QUANTITY"],
        "MEINS": unit, "UMREZ": above, "UMREN": below, "BPRME": item.get("ORDERPR_UN") or unit, "BPUMZ": "1",
        "BPUMN": "1", "NETPR": price, "PEINH": item.get("PRICE_UNIT", Decimal(1)), "WEPOS": "X", "PSTYP": "0",
    }  # fmt: skip


def change_order(connection: sqlite3.Connection, unit: Unit, values: Values) -> Values:
    """Mark items as deleted; anything else is not imitated."""
    number = values["PURCHASEORDER"]
    items = _merged(values["POITEM"], values["POITEMX"], ("PO_ITEM",))
    if not _one(connection, "SELECT 1 FROM EKKO WHERE EBELN = ?", number):
        return {"RETURN": [message("E", f"Purchasing document {number} does not exist")]}
    unit.deletions += [(item["DELETE_IND"], number, item["PO_ITEM"]) for item in items if item.get("DELETE_IND")]
    return {"RETURN": [message("S", f"Standard PO {number} changed", number="023")]}


def create_requisition(connection: sqlite3.Connection, unit: Unit, values: Values) -> Values:
    """Check and keep a requisition."""
    items = _merged(values["PRITEM"], values["PRITEMX"], ("PREQ_ITEM",))
    faults = [f"Item {item['PREQ_ITEM']}: enter {name}" for item in items for name in ("PLANT", "QUANTITY", "PUR_GROUP")
              if not item.get(name)]  # fmt: skip
    wanted = [(item.get("MATERIAL") or item.get("MATERIAL_LONG") or "", plant) for item in items
              for plant in (item.get("PLANT"), item.get("SUPPL_PLNT")) if plant]  # fmt: skip
    faults += [f"Material {code} not maintained in plant {plant}" for code, plant in wanted
               if not _one(connection, "SELECT 1 FROM MARC WHERE MATNR = ? AND WERKS = ?", code, plant)]  # fmt: skip
    if faults or not items:
        return {"RETURN": [message("E", text) for text in faults or ["No items"]], "NUMBER": ""}
    if values["TESTRUN"]:
        return {"RETURN": [message("S", "No data changed")], "NUMBER": ""}
    number = next_number(connection, "requisition")
    kind = flagged(values["PRHEADER"], values["PRHEADERX"]).get("PR_TYPE", "NB")
    unit.rows += [("EBAN", {
        "BANFN": number, "BNFPO": item["PREQ_ITEM"], "BSART": kind, "WERKS": item["PLANT"],
        "MATNR": item.get("MATERIAL") or item.get("MATERIAL_LONG"), "RESWK": item.get("SUPPL_PLNT", ""),
        "MENGE": item["QUANTITY"], "LFDAT": item.get("DELIV_DATE", ""), "EKGRP": item["PUR_GROUP"],
        "AFNAM": item.get("PREQ_NAME", ""), "BEDNR": item.get("TRACKINGNO", ""), "PSTYP": item.get("ITEM_CAT", "0"),
        "BSMNG": "0",
    }) for item in items]  # fmt: skip
    return {"RETURN": [message("S", f"Purchase requisition number {number} created")], "NUMBER": number}


def detail(connection: sqlite3.Connection, values: Values) -> Values:
    """Show an order with its history and confirmations."""
    number = values["PURCHASEORDER"]
    head = connection.execute("SELECT * FROM EKKO WHERE EBELN = ?", (number,)).fetchone()
    if head is None:
        return {"RETURN": [message("E", f"Purchasing document {number} does not exist")]}
    digits = int(_one(connection, "SELECT CURRDEC FROM TCURX WHERE CURRKEY = ?", head["WAERS"]) or 2)

    def rows(table: str) -> list[sqlite3.Row]:
        return connection.execute(f"SELECT * FROM {table} WHERE EBELN = ?", (number,)).fetchall()  # noqa: S608 - own names

    return {
        "POHEADER": {"PO_NUMBER": number, "VENDOR": head["LIFNR"], "CURRENCY": head["WAERS"], "OUR_REF": head["UNSEZ"],
                     "REF_1": head["IHREZ"], "DOC_TYPE": head["BSART"], "SUPPL_PLNT": head["RESWK"]},
        "POITEM": [{
            "PO_ITEM": r["EBELP"], "MATERIAL": r["MATNR"], "PLANT": r["WERKS"], "QUANTITY": Decimal(r["MENGE"]),
            "PO_UNIT": r["MEINS"], "NET_PRICE": Decimal(r["NETPR"]) * Decimal(10) ** (2 - digits),
            "PRICE_UNIT": Decimal(r["PEINH"] or 1), "NO_MORE_GR": r["ELIKZ"],
            "DELETE_IND": "",
        } for r in rows("EKPO")],
        "POSCHEDULE": [{
            "PO_ITEM": r["EBELP"], "SCHED_LINE": r["ETENR"], "DELIVERY_DATE": r["EINDT"],
            "QUANTITY": Decimal(r["MENGE"]),
        } for r in rows("EKET")],
        "POHISTORY": [{
            "PO_ITEM": r["EBELP"], "PROCESS_ID": r["VGABE"], "MOVE_TYPE": r["BWART"], "PSTNG_DATE": r["BUDAT"],
            "QUANTITY": Decimal(r["MENGE"]), "DB_CR_IND": r["SHKZG"], "MAT_DOC": r["BELNR"],
        } for r in rows("EKBE")],
        "POCONFIRMATION": [{
            "PO_ITEM": r["EBELP"], "CONF_SER": r["ETENS"], "CONF_TYPE": r["EBTYP"], "DELIV_DATE": r["EINDT"],
            "QUANTITY": Decimal(r["MENGE"]), "DELETE_IND": r["LOEKZ"],
        } for r in rows("EKES")],
        "RETURN": [],
    }  # fmt: skip


def _one(connection: sqlite3.Connection, text: str, *cells: Any) -> Any:
    row = connection.execute(text, cells).fetchone()
    return None if row is None else row[0]


def outputs(function: str, answer: Values) -> Values:
    """The answer with every field of every structure that comes out, initial where nothing is known."""
    found: Values = {}
    for name, parameter in FUNCTIONS[function].items():
        value = answer.get(name)
        if parameter.direction == "import":
            continue
        if parameter.kind == "scalar":
            found[name] = parameter.fields["VALUE"].initial() if value is None else value
        elif parameter.kind == "struct":
            found[name] = _whole(parameter.fields, value or {})
        else:
            found[name] = [_whole(parameter.fields, row) for row in value or []]
    return found


def _whole(fields: Mapping[str, Field], row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row.get(name, each.initial()) for name, each in fields.items()}
