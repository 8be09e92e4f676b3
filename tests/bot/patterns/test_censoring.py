"""Demand behind stock-outs: the product limit, what hidden buckets count as, and that levels do not spiral down."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.patterns.censoring import LEAST_FULL, product_limit, uncensor
from bot.patterns.demand import regularise
from tests.bot.suppliers.frames import example, needs_examples


@needs_examples
def test_the_published_example() -> None:
    case = example("kaplan-meier-6mp")
    times, observed = (np.asarray(case["inputs"][name]) for name in ("times", "observed"))
    for order in (np.arange(len(times)), np.random.default_rng(1).permutation(len(times))):
        law = product_limit(times[None, order].astype(float), observed[None, order] == 0)
        found = {int(t): law.left[0][law.level[0] <= t][-1] for t in times}
        for time, survival in case["expected"]["survival"].items():
            assert found[int(time)] == pytest.approx(survival, abs=case["tolerance"]["abs"])


def test_without_stock_outs_it_is_the_plain_mean() -> None:
    sales = np.asarray([[4.0, np.nan, 0.0, 8.0, 4.0]])
    law = product_limit(sales, np.zeros(sales.shape, dtype=bool))
    assert law.mean[0] == pytest.approx(4.0)
    assert law.left[0, -1] == pytest.approx(0.0)


def test_a_hidden_bucket_hands_its_weight_to_those_above() -> None:
    sales = np.asarray([[2.0, 4.0, 6.0, 10.0]])
    law = product_limit(sales, np.asarray([[False, True, False, False]]))
    assert law.mean[0] == pytest.approx((2 + 8 + 6 + 10) / 4)
    assert law.mean_above()[0, 1] == pytest.approx(8.0)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=2, max_size=40))
def test_what_is_put_in_for_hidden_buckets_has_the_same_mean(rows: list[tuple[int, bool]]) -> None:
    sales, hidden = (np.asarray([list(column)]) for column in zip(*rows, strict=True))
    law = product_limit(sales.astype(float), hidden)
    filled = np.where(hidden, law.mean_above(), sales)
    assert filled.mean() == pytest.approx(law.mean[0])
    assert (filled >= sales - 1e-9).all()
    assert law.mean[0] >= sales.mean() - 1e-9


def test_rows_stand_alone() -> None:
    rng = np.random.default_rng(2)
    sales, share = rng.poisson(6.0, (5000, 30)).astype(np.float32), np.where(rng.random((5000, 30)) < 0.3, 0.2, 1.0)
    whole, part = sales.copy(), sales[4000:4007].copy()
    level = uncensor(whole, share)
    np.testing.assert_array_equal(uncensor(part, share[4000:4007]), level[4000:4007])
    np.testing.assert_array_equal(part, whole[4000:4007])


def test_too_little_to_tell_stands_as_it_is() -> None:
    values = np.asarray([[10.0] * (LEAST_FULL - 1) + [30.0, 2.0]])
    level = uncensor(values, np.asarray([[1.0] * (LEAST_FULL - 1) + [0.1, 0.2]]))
    np.testing.assert_array_equal(values, [[10.0] * (LEAST_FULL - 1) + [30.0, np.nan]])
    assert np.isnan(level[0])


def test_a_hidden_bucket_counts_twice_its_sales_at_most() -> None:
    values = np.asarray([[10.0] * 12 + [5000.0, 400.0]])
    uncensor(values, np.asarray([[1.0] * 13 + [0.1]]))
    assert values[0, -1] == 800.0


def sold_out(n: int, rng: np.random.Generator, level: np.ndarray | None, weeks: int) -> tuple[np.ndarray, np.ndarray]:
    """Sales out of a stock of `level` a week, and the weeks in which it did not suffice; demand is 100 with sd 30."""
    demand = np.maximum(rng.normal(100.0, 30.0, (n, weeks)), 0.0)
    stock = np.full((n, 1), np.inf) if level is None else level[:, None]
    return np.minimum(demand, stock), demand > stock


def panel_level(sales: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Mean and 1.28 standard deviations of the product's own panel."""
    n, weeks = sales.shape
    dates = pd.Timestamp("2020-01-06") + pd.to_timedelta(np.tile(np.arange(weeks) * 7, n), unit="D")
    items = np.repeat([f"i{row:04}" for row in range(n)], weeks)
    table = pd.DataFrame({"item": items, "location": "here", "date": dates, "quantity": sales.ravel()})
    end = date(2020, 1, 6) + pd.Timedelta(days=7 * weeks)
    panel = regularise(table.assign(in_stock=1.0 - out.ravel()), end)
    return np.asarray(np.nanmean(panel.values, axis=1) + 1.28 * np.nanstd(panel.values, axis=1))


def as_sold(sales: np.ndarray, out: np.ndarray) -> np.ndarray:
    """What happens when sales are taken for demand."""
    return np.asarray(sales.mean(axis=1) + 1.28 * sales.std(axis=1))


def by_product_limit(sales: np.ndarray, out: np.ndarray) -> np.ndarray:
    law = product_limit(sales, out)
    filled = np.where(out, law.mean_above(), sales)
    return np.asarray(law.mean + 1.28 * filled.std(axis=1))


def spiral(rule: Callable[[np.ndarray, np.ndarray], np.ndarray], *, forgetful: bool) -> list[float]:
    """The stock rule fitted anew each cycle on what it sold itself: mean level over 150 items, cycle by cycle."""
    rng = np.random.default_rng(11)
    sales, out = sold_out(150, rng, None, 52)
    levels = []
    for _ in range(8):
        level = rule(sales, out)
        levels.append(float(level.mean()))
        more = sold_out(150, rng, level, 52 if forgetful else 13)
        sales, out = more if forgetful else (np.concatenate([a, b], 1) for a, b in zip((sales, out), more, strict=True))
    return levels


@pytest.mark.parametrize("rule", [panel_level, by_product_limit])
@pytest.mark.parametrize("forgetful", [False, True])
def test_the_level_does_not_spiral_down(rule: Callable[..., np.ndarray], *, forgetful: bool) -> None:
    levels = spiral(rule, forgetful=forgetful)
    assert min(levels) > 0.985 * levels[0]
    assert levels[-1] == pytest.approx(138.4, rel=0.025)


@pytest.mark.parametrize("forgetful", [False, True])
def test_sales_taken_for_demand_do(*, forgetful: bool) -> None:
    levels = spiral(as_sold, forgetful=forgetful)
    assert levels[-1] < 0.98 * levels[0], "or the test above would prove nothing"
