"""Lasting shifts of the level are found and dated, and noise, seasons, trends and lumps are not taken for one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.patterns.shifts import LIMIT, find_shifts
from tests.bot.forecast.panels import panel_of

WEEKS = 104
KINDS = ("smooth", "erratic", "intermittent", "lumpy")


def drawn(kind: str, n: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    size = (n, WEEKS)
    return {
        "smooth": lambda: rng.poisson(rng.gamma(4.0, 5.0, size)),
        "erratic": lambda: rng.poisson(rng.gamma(0.9, 12.0, size)),
        "intermittent": lambda: (rng.random(size) < 0.25) * rng.poisson(3.0, size),
        "lumpy": lambda: (rng.random(size) < 0.2) * np.ceil(rng.lognormal(1.5, 1.2, size)),
    }[kind]().astype(float)


def moved(ratio: float, age: int, n: int = 200, seed: int = 2) -> np.ndarray:
    """Steady demand of 20 a week that moved to another level `age` weeks ago."""
    rng = np.random.default_rng(seed)
    mean = np.where(np.arange(WEEKS) >= WEEKS - age, 20.0 * ratio, 20.0)
    return rng.poisson(np.broadcast_to(mean, (n, WEEKS))).astype(float)


@pytest.mark.parametrize("kind", KINDS)
def test_steady_demand_hardly_ever_gives_a_false_alarm(kind: str) -> None:
    assert find_shifts(panel_of(drawn(kind, 2000))).shifted.mean() < 0.01


@pytest.mark.parametrize(("ratio", "age"), [(0.4, 8), (0.4, 26), (2.5, 6), (0.0, 5), (0.6, 20)])
def test_a_lasting_shift_is_found_dated_and_sized(ratio: float, age: int) -> None:
    found = find_shifts(panel_of(moved(ratio, age)))
    assert found.shifted.mean() > 0.9
    assert np.median(np.abs(found.bucket[found.shifted] - (WEEKS - age))) <= 1
    assert np.median(found.ratio[found.shifted]) == pytest.approx(ratio, abs=0.1)
    assert (np.sign(found.signal[found.shifted]) == np.sign(ratio - 1.0)).all()


def test_memory_is_the_age_of_the_shift_and_endless_without_one() -> None:
    found = find_shifts(panel_of(np.concatenate([moved(0.3, 10, 1), moved(1.0, 0, 1)])))
    assert found.shifted.tolist() == [True, False]
    assert found.memory_days.tolist() == [70.0, np.inf]
    assert (found.bucket[1], found.ratio[1], found.signal[1]) == (-1, 1.0, 0.0)


def test_one_odd_bucket_is_no_shift_and_neither_is_what_only_today_signals() -> None:
    burst = np.concatenate([moved(1.0, 0, 1)[:, :-1], [[90.0]]], axis=1)
    assert not find_shifts(panel_of(burst)).shifted.any()
    series = moved(0.3, 12, 1)
    signals = [bool(find_shifts(panel_of(series[:, :end])).shifted[0]) for end in range(WEEKS - 12, WEEKS + 1)]
    first = signals.index(True)
    assert 4 <= first <= 7, "four buckets at the new level, and two signals one after the other"
    assert all(signals[first:])


def strongest(series: np.ndarray) -> float:
    """The signal of one bucket's look, by the formula: difference of two means in standard errors."""
    y = np.sqrt(np.minimum(series, 3.0 * series[series > 0].mean()))
    signals = [0.0]
    for at in range(8, len(y) - 3):
        old, new = y[:at], y[at:]
        rest = ((old - old.mean()) ** 2).sum() + ((new - new.mean()) ** 2).sum()
        signals.append(abs(new.mean() - old.mean()) / np.sqrt(rest / (len(y) - 2) * (1 / len(old) + 1 / len(new))))
    return max(signals)


def test_two_consecutive_signals_are_needed() -> None:
    waited = 0
    for series in moved(0.55, 14, 60, seed=9):
        for end in range(WEEKS - 10, WEEKS + 1):
            if strongest(series[:end]) > LIMIT:
                once = strongest(series[: end - 1]) <= LIMIT
                waited += once
                assert not (once and find_shifts(panel_of(series[None, :end])).shifted[0])
                break
    assert waited > 20


def test_what_comes_later_changes_nothing_that_was_said() -> None:
    full = panel_of(moved(0.4, 30, 50))
    cut = panel_of(full.values[:, :90])
    later = full.values.copy()
    later[:, 90:] = 999.0
    again = panel_of(later[:, :90])
    for name in ("shifted", "bucket", "ratio", "signal", "memory_days"):
        np.testing.assert_array_equal(getattr(find_shifts(cut), name), getattr(find_shifts(again), name))


