"""One key for all rows: the values that defaults and rules give to it, merged layer by layer.

It knows how one key merges and who won where; which rules apply to which rows is `rows`' work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.policy.keys import KeySpec
from bot.policy.rows import Places
from bot.policy.values import MoneyLimit
from bot.policy.words import Merge

NO_CAP = np.iinfo(np.int64).max
NOBODY = -1  # winner where no file says anything: the built-in value, if there is one


@dataclass(frozen=True, slots=True)
class Clash:
    """Rows on which two rules of one layer and priority disagree about a key."""

    key: str
    earlier: int
    later: int
    rows: Places


class KeyColumn:
    """The values of one key while rules are applied in rising order of layer and priority."""

    def __init__(self, spec: KeySpec, count: int) -> None:
        self.spec = spec
        self.winner: npt.NDArray[np.int32] = np.full(count, NOBODY, dtype=np.int32)
        self._texts = {spec.builtin: 0}  # the built-in text is the empty cell
        self._exact = spec.is_money and spec.is_limit
        if self._exact:
            self.raw: npt.NDArray[Any] = np.full(count, NO_CAP, dtype=np.int64)
        elif spec.words:
            self.raw = np.full(count, -1, dtype=np.int8)
        elif spec.is_text:
            self.raw = np.zeros(count, dtype=np.int32)
        else:
            self.raw = np.full(count, float(spec.builtin) if self._is_bounded else np.nan)

    @property
    def _is_bounded(self) -> bool:
        """Whether a built-in limit stands already, which rules can only tighten."""
        return self.spec.is_limit and bool(self.spec.builtin)

    def _number(self, value: Any) -> float | int:
        if isinstance(value, MoneyLimit):
            return value.minor if self._exact else float(value.amount)
        if self.spec.is_text:
            return self._texts.setdefault(str(value), len(self._texts))
        return self.spec.words.index(str(value)) if self.spec.words else float(value)

    def apply(
        self, source: int, value: Any, rows: Places, ranks: npt.NDArray[np.int32], *, forced: bool = False
    ) -> Iterator[Clash]:
        """Merge a value of `source` into the rows; `forced` sets it whatever stands there.

        Yields the clashes: rows whose present value comes from another source of the same rank.
        """
        raw, now, owner = self._number(value), self.raw[rows], self.winner[rows]
        silent = owner == NOBODY
        merged: npt.NDArray[Any] = np.full(len(rows), raw, dtype=self.raw.dtype)
        taken = np.ones(len(rows), dtype=bool)
        if forced or self.spec.merge is Merge.REPLACE:
            rival = ~silent & (ranks[owner] == ranks[source]) & (now != raw) & (not forced)
            for other in np.unique(owner[rival]):
                yield Clash(self.spec.name, int(other), source, rows[rival & (owner == other)])
        elif self.spec.merge is Merge.SUM:
            merged = np.where(silent, merged, now + merged)
        else:
            empty = silent & (not self._is_bounded)
            taken = empty | (now < raw if self.spec.merge is Merge.MAX else now > raw)
        self.raw[rows[taken]] = merged[taken]
        self.winner[rows[taken]] = source

    def fill(self) -> None:
        """Put the built-in value where no file says anything."""
        builtin, silent = self.spec.builtin, self.winner == NOBODY
        if self.spec.words and builtin in self.spec.words:
            self.raw[silent] = self.spec.words.index(builtin)
        elif builtin and not self.spec.words and not self.spec.is_text:
            self.raw[silent] = float(Decimal(builtin))

    def series(self) -> Any:
        """The finished column: categorical words or texts ('' = built in), float64 figures or int64 minor units."""
        if self.spec.words:
            return pd.Categorical.from_codes(self.raw.astype(np.int8), categories=pd.Index(list(self.spec.words)))
        if self.spec.is_text:
            return pd.Categorical.from_codes(self.raw, categories=pd.Index(["", *list(self._texts)[1:]]))
        return self.raw
