"""Loads the demo company into the tables of the ECC-like library: the part that the S/4-like server has too.

It translates canonical columns into tables one way only; nothing here reads them back.
"""

import sqlite3
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from connectors.sandbox.company import Company
from connectors.sandbox.ecc_state import insert, make, opened

USER, PASSWORD, SYSTEM_ID = "RESTOCK", "secret", "ECP"
ORGANIZATION = "1000"
_DECIMALS = {"JPY": 0, "KWD": 3}
_MOVES = {"sale": ("601", "H"), "issue": ("201", "H"), "return": ("651", "S"), "one_off": ("601", "H"),
          "transfer": ("641", "H")}  # fmt: skip


def load_ecc(company: Company, path: Path, *, wide: bool = False) -> None:
    """Make a new system at `path`; with `wide` its table reader is the newer one."""
    make(path)
    places = {place for place, system in company.systems.items() if system == "s4"}
    with opened(path) as connection:
        loader = _Loader(connection, company, places)
        loader.materials()
        loader.stock()
        loader.suppliers()
        loader.info_records()
        loader.orders()
        loader.movements()
        facts = [("today", f"{company.as_of:%Y%m%d}"), ("wide", "yes" if wide else "no")]
        connection.executemany("INSERT INTO facts VALUES (?, ?)", facts)


def pad(code: str, length: int) -> str:
    """Internal form of a code."""
    return code.zfill(length) if code.isdecimal() else code.upper()


def _day(value: Any) -> str:
    return "" if pd.isna(value) else f"{value.year:04d}{value.month:02d}{value.day:02d}"


def _number(value: Any) -> str:
    return "0" if pd.isna(value) else format(Decimal(repr(float(value))), "f")


