"""Items and stock out of reports, as the raw lists that REST gives: the same names, the same kinds of values.

It sums and maps nothing; `masterdata` makes canonical tables of both sources alike.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from bot.errors import NeedsAdmin
from connectors.oracle.settings import ReportedTable
from connectors.oracle.wire import Columns, number

ITEMS: Mapping[str, str] = {
    "ItemNumber": "ITEM_NUMBER", "ItemDescription": "DESCRIPTION", "ItemClass": "ITEM_CLASS",
    "ItemStatusValue": "STATUS", "PrimaryUOMValue": "PRIMARY_UOM_CODE", "StockEnabledFlag": "STOCK_ENABLED",
    "PurchasingFlag": "PURCHASING", "PurchasableFlag": "PURCHASABLE", "PlanningMakeBuyValue": "MAKE_OR_BUY",
    "InventoryPlanningMethodValue": "INVENTORY_PLANNING_METHOD", "MinimumMinmaxQuantity": "MIN_QUANTITY",
    "MaximumMinmaxQuantity": "MAX_QUANTITY", "MinimumOrderQuantity": "MINIMUM_ORDER_QUANTITY",
    "MaximumOrderQuantity": "MAXIMUM_ORDER_QUANTITY", "FixedLotSizeMultiplier": "LOT_MULTIPLE",
    "PreprocessingDays": "PREPROCESSING_DAYS", "ProcessingDays": "PROCESSING_DAYS",
    "PostprocessingDays": "POSTPROCESSING_DAYS", "ListPrice": "LIST_PRICE", "DefaultBuyerValue": "BUYER",
    "BuyerEmailAddress": "BUYER_EMAIL", "ShelfLifeDays": "SHELF_LIFE_DAYS", "location": "ORGANIZATION_CODE",
}  # fmt: skip
STOCK: Mapping[str, str] = {
    "ItemNumber": "ITEM_NUMBER", "SubinventoryCode": "SUBINVENTORY_CODE", "PrimaryUOMCode": "PRIMARY_UOM_CODE",
    "OnhandQuantity": "ONHAND_QUANTITY", "ReservedQuantity": "RESERVED_QUANTITY",
    "ReceivingQuantity": "RECEIVING_QUANTITY", "location": "ORGANIZATION_CODE",
}  # fmt: skip
_NAMES: Mapping[str, Mapping[str, str]] = {"items": ITEMS, "stock": STOCK}
_FLAGS = {"Y": True, "TRUE": True, "1": True, "N": False, "FALSE": False, "0": False}
_NUMBERS = ("Quantity", "Days", "Price", "Multiplier")


def raw(table: pa.Table, name: ReportedTable) -> Columns:
    """The parsed report as columns with the names of the wire; NeedsAdmin when a flag is neither Y nor N."""
    return {
        wire: _converted(table[column], _converter(wire, f"report_paths.{name}, column {column}"))
        for wire, column in _NAMES[name].items()
    }


def _converter(wire: str, where: str) -> Callable[[str], Any]:
    if wire.endswith("Flag"):
        return lambda text: _flag(text, where)
    return _number if wire.endswith(_NUMBERS) else str


def _number(text: str) -> Any:
    """A Decimal; what is none stays text, to be set aside aloud."""
    value = number(text)
    return text if value is None else value


def _flag(text: str, where: str) -> bool:
    found = _FLAGS.get(text.strip().upper())
    if found is None:
        remedy = "Have the report give Y or N; docs/connect-oracle.md describes it."
        raise NeedsAdmin(f"{text!r} is neither Y nor N", where, remedy)
    return found


def _converted(column: pa.ChunkedArray, convert: Callable[[str], Any]) -> list[Any]:
    """Each distinct cell converted once; empty cells are None."""
    coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    texts = coded.dictionary.to_pylist()
    values = np.empty(len(texts), dtype=object)
    values[:] = [None if text is None else convert(text) for text in texts]
    found: list[Any] = values[coded.indices.to_numpy(zero_copy_only=False)].tolist()
    return found
