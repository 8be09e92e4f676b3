"""Reads what hardly changes from ECC: items, planning data, places, units, suppliers; stock and what is reserved.

Tables and columns are those of the system; amounts, codes and signs are turned into canonical cells here.
"""

from collections.abc import Iterator
from decimal import Decimal

import pandas as pd

from connectors.sap.ecc_base import Ecc, joined
from connectors.sap.rfc_tables import equal
from connectors.sap.rfc_values import amount, iso_column, shown_column, signed_column
from connectors.sap.values import number, plain, positive, ratio

_NOT_FOUND = "?"


def decimals(ecc: Ecc) -> dict[str, int]:
    """Decimals by currency, for those that have not two."""
    rows = ecc.tables.read("TCURX", ["CURRKEY"], ["CURRDEC"])
    digits = rows["CURRDEC"].str.strip()
    return {code: int(text) for code, text in zip(rows["CURRKEY"], digits, strict=True) if text.isdecimal()}


def planning_data(ecc: Ecc) -> pd.DataFrame:
    """Rows of MARC for the configured plants."""
    columns = ["LVORM", "MMSTA", "EKGRP", "DISMM", "PLIFZ", "WEBAZ", "BESKZ", "MINBE", "EISBE", "BSTMI", "BSTRF",
               "MABST"]  # fmt: skip
    return ecc.tables.read("MARC", ["MATNR", "WERKS"], columns, [ecc.of_plants()])


def items(ecc: Ecc) -> Iterator[pd.DataFrame]:
    """Items that are kept in a configured plant."""
    here = set(planning_data(ecc)["MATNR"])
    rows = ecc.tables.read("MARA", ["MATNR"], ["MEINS", "MATKL", "LVORM", "MSTAE"])
    rows = rows[rows["MATNR"].isin(here)]
    texts = ecc.tables.read("MAKT", ["MATNR"], ["MAKTX"], [equal("SPRAS", ecc.settings.language[0])])
    costs = valuations(ecc).drop_duplicates("MATNR")[["MATNR", "cost", "currency"]]
    rows = joined(joined(rows, texts, ["MATNR"]), costs, ["MATNR"])
    groups = ecc.settings.categories
    yield pd.DataFrame(
        {
            "item": shown_column(rows["MATNR"]),
            "unit": rows["MEINS"],
            "description": rows["MAKTX"],
            "category": [groups.get(group, group) for group in rows["MATKL"]],
            "unit_cost": rows["cost"],
            "currency": rows["currency"],
            "status": [_status(ecc, code, deleted=flag) for code, flag in _pairs(rows, "MSTAE", "LVORM")],
        },
        dtype="str",
    )


def valuations(ecc: Ecc) -> pd.DataFrame:
    """MATNR, plant, value of one base unit and its currency, where the plant is its own valuation area."""
    rows = ecc.tables.read("MBEW", ["MATNR", "BWKEY", "BWTAR"], ["VPRSV", "STPRS", "VERPR", "PEINH"],
                           [ecc.of_plants("BWKEY")])  # fmt: skip
    rows = rows[rows["BWTAR"] == ""]
    currencies = {code: plant.currency for code, plant in ecc.settings.plants.items()}
    places = decimals(ecc)
    cells = []
    for procedure, standard, moving, per, plant in _pairs(rows, "VPRSV", "STPRS", "VERPR", "PEINH", "BWKEY"):
        currency = currencies[plant]
        value = number(amount(standard if procedure == "S" else moving, places.get(currency, 2)))
        share = ratio(value, _price_unit(per)) if value else None
        cells.append("" if share is None else plain(share))
    return rows.assign(cost=cells, currency=[currencies[plant] for plant in rows["BWKEY"]])


def _price_unit(text: str) -> str:
    """A count of price units, one where none is given."""
    return text.strip() or "1"


def item_locations(ecc: Ecc) -> Iterator[pd.DataFrame]:
    """Planning data of what is bought; material that is only made is left out."""
    rows = planning_data(ecc)
    rows = rows[rows["BESKZ"] != "E"]
    costs = valuations(ecc).rename(columns={"BWKEY": "WERKS"})[["MATNR", "WERKS", "cost", "currency"]]
    rows = joined(rows, costs, ["MATNR", "WERKS"])
    yield pd.DataFrame(
        {
            "item": shown_column(rows["MATNR"]),
            "location": rows["WERKS"],
            "status": [_status(ecc, code, deleted=flag) for code, flag in _pairs(rows, "MMSTA", "LVORM")],
            "unit_cost": rows["cost"],
            "currency": rows["currency"],
            "reorder_point": _positive(rows["MINBE"]),
            "order_up_to": _positive(rows["MABST"]),
            "safety_stock": _positive(rows["EISBE"]),
            "buyer": rows["EKGRP"],
        },
        dtype="str",
    )


def locations(ecc: Ecc) -> Iterator[pd.DataFrame]:
    """The configured plants with their names and calendars."""
    rows = ecc.tables.read("T001W", ["WERKS"], ["NAME1", "FABKL"], [ecc.of_plants()])
    yield pd.DataFrame({"location": rows["WERKS"], "name": rows["NAME1"], "calendar": rows["FABKL"]}, dtype="str")


