"""Runs named forecasters on histories, series by series where a library can do no better, and keeps each failure apart.

It knows no process, no clock and no champion: `wiring.apart` adds the time limit, `named` what becomes of the answers.
"""

import random
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.errors import NeedsAdmin, Retryable
from bot.forecast.moments import Floats
from bot.forecast.naming import Fault
from bot.patterns.buckets import Days

Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[Any]
T = TypeVar("T")
LATE = "not finished within the time limit"
ENDED = "the process that ran it ended"
OTHER_PERIODS = "forecast other periods than asked for"
NO_HISTORY = "no history to learn from"
_SAID_MOST = 120  # characters of a library's message that people are shown
_COLUMN, _SERIES, _BUCKET = "quantity", "series", "bucket"
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


@dataclass(frozen=True, slots=True)
class Ask:
    """One named forecaster and what it is to forecast: m histories, `periods` buckets ahead.

    `history` [m, T]: NaN = unknown. `level` [m] stands in for unknown buckets where a library cannot do without.
    `starts` [T]: first days of the buckets. `seeds` [m]: chance of each series, if a library takes any.
    """

    text: str
    history: Floats
    level: Floats
    starts: Days
    freq: str
    periods: int
    seeds: Ints


class Piece(NamedTuple):
    """What is known about some series of an ask: means [k, periods], NaN = none, and why there are none ('' = some)."""

    rows: Ints
    means: Floats
    why: Sequence[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """Means [m, periods] (NaN where there are none) and per series the reason for having none ('' = there are some)."""

    means: Floats
    why: Texts


class Broadcast(Protocol):
    """Runs every ask and answers in the same order; it raises nothing that a forecaster raises.

    Raises Retryable once `told_to_end` holds.
    """

    def __call__(self, asks: Sequence[Ask], told_to_end: Callable[[], bool] = ...) -> list[Answer]:
        """Answer every ask."""
        ...


def never() -> bool:
    """Nobody tells it to end."""
    return False


def stoppable(found: Iterator[T], told_to_end: Callable[[], bool]) -> Iterator[T]:
    """Hand on what is found, until the process is told to end."""
    for each in found:
        yield each
        if told_to_end():
            raise Retryable("told to end while forecasting; the next run begins anew")


Find = Callable[[str], Any]  # a fresh forecaster by its text; NeedsAdmin when there is none


class Here:
    """Implements `Broadcast` in this process: nothing stops a forecaster that hangs."""

    def __init__(self, find: Find | None = None) -> None:
        self._find = find or by_name

    def __call__(self, asks: Sequence[Ask], told_to_end: Callable[[], bool] = never) -> list[Answer]:
        """Run one ask after the other."""
        return collected(asks, stoppable(pieces(asks, self._find), told_to_end), LATE)


def by_name(text: str) -> Any:
    """The forecaster of the catalogue, which is slow to import and rarely needed."""
    from bot.forecast.catalog import named  # noqa: PLC0415 - it looks through all of sktime

    return named(text)


def judge(text: str) -> Fault | None:
    """What is wrong with a named forecaster on this machine; looks through all of sktime, so it takes seconds."""
    from bot.forecast.catalog import fault  # noqa: PLC0415 - only where somebody names one

    return fault(text)


def collected(asks: Sequence[Ask], found: Iterable[tuple[int, Piece]], missing: str) -> list[Answer]:
    """Put pieces, each with the number of its ask, in their places; what never came has `missing` as its reason."""
    answers = [
        Answer(np.full((len(ask.history), ask.periods), np.nan), np.full(len(ask.history), missing, dtype=object))
        for ask in asks
    ]
    for place, piece in found:
        answers[place].means[piece.rows] = piece.means
        answers[place].why[piece.rows] = piece.why
    return answers


def pieces(asks: Sequence[Ask], find: Find) -> Iterator[tuple[int, Piece]]:
    """Work through the asks; yields each piece as soon as it is known, with the number of its ask."""
    for place, ask in enumerate(asks):
        for piece in _worked(ask, find):
            yield place, piece


def _worked(ask: Ask, find: Find) -> Iterator[Piece]:
    known = ~np.isnan(ask.history)
    blank = np.flatnonzero(~known.any(axis=1))
    if len(blank):
        yield _none(ask, blank, NO_HISTORY)
    rows = np.flatnonzero(known.any(axis=1))
    try:
        whole = _takes_panels(find(ask.text))
    except NeedsAdmin as error:
        yield _none(ask, rows, error.what)
        return
    times = _calendar(ask.starts, ask.freq)
    if whole and len(rows):
        yield Piece(rows, *_guarded(partial(_panel, ask, rows, times, find), ask, rows))
        return
    begins = known.argmax(axis=1)
    for row in rows:  # a library takes one series at a time
        one = np.asarray([row])
        filled = np.where(known[row], ask.history[row], ask.level[row]).astype(np.float64)
        series = pd.Series(filled[begins[row] :], index=times[begins[row] :], name=_COLUMN)
        run = partial(_single, ask, series, int(ask.seeds[row]), find)
        yield Piece(one, *_guarded(run, ask, one))


def failed(error: BaseException) -> str:
    """What people are told of an error that a forecaster raised."""
    said = " ".join(str(error).split())
    return f"failed: {type(error).__name__} {said}".strip()[:_SAID_MOST]


def _takes_panels(forecaster: Any) -> bool:
    inner = forecaster.get_tag("y_inner_mtype")
    return "pd-multiindex" in (inner if isinstance(inner, (list, tuple)) else [inner])


def _calendar(starts: Days, freq: str) -> pd.PeriodIndex:
    """The buckets as periods: libraries read seasons off them, and know the next one."""
    days = pd.DatetimeIndex(starts)
    last = _WEEKDAYS[(days[0].weekday() - 1) % 7] if len(days) else "SUN"
    return days.to_period(f"W-{last}" if freq == "W" else freq)


def _guarded(run: Callable[[], tuple[Floats, Sequence[str]]], ask: Ask, rows: Ints) -> tuple[Floats, Sequence[str]]:
    """What `run` answers, quietly and with settled chance; whatever it raises becomes the reason."""
    try:
        with _settled(int(ask.seeds[rows[0]])), warnings.catch_warnings(record=True):
            warnings.simplefilter("ignore")
            return run()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - libraries raise anything
        return _none(ask, rows, failed(error))[1:]


@contextmanager
def _settled(seed: int) -> Iterator[None]:
    """Chance that libraries take from the common generators comes from `seed`; afterwards it goes on as before."""
    ours, numpys = random.getstate(), np.random.get_state()  # noqa: NPY002 - what libraries draw from
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002, TID251 - see above
    try:
        yield
    finally:
        random.setstate(ours)
        np.random.set_state(numpys)  # noqa: NPY002 - see above


def _single(ask: Ask, history: "pd.Series[float]", seed: int, find: Find) -> tuple[Floats, Sequence[str]]:
    ahead = pd.period_range(history.index[-1] + 1, periods=ask.periods, freq=history.index.freq)  # type: ignore[attr-defined]
    steps = np.arange(1, ask.periods + 1)
    answer = _seeded(find(ask.text), seed).fit(history, fh=steps).predict(fh=steps)
    if not answer.index.equals(ahead):
        return np.full((1, ask.periods), np.nan), [OTHER_PERIODS]
    return np.asarray(answer, dtype=np.float64).reshape(1, ask.periods), [""]


def _panel(ask: Ask, rows: Ints, times: pd.PeriodIndex, find: Find) -> tuple[Floats, Sequence[str]]:
    """One call for all; the answer is read by its keys, because nothing says that its rows are in our order."""
    forecaster = _seeded(find(ask.text), int(ask.seeds[rows[0]]))
    index = pd.MultiIndex.from_product([range(len(rows)), times], names=[_SERIES, _BUCKET])
    values = ask.history[rows].astype(np.float64)
    if not forecaster.get_tag("capability:missing_values"):
        values = np.where(np.isnan(values), ask.level[rows][:, None], values)
    frame = pd.DataFrame({_COLUMN: values.ravel()}, index=index)
    steps = np.arange(1, ask.periods + 1)
    answer = forecaster.fit(frame, fh=steps).predict(fh=steps)
    ahead = pd.period_range(times[-1] + 1, periods=ask.periods, freq=times.freq)
    which = answer.index.get_level_values(0).to_numpy(dtype=np.int64)
    when = ahead.get_indexer(answer.index.get_level_values(-1))
    strays = np.unique(which[when < 0])
    inside = (when >= 0) & (which >= 0) & (which < len(rows))
    cell = which[inside] * ask.periods + when[inside]
    figures = np.full(len(rows) * ask.periods, np.nan)
    figures[cell] = np.asarray(answer, dtype=np.float64).reshape(len(answer))[inside]
    filled = np.bincount(cell, minlength=len(figures)).reshape(len(rows), ask.periods)
    complete = (filled == 1).all(axis=1) & ~np.isin(np.arange(len(rows)), strays)
    means = np.where(complete[:, None], figures.reshape(filled.shape), np.nan)
    return means, np.where(complete, "", OTHER_PERIODS).tolist()


def _seeded(forecaster: Any, seed: int) -> Any:
    """The forecaster with its chance settled where the policy left it open."""
    open_ = "random_state" in forecaster.get_params(deep=False) and forecaster.random_state is None
    return forecaster.set_params(random_state=seed % 2**31) if open_ else forecaster


def _none(ask: Ask, rows: Ints, why: str) -> Piece:
    return Piece(rows, np.full((len(rows), ask.periods), np.nan), [why] * len(rows))
