"""A company-wide silence at the end of the history is a late extract, not the end of all demand."""

import numpy as np
import pytest

from bot.forecast.silence import forget_tail, silent_tail


def panel(series: int = 20, periods: int = 60) -> np.ndarray:
    return np.random.default_rng(1).poisson(4.0, (series, periods)).astype(np.float32)


@pytest.mark.parametrize("tail", [0, 1, 7])
def test_the_length_of_an_unusual_silence_is_found(tail: int) -> None:
    values = panel()
    values[:, 60 - tail :] = 0.0
    assert silent_tail(values) == tail


def test_a_silence_that_was_seen_before_is_demand_of_zero() -> None:
    values = panel()
    values[:, 20:22] = 0.0
    values[:, -2:] = 0.0
    assert silent_tail(values) == 0


def test_few_or_rare_series_may_be_silent_by_chance() -> None:
    few, rare = panel(series=5), panel()
    few[:, -3:] = 0.0
    rare[2:] = 0.0
    rare[:, -3:] = 0.0
    assert (silent_tail(few), silent_tail(rare)) == (0, 0)


def test_a_long_silence_is_believed() -> None:
    values = panel()
    values[:, 40:] = 0.0
    assert silent_tail(values) == 0


def test_no_demand_at_all_is_no_silence() -> None:
    assert silent_tail(np.zeros((20, 30), dtype=np.float32)) == 0


def test_forgotten_buckets_are_unknown_and_the_input_stays() -> None:
    values = panel()
    forgotten = forget_tail(values, 3)
    assert np.isnan(forgotten[:, -3:]).all()
    assert not np.isnan(values).any()
    assert forget_tail(values, 0) is values
