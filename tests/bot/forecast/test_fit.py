import numpy as np
import pytest

from bot.forecast.fit import PowerLaw, Spec, fit, power_law, shrunk
from bot.forecast.moments import Moments
from bot.forecast.season import Season
from tests.bot.forecast.panels import counts, panel_of


def moments(level: float, spread: float, strength: float) -> Moments:
    one = np.ones(50)
    return Moments(level * one, spread * one, strength * one, one, 50 * one)


@pytest.mark.parametrize(
    ("spec", "name"),
    [(Spec(), "negbin(180d)"), (Spec(window=4), "naive(4)"),
     (Spec(float("inf"), yearly=True, trend=True), "negbin(all+season+trend)")],
)  # fmt: skip
def test_names(spec: Spec, name: str) -> None:
    assert spec.name == name


def test_a_line_is_followed_and_a_level_is_not_given_a_slope() -> None:
    line = np.tile(10 + 0.5 * np.arange(104.0), (3, 1))
    flat = np.tile([9.0, 11.0], (3, 52))
    season = Season("W", np.zeros(3, np.int64))
    rising, level = (fit(v, panel_of(v).starts, season, Spec(120.0, trend=True)) for v in (line, flat))
    assert (rising.slope > 0.003).all()
    assert rising.moments.level[0] == pytest.approx(61.5, rel=0.05)
    assert np.abs(level.slope).max() < 1e-3


def test_the_spread_law_is_found_and_pulls_where_history_is_short() -> None:
    level = np.exp(np.linspace(-2, 4, 50))
    one = np.ones(50)
    law = power_law(Moments(level, 3.0 * level**1.5, 20 * one, one, 50 * one))
    assert (law.a, law.b) == (pytest.approx(np.log(3.0), rel=0.01), pytest.approx(1.5, rel=0.01))
    assert law.spread(np.asarray([0.0, 4.0])).tolist() == [0.0, pytest.approx(24.0, rel=0.02)]
    little, much = shrunk(moments(4.0, 0.0, 2.0), law).spread[0], shrunk(moments(4.0, 0.0, 200.0), law).spread[0]
    assert little == pytest.approx(24 * 6 / 7, rel=0.02)
    assert much < 1.5


def test_few_series_take_the_default_law() -> None:
    few = counts(5, 40)
    season = Season("W", np.zeros(5, np.int64))
    assert power_law(fit(few, panel_of(few).starts, season, Spec()).moments) == PowerLaw(float(np.log(2.0)), 1.3)
