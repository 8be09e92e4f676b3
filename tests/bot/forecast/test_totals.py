from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest

from bot.forecast.demand import forecast_demand
from bot.forecast.hierarchy import Tree
from bot.forecast.result import Forecast
from bot.forecast.totals import PRIOR, common_correlation, totals_by
from bot.patterns.classify import classify
from tests.bot.forecast.panels import Array, counts, panel_of


def forecast(history: Array) -> tuple[Forecast, Tree]:
    panel = panel_of(history)
    kinds = np.where(np.arange(panel.n) % 2 == 0, "even", "odd")
    return forecast_demand(panel, classify(panel), horizon_days=28.0, seed=1), Tree.of(panel.keys, kinds)


def test_totals_are_the_sums_of_the_items_and_their_quantiles_are_ordered() -> None:
    ahead, tree = forecast(counts(60, 80))
    table = totals_by(ahead, tree, 4).set_index(["kind", "category", "location"])
    items = ahead.total(4).mean
    assert table.loc[("all", "", ""), "mean"] == pytest.approx(items.sum(), rel=1e-12)
    assert table.loc[("category", "even", ""), "mean"] == pytest.approx(items[::2].sum(), rel=1e-12)
    assert table.loc[("location", "", "here"), "items"] == 60
    assert (table["q10"] <= table["q50"]).all()
    assert (table["q50"] <= table["q90"]).all()


def test_items_that_move_together_widen_the_total() -> None:
    rng = np.random.default_rng(8)
    alone = rng.poisson(20.0, (80, 120)).astype(float)
    together = rng.poisson(20.0 * rng.gamma(4.0, 0.25, 120), (80, 120)).astype(float)
    apart, joined = (common_correlation(values, forecast(values)[1], 4) for values in (alone, together))
    assert max(apart) < 0.1
    assert min(joined) > 0.4
    ahead, tree = forecast(together)
    narrow, wide = (totals_by(ahead, tree, 4, correlation=rho).loc[0, "sd"] for rho in (apart, joined))
    assert wide > 2.0 * narrow


def test_a_short_history_takes_the_prior_correlation() -> None:
    history = counts(20, 6)
    assert common_correlation(history, forecast(counts(20, 40))[1], 4) == PRIOR


def test_totals_and_correlation_are_the_same_in_any_row_order() -> None:
    history = counts(50, 60)
    history[:7, :20] = np.nan
    ahead, tree = forecast(history)
    order = np.random.default_rng(2).permutation(50)
    panel = panel_of(history)
    mixed = Tree.of(panel.keys.iloc[order].reset_index(drop=True), np.where(order % 2 == 0, "even", "odd"))
    one, other = totals_by(ahead, tree, 4), totals_by(ahead.take(order), mixed, 4)
    assert one.equals(other)
    assert common_correlation(history, tree, 4) == common_correlation(history[order], mixed, 4)


def test_a_row_without_a_number_does_not_spoil_the_totals() -> None:
    @dataclass
    class Law:
        mean: Array
        variance: Array
        integer: Any

    @dataclass
    class Ahead:
        law: Law

        def total(self, periods: int) -> Law:
            return self.law

    panel = panel_of(counts(2, 20))
    broken = Ahead(Law(np.array([np.nan, 5.0]), np.array([np.inf, 5.0]), np.array([True, False])))
    table = totals_by(cast("Forecast", broken), Tree.of(panel.keys), 4)
    assert table.loc[0, "mean"] == 5.0
    assert np.isfinite(table[["sd", "q10", "q90"]].to_numpy()).all()
