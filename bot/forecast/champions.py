"""Chosen specifications as a table, so that a choice made on one day is used by the plans of the next ones.

It chooses nothing; a choice for another bucket length, or one that has grown old, is never taken up.
"""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from bot.forecast.choose import Choice
from bot.forecast.fit import Spec

OLDEST_DAYS = 35  # learning renews every week; what it could not renew for a month says little about today
_SPEC = {"half_life": "float64", "season": "bool", "yearly": "bool", "trend": "bool", "window": "int64"}
_FIGURES = {
    "phi": "float64",
    "kappa": "float64",
    "loss": "float64",
    "naive_loss": "float64",
    "coverage": "float64",
    "cases": "int64",
}
_TYPES = {"pattern": "str", "freq": "str", "chosen_on": "datetime64[s]", **_SPEC, **_FIGURES}


def as_frame(choices: Mapping[str, Choice], freq: str, chosen_on: date) -> pd.DataFrame:
    """One row per pattern class: pattern, freq, chosen_on, the specification, its calibration and evidence."""
    rows = [
        {
            "pattern": name,
            "freq": freq,
            "chosen_on": pd.Timestamp(chosen_on),
            **{field: getattr(choice.spec, field) for field in _SPEC},
            **{field: getattr(choice, field) for field in _FIGURES},
        }
        for name, choice in sorted(choices.items())
    ]
    return pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES)


def blank() -> pd.DataFrame:
    """The table without a row."""
    return as_frame({}, "D", date.min)


def usable(frame: pd.DataFrame, freq: str, as_of: date, oldest_days: int = OLDEST_DAYS) -> pd.DataFrame:
    """The rows for buckets of `freq` that were chosen on `as_of` or at most `oldest_days` before."""
    if frame.empty:
        return blank()
    age = (pd.Timestamp(as_of) - frame["chosen_on"]).dt.days
    kept: pd.DataFrame = frame[(frame["freq"] == freq) & (age >= 0) & (age <= oldest_days)]
    return kept


def of_frame(frame: pd.DataFrame) -> dict[str, Choice]:
    """Inverse of `as_frame`."""
    specs, figures = (frame[list(names)].to_dict("records") for names in (_SPEC, _FIGURES))
    return {
        str(name): Choice(Spec(**spec), **values)  # type: ignore[arg-type]  # columns named and typed as the fields
        for name, spec, values in zip(frame["pattern"], specs, figures, strict=True)
    }
