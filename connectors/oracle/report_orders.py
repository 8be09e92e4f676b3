"""Open orders, receipts and newest prices out of the reports of schedules and receipts, without a loop over rows.

Quantities become base units by the conversions of the settings, as for the REST lists in `purchasing`.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from connectors.oracle.keys import key_of
from connectors.oracle.report_columns import NUMBER, numbers, texts
from connectors.oracle.report_moves import days
from connectors.oracle.settings import FusionSettings
from connectors.oracle.states import delivers, ended
from connectors.oracle.wire import Columns, number

_SHOWN = (
    "order_ref", "line", "schedule", "item", "location", "supplier", "quantity_ordered", "ordered_on", "requested_on",
    "promised_on", "first_promised_on", "order_key", "currency", "price",
)  # fmt: skip


def schedules(rows: pa.Table, settings: FusionSettings, zone: ZoneInfo) -> pa.Table:
    """Schedules of our locations: canonical names, base units as text, and what receipts and prices need besides."""
    rows = rows.filter(pc.is_in(rows["ORGANIZATION_CODE"], value_set=pa.array(list(settings.organizations))))
    requested = days(rows["NEED_BY_DATE"], zone)
    first = rows["FIRST_PROMISED_DATE"] if "FIRST_PROMISED_DATE" in rows.column_names else None
    factors = _Factors(rows, settings)
    return pa.table(
        {
            "order_ref": rows["ORDER_NUMBER"],
            "line": rows["LINE_NUMBER"],
            "schedule": rows["SCHEDULE_NUMBER"],
            "item": rows["ITEM_NUMBER"],
            "location": rows["ORGANIZATION_CODE"],
            "supplier": rows["SUPPLIER_NUMBER"],
            "quantity_ordered": factors.in_base(rows["QUANTITY"]),
            "received": factors.in_base(pc.fill_null(rows["RECEIVED_QUANTITY"], "0")),
            "ordered_on": days(rows["ORDER_DATE"], zone),
            "requested_on": requested,
            "promised_on": pc.coalesce(days(rows["PROMISED_DATE"], zone), requested),
            "first_promised_on": pa.nulls(rows.num_rows, pa.string()) if first is None else days(first, zone),
            "order_key": _mapped(rows["DESCRIPTION"], key_of, pa.string()),
            "currency": rows["CURRENCY_CODE"],
            "price": factors.per_base(rows["PRICE"]),
            "status": rows["STATUS_CODE"],
            "line_location": rows["LINE_LOCATION_ID"],
            "order_price": rows["PRICE"],
            "unit": rows["UOM_CODE"],
            "base": rows["PRIMARY_UOM_CODE"],
        }
    )


class _Factors:
    """Base units per order unit, row by row; nearly all are one, and only the others cost a step each."""

    def __init__(self, rows: pa.Table, settings: FusionSettings) -> None:
        unit, base = pc.fill_null(rows["UOM_CODE"], ""), pc.fill_null(rows["PRIMARY_UOM_CODE"], "")
        other = pc.and_(pc.not_equal(unit, ""), pc.not_equal(unit, base))
        self._other = pc.indices_nonzero(other).to_pylist()
        self._units = unit.take(self._other).to_pylist() if self._other else []
        items = rows["ITEM_NUMBER"].take(self._other).to_pylist() if self._other else []
        bases = base.take(self._other).to_pylist() if self._other else []
        self._factors = [
            settings.factor(item or "", unit, base) for item, unit, base in zip(items, self._units, bases, strict=True)
        ]

    def in_base(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Quantities in base units; what cannot be converted keeps its unit and will be set aside."""

        def converted(raw: str | None, unit: str, factor: Fraction | None) -> str | None:
            value = number(raw)
            if value is None:
                return raw
            return f"{raw} {unit}" if factor is None else format(value * factor.numerator / factor.denominator, "f")

        return self._replaced(column, converted)

    def per_base(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Prices of one base unit; none where the conversion is unknown."""

        def converted(raw: str | None, _unit: str, factor: Fraction | None) -> str | None:
            value = number(raw)
            if value is None or factor is None:
                return None
            return format(value * factor.denominator / factor.numerator, "f")

        return self._replaced(column, converted)

    def _replaced(
        self, column: pa.ChunkedArray, converted: Callable[[str | None, str, Fraction | None], str | None]
    ) -> pa.ChunkedArray:
        exact, odd = numbers(column)
        plain = pc.if_else(odd, column, texts(exact))
        if not self._other:
            return plain
        raw = column.take(self._other).to_pylist()
        new = [converted(*each) for each in zip(raw, self._units, self._factors, strict=True)]
        mask = pc.is_in(pa.array(range(len(column))), value_set=pa.array(self._other, pa.int64()))
        return pa.chunked_array([pc.replace_with_mask(plain.combine_chunks(), mask, pa.array(new, pa.string()))])


def _mapped(column: pa.ChunkedArray, told: Callable[[str | None], Any], kind: pa.DataType) -> pa.ChunkedArray:
    """Each distinct text mapped once."""
    coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    values = pa.array([told(text) for text in coded.dictionary.to_pylist()], kind)
    return pa.chunked_array([values.take(coded.indices)])


def open_orders(found: pa.Table) -> pa.Table:
    """Schedules from which something is still to come; an unreadable quantity stays, to be set aside aloud."""
    ordered, odd = numbers(found["quantity_ordered"])
    received, _ = numbers(found["received"])
    rest = pc.subtract(ordered, pc.coalesce(received, pa.scalar(0, NUMBER)))
    coming = pc.fill_null(pc.greater(rest, pa.scalar(0, rest.type)), fill_value=True)
    keep = pc.and_(_mapped(found["status"], delivers, pa.bool_()), coming)
    unreadable = pc.or_(odd, pc.is_null(ordered))
    quantity = pc.if_else(unreadable, found["quantity_ordered"], texts(rest))
    return found.select(list(_SHOWN)).append_column("quantity_open", quantity).filter(keep)


def receipts(found: pa.Table, rows: pa.Table, settings: FusionSettings, zone: ZoneInfo) -> pa.Table:
    """What arrived per schedule and day, and lines that ended without goods; receipts of unknown schedules are left."""
    came = pa.table(
        {
            "line_location": rows["LINE_LOCATION_ID"],
            "received_on": days(rows["RECEIPT_DATE"], zone),
            "raw_received": rows["RECEIVED_QUANTITY"],
            "raw_returned": rows["RETURNED_QUANTITY"],
        }
    )
    joined = came.join(found, "line_location", join_type="inner", use_threads=False)
    names = {"item": "ITEM_NUMBER", "unit": "UOM_CODE", "base": "PRIMARY_UOM_CODE"}
    factors = _Factors(joined.select(list(names)).rename_columns(list(names.values())), settings)
    goods = joined.select(list(_SHOWN))
    goods = goods.append_column("quantity_received", factors.in_base(joined["raw_received"]))
    goods = goods.append_column("received_on", joined["received_on"])
    goods = goods.append_column("quantity_rejected", factors.in_base(joined["raw_returned"]))
    none = found.filter(pc.and_(_mapped(found["status"], ended, pa.bool_()), pc.equal(found["received"], "0")))
    empty = none.select(list(_SHOWN))
    for name, text in (("quantity_received", "0"), ("received_on", None), ("quantity_rejected", None)):
        empty = empty.append_column(name, pa.array([text] * none.num_rows, pa.string()))
    closed = pa.array([None] * goods.num_rows + ["buyer"] * none.num_rows, pa.string())
    return pa.concat_tables([goods, empty]).append_column("closed_by", pa.chunked_array([closed]))


def newest(found: pa.Table, settings: FusionSettings) -> Columns:
    """The newest priced schedule of every item, supplier and location, with what `masterdata.sourcing` asks."""
    names = ["ordered_on", "item", "supplier", "location", "order_price", "currency", "unit", "base"]
    frame = found.select(names).filter(pc.and_(pc.is_valid(found["ordered_on"]), pc.is_valid(found["order_price"])))
    rows = frame.sort_by([("ordered_on", "descending")]).to_pandas()
    rows = rows.drop_duplicates(["item", "supplier", "location"])
    columns = {name: rows[name].astype(object).where(rows[name].notna(), None).tolist() for name in names}
    columns["price"] = [number(text) for text in columns.pop("order_price")]
    columns["factor"] = list(_each(columns, settings))
    return columns


def _each(columns: Columns, settings: FusionSettings) -> Iterable[Fraction | None]:
    for item, unit, base in zip(columns["item"], columns["unit"], columns["base"], strict=True):
        yield settings.factor(str(item), unit or "", base or "")
