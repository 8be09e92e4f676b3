import numpy as np
import pytest

from bot.forecast.candidates import DEFAULT, POOLED, SINGLE, fit, naive
from bot.forecast.fit import Spec
from bot.forecast.season import Season
from tests.bot.forecast.panels import counts, panel_of


@pytest.mark.parametrize(
    ("freq", "length", "window"), [("W", [2, 3, 9], 4), ("W", [17], 17), ("D", [5], 28), ("M", [1], 1)]
)
def test_the_naive_forecast_looks_at_an_ordinary_interval_and_four_weeks_at_least(
    freq: str, length: list[int], window: int
) -> None:
    assert naive(freq, np.asarray(length, dtype=float)).window == window


@pytest.mark.parametrize("spec", [DEFAULT, POOLED, *SINGLE], ids=lambda spec: spec.name)
def test_every_candidate_fits_each_series_by_itself(spec: Spec) -> None:
    panel = panel_of(counts(40, 60))
    season, length = Season("W", np.zeros(40, np.int64)), np.full(40, 4.0)
    values = np.asarray(panel.values)
    whole = fit(values, panel.starts, season, spec, length=length).moments
    rows = np.asarray([31, 2, 17])
    some = fit(values[rows], panel.starts, season.take(rows), spec, length=length[rows]).moments
    for name in ("level", "spread", "strength", "known"):
        found = getattr(whole, name)
        assert np.isfinite(found).all()
        np.testing.assert_array_equal(found[rows], getattr(some, name))