def stock(ecc: Ecc) -> Iterator[pd.DataFrame]:
    """Stock per item and plant; storage locations that do not count are blocked stock."""
    kinds = ["LABST", "INSME", "SPEME", "EINME", "RETME", "UMLME"]
    rows = ecc.tables.read("MARD", ["MATNR", "WERKS", "LGORT"], kinds, [ecc.of_plants()])
    known = planning_data(ecc)[["MATNR", "WERKS"]]
    values = {name: pd.to_numeric(signed_column(rows[name]), errors="coerce") for name in kinds}
    counted = [_counts(ecc, plant, place) for plant, place in _pairs(rows, "WERKS", "LGORT")]
    free = pd.Series(counted, index=rows.index, dtype="bool")
    figures = pd.DataFrame(
        {
            "MATNR": rows["MATNR"],
            "WERKS": rows["WERKS"],
            "on_hand": values["LABST"].where(free, 0.0),
            "inspection": values["INSME"].where(free, 0.0),
            "in_transit": values["UMLME"],
            "blocked": values["SPEME"] + values["EINME"] + values["RETME"] + values["LABST"].where(~free, 0.0),
        }
    )
    sums = figures.groupby(["MATNR", "WERKS"], as_index=False).sum(min_count=1)
    unreadable = figures[figures.isna().any(axis=1)][["MATNR", "WERKS"]].drop_duplicates().assign(bad=True)
    found = known.merge(sums, on=["MATNR", "WERKS"], how="left").merge(unreadable, on=["MATNR", "WERKS"], how="left")
    bad = found["bad"].notna()
    cells = {
        name: [_NOT_FOUND if odd else plain(Decimal(repr(value))) for value, odd in zip(column, bad, strict=True)]
        for name, column in ((n, found[n].fillna(0.0)) for n in ("on_hand", "inspection", "in_transit", "blocked"))
    }
    yield pd.DataFrame({"item": shown_column(found["MATNR"]), "location": found["WERKS"], **cells}, dtype="str")


def _counts(ecc: Ecc, plant: str, place: str) -> bool:
    chosen = ecc.settings.plants[plant].storage_locations
    return not chosen or place in chosen


def requirements(ecc: Ecc) -> Iterator[pd.DataFrame]:
    """Open reservations and sales orders, as far as goods are still to go out."""
    if not ecc.settings.requirements:
        return
    held = ecc.tables.read(
        "RESB", ["RSNUM", "RSPOS", "RSART"], ["MATNR", "WERKS", "BDTER", "BDMNG", "ENMNG", "SHKZG"],
        [ecc.of_plants(), equal("XLOEK", ""), equal("KZEAR", "")],
    )  # fmt: skip
    held = held[(held["SHKZG"] != "S") & (held["MATNR"] != "")]
    still = pd.to_numeric(signed_column(held["BDMNG"])) - pd.to_numeric(signed_column(held["ENMNG"]))
    held = held.assign(quantity=still, due=held["BDTER"], kind="reservation")
    sold = ecc.tables.read("VBBE", ["VBELN", "POSNR", "ETENR"], ["MATNR", "WERKS", "MBDAT", "OMENG"], [ecc.of_plants()])
    sold = sold.assign(quantity=pd.to_numeric(signed_column(sold["OMENG"])), due=sold["MBDAT"], kind="sales_order")
    names = ["MATNR", "WERKS", "due", "quantity", "kind"]
    rows = pd.concat([held[names], sold[names]], ignore_index=True)
    rows = rows[rows["quantity"] > 0]
    yield pd.DataFrame(
        {
            "item": shown_column(rows["MATNR"]),
            "location": rows["WERKS"],
            "due_on": iso_column(rows["due"]),
            "quantity": [plain(Decimal(repr(value))) for value in rows["quantity"]],
            "kind": rows["kind"],
        },
        dtype="str",
    )


def units(ecc: Ecc) -> Iterator[pd.DataFrame]:
    """Conversions of the items that are kept here."""
    here = set(planning_data(ecc)["MATNR"])
    rows = ecc.tables.read("MARM", ["MATNR", "MEINH"], ["UMREZ", "UMREN"])
    rows = rows[rows["MATNR"].isin(here)]
    factors = [ratio(above, below) for above, below in _pairs(rows, "UMREZ", "UMREN")]
    yield pd.DataFrame(
        {
            "item": shown_column(rows["MATNR"]),
            "unit": rows["MEINH"],
            "base_units": ["" if factor is None else plain(factor) for factor in factors],
        },
        dtype="str",
    )


def suppliers(ecc: Ecc) -> Iterator[pd.DataFrame]:
    """Suppliers of the purchasing organisations in use; a block anywhere counts."""
    general = ecc.tables.read("LFA1", ["LIFNR"], ["NAME1", "SPERM", "LOEVM"])
    places = decimals(ecc)
    for organisation in ecc.settings.organisations:
        terms = ecc.tables.read("LFM1", ["LIFNR", "EKORG"], ["SPERM", "MINBW", "WAERS", "PLIFZ"],
                                [equal("EKORG", organisation)])  # fmt: skip
        rows = terms.merge(general, on="LIFNR", how="inner", suffixes=("", "_all"))
        blocked = (rows["SPERM"] != "") | (rows["SPERM_all"] != "") | (rows["LOEVM"] != "")
        least = [positive(amount(value, places.get(code, 2))) for value, code in _pairs(rows, "MINBW", "WAERS")]
        yield pd.DataFrame(
            {
                "supplier": shown_column(rows["LIFNR"]),
                "name": rows["NAME1"],
                "currency": rows["WAERS"],
                "min_order_value": least,
                "blocked": ["true" if flag else "false" for flag in blocked],
            },
            dtype="str",
        )


def _pairs(rows: pd.DataFrame, *names: str) -> Iterator[tuple[str, ...]]:
    return zip(*(rows[name] for name in names), strict=True)


def _positive(column: "pd.Series[str]") -> list[str]:
    return [positive(text) for text in signed_column(column)]


def _status(ecc: Ecc, code: str, *, deleted: str) -> str:
    """Status by the system's own code; an unknown code blocks, a deletion mark ends."""
    if deleted:
        return "discontinued"
    return ecc.settings.status_codes.get(code, "blocked") if code else "active"
