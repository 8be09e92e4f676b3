"""Chosen specifications as a table, so that a choice made on one day is used by the plans of the next ones.

It chooses nothing; a choice for another bucket length, or one that has grown old, is never taken up.
"""

from collections.abc import Iterable, Mapping
from datetime import date

import pandas as pd

from bot.forecast.choose import Choice
from bot.forecast.fit import PowerLaw, Spec
from bot.forecast.pool import Pool

OLDEST_DAYS = 35  # learning renews every week; what it could not renew for a month says little about today
_FLAGS = {"season": "bool", "yearly": "bool", "trend": "bool", "pooled": "bool"}
_SPEC = {"half_life": "float64", "window": "int64", **_FLAGS}
_FIGURES = {
    "phi": "float64",
    "kappa": "float64",
    "loss": "float64",
    "naive_loss": "float64",
    "coverage": "float64",
    "cases": "int64",
}
_SERIES = {"pool": "str", "levels": "str", "law": "str"}  # figures written so that reading them gives the same ones
_TYPES = {"pattern": "str", "freq": "str", "chosen_on": "datetime64[s]", **_SPEC, **_FIGURES, **_SERIES}


def as_frame(choices: Mapping[str, Choice], freq: str, chosen_on: date) -> pd.DataFrame:
    """One row per pattern class: pattern, freq, chosen_on, the specification, its calibration and evidence."""
    rows = [
        {
            "pattern": name,
            "freq": freq,
            "chosen_on": pd.Timestamp(chosen_on),
            **{field: getattr(choice.spec, field) for field in _SPEC},
            **{field: getattr(choice, field) for field in _FIGURES},
            "pool": _written((choice.pool.ordinary, *choice.pool.weights)),
            "levels": _written(choice.levels),
            "law": _written((choice.law.a, choice.law.b)),
        }
        for name, choice in sorted(choices.items())
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


def of_frame(frame: pd.DataFrame) -> dict[str, Choice]:
    """Inverse of `as_frame`."""
    specs, figures, series = (frame[list(names)].to_dict("records") for names in (_SPEC, _FIGURES, _SERIES))
    return {
        str(name): Choice(
            Spec(**spec),  # type: ignore[arg-type]
            **values,  # type: ignore[arg-type]
            pool=_pool(_read(lists["pool"])),
            levels=_read(lists["levels"]),
            law=PowerLaw(*_read(lists["law"])),
        )
        for name, spec, values, lists in zip(frame["pattern"], specs, figures, series, strict=True)
    }


def _pool(figures: tuple[float, ...]) -> Pool:
    ordinary, *weights = figures
    return Pool(tuple(weights), ordinary)


def _written(figures: Iterable[float]) -> str:
    """Figures as text that reads back to the same bits."""
    return " ".join(repr(float(figure)) for figure in figures)


def _read(text: object) -> tuple[float, ...]:
    return tuple(float(figure) for figure in str(text).split())
