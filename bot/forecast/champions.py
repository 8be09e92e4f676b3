"""Chosen specifications as a table, so that a choice made on one day is used by the plans of the next ones.

It chooses nothing; a choice for another bucket length is never taken up.
"""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from bot.forecast.choose import Choice
from bot.forecast.fit import Spec

_SPEC = ("half_life", "season", "yearly", "trend", "window")
_FIGURES = ("phi", "kappa", "loss", "naive_loss", "coverage", "cases")
COLUMNS = ("pattern", "freq", "chosen_on", *_SPEC, *_FIGURES)


def as_frame(choices: Mapping[str, Choice], freq: str, chosen_on: date) -> pd.DataFrame:
    """One row per pattern class, with the columns of COLUMNS."""
    rows = [
        (
            name, freq, pd.Timestamp(chosen_on), *(getattr(choice.spec, field) for field in _SPEC),
            *(getattr(choice, field) for field in _FIGURES),
        )
        for name, choice in sorted(choices.items())
    ]  # fmt: skip
    types = {"pattern": "str", "freq": "str", "chosen_on": "datetime64[s]", **dict.fromkeys(_SPEC, "bool")}
    types |= {"half_life": "float64", "window": "int64", **dict.fromkeys(_FIGURES, "float64"), "cases": "int64"}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(types)


def of_frame(frame: pd.DataFrame, freq: str) -> dict[str, Choice]:
    """Inverse of `as_frame` for buckets of `freq`; empty where the choices were made for another length."""
    rows = frame[frame["freq"] == freq].to_dict("records") if len(frame) else []
    return {str(row["pattern"]): _choice({str(name): value for name, value in row.items()}) for row in rows}


def _choice(row: Mapping[str, object]) -> Choice:
    figures = {name: float(str(row[name])) for name in _FIGURES if name != "cases"}
    spec = Spec(
        half_life=float(str(row["half_life"])),
        season=bool(row["season"]),
        yearly=bool(row["yearly"]),
        trend=bool(row["trend"]),
        window=int(str(row["window"])),
    )
    return Choice(spec, **figures, cases=int(str(row["cases"])))
