"""Demand out of the report of transactions: summed per item, location, day and kind without a loop over rows.

It gives what `movements` gives of the REST list; kinds and directions are decided there.
"""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from connectors.oracle.movements import Days, counted, kinds
from connectors.oracle.report_columns import numbers, texts
from connectors.oracle.settings import FusionSettings, TransactionKind

_KEYS = ["item", "location", "date", "kind"]


def demand(rows: pa.Table, settings: FusionSettings, zone: ZoneInfo) -> pa.Table:
    """Canonical demand of the parsed report; quantities that are no numbers keep rows of their own."""
    rows = rows.filter(pc.is_in(rows["ORGANIZATION_CODE"], value_set=pa.array(list(settings.organizations))))
    quantity, odd = numbers(rows["QUANTITY"])
    outgoing = pc.fill_null(pc.less(quantity, pa.scalar(0, quantity.type)), fill_value=True)
    table = pa.table(
        {
            "item": rows["ITEM_NUMBER"],
            "location": rows["ORGANIZATION_CODE"],
            "date": days(rows["TRANSACTION_DATE"], zone),
            "kind": _kinds(rows["TRANSACTION_TYPE"], outgoing, settings),
            "quantity": pc.abs(quantity),
            "raw": rows["QUANTITY"],
        }
    )
    unreadable = pc.or_(odd, pc.is_null(quantity))
    counts = pc.and_(pc.not_equal(table["kind"], ""), pc.invert(unreadable))
    good = table.filter(pc.and_(counts, pc.greater(pc.fill_null(table["quantity"], 0), 0)))
    sums = good.group_by(_KEYS, use_threads=False).aggregate([("quantity", "sum")])
    aside = table.filter(pc.and_(pc.not_equal(table["kind"], ""), unreadable))
    return pa.concat_tables(
        [
            sums.select(_KEYS).append_column("quantity", texts(sums["quantity_sum"])),
            aside.select(_KEYS).append_column("quantity", aside["raw"]),
        ]
    )


def days(column: pa.ChunkedArray, zone: ZoneInfo) -> pa.ChunkedArray:
    """Days of dates and timestamps, each distinct one worked out once; what is neither stays as it is."""
    coded = column.combine_chunks().dictionary_encode()
    known = Days(zone)
    words = pa.array([known[text] for text in coded.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([words.take(coded.indices)])


def _kinds(column: pa.ChunkedArray, outgoing: pa.ChunkedArray, settings: FusionSettings) -> pa.ChunkedArray:
    """Kind under which each row counts; empty when it is no demand."""
    table = kinds(settings)
    coded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    names = coded.dictionary.to_pylist()
    out, back = (pa.array([_kind(table, name, outgoing=way) for name in names], pa.string()) for way in (True, False))
    return pc.if_else(outgoing, out.take(coded.indices), back.take(coded.indices))


def _kind(table: Mapping[str, TransactionKind], name: str, *, outgoing: bool) -> str:
    kind = table.get(name.strip().lower())
    return "" if kind in ("ignore", "receipt") else counted(kind, name, outgoing=outgoing)
