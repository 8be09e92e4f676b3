import numpy as np

from bot.forecast.backtest import Sample
from bot.forecast.choose import DEFAULT, choose
from tests.bot.forecast.panels import counts, panel_of


def sample(history: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> Sample:
    panel = panel_of(history)
    n = panel.n
    return Sample(panel.values, panel.starts, "W", np.full(n, 4), np.zeros(n, np.int64), np.ones(n, np.bool_))


def test_steady_demand_gets_a_long_memory_and_beats_naive() -> None:
    choice = choose(sample(counts(300, 104)))
    assert choice.spec.half_life >= 480.0
    assert choice.loss < choice.naive_loss
    assert 0.92 < choice.coverage < 0.99
    assert choice.note()["model"] == choice.spec.name


def test_a_drifting_level_gets_a_short_memory() -> None:
    rng = np.random.default_rng(1)
    level = np.exp(np.cumsum(rng.normal(0.0, 0.25, (300, 104)), axis=1))
    choice = choose(sample(rng.poisson(30 * level / level.mean(axis=1, keepdims=True)).astype(float)))
    assert choice.spec.window or choice.spec.half_life <= 60.0


def test_dispersed_demand_is_calibrated_wider_than_even_demand() -> None:
    rng = np.random.default_rng(2)
    shock = rng.gamma(0.5, 2.0, (400, 26)).repeat(4, axis=1)
    drifting = choose(sample(rng.poisson(5 * shock).astype(float)))
    even = choose(sample(rng.poisson(5.0, (400, 104)).astype(float)))
    assert drifting.phi * (1 + drifting.kappa) > even.phi * (1 + even.kappa)


def test_too_little_to_judge_keeps_the_default() -> None:
    assert choose(sample(counts(5, 60))).spec == DEFAULT
    assert choose(sample(counts(300, 6))).cases == 0
