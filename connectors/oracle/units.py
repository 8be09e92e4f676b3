"""Tells the base units of single items, and with them how many base units one unit of a document is.

Lines of documents carry the code of a unit, items the name of their base unit: what belongs together is set in
`uom_codes`, else learned from stock, which carries codes. It reads no table whole.
"""

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

from connectors.oracle.client import FusionClient
from connectors.oracle.query import either, equal
from connectors.oracle.settings import FusionSettings
from connectors.oracle.source import ONHAND_KEY
from connectors.oracle.wire import Row

_CHUNK = 20
_ITEM_KEY = ("ItemId", "OrganizationId")
_ITEM = (*_ITEM_KEY, "OrganizationCode", "ItemNumber", "PrimaryUOMValue")
_STOCK = (*ONHAND_KEY, "ItemNumber", "PrimaryUOMCode")


class Units:
    """Remembers what it has read for as long as it lives: the base unit of an item in use cannot be changed."""

    def __init__(self, client: FusionClient, settings: FusionSettings) -> None:
        self._client, self._settings = client, settings
        self._names: dict[str, frozenset[str]] = {}
        self._codes = dict(settings.uom_codes)
        self._learned = False

    def prepare(self, items: Iterable[str]) -> None:
        """Read the names of the base units of these items in few calls."""
        new = sorted({item for item in items if item} - self._names.keys())
        for first in range(0, len(new), _CHUNK):
            chunk = new[first : first + _CHUNK]
            self._names |= dict.fromkeys(chunk, frozenset[str]()) | self._read(chunk)

    def factor(self, item: str, unit: str) -> Fraction | None:
        """Base units in one `unit` of the item; None when nobody says so. Lines without an item have no base unit."""
        known = self._settings.factor(item, unit)
        if known is not None or not item:
            return known or Fraction(1)
        self.prepare([item])
        names = self._names[item]
        if len(names) != 1:
            return None
        (name,) = names
        return Fraction(1) if unit in {name, self._code(name, item)} else None

    def _read(self, items: list[str]) -> dict[str, frozenset[str]]:
        q = either(*(equal("ItemNumber", item) for item in items))
        found: defaultdict[str, set[str]] = defaultdict(set)
        for row in self._client.rows("itemsV2", _ITEM_KEY, q, fields=_ITEM):
            if row["PrimaryUOMValue"] and row["OrganizationCode"] in {None, *self._settings.organizations}:
                found[str(row["ItemNumber"])].add(str(row["PrimaryUOMValue"]))
        return {item: frozenset(names) for item, names in found.items()}

    def _code(self, name: str, item: str) -> str:
        """Code of a unit's name; empty when no stock tells it."""
        if name not in self._codes and not self._learned:
            self._learn()
        if name not in self._codes:
            for row in self._stock(equal("ItemNumber", item)):
                if row["ItemNumber"] == item:
                    self._codes[name] = str(row["PrimaryUOMCode"])
        return self._codes.get(name, "")

    def _learn(self) -> None:
        """Learn from some stock: one item of each code, and what its base unit is called."""
        self._learned = True
        examples = {str(row["PrimaryUOMCode"]): str(row["ItemNumber"]) for row in self._stock()}
        self.prepare(examples.values())
        for code, item in examples.items():
            for name in self._names[item]:
                self._codes.setdefault(name, code)

    def _stock(self, q: str = "") -> list[Row]:
        """The first page of stock that says its unit."""
        rows = next(self._client.pages("onhandQuantityDetails", ONHAND_KEY, fields=_STOCK, q=q), [])
        return [row for row in rows if row.get("PrimaryUOMCode") and row.get("ItemNumber")]