class _Loader:
    """Fills the tables."""

    def __init__(self, connection: sqlite3.Connection, company: Company, places: set[str]) -> None:
        self._connection, self._places = connection, places
        self._at = {n: f[f["location"].isin(places)] for n, f in company.tables.items() if "location" in f}
        used = set(self._at["item_locations"]["item"]) | set(self._at["stock"]["item"])
        items = company.tables["items"]
        self._items = items[items["item"].isin(used)].drop_duplicates("item")
        self._unit = dict(zip(items["item"], items["unit"], strict=True))
        self._units = company.tables["units"][company.tables["units"]["item"].isin(used)]
        self._suppliers = company.tables["suppliers"]
        self._locations = company.tables["locations"]

    def _put(self, table: str, columns: dict[str, Any]) -> None:
        """Insert columns; a scalar is repeated. Repeated keys keep their first row."""
        frame = pd.DataFrame(columns).astype("str")
        rows = list(dict.fromkeys(map(tuple, frame.to_numpy().tolist())))
        insert(self._connection, table, list(frame.columns), rows)

    def materials(self) -> None:
        """Materials, their texts, units, plants, values; plants; currencies without two decimals."""
        items = self._items
        code = [pad(item, 18) for item in items["item"]]
        gone = ["X" if status == "discontinued" else "" for status in items["status"]]
        halt = ["01" if status == "blocked" else "" for status in items["status"]]
        group = [path.partition("/")[0][:4].upper() + path.partition("/")[2][:5].upper() for path in items["category"]]
        self._put("MARA", {"MATNR": code, "MEINS": items["unit"].tolist(), "MATKL": group, "MTART": "HAWA",
                           "LVORM": gone, "MSTAE": halt})  # fmt: skip
        self._put("MAKT", {"MATNR": code, "SPRAS": "E", "MAKTX": items["description"].str.slice(0, 40).tolist()})
        self._put("MARM", {"MATNR": [*code, *(pad(i, 18) for i in self._units["item"])],
                           "MEINH": [*items["unit"], *self._units["unit"]],
                           "UMREZ": ["1"] * len(code) + [_number(v) for v in self._units["base_units"]],
                           "UMREN": "1"})  # fmt: skip
        places = self._locations[self._locations["location"].isin(self._places)]
        self._put("T001W", {"WERKS": places["location"].tolist(), "NAME1": places["name"].str.slice(0, 30).tolist(),
                            "FABKL": "01"})  # fmt: skip
        self._put("TCURX", {"CURRKEY": list(_DECIMALS), "CURRDEC": list(_DECIMALS.values())})
        self._plants()

    def _plants(self) -> None:
        rows = self._at["item_locations"].drop_duplicates(["item", "location"])
        code = [pad(item, 18) for item in rows["item"]]
        multiple = self._at["sourcing"].drop_duplicates(["item", "location"]).set_index(["item", "location"])
        at = pd.MultiIndex.from_frame(rows[["item", "location"]])
        self._put("MARC", {
            "MATNR": code, "WERKS": rows["location"].tolist(), "EKGRP": rows["buyer"].tolist(), "DISMM": "VB",
            "LVORM": ["X" if status == "discontinued" else "" for status in rows["status"]],
            "BESKZ": "F", "MINBE": [_number(v) for v in rows["reorder_point"]],
            "MABST": [_number(v) for v in rows["order_up_to"]], "EISBE": [_number(v) for v in rows["safety_stock"]],
            "BSTRF": [_number(v) for v in multiple["order_multiple"].reindex(at).fillna(0)],
            "PLIFZ": [_number(v) for v in multiple["lead_time_days"].reindex(at).fillna(0).clip(0, 999)],
            "WEBAZ": "0", "BSTMI": "0", "BSTMA": "0", "BSTFE": "0",
        })  # fmt: skip
        per = [100 if cost < 0.1 else 1 for cost in rows["unit_cost"]]
        value = [_number(round(cost * count, 2)) for cost, count in zip(rows["unit_cost"], per, strict=True)]
        self._put("MBEW", {"MATNR": code, "BWKEY": rows["location"].tolist(), "BWTAR": "", "VPRSV": "V",
                           "VERPR": value, "STPRS": value, "PEINH": per, "LBKUM": "0", "SALK3": "0"})  # fmt: skip

    def stock(self) -> None:
        """One row per plant in storage location 0001."""
        rows = self._at["stock"].drop_duplicates(["item", "location"])
        self._put("MARD", {
            "MATNR": [pad(item, 18) for item in rows["item"]], "WERKS": rows["location"].tolist(), "LGORT": "0001",
            "LABST": [_number(v) for v in rows["on_hand"]], "INSME": [_number(v) for v in rows["inspection"]],
            "SPEME": [_number(v) for v in rows["blocked"]], "UMLME": [_number(v) for v in rows["in_transit"]],
            "EINME": "0", "RETME": "0",
        })  # fmt: skip

    def suppliers(self) -> None:
        """Suppliers and what purchasing keeps of them."""
        rows = self._suppliers
        code = [pad(item, 10) for item in rows["supplier"]]
        stop = ["X" if flag else "" for flag in rows["blocked"]]
        self._put("LFA1", {"LIFNR": code, "NAME1": rows["name"].str.slice(0, 35).tolist(), "SPERM": stop, "SPRAS": "E"})
        self._put("LFM1", {"LIFNR": code, "EKORG": ORGANIZATION, "SPERM": stop, "WAERS": rows["currency"].tolist(),
                           "MINBW": [_number(v) for v in rows["min_order_value"]], "PLIFZ": "0"})  # fmt: skip

    def info_records(self) -> None:
        """Info records with terms per plant; the newest terms win where there are several."""
        rows = self._at["sourcing"].drop_duplicates(["item", "location", "supplier"], keep="last")
        rows = rows[rows["supplier"].isin(self._suppliers["supplier"])]
        pairs = rows.drop_duplicates(["item", "supplier"])
        number = {key: str(5300000000 + n) for n, key in enumerate(zip(pairs["item"], pairs["supplier"], strict=True))}
        factor = [Fraction(text) for text in pairs["unit_factor"]]
        self._put("EINA", {
            "INFNR": list(number.values()), "MATNR": [pad(i, 18) for i in pairs["item"]],
            "LIFNR": [pad(s, 10) for s in pairs["supplier"]], "MEINS": pairs["order_unit"].tolist(),
            "UMREZ": [f.numerator for f in factor], "UMREN": [f.denominator for f in factor],
            "RELIF": ["X" if rank == 1 else "" for rank in pairs["priority"]],
        })  # fmt: skip
        price = [Decimal(repr(float(p))) * Decimal(10) ** (_DECIMALS.get(c, 2) - 2)
                 for p, c in zip(rows["price"], rows["currency"], strict=True)]  # fmt: skip
        lot = [float(m) / float(Fraction(f)) for m, f in zip(rows["moq"], rows["unit_factor"], strict=True)]
        self._put("EINE", {
            "INFNR": [number[key] for key in zip(rows["item"], rows["supplier"], strict=True)],
            "EKORG": ORGANIZATION, "ESOKZ": "0", "WERKS": rows["location"].tolist(), "WAERS": rows["currency"].tolist(),
            "MINBM": [_number(v) for v in lot], "APLFZ": [_number(min(max(v, 0), 999)) for v in rows["lead_time_days"]],
            "NETPR": [format(p, "f") for p in price], "PEINH": [_number(v) for v in rows["price_unit"]],
            "BPRME": [self._unit[i] for i in rows["item"]], "NORBM": "0",
        })  # fmt: skip

    def orders(self) -> None:
        """Two years of orders with their items, schedule lines and history."""
        receipts, still = self._at["receipts"], self._at["open_orders"]
        key = ["order_ref", "line"]
        shared = [*key, "item", "location", "supplier", "quantity_ordered", "ordered_on", "promised_on",
                  "first_promised_on", "price", "currency"]  # fmt: skip
        lines = pd.concat([receipts[shared], still[shared]]).drop_duplicates(key)
        came = receipts.groupby(key)["quantity_received"].sum()
        at = pd.MultiIndex.from_frame(lines[key])
        got = came.reindex(at).fillna(0.0).to_numpy()
        open_ = set(map(tuple, still[key].to_numpy().tolist()))
        heads = lines.drop_duplicates("order_ref")
        self._put("EKKO", {
            "EBELN": heads["order_ref"].tolist(), "BUKRS": "1000", "BSTYP": "F", "BSART": "NB", "EKORG": ORGANIZATION,
            "EKGRP": "001", "LIFNR": [pad(s, 10) for s in heads["supplier"]], "WAERS": heads["currency"].tolist(),
            "BEDAT": [_day(d) for d in heads["ordered_on"]], "AEDAT": [_day(d) for d in heads["ordered_on"]],
            "PROCSTAT": "05", "ERNAM": "BUYER",
        })  # fmt: skip
        place = {"EBELN": lines["order_ref"].tolist(), "EBELP": [line.zfill(5) for line in lines["line"]]}
        self._put("EKPO", place | {
            "MATNR": [pad(i, 18) for i in lines["item"]], "WERKS": lines["location"].tolist(),
            "MENGE": [_number(q) for q in lines["quantity_ordered"]], "MEINS": [self._unit[i] for i in lines["item"]],
            "UMREZ": "1", "UMREN": "1", "BPUMZ": "1", "BPUMN": "1", "PEINH": "1000", "WEPOS": "X", "PSTYP": "0",
            "NETPR": [_number(round(p * 1000, 2)) for p in lines["price"]],
            "BPRME": [self._unit[i] for i in lines["item"]],
            "ELIKZ": ["" if pair in open_ else "X" for pair in map(tuple, lines[key].to_numpy().tolist())],
        })  # fmt: skip
        self._put("EKET", place | {
            "ETENR": "0001", "EINDT": [_day(d) for d in lines["promised_on"]],
            "SLFDT": [_day(d) for d in lines["first_promised_on"]],
            "MENGE": [_number(q) for q in lines["quantity_ordered"]], "WEMNG": [_number(q) for q in got],
            "WAMNG": "0", "BEDAT": [_day(d) for d in lines["ordered_on"]],
        })  # fmt: skip

    def movements(self) -> None:
        """Receipts into the history, issues and sales as documents, one document per plant and day."""
        came = self._at["receipts"]
        came = came[came["received_on"].notna()]
        self._put("EKBE", {
            "EBELN": came["order_ref"].tolist(), "EBELP": [line.zfill(5) for line in came["line"]], "ZEKKN": "00",
            "VGABE": "1", "GJAHR": [str(d.year) for d in came["received_on"]],
            "BELNR": [f"{5000000001 + n}" for n in range(len(came))], "BUZEI": "0001", "BEWTP": "E", "BWART": "101",
            "BUDAT": [_day(d) for d in came["received_on"]], "CPUDT": [_day(d) for d in came["received_on"]],
            "MENGE": [_number(q) for q in came["quantity_received"]], "SHKZG": "S",
            "MATNR": [pad(i, 18) for i in came["item"]], "WERKS": came["location"].tolist(),
        })  # fmt: skip
        sold = self._at["demand"]
        sold = sold[sold["quantity"] > 0].sort_values(["date", "location"], kind="stable")
        group = sold.groupby(["date", "location"], sort=False)
        number = (group.ngroup() + 4900000001).astype("str")
        year = sold["date"].dt.year.astype("str")
        heads = pd.DataFrame({"MBLNR": number, "MJAHR": year, "BUDAT": sold["date"]}).drop_duplicates("MBLNR")
        days = [_day(d) for d in heads["BUDAT"]]
        self._put("MKPF", {"MBLNR": heads["MBLNR"].tolist(), "MJAHR": heads["MJAHR"].tolist(), "BUDAT": days,
                           "CPUDT": days, "BLDAT": days, "USNAM": "STORE"})  # fmt: skip
        self._put("MSEG", {
            "MBLNR": number.tolist(), "MJAHR": year.tolist(), "ZEILE": [f"{n + 1:04d}" for n in group.cumcount()],
            "BWART": [_MOVES[kind][0] for kind in sold["kind"]], "SHKZG": [_MOVES[kind][1] for kind in sold["kind"]],
            "MATNR": [pad(i, 18) for i in sold["item"]], "WERKS": sold["location"].tolist(), "LGORT": "0001",
            "MENGE": [_number(q) for q in sold["quantity"]], "MEINS": [self._unit[i] for i in sold["item"]],
        })  # fmt: skip


def set_today(path: Path, day: date) -> None:
    """Move the system's day, which new documents bear."""
    with opened(path) as connection:
        connection.execute("UPDATE facts SET value = ? WHERE name = 'today'", (f"{day:%Y%m%d}",))
