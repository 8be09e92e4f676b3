"""Finds a forecaster by the name that a policy gives it and runs it on every series of a small panel.

It evaluates no code: a name is looked up, its arguments are literals.
"""

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from sktime.registry import all_estimators
from sktime.utils.dependencies import _check_estimator_deps

from bot.errors import NeedsAdmin
from bot.forecast.forecasters import PanelNaive, PanelNegBin
from bot.forecast.model import State
from bot.forecast.moments import Floats, Moments
from bot.forecast.tree_forecaster import PanelTrees
from bot.patterns.demand import DemandPanel

MOST_SERIES = 5000  # libraries' forecasters take 4 to 56 ms per series
_WHERE = "policy key `forecaster`"
_NATIVE: dict[str, Callable[..., Any]] = {
    "PanelNegBin": PanelNegBin,
    "PanelNaive": PanelNaive,
    "PanelTrees": PanelTrees,
}


def named(text: str) -> Any:
    """Return the forecaster that `text` names, such as `NaiveForecaster(strategy='mean')`; NeedsAdmin if none."""
    name, arguments = _parsed(text)
    factory = _NATIVE.get(name) or _from_sktime(name)
    try:
        return factory(**arguments)
    except (TypeError, ValueError, ImportError, ModuleNotFoundError) as error:
        remedy = "correct the arguments, or install the extra that the forecaster needs"
        raise NeedsAdmin(f"{name} cannot be built: {error}", _WHERE, remedy) from error


def broadcast_path(text: str, panel: DemandPanel, state: State, periods: int) -> State:
    """Return `state` with the named forecaster's means [n, periods]; spread and calibration stay ours.

    What the forecaster refuses or does not answer becomes NaN, which the guards replace and report.
    Raises NeedsAdmin for an unknown name or for more than MOST_SERIES series.
    """
    forecaster = named(text)
    if panel.n > MOST_SERIES and type(forecaster) not in _NATIVE.values():
        what = f"{text} would run once per series, {panel.n} times; the most is {MOST_SERIES}"
        raise NeedsAdmin(what, _WHERE, "name it for fewer items, or use PanelNegBin")
    path = _means(forecaster, panel, periods, state.moments.level)
    old = state.moments
    moments = Moments(path.mean(axis=1), old.spread, old.strength, old.age, old.known)
    return replace(state, moments=moments, slope=np.zeros(panel.n), path=path)


def _means(forecaster: Any, panel: DemandPanel, periods: int, level: Floats) -> Floats:
    """Run the forecaster on a long frame; known-to-be-missing buckets take the level."""
    filled = np.where(np.isnan(panel.values), level[:, None], panel.values).astype(np.float64)
    index = pd.MultiIndex.from_product([range(panel.n), range(panel.periods)], names=["series", "bucket"])
    frame = pd.DataFrame({"quantity": filled.ravel()}, index=index)
    steps = np.arange(1, periods + 1)
    try:
        answer = forecaster.fit(frame, fh=steps).predict(fh=steps)
    except Exception:  # noqa: BLE001 - libraries raise anything; every series falls back and says so
        return np.full((panel.n, periods), np.nan)
    return np.asarray(answer["quantity"].to_numpy(dtype=np.float64).reshape(panel.n, periods))


def _parsed(text: str) -> tuple[str, dict[str, Any]]:
    """Split `Name(key=literal, ...)` into name and arguments."""
    form = "write Name or Name(key=value, ...) with plain values"
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        if isinstance(tree, ast.Name):
            return tree.id, {}
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and not tree.args:
            return tree.func.id, {str(k.arg): ast.literal_eval(k.value) for k in tree.keywords if k.arg}
    except (SyntaxError, ValueError) as error:
        raise NeedsAdmin(f"{text!r} is not a forecaster: {error}", _WHERE, form) from error
    raise NeedsAdmin(f"{text!r} is not a forecaster", _WHERE, form)


def _from_sktime(name: str) -> Callable[..., Any]:
    """Look the class up; a thin subclass keeps it from storing data and from warning about that per series."""
    found = {str(entry[0]): entry[1] for entry in all_estimators("forecaster")}
    if name not in found:
        close = ", ".join(sorted(known for known in found if known[:4].lower() == name[:4].lower())[:5])
        remedy = f"did you mean: {close}?" if close else "see sktime's list of forecasters"
        raise NeedsAdmin(f"there is no forecaster called {name!r}", _WHERE, remedy)
    if not _check_estimator_deps(found[name], severity="none"):
        needs = found[name].get_class_tag("python_dependencies")
        raise NeedsAdmin(
            f"{name} needs {needs}, which is not installed", _WHERE, "install it, or name another forecaster"
        )
    return type(name, (found[name],), {"_config": {"remember_data": False}})
