"""Keeps a class what it was until its figure has left a band around the cut, so that words do not flap from day to day.

It knows no demand: it compares figures with cuts and with what was said before.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

BAND = 0.1  # of the cut: how far a figure has to pass it before the class changes
UNKNOWN = -1  # code of a series that nothing was said about before


def beyond(figure: Floats, cut: Floats | float, was: Bools, told: Bools, band: float = BAND) -> Bools:
    """Whether `figure` lies at or above `cut`: from a `band` above it, and once it `was`, down to a band below.

    Where nothing was `told` before, the cut itself decides.
    """
    edge = np.where(told, np.where(was, 1.0 - band, 1.0 + band), 1.0) * cut
    return np.asarray(figure >= edge)


def ranked(figure: Floats, cuts: tuple[float, ...], before: Ints, band: float = BAND) -> Ints:
    """How many of the rising `cuts` the figure has reached, [n], given the number of `before`."""
    told = before != UNKNOWN
    reached = [beyond(figure, cut, before >= rank, told, band) for rank, cut in enumerate(cuts, start=1)]
    return np.asarray(np.sum(reached, axis=0), dtype=np.int64)


def ranked_by_rest(share: Floats, cuts: tuple[float, ...], before: Ints) -> Ints:
    """The same for shares of a whole: the band is a tenth of what is left above the cut."""
    rest = 1.0 - share
    told = before != UNKNOWN
    ranks = np.zeros(len(share), dtype=np.int64)
    for rank, cut in enumerate(cuts, start=1):
        edge = np.where(told, np.where(before >= rank, BAND, -BAND), 0.0) * (1.0 - cut)
        ranks += np.where(edge == 0.0, share >= cut, rest <= 1.0 - cut + edge)
    return ranks


def places(before: pd.DataFrame | None, keys: pd.DataFrame) -> Ints:
    """Row in `before` of every item-location of `keys`, -1 without one; of several rows the last holds."""
    if before is None or before.empty or not len(keys):
        return np.full(len(keys), UNKNOWN, dtype=np.int64)
    item, location = (pd.Index(before[name].astype("str")).unique() for name in ("item", "location"))
    old, new = (_cells(frame, item, location) for frame in (before, keys))
    order = np.argsort(old, kind="stable")
    at = np.searchsorted(old[order], new, side="right") - 1
    found = (at >= 0) & (old[order][np.maximum(at, 0)] == new) & (new >= 0)
    return np.where(found, order[np.maximum(at, 0)], UNKNOWN)


def codes(before: pd.DataFrame | None, place: Ints, column: str, names: tuple[str, ...]) -> Ints:
    """Place in `names` of the word in `column` of `before` at each `place`, UNKNOWN where nothing was said."""
    if before is None or before.empty:
        return np.full(len(place), UNKNOWN, dtype=np.int64)
    return np.where(place >= 0, _numbers(before[column], pd.Index(names))[place], UNKNOWN)


def _cells(frame: pd.DataFrame, item: pd.Index, location: pd.Index) -> Ints:
    """One number per item-location, -1 where either is unknown."""
    i, j = (_numbers(frame[name], known) for name, known in (("item", item), ("location", location)))
    return np.where((i >= 0) & (j >= 0), i * len(location) + j, -1)


def _numbers(column: "pd.Series[Any]", known: pd.Index) -> Ints:
    """Place of every value in `known`; the categories are looked up, not the rows."""
    coded = column.astype("category")
    places = np.append(known.get_indexer(pd.Index(coded.cat.categories.astype("str"))), -1)
    return np.asarray(places[coded.cat.codes.to_numpy()], dtype=np.int64)
