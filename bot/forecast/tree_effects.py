"""Explains what trees forecast: the effect of every driver in units of demand, adding up to the forecast.

It changes no forecast. An effect is read off the path that a row takes through the trees, not off cause and effect.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.features import DRIVERS, LEVEL, Panel, Table, scales
from bot.forecast.trees import Trees, Work

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Effects:
    """Effects [n, P, D] in base units per bucket of the D `drivers`; their sum is the forecast of the bucket."""

    drivers: tuple[str, ...]
    values: Floats

    def total(self, begin: float, end: float) -> Floats:
        """Effects [n, D] on demand between two bucket positions; parts of a bucket count in proportion."""
        edges = np.arange(self.values.shape[1], dtype=np.float64)
        share = np.clip(np.minimum(edges + 1.0, end) - np.maximum(edges, begin), 0.0, 1.0)
        out = np.zeros((self.values.shape[0], self.values.shape[2]))
        for bucket, part in enumerate(share):
            out += part * self.values[:, bucket]
        return out


def contributions(work: Work, trees: Trees, periods: int, rows: npt.NDArray[np.int64] | None = None) -> Effects:
    """Effects per series (all, or the given rows) and bucket ahead.

    The trees add up logarithms. Each driver takes the share of the difference between forecast and level that
    it has in the difference of their logarithms, so that the effects in units add up too.
    """
    history = work.history
    wanted = np.arange(len(history.values)) if rows is None else rows
    out = np.zeros((len(wanted), periods, len(DRIVERS)))
    if not history.periods:
        return Effects(DRIVERS, out)
    scale = scales(history, [history.periods])[history.periods]
    for block, table in zip(
        work.blocks, Panel(history, work.exogenous).at(history.periods, work.blocks, scale, wanted), strict=True
    ):
        out[:, block[0] : block[1]] = _units(table, *logarithms(trees, table))[:, None]
    return Effects(DRIVERS, out)


def _units(table: Table, base: float, parts: Floats) -> Floats:
    """Effects [rows, D] in units, from the logarithm of the mean ratio and each driver's part in it."""
    change = np.zeros(len(parts))
    for driver in range(parts.shape[1]):
        change += parts[:, driver]
    level = table.scale * np.exp(base)
    # (exp(c) - 1) / c, 1 where nothing changes: the units that one unit of logarithm is worth
    worth = level * np.divide(np.expm1(change), change, out=np.ones_like(change), where=np.abs(change) > 1e-12)
    effects = parts * worth[:, None]
    effects[:, DRIVERS.index(LEVEL)] += level
    return np.asarray(effects)


def logarithms(trees: Trees, table: Table) -> tuple[float, Floats]:
    """The mean logarithm of the ratio, and how far each driver moves a row away from it [rows, D]."""
    parts = np.zeros((len(table.data), len(DRIVERS)))
    if trees.regressor is None:
        return 0.0, parts
    driver = np.asarray([DRIVERS.index(name) for name in table.drivers])
    base = float(trees.regressor._baseline_prediction[0, 0])  # noqa: SLF001 - no public name for it
    for (tree,) in trees.regressor._predictors:  # noqa: SLF001 - no public name for them
        value = _node_means(tree.nodes)
        base += float(value[0])
        _descend(tree.nodes, value, table.data, driver, parts)
    return base, parts


def _node_means(nodes: npt.NDArray[Any]) -> Floats:
    """Mean of the leaves below every node, by the rows that they were learnt from; children stand after parents."""
    value, count = nodes["value"].astype(np.float64), nodes["count"].astype(np.float64)
    for k in np.flatnonzero(nodes["is_leaf"] == 0)[::-1]:
        left, right = nodes["left"][k], nodes["right"][k]
        value[k] = (count[left] * value[left] + count[right] * value[right]) / (count[left] + count[right])
    return value


def _descend(nodes: npt.NDArray[Any], value: Floats, data: Floats, driver: npt.NDArray[Any], parts: Floats) -> None:
    """Walk all rows from the root to their leaves; each step's change of the mean goes to the split's driver."""
    rows, at = np.arange(len(data)), np.zeros(len(data), dtype=np.int64)
    while len(rows):
        inner = nodes["is_leaf"][at] == 0
        rows, at = rows[inner], at[inner]
        feature = nodes["feature_idx"][at]
        x = data[rows, feature]
        left = np.where(np.isnan(x), nodes["missing_go_to_left"][at] == 1, x <= nodes["num_threshold"][at])
        after = np.where(left, nodes["left"][at], nodes["right"][at]).astype(np.int64)
        parts[rows, driver[feature]] += value[after] - value[at]
        at = after
