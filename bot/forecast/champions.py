"""Choices per class and per series as tables, so that what was chosen on one day is used by the plans of the next.

It chooses nothing; a choice for another bucket length, or one that has grown old, is never taken up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.choose import Board, Choice
from bot.forecast.fit import PowerLaw, Spec
from bot.forecast.items import COLUMNS
from bot.forecast.pool import Pool

OLDEST_DAYS = 35  # learning renews every week; what it could not renew for a month says little about today
_FLAGS = {"season": "bool", "yearly": "bool", "trend": "bool", "pooled": "bool"}
_SPEC = {"half_life": "float64", "window": "int64", **_FLAGS, "native": "str"}
_FIGURES = {
    "phi": "float64",
    "kappa": "float64",
    "loss": "float64",
    "naive_loss": "float64",
    "coverage": "float64",
    "cases": "int64",
}
_SERIES = {"pool": "str", "levels": "str", "law": "str"}  # figures written so that reading them gives the same ones
_KEYS = {"pattern": "str", "rank": "int64", "freq": "str", "chosen_on": "datetime64[s]"}
_TYPES = {**_KEYS, **_SPEC, **_FIGURES, **_SERIES}
_ITEMS = ["item", "location", "champion"]


@dataclass(frozen=True, slots=True)
class Champions:
    """`board`: candidates per class, the class's champion first. `items`: item, location, champion (a name on it)."""

    board: Board = field(default_factory=dict)
    items: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_ITEMS, dtype="str"))

    def of_series(self, keys: pd.DataFrame) -> npt.NDArray[Any]:
        """Name of each series' own champion [n], '' where it has none."""
        if self.items.empty:
            return np.full(len(keys), "", dtype=object)
        names = ["item", "location"]
        own = pd.MultiIndex.from_frame(self.items[names].astype("str")).get_indexer(
            pd.MultiIndex.from_frame(keys[names].astype("str"))
        )
        champion = self.items["champion"].to_numpy(dtype=object)
        return np.where(own >= 0, champion[np.maximum(own, 0)], "")


def as_frame(board: Board, freq: str, chosen_on: date) -> pd.DataFrame:
    """One row per class and candidate, by rank: what it is, its calibration and its evidence."""
    rows = [
        {
            "pattern": name,
            "rank": rank,
            "freq": freq,
            "chosen_on": pd.Timestamp(chosen_on),
            **{field: getattr(choice.spec, field) for field in _SPEC},
            **{field: getattr(choice, field) for field in _FIGURES},
            "pool": _written((choice.pool.ordinary, *choice.pool.weights)),
            "levels": _written(choice.levels),
            "law": _written((choice.law.a, choice.law.b)),
        }
        for name, choices in sorted(board.items())
        for rank, choice in enumerate(choices)
    ]
    return pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES)


def blank() -> pd.DataFrame:
    """The table without a row."""
    return as_frame({}, "D", date.min)


def usable(frame: pd.DataFrame, freq: str, as_of: date, oldest_days: int = OLDEST_DAYS) -> pd.DataFrame:
    """The rows for buckets of `freq` that were chosen on `as_of` or at most `oldest_days` before."""
    if frame.empty or not set(_TYPES) <= set(frame.columns):  # an earlier version's choices lack what is used now
        return blank()
    age = (pd.Timestamp(as_of) - frame["chosen_on"]).dt.days
    kept: pd.DataFrame = frame[(frame["freq"] == freq) & (age >= 0) & (age <= oldest_days)]
    return kept


def dated_items(items: pd.DataFrame, freq: str, chosen_on: date) -> pd.DataFrame:
    """Champions of single series with their bucket length and the day of their choice."""
    dated = items.assign(freq=freq, chosen_on=pd.Timestamp(chosen_on))
    return dated.astype({"freq": "str", "chosen_on": "datetime64[s]"})


def blank_items() -> pd.DataFrame:
    """Champions of no series."""
    return dated_items(pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS), "D", date.min)


def usable_items(items: pd.DataFrame, freq: str, as_of: date, oldest_days: int = OLDEST_DAYS) -> pd.DataFrame:
    """The champions of single series for buckets of `freq`, chosen on `as_of` or at most `oldest_days` before."""
    if items.empty or not {*COLUMNS, "freq", "chosen_on"} <= set(items.columns):
        return blank_items()
    age = (pd.Timestamp(as_of) - items["chosen_on"]).dt.days
    kept: pd.DataFrame = items[(items["freq"] == freq) & (age >= 0) & (age <= oldest_days)]
    return kept


def of_frame(frame: pd.DataFrame) -> Board:
    """Inverse of `as_frame`; of a table that an earlier version wrote, nothing."""
    if not set(_TYPES) <= set(frame.columns):
        return {}
    ranked = frame.sort_values(["pattern", "rank"], kind="stable")
    specs, figures, series = (ranked[list(names)].to_dict("records") for names in (_SPEC, _FIGURES, _SERIES))
    board: dict[str, tuple[Choice, ...]] = {}
    for name, spec, values, lists in zip(ranked["pattern"], specs, figures, series, strict=True):
        choice = Choice(
            Spec(**spec),  # type: ignore[arg-type]  # columns named and typed as the fields
            **values,
            pool=_pool(_read(lists["pool"])),
            levels=_read(lists["levels"]),
            law=PowerLaw(*_read(lists["law"])),
        )
        board[str(name)] = (*board.get(str(name), ()), choice)
    return board


def _pool(figures: tuple[float, ...]) -> Pool:
    ordinary, *weights = figures
    return Pool(tuple(weights), ordinary)


def _written(figures: Iterable[float]) -> str:
    """Figures as text that reads back to the same bits."""
    return " ".join(repr(float(figure)) for figure in figures)


def _read(text: object) -> tuple[float, ...]:
    return tuple(float(figure) for figure in str(text).split())
