"""Puts forecasters that a policy names in place of the champions, for the series that name one and for no other.

They give the means only; the champion's spread moves with the level, its calibration stays. What cannot be used
leaves the champion and says why.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from bot.forecast import draws
from bot.forecast.broadcast import Answer, Ask, Broadcast, Here, Ints, Texts
from bot.forecast.guards import highest, refused
from bot.forecast.model import State
from bot.forecast.moments import Floats, moved
from bot.forecast.naming import AUTO
from bot.forecast.outside import Outside
from bot.forecast.tree_named import is_trees, tree_answer
from bot.patterns.demand import DemandPanel

MOST_SERIES = 5000  # of all library forecasters together: each series takes 4 to 56 ms
NOT_USED = " not used: "  # between the forecaster and the reason
TOO_MANY = f"more than {MOST_SERIES:,} item-locations name a forecaster of a library"


def named_paths(  # noqa: PLR0913 (what the forecast is made of so far)
    panel: DemandPanel,
    values: Floats,
    state: State,
    model: Texts,
    wanted: Texts | str,
    *,
    periods: int,
    seed: int,
    broadcast: Broadcast | None = None,
    outside: Outside | None = None,
) -> tuple[State, Texts, Texts]:
    """Return state, names of models and reasons [n] ('' = none) with what the named forecasters answer.

    `wanted` is one text for all or a text per series, '' or `auto` = the champion. `values` [n, T] is the history
    to learn from, `periods` how many buckets are asked for; beyond them a path's mean goes on. All other series keep
    their state bit for bit, and neither row order nor the other series change what a library answers. All series
    that name the trees by one text are forecast by one model, which alone sees what is known from `outside`.
    """
    texts = np.asarray(np.broadcast_to(np.asarray(wanted, dtype=object), (panel.n,)))
    asked = (texts != "") & (texts != AUTO)
    place, why, paths = np.full(panel.n, -1, dtype=np.int64), np.full(panel.n, "", dtype=object), [_blank(0, periods)]
    if not asked.any():
        return state, model, why
    marks = draws.marks(panel.keys, seed)
    order = np.argsort(marks, kind="stable")
    rows = order[asked[order]]

    def ask(group: Ints) -> Ask:
        level, seeds = state.moments.level[group], (marks[group] >> np.uint64(1)).astype(np.int64)
        return Ask(str(texts[group[0]]), values[group], level, panel.starts, panel.freq, periods, seeds)

    def trees(group: Ints) -> Answer:
        part = replace(panel.take(group), values=values[group])
        return tree_answer(str(texts[group[0]]), part, periods, seed, None if outside is None else outside.take(group))

    for group, answer in _answers(texts, rows, ask, broadcast or Here(), trees):
        reason = np.where(answer.why == "", refused(answer.means, highest(values[group])), answer.why)
        good = reason == ""
        place[group[good]] = np.arange(int(good.sum())) + sum(map(len, paths))
        paths.append(answer.means[good])
        why[group[~good]] = [f"{texts[group[0]]}{NOT_USED}{each}" for each in reason[~good]]
    return _with_paths(state, place, np.concatenate(paths)), np.where(place >= 0, texts, model), why


def _answers(
    texts: Texts, rows: Ints, ask: Callable[[Ints], Ask], broadcast: Broadcast, trees: Callable[[Ints], Answer]
) -> Iterator[tuple[Ints, Answer]]:
    """Rows of each group and what its forecaster answers: ours at once, libraries' through the broadcast."""
    from bot.forecast.catalog import is_native  # noqa: PLC0415 - it brings sktime's registry along, rarely needed

    names, which = np.unique(texts[rows].astype(str), return_inverse=True)
    ours = np.asarray([is_native(name) for name in names])[which]
    beyond = ~ours & (np.cumsum(~ours) > MOST_SERIES)
    native, foreign, late = (
        [rows[chosen] for code in range(len(names)) if (chosen := (which == code) & part).any()]
        for part in (ours, ~ours & ~beyond, beyond)
    )
    for group in native:
        yield group, trees(group) if is_trees(str(texts[group[0]])) else Here()([ask(group)])[0]
    if foreign:
        yield from zip(foreign, broadcast([ask(group) for group in foreign]), strict=True)
    for group in late:
        yield group, Answer(_blank(len(group), ask(group).periods), np.full(len(group), TOO_MANY, dtype=object))


def _blank(count: int, periods: int) -> Floats:
    return np.full((count, periods), np.nan)


def _with_paths(state: State, place: Ints, paths: Floats) -> State:
    """The state with foreign means for the series that have a place in `paths`."""
    used = np.flatnonzero(place >= 0)
    if not len(used):
        return state
    level, spread = state.moments.level.copy(), state.moments.spread.copy()
    level[used] = paths[place[used]].mean(axis=1)
    spread[used] = moved(state.moments, level[used], state.integer, used)
    slope = state.slope.copy()
    slope[used] = 0.0
    moments = replace(state.moments, level=level, spread=spread)
    return replace(state, moments=moments, slope=slope, path=paths, place=place)
