"""The columns that a company's reports must have, and the check of what came: whole, unrepeated, of the asked days.

It maps nothing to canonical tables. Cells stay text; numbers become exact decimals where they are numbers.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from bot.errors import NeedsAdmin, StopRun

NUMBER = pa.decimal128(28, 9)
_NUMBER = r"^[+-]?(\d{1,18}(\.\d{0,9})?|\.\d{1,9})$"
_REMEDY = "Have the report corrected as docs/connect-oracle.md describes it; nothing is ordered on doubtful lists."


@dataclass(frozen=True, slots=True)
class Report:
    """Columns of one report beside RECORD and ROWS_TOTAL; `key` is unique, `day` lies in the days asked for.

    Reports without a `day` are lists of what there is now: they are run for one organisation at a time.
    """

    needed: tuple[str, ...]
    key: tuple[str, ...]
    day: str = ""
    optional: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ("P_FROM", "P_TO", "P_ORGANIZATIONS")


REPORTS: Mapping[str, Report] = {
    "demand": Report(
        ("TRANSACTION_ID", "ORGANIZATION_CODE", "ITEM_NUMBER", "TRANSACTION_DATE", "TRANSACTION_TYPE", "QUANTITY"),
        ("TRANSACTION_ID",),
        "TRANSACTION_DATE",
    ),
    "open_orders": Report(
        (
            "LINE_LOCATION_ID", "ORDER_NUMBER", "LINE_NUMBER", "SCHEDULE_NUMBER", "ORGANIZATION_CODE", "ITEM_NUMBER",
            "SUPPLIER_NUMBER", "QUANTITY", "RECEIVED_QUANTITY", "UOM_CODE", "PRIMARY_UOM_CODE", "PRICE",
            "CURRENCY_CODE", "STATUS_CODE", "ORDER_DATE", "NEED_BY_DATE", "PROMISED_DATE", "DESCRIPTION",
        ),
        ("LINE_LOCATION_ID",),
        "NEED_BY_DATE",
        ("FIRST_PROMISED_DATE",),
        ("P_FROM", "P_TO", "P_ORGANIZATIONS", "P_SINCE"),
    ),
    "receipts": Report(
        ("RECEIPT_ID", "LINE_LOCATION_ID", "RECEIPT_DATE", "RECEIVED_QUANTITY", "RETURNED_QUANTITY"),
        ("RECEIPT_ID", "LINE_LOCATION_ID"),
        "RECEIPT_DATE",
    ),
    "items": Report(
        (
            "ORGANIZATION_CODE", "ITEM_NUMBER", "DESCRIPTION", "ITEM_CLASS", "STATUS", "PRIMARY_UOM_CODE",
            "STOCK_ENABLED", "PURCHASING", "PURCHASABLE", "MAKE_OR_BUY", "INVENTORY_PLANNING_METHOD", "MIN_QUANTITY",
            "MAX_QUANTITY", "MINIMUM_ORDER_QUANTITY", "MAXIMUM_ORDER_QUANTITY", "LOT_MULTIPLE", "PREPROCESSING_DAYS",
            "PROCESSING_DAYS", "POSTPROCESSING_DAYS", "LIST_PRICE", "BUYER", "BUYER_EMAIL", "SHELF_LIFE_DAYS",
        ),
        ("ORGANIZATION_CODE", "ITEM_NUMBER"),
        parameters=("P_ORGANIZATIONS",),
    ),
    "stock": Report(
        (
            "ORGANIZATION_CODE", "ITEM_NUMBER", "SUBINVENTORY_CODE", "PRIMARY_UOM_CODE", "ONHAND_QUANTITY",
            "RESERVED_QUANTITY", "RECEIVING_QUANTITY",
        ),
        ("ORGANIZATION_CODE", "ITEM_NUMBER", "SUBINVENTORY_CODE"),
        parameters=("P_ORGANIZATIONS",),
    ),
}  # fmt: skip


def parse(content: bytes, name: str) -> pa.Table:
    """Rows of a report as text columns, without its last row, which says how many there are.

    Raises NeedsAdmin when a column is missing, StopRun when rows are missing or repeat.
    """
    report = REPORTS[name]
    known = ("RECORD", "ROWS_TOTAL", *report.needed, *report.optional)
    header = content.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    there = [column.strip().strip('"') for column in header.split(",")]
    missing = [column for column in known if column not in there and column not in report.optional]
    if missing:
        raise NeedsAdmin(f"the report lacks {', '.join(missing)}", f"report_paths.{name}", _REMEDY)
    table = _read(content, [column for column in known if column in there], name)
    rows = table.filter(pc.equal(table["RECORD"], "ROW"))
    _check_whole(table, rows, name)
    keys = rows.group_by(list(report.key), use_threads=False).aggregate([])
    if keys.num_rows != rows.num_rows:
        raise StopRun(f"report of {name}: {rows.num_rows - keys.num_rows} rows repeat", _REMEDY)
    return rows.drop_columns(["RECORD", "ROWS_TOTAL"])


def _read(content: bytes, columns: list[str], name: str) -> pa.Table:
    types = dict.fromkeys(columns, pa.string())
    convert = csv.ConvertOptions(
        column_types=types, include_columns=columns, null_values=[""], strings_can_be_null=True
    )
    options = csv.ParseOptions(newlines_in_values=True)
    try:
        return csv.read_csv(io.BytesIO(content), parse_options=options, convert_options=convert)
    except pa.ArrowInvalid as error:
        raise StopRun(f"report of {name}: {error}", _REMEDY) from None


def _check_whole(table: pa.Table, rows: pa.Table, name: str) -> None:
    """The last row tells the number of rows: a report that was cut, or that shows nothing, is not the truth."""
    last = table.slice(table.num_rows - 1)["RECORD"].to_pylist() if table.num_rows else []
    if last != ["END"] or rows.num_rows != table.num_rows - 1:
        raise StopRun(f"report of {name}: it does not end with its END row", _REMEDY)
    told = table["ROWS_TOTAL"][table.num_rows - 1].as_py()
    if told != str(rows.num_rows):
        raise StopRun(f"report of {name}: {rows.num_rows} rows came, {told} were announced", _REMEDY)


def empty(name: str) -> pa.Table:
    """No rows, in the columns of a report."""
    return pa.table({column: pa.array([], pa.string()) for column in REPORTS[name].needed})


def check_days(rows: pa.Table, name: str, begin: date, end: date) -> None:
    """StopRun when a row is of other days than asked for, a day's grace for zones: then windows would overlap."""
    days = pc.utf8_slice_codeunits(rows[REPORTS[name].day], 0, 10)
    low, high = ((day + timedelta(days=grace)).isoformat() for day, grace in ((begin, -1), (end, 1)))
    outside = pc.or_(pc.less(days, low), pc.greater(days, high))
    if pc.any(outside).as_py():
        raise StopRun(f"report of {name}: rows of other days than {begin} to {end} came", _REMEDY)