def test_the_latest_of_several_shifts_counts() -> None:
    series = np.concatenate(
        [moved(1.0, 0, 100)[:, :40], moved(3.0, WEEKS, 100)[:, :40], moved(0.5, WEEKS, 100)[:, :24]], 1
    )
    found = find_shifts(panel_of(series))
    assert np.median(found.bucket) == 80


@pytest.mark.parametrize("weeks", [70, 104, 156])
def test_a_season_is_no_shift(weeks: int) -> None:
    rng = np.random.default_rng(3)
    phase = rng.uniform(0, 6.28, (300, 1))
    wave = 20.0 * (1.0 + 0.6 * np.sin(2 * np.pi * np.arange(weeks) / 52 + phase))
    assert find_shifts(panel_of(rng.poisson(wave).astype(float))).shifted.mean() < 0.03


def test_a_trend_is_no_shift() -> None:
    rng = np.random.default_rng(3)
    line = rng.poisson(10 + 0.2 * np.arange(WEEKS), (300, WEEKS)).astype(float)
    assert find_shifts(panel_of(line)).shifted.mean() < 0.02


def test_slow_waves_that_look_like_shifts_rarely_pass() -> None:
    rng = np.random.default_rng(4)
    wave = np.zeros((500, WEEKS))
    for t in range(1, WEEKS):
        wave[:, t] = 0.6 * wave[:, t - 1] + rng.normal(0.0, 1.0, 500)
    assert find_shifts(panel_of(np.maximum(20 + 4 * wave, 0.0))).shifted.mean() < 0.03


def test_a_series_that_was_shifted_stays_so_down_to_nine_tenths_of_the_limit() -> None:
    panel = panel_of(moved(0.75, 12, 400))
    plain = find_shifts(panel)
    held = find_shifts(panel, np.ones(400, dtype=bool))
    assert (held.shifted | ~plain.shifted).all()
    between = held.shifted & ~plain.shifted
    assert between.any()
    assert (np.abs(held.signal[held.shifted]) > 0.9 * LIMIT).all()


def test_rare_sales_that_stop_or_start_are_seen_by_the_occurrence() -> None:
    rng = np.random.default_rng(5)
    rare = ((rng.random((200, WEEKS)) < 0.6) * np.ceil(rng.lognormal(1.5, 1.5, (200, WEEKS)))).astype(float)
    rare[:, -26:] = 0.0
    found = find_shifts(panel_of(rare))
    assert found.shifted.mean() > 0.75
    assert (found.ratio[found.shifted] < 0.3).all()


def test_unknown_buckets_carry_no_weight() -> None:
    values = moved(0.4, 20, 60)
    values[:, ::7] = np.nan
    values[:, :10] = np.nan
    found = find_shifts(panel_of(values))
    assert found.shifted.mean() > 0.9
    assert np.median(np.abs(found.bucket - (WEEKS - 20))) <= 1


def test_days_are_looked_at_in_weeks() -> None:
    rng = np.random.default_rng(6)
    mean = 4.0 * np.tile([1.6, 1.0, 1.0, 1.0, 1.4, 0.0, 0.0], 58)[:400]
    mean[-60:] *= 0.3
    found = find_shifts(panel_of(rng.poisson(np.broadcast_to(mean, (50, 400))).astype(float), "D"))
    assert found.shifted.mean() > 0.9
    assert np.median(np.abs(found.memory_days - 60)) <= 7


@pytest.mark.parametrize(
    "values", [np.zeros((3, 0)), np.zeros((0, 50)), np.zeros((2, 60)), np.full((2, 60), np.nan), np.full((2, 60), 7.0)]
)
def test_nothing_to_see(values: np.ndarray) -> None:
    found = find_shifts(panel_of(values))
    assert not found.shifted.any()
    assert np.isinf(found.memory_days).all()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31), st.integers(1, 30))
def test_the_row_order_plays_no_part(seed: int, cut: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.concatenate([moved(0.4, 15, 20, seed), drawn("lumpy", 10, seed)])
    order = rng.permutation(30)
    whole, part = find_shifts(panel_of(values)), find_shifts(panel_of(values[order[:cut]]))
    for name in ("shifted", "bucket", "ratio", "signal", "memory_days"):
        np.testing.assert_array_equal(getattr(whole, name)[order[:cut]], getattr(part, name))
