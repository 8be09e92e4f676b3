"""Finds our order keys again on purchase orders that Fusion made of our requisitions.

Such orders have a number and a description of their own; without this nobody would know that they are ours.
"""

from collections import defaultdict

import pandas as pd

from connectors.oracle.client import FusionClient, take
from connectors.oracle.documents import far_back
from connectors.oracle.keys import key_of
from connectors.oracle.lookups import Lookups
from connectors.oracle.query import both, equal
from connectors.oracle.settings import FusionSettings
from connectors.oracle.wire import Row, children


def order_keys(client: FusionClient, settings: FusionSettings, lookups: Lookups) -> dict[tuple[str, str], str]:
    """Order keys by number of the purchase order and item, of the newest requisitions of our preparers.

    Buyers, and Fusion by itself, put several requisitions on one order line: then all their keys, blanks between.
    """
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    pairs = {(lookups.unit_of(code), lookups.preparer(code)) for code in settings.organizations}
    for unit, preparer in sorted(pairs):
        q = both(equal("RequisitioningBUId", unit), equal("PreparerId", preparer))
        pages = client.pages("purchaseRequisitions", ("RequisitionHeaderId",), q=q, expand="lines", newest_first=True)
        for row in take(pages, settings.search_rows, _ours, far_back(settings.search_days)):
            for line in _lines(client, row):
                if line.get("PurchaseOrder") and line.get("Item"):
                    found[str(line["PurchaseOrder"]), str(line["Item"])].add(key_of(row["Description"]))
    return {pair: " ".join(sorted(keys)) for pair, keys in found.items()}


def _ours(row: Row) -> bool:
    return bool(key_of(row.get("Description")))


def _lines(client: FusionClient, row: Row) -> list[Row]:
    there = children(row, "lines")
    return client.rows(f"{client.self_link(row)}/child/lines", ("LineNumber",)) if there is None else there


def with_keys(frame: pd.DataFrame, keys: dict[tuple[str, str], str]) -> pd.DataFrame:
    """Add the order keys of requisitions to the key that a row has already, if it has one."""
    if not keys or frame.empty:
        return frame
    pairs = zip(frame["order_ref"], frame["item"], frame["order_key"], strict=True)
    return frame.assign(order_key=[_joined(key, keys.get((str(ref), str(item)), "")) for ref, item, key in pairs])


def _joined(own: object, asked: str) -> str:
    words = [*(own.split() if isinstance(own, str) else ()), *asked.split()]
    return " ".join(dict.fromkeys(words))