def check_organization(rows: pa.Table, name: str, code: str) -> None:
    """StopRun when a row is of another organisation than asked for: it would be counted twice."""
    if not pc.all(pc.equal(pc.fill_null(rows["ORGANIZATION_CODE"], ""), code)).as_py():
        raise StopRun(f"report of {name}: rows of other organizations than {code} came", _REMEDY)


def check_apart(rows: pa.Table, before: pa.Table | None, name: str) -> None:
    """StopRun when two windows share a row."""
    key = REPORTS[name].key[0]
    if before is not None and pc.any(pc.is_in(rows[key], value_set=before[key].combine_chunks())).as_py():
        raise StopRun(f"report of {name}: the same rows came for different days", _REMEDY)


def numbers(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Exact decimals, null where a cell is no number, and a mask of cells that hold something else."""
    good = pc.fill_null(pc.match_substring_regex(column, _NUMBER), fill_value=False)
    exact = pc.if_else(good, column, pa.scalar(None, pa.string())).cast(NUMBER)
    return exact, pc.and_(pc.invert(good), pc.is_valid(column))


def texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decimals as text with no digit lost, none added and no exponent."""
    plain = pc.if_else(pc.equal(column, pa.scalar(0, column.type)), "0", column.cast(pa.string()))
    short = pc.utf8_rtrim(pc.utf8_rtrim(plain, characters="0"), characters=".")
    found = pc.if_else(pc.match_substring(plain, "."), short, plain)
    tiny = pc.fill_null(pc.match_substring(plain, "E"), fill_value=False)
    if not pc.any(tiny).as_py():
        return found
    written = [format(value.normalize(), "f") for value in column.filter(tiny).to_pylist()]
    mask, words = tiny.combine_chunks(), pa.array(written, pa.string())
    return pa.chunked_array([pc.replace_with_mask(found.combine_chunks(), mask, words)])
