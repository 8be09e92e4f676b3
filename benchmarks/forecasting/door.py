"""The one place of the benchmark that calls Restock's forecast: panels of plain matrices in, forecasts out.

When the forecast's own door changes, only this module follows it.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast import catalog
from bot.forecast.champions import Champions
from bot.forecast.demand import choose_champions, forecast_demand, forecast_rows
from bot.forecast.prepare import prepare
from bot.forecast.result import Forecast
from bot.forecast.selection import choose_items
from bot.patterns.buckets import bucket_range
from bot.patterns.classify import classify
from bot.patterns.demand import DemandPanel

Floats = npt.NDArray[np.floating[Any]]
SEED = 7


def panel_of(values: Floats, freq: str, start: str, first_key: int = 0) -> DemandPanel:
    """Wrap a matrix [n, T] of complete buckets (NaN = unknown) as a panel; `first_key` numbers its first item."""
    n, periods = values.shape
    starts = bucket_range(np.datetime64(start), periods + 1, freq)
    names = [f"i{k:07d}" for k in range(first_key, first_key + n)]
    keys = pd.DataFrame(
        {
            "item": pd.Categorical.from_codes(np.arange(n), names),
            "location": pd.Categorical.from_codes(np.zeros(n, dtype=int), ["here"]),
        }
    )
    known = ~np.isnan(values)
    first = np.where(known.any(axis=1), known.argmax(axis=1), periods)
    data = values.astype(np.float32)
    return DemandPanel(keys, data, None, starts[:-1], freq, starts[-1], starts[-1], first, np.zeros(n))


def forecast(panel: DemandPanel, days: Floats | float, champions: Champions | None = None, **more: Any) -> Forecast:
    """The default tier on a panel; `champions` are choices made before."""
    return forecast_demand(panel, classify(panel), horizon_days=days, seed=SEED, champions=champions, **more)


def choose(panel: DemandPanel, days: Floats | float) -> Champions:
    """The champions that the default tier picks on a panel."""
    return Champions(choose_champions(panel, classify(panel), horizon_days=days, seed=SEED))


def choose_each(panel: DemandPanel, days: Floats, service: float) -> Champions:
    """The classes' champions, and those of single series by what they lose at their service level."""
    patterns = classify(panel)
    board = choose_champions(panel, patterns, horizon_days=days, seed=SEED)
    levels = np.full(panel.n, service)
    return Champions(board, choose_items(panel, patterns, board, horizon_days=days, seed=SEED, service=levels))


def learn(panel: DemandPanel, days: Floats | float, champions: Champions | None = None) -> Any:
    """What is learned from the whole panel once, so that its rows can be forecast in any pieces."""
    return prepare(panel, classify(panel), horizon_days=days, seed=SEED, champions=champions)


def by_rows(panel: DemandPanel, days: Floats | float, learned: Any) -> Forecast:
    """Some rows, by what was learned before."""
    return forecast_rows(panel, classify(panel), learned, horizon_days=days, seed=SEED)


def chunked(panel: DemandPanel, days: Floats, champions: Champions, size: int) -> list[Forecast]:
    """The same panel in pieces of `size` series."""
    learned = learn(panel, days, champions)
    rows = np.arange(panel.n)
    parts = [rows[k : k + size] for k in range(0, panel.n, size)]
    return [by_rows(panel.take(part), days[part], learned) for part in parts]


def natives() -> dict[str, Any]:
    """Every native panel forecaster by name, with its default settings."""
    return dict(catalog._NATIVE)  # noqa: SLF001 - the catalog is what a policy's names are looked up in


def trees() -> Any | None:
    """The global trees as a panel forecaster, None until they exist."""
    try:
        from bot.forecast.tree_forecaster import PanelTrees  # noqa: PLC0415 - an optional tier
    except ImportError:
        return None
    return PanelTrees
