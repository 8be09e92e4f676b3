"""Which rows of a frame each rule matches, one boolean table per distinct value instead of one test per row.

It reads attributes only; what a matching rule changes is `resolve`'s work.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.policy.match import TREE, Span, Words
from bot.policy.model import Match

Places = npt.NDArray[np.intp]
_WORDS = ("item", "location", "supplier", "category", "abc", "xyz", "pattern", "lifecycle", "tags")


class _Attribute:
    """One attribute of all rows as integer codes into its distinct values; -1 = missing."""

    def __init__(self, column: "pd.Series[str]", name: str) -> None:
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes, values = column.cat.codes.to_numpy(), column.cat.categories
        else:
            codes, values = pd.factorize(column)
        self.name = name
        self.codes: npt.NDArray[np.int64] = np.asarray(codes, dtype=np.int64)
        self.values = pd.Index(values).astype("str").astype(object)
        self._rows: Mapping[int, Places] | None = None

    def matching(self, words: Words) -> npt.NDArray[np.bool_]:
        """A table by code: whether the value matches; its last cell (code -1, missing) never does."""
        table = np.zeros(len(self.values) + 1, dtype=bool)
        if self.name == "tags":
            table[:-1] = [words.covers_tags(value) for value in self.values]
        elif any(value.endswith(TREE) for value in words.words):
            table[:-1] = [words.covers(value) for value in self.values]
        else:
            found = self.values.get_indexer(list(words.words))
            table[found[found >= 0]] = True
            if words.negated:
                table[:-1] = ~table[:-1]
        return table

    def rows_of(self, words: Words) -> Places:
        """The rows that carry one of the words, through an index that is built once."""
        if self._rows is None:
            order = np.argsort(self.codes, kind="stable")
            ends = np.cumsum(np.bincount(self.codes[self.codes >= 0], minlength=len(self.values)))
            missing = int((self.codes < 0).sum())
            starts = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
            self._order, self._bounds = order[missing:], np.column_stack([starts, ends])
            self._rows = {}
        found = self.values.get_indexer(list(dict.fromkeys(words.words)))
        parts = [self._order[slice(*self._bounds[code])] for code in found if code >= 0]
        return np.sort(np.concatenate(parts)) if parts else np.empty(0, dtype=np.intp)


class Rows:
    """The rows of an attribute frame, ready to be asked which of them match."""

    def __init__(self, attributes: pd.DataFrame) -> None:
        self.count = len(attributes)
        self._words = {name: _Attribute(attributes[name], name) for name in _WORDS if name in attributes}
        self._price = (
            attributes["unit_price"].to_numpy(dtype=np.float64, na_value=np.nan) if "unit_price" in attributes else None
        )

    def matching(self, match: Match) -> Places:
        """Positions of the rows that match, rising; an attribute that is absent or missing never matches."""
        parts = dict(match.parts())
        rows: Places = np.arange(self.count)
        item = parts.get("item")
        if isinstance(item, Words) and not item.negated and "item" in self._words:
            rows = self._words["item"].rows_of(item)
            del parts["item"]
        for name, matcher in parts.items():
            if not len(rows):
                break
            rows = rows[self._mask(name, matcher, rows)]
        return rows

    def _mask(self, name: str, matcher: Words | Span, rows: Places) -> npt.NDArray[np.bool_]:
        if isinstance(matcher, Span):
            return _inside(self._price[rows], matcher) if self._price is not None else np.zeros(len(rows), dtype=bool)
        attribute = self._words.get(name)
        if attribute is None:
            return np.zeros(len(rows), dtype=bool)
        return np.asarray(attribute.matching(matcher)[attribute.codes[rows]], dtype=bool)


def _inside(price: npt.NDArray[np.float64], span: Span) -> npt.NDArray[np.bool_]:
    inside = ~np.isnan(price)
    if span.gte is not None:
        inside &= price >= float(span.gte)
    if span.gt is not None:
        inside &= price > float(span.gt)
    if span.lte is not None:
        inside &= price <= float(span.lte)
    if span.lt is not None:
        inside &= price < float(span.lt)
    return inside
