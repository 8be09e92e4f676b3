"""Finds a forecaster by the name that a policy gives it: our own panel forecasters and those of sktime.

It evaluates no code: a name is looked up, its arguments are literals. It runs no forecaster.
"""

import difflib
import inspect
import warnings
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from sktime.registry import all_estimators
from sktime.utils.dependencies import _check_estimator_deps

from bot.errors import NeedsAdmin
from bot.forecast.estimators import PanelBootstrap, PanelCroston, PanelSBA, PanelSmoothing, PanelTSB
from bot.forecast.forecasters import PanelNaive, PanelNegBin
from bot.forecast.naming import Fault, Named, parsed
from bot.forecast.tree_forecaster import PanelTrees

_WHERE = "policy key `forecaster`"
_NATIVE: dict[str, Callable[..., Any]] = {
    factory.__name__: factory
    for factory in (
        PanelNegBin,
        PanelNaive,
        PanelCroston,
        PanelSBA,
        PanelTSB,
        PanelSmoothing,
        PanelBootstrap,
        PanelTrees,
    )
}


def named(text: str) -> Any:
    """Return the forecaster that `text` names, such as `NaiveForecaster(strategy='mean')`; NeedsAdmin if none."""
    made = _built(text)
    if isinstance(made, Fault):
        raise NeedsAdmin(made.what, _WHERE, " ".join(filter(None, (made.hint, made.remedy))))
    return made


def fault(text: str) -> Fault | None:
    """What is wrong with the forecaster that `text` names on this machine; None when it can be used."""
    made = _built(text)
    return made if isinstance(made, Fault) else None


def is_native(text: str) -> bool:
    """Whether `text` names one of our own, which take a whole panel in one call and need no time limit."""
    read = parsed(text)
    return isinstance(read, Named) and read.name in _NATIVE


def _built(text: str) -> Any:
    """The forecaster, or a Fault."""
    read = parsed(text)
    if isinstance(read, Fault):
        return read
    factory = _NATIVE.get(read.name) or _of_sktime(read.name)
    if isinstance(factory, Fault):
        return factory
    if unknown := _unknown_argument(read, factory):
        return unknown
    try:
        with warnings.catch_warnings(record=True):
            return factory(**read.arguments)
    except Exception as error:  # noqa: BLE001 - libraries' constructors raise anything
        return Fault(f"{read.name} cannot be built: {error}", remedy="correct the arguments, or name another one")


def _unknown_argument(read: Named, factory: Callable[..., Any]) -> Fault | None:
    known = inspect.signature(factory).parameters
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in known.values()):
        return None
    for name in read.arguments:
        if name not in known:
            remedy = f"possible here: {', '.join(known)}" if known else f"{read.name} takes no argument"
            return Fault(f"{read.name} has no argument {name!r}", _nearest(name, known), remedy)
    return None


def _of_sktime(name: str) -> Any:
    """A thin subclass, which keeps the class from storing data and from warning about that per series; or a Fault."""
    found = _registry()
    if name not in found:
        hint = _nearest(name, (*found, *_NATIVE))
        return Fault(f"there is no forecaster {name!r}", hint, "" if hint else "see sktime's list of forecasters")
    if not _check_estimator_deps(found[name], severity="none"):
        needs = found[name].get_class_tag("python_dependencies")
        listed = ", ".join(map(str, needs)) if isinstance(needs, (list, tuple)) else str(needs)
        return Fault(f"{name} needs {listed}, which is not installed", remedy="install it, or name another forecaster")
    return _quiet(found[name])


@lru_cache(maxsize=256)
def _quiet(kind: Any) -> type:
    return type(kind.__name__, (kind,), {"_config": {"remember_data": False}})


@lru_cache(maxsize=1)
def _registry() -> dict[str, Any]:
    return {str(entry[0]): entry[1] for entry in all_estimators("forecaster")}


def _nearest(word: str, known: Iterable[str]) -> str:
    lower = {each.lower(): each for each in known}
    near = difflib.get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    return f'did you mean "{lower[near[0]]}"?' if near else ""
