"""Reads who supplies what on which terms from ECC: purchasing info records, the plant's before the organisation's.

Quantity scales are not read over this route; it chooses no supplier.
"""

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from connectors.sap.ecc_base import Ecc, Row, records
from connectors.sap.ecc_master import decimals, planning_data
from connectors.sap.rfc_tables import equal
from connectors.sap.rfc_values import amount, shown, signed
from connectors.sap.values import frame, least_multiple, number, plain, positive, ratio, scaled

_STANDARD = "0"  # category of info record: not consignment, subcontracting or pipeline
_GENERAL = ["LIFNR", "MATNR", "LOEKZ", "MEINS", "UMREZ", "UMREN", "RELIF"]
_TERMS = ["LOEKZ", "WAERS", "MINBM", "APLFZ", "NETPR", "PEINH", "BPRME"]
_COLUMNS = (
    "item", "location", "supplier", "price", "currency", "lead_time_days", "price_unit", "order_unit", "unit_factor",
    "moq", "order_multiple", "priority",
)  # fmt: skip


def sourcing(ecc: Ecc) -> Iterator[pd.DataFrame]:
    """One row per item, plant and supplier that has terms there."""
    general = ecc.tables.read("EINA", ["INFNR"], _GENERAL, [equal("LOEKZ", "")])
    planned = planning_data(ecc)
    plants: dict[str, list[Row]] = {}
    for row in records(planned):
        plants.setdefault(row["MATNR"], []).append(row)
    terms, late, places = _terms(ecc), _supplier_days(ecc), decimals(ecc)
    base = dict(_base_units(ecc))
    rows = []
    for record in records(general):
        for plant in plants.get(record["MATNR"], ()):
            organisation = ecc.settings.plants[plant["WERKS"]].purchasing_organisation
            found = terms.get((record["INFNR"], organisation, plant["WERKS"])) or terms.get(
                (record["INFNR"], organisation, "")
            )
            if found is not None:
                days = _lead_time(found, late.get((record["LIFNR"], organisation), ""), plant)
                rows.append(_row({**record, "base": base.get(record["MATNR"], "")}, found, plant, days, places))
    yield frame(_COLUMNS, rows)


def _base_units(ecc: Ecc) -> Iterator[tuple[str, str]]:
    rows = ecc.tables.read("MARA", ["MATNR"], ["MEINS"])
    return zip(rows["MATNR"], rows["MEINS"], strict=True)


def _terms(ecc: Ecc) -> dict[tuple[str, str, str], Row]:
    """Terms by info record, organisation and plant; an empty plant is the organisation's level."""
    found: dict[tuple[str, str, str], Row] = {}
    for organisation in ecc.settings.organisations:
        where = [equal("EKORG", organisation), equal("ESOKZ", _STANDARD), equal("LOEKZ", "")]
        rows = ecc.tables.read("EINE", ["INFNR", "EKORG", "ESOKZ", "WERKS"], _TERMS, where)
        found |= {(row["INFNR"], organisation, row["WERKS"]): row for row in records(rows)}
    return found


def _supplier_days(ecc: Ecc) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for organisation in ecc.settings.organisations:
        rows = ecc.tables.read("LFM1", ["LIFNR", "EKORG"], ["PLIFZ"], [equal("EKORG", organisation)])
        found |= {(code, organisation): days for code, days in zip(rows["LIFNR"], rows["PLIFZ"], strict=True)}
    return found


def _lead_time(terms: Row, supplier_days: str, plant: Row) -> str:
    """Calendar days: of the info record, else the supplier, else the material; plus the work days of goods receipt."""
    given = (number(signed(text)) for text in (terms["APLFZ"], supplier_days, plant["PLIFZ"]))
    days = next((value for value in given if value), None)
    checked = number(signed(plant["WEBAZ"])) or 0
    return "" if days is None else plain(days + math.ceil(checked * 7 / 5))


def _price_base(general: Row, terms: Row, factor: Fraction | None) -> Fraction | None:
    """Base units that the price is for; None where its unit is neither the order unit nor the base unit."""
    per = Fraction(number(signed(terms["PEINH"])) or 1)
    if terms["BPRME"] in {"", general["MEINS"]}:
        return None if factor is None else per * factor
    return per if terms["BPRME"] == general["base"] else None


def _row(general: Row, terms: Row, plant: Row, days: str, places: Mapping[str, int]) -> tuple[Any, ...]:
    factor, unit = ratio(signed(general["UMREZ"]), signed(general["UMREN"])), general["MEINS"]
    base = _price_base(general, terms, factor)
    return (
        shown(general["MATNR"]), plant["WERKS"], shown(general["LIFNR"]),
        amount(terms["NETPR"], places.get(terms["WAERS"], 2)), terms["WAERS"], days,
        "?" if base is None else plain(base), unit, f"? {unit}" if factor is None else str(factor),
        scaled(positive(signed(terms["MINBM"])), factor, unit) if positive(signed(terms["MINBM"])) else "",
        "" if factor is None else least_multiple(signed(plant["BSTRF"]), factor), "1" if general["RELIF"] else "2",
    )  # fmt: skip
