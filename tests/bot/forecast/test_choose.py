import numpy as np
import pytest

from bot.forecast.backtest import Sample
from bot.forecast.candidates import DEFAULT, POOLED, SEASONAL
from bot.forecast.choose import Choice, choose
from bot.forecast.levels import STATED
from tests.bot.forecast.panels import counts, panel_of

Histories = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def sample(history: Histories, label: np.ndarray | None = None) -> Sample:  # type: ignore[type-arg]
    panel = panel_of(history)
    n = panel.n
    none = np.zeros(n, np.int64)
    label = none if label is None else label
    return Sample(panel.values, panel.starts, "W", np.full(n, 4), none, np.ones(n, np.bool_), label)


def chosen(history: Histories) -> Choice:
    return choose(sample(history), ["all"])["all"][0]


def test_steady_demand_beats_naive_and_is_covered() -> None:
    choice = chosen(counts(300, 104))
    assert choice.spec.pooled
    assert choice.loss < choice.naive_loss
    assert 0.92 < choice.coverage < 0.98
    assert choice.note()["model"] == choice.spec.name


def test_a_drifting_level_leans_on_short_memories() -> None:
    rng = np.random.default_rng(1)
    level = np.exp(np.cumsum(rng.normal(0.0, 0.25, (300, 104)), axis=1))
    drifting = chosen(rng.poisson(30 * level / level.mean(axis=1, keepdims=True)).astype(float))
    steady = chosen(counts(300, 104))
    assert drifting.spec.window or drifting.pool.weights[3] > steady.pool.weights[3] + 0.2


def test_shocks_that_last_are_calibrated_wider_than_even_demand() -> None:
    rng = np.random.default_rng(2)
    shock = rng.gamma(0.5, 2.0, (400, 26)).repeat(4, axis=1)
    shocked = chosen(rng.poisson(5 * shock).astype(float))
    even = chosen(rng.poisson(5.0, (400, 104)).astype(float))
    assert np.interp(0.95, shocked.levels, STATED) > np.interp(0.95, even.levels, STATED)


def test_a_year_that_repeats_is_seen() -> None:
    wave = 1.0 + 0.9 * np.sin(np.arange(208) * 2 * np.pi / 52)
    assert chosen(np.random.default_rng(3).poisson(8 * wave, (300, 208)).astype(float)).spec == SEASONAL


def test_too_little_to_judge_keeps_the_default() -> None:
    assert chosen(counts(5, 60)).spec == DEFAULT
    assert chosen(counts(300, 6)).cases == 0


def test_a_small_class_takes_the_others_correction_and_no_proof() -> None:
    label = np.asarray([0] * 295 + [1] * 5)
    board = choose(sample(counts(300, 60), label), ["large", "small"])
    found = {name: choices[0] for name, choices in board.items()}
    assert found["large"].proven
    assert not found["small"].proven
    assert found["small"].spec == POOLED
    assert found["small"].pool == found["large"].pool
    assert found["small"].levels == pytest.approx(found["large"].levels, abs=0.05)
