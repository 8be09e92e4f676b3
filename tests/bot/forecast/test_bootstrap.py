import numpy as np
import pytest

from bot.forecast.bootstrap import bootstrap, sum_quantiles
from tests.bot.forecast import slow
from tests.bot.forecast.panels import counts

HALF_LIFE = 30.0


def lengths(n: int, length: int) -> np.ndarray:  # type: ignore[type-arg]
    return np.full(n, length, dtype=np.int64)


def variance(series: list[float], length: int) -> tuple[float, float]:
    """Unbiased variance of the sums, and how many windows stand apart."""
    sums, weights = slow.windows(series, length, HALF_LIFE)
    apart = slow.effective(weights) / length
    mean = slow.average(weights, sums)
    raw = slow.average(weights, [(total - mean) ** 2 for total in sums])
    return raw * (apart / (apart - 1.0) if apart > 1.5 else 1.0), max(apart, 1.0)


@pytest.mark.parametrize("length", [1, 4, 13])
def test_as_the_slow_reference_says(length: int) -> None:
    values = counts(20, 60, rate=2.0)
    found = bootstrap(values, None, None, lengths(20, length), half_life=HALF_LIFE).moments
    for k, row in enumerate(values):
        sums, weights = slow.windows(list(row), length, HALF_LIFE)
        own, apart = variance(list(row), length)
        expected = ((apart - 1.0) * own / length + 3.0 * variance(list(row), 1)[0]) / (apart + 2.0)
        assert found.level[k] == pytest.approx(slow.average(weights, sums) / length)
        assert found.spread[k] == pytest.approx(expected)
        assert found.strength[k] == pytest.approx(min(60.0, apart * length))


def test_neighbours_that_move_together_widen_the_sum() -> None:
    rng = np.random.default_rng(1)
    pace = np.repeat(rng.gamma(2.0, 0.5, (400, 30)), 8, axis=1)
    together = rng.poisson(10.0 * pace).astype(float)
    apart = rng.permuted(together, axis=1)
    spread = [bootstrap(v, None, None, lengths(400, 6)).moments.spread.mean() for v in (together, apart)]
    assert spread[0] > 2.5 * spread[1]


def test_quantiles_are_those_of_the_weighted_windows() -> None:
    values = counts(20, 40, rate=3.0)
    found = sum_quantiles(values, None, None, lengths(20, 3), [0.5, 0.9, 1.0], half_life=HALF_LIFE)
    for row, quantiles in zip(values, found, strict=True):
        sums, weights = slow.windows(list(row), 3, HALF_LIFE)
        for level, quantile in zip([0.5, 0.9, 1.0], quantiles, strict=True):
            reached = sum(w for s, w in zip(sums, weights, strict=True) if s <= quantile) / sum(weights)
            below = sum(w for s, w in zip(sums, weights, strict=True) if s < quantile) / sum(weights)
            assert below < level <= reached + 1e-9


def test_each_series_has_its_own_length() -> None:
    values = counts(9, 50, rate=2.0)
    length = np.asarray([1, 2, 3, 4, 5, 6, 7, 8, 9])
    mixed = bootstrap(values, None, None, length).moments
    alone = [bootstrap(values[k : k + 1], None, None, length[k : k + 1]).moments for k in range(9)]
    assert np.array_equal(mixed.spread, np.concatenate([m.spread for m in alone]))
    assert np.array_equal(mixed.level, np.concatenate([m.level for m in alone]))


def test_unknown_buckets_are_made_up_for_in_proportion() -> None:
    values = np.full((1, 30), 4.0)
    values[0, [7, 8, 21]] = np.nan
    moments = bootstrap(values, None, None, lengths(1, 5)).moments
    assert moments.level[0] == pytest.approx(4.0)
    assert moments.spread[0] == pytest.approx(0.0, abs=1e-12)
    assert moments.known[0] == 27.0


def test_season_factors_are_taken_out() -> None:
    factors = np.where(np.arange(60) % 4 == 0, 2.5, 0.5)[None, :]
    moments = bootstrap(6.0 * factors, factors, np.zeros(1, dtype=np.int64), lengths(1, 3)).moments
    assert moments.level[0] == pytest.approx(6.0)
    assert moments.spread[0] == pytest.approx(0.0, abs=1e-9)


def test_too_short_for_any_window_falls_back_to_single_buckets() -> None:
    values = np.asarray([[np.nan] * 7 + [2.0, 4.0, 6.0]])
    moments = bootstrap(values, None, None, lengths(1, 8)).moments
    assert moments.level[0] == pytest.approx(4.0, rel=0.02)
    assert moments.spread[0] == pytest.approx(4.0, rel=0.02)
    assert sum_quantiles(values, None, None, lengths(1, 8), [0.9])[0, 0] == 0.0
