from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from bot.forecast.champions import Champions
from bot.forecast.choose import Choice
from bot.forecast.demand import choose_champions, forecast_demand
from bot.forecast.fit import Spec
from bot.forecast.result import Forecast
from bot.patterns.classify import classify
from bot.patterns.demand import DemandPanel, regularise
from tests.bot.forecast.panels import counts, panel_of


def forecast(panel: DemandPanel, days: float = 28.0, **more: object) -> Forecast:
    return forecast_demand(panel, classify(panel), horizon_days=days, seed=7, **more)  # type: ignore[arg-type]


def q95(panel: DemandPanel, days: float = 28.0) -> npt.NDArray[np.float64]:
    law = forecast(panel, days).interval(np.full((panel.n, 1), days))
    return np.asarray(law.quantile(0.95))


def test_quantiles_of_the_interval_cover_what_comes() -> None:
    history = counts(1500, 116)
    panel = panel_of(history[:, :112])
    law = forecast(panel).interval(np.full((1500, 1), 28.0))
    came = history[:, 112:].sum(axis=1)
    for level in (0.9, 0.95, 0.98):
        assert (came <= law.quantile(level)).mean() == pytest.approx(level, abs=0.03)
    assert law.mean.sum() == pytest.approx(came.sum(), rel=0.1)


def test_the_same_input_gives_the_same_output_in_any_row_order() -> None:
    history = counts(400, 60)
    panel = panel_of(history)
    order = np.random.default_rng(1).permutation(400)
    np.testing.assert_array_equal(q95(panel), q95(panel))
    np.testing.assert_array_equal(q95(panel)[order], q95(panel.take(order)))


def test_demand_from_the_planning_day_on_changes_nothing() -> None:
    days = pd.date_range("2025-01-06", periods=60, freq="7D")
    rows = pd.DataFrame({"item": "a", "location": "x", "date": days, "quantity": np.arange(60.0) % 7})
    later = rows.assign(quantity=rows["quantity"].where(rows["date"] < "2026-01-12", 9999.0))
    as_of = date(2026, 1, 14)
    one, two = (forecast(regularise(frame, as_of)) for frame in (rows, later))
    np.testing.assert_array_equal(one.mean(5), two.mean(5))
    span = np.asarray([[20.0]])
    assert one.interval(span).quantile(0.95) == two.interval(span).quantile(0.95)


def test_masked_stock_outs_do_not_spiral_down() -> None:
    rng = np.random.default_rng(2)
    truth = rng.poisson(10.0, (200, 104)).astype(float)
    out = rng.random(truth.shape) < 0.3
    masked, as_sales = np.where(out, np.nan, truth), np.where(out, 0.0, truth)
    level = forecast(panel_of(truth)).mean(1).mean()
    assert forecast(panel_of(masked)).mean(1).mean() == pytest.approx(level, rel=0.02)
    assert forecast(panel_of(as_sales)).mean(1).mean() < 0.8 * level


def test_amounts_scale_with_their_unit() -> None:
    history = counts(60, 60) * 1.25 + 0.1
    small, large = q95(panel_of(history)), q95(panel_of(history * 64))
    np.testing.assert_allclose(large, 64 * small, rtol=2e-3)


def test_items_that_never_sold_need_nothing() -> None:
    history = counts(30, 60)
    history[[3, 7]] = 0.0
    history[11] = np.nan
    found = forecast(panel_of(history))
    law = found.interval(np.full((30, 1), 60.0))
    for row in (3, 7, 11):
        assert (law.mean[row], law.quantile(0.99)[row]) == (0.0, 0.0)
    assert found.borrowed.tolist() == [row == 11 for row in range(30)]


def test_a_new_item_is_borrowed_and_its_spread_comes_from_the_group() -> None:
    history = counts(300, 60)
    history[0, :58], history[0, 58:] = np.nan, 4.0
    found = forecast(panel_of(history))
    assert found.borrowed[0]
    assert not found.borrowed[1:].any()
    assert found.interval(np.full((300, 1), 28.0)).quantile(0.95)[0] > 20.0


def test_a_spike_is_reported_and_does_not_move_the_level() -> None:
    history = np.tile([3.0, 5.0, 4.0, 6.0], (20, 20))
    before = forecast(panel_of(history)).mean(1)[0, 0]
    history[0, 70] = 5000.0
    found = forecast(panel_of(history))
    assert "capped" in found.fallback[0]
    assert found.mean(1)[0, 0] == pytest.approx(before, rel=0.1)
    assert (found.fallback[1:] == "").all()


def test_weekday_patterns_are_found_and_the_interval_knows_its_days() -> None:
    rng = np.random.default_rng(4)
    week = np.asarray([2.0, 2.0, 2.0, 2.0, 6.0, 0.0, 0.0])
    history = rng.poisson(np.tile(5 * week, (100, 20))).astype(float)
    panel = panel_of(history, "D", "2024-01-01")
    found = forecast(panel, 7.0)
    mean = found.mean(7).mean(axis=0)
    assert mean[4] == pytest.approx(30.0, rel=0.1)
    assert mean[5:].max() < 1.0
    four, five = (found.interval(np.full((100, 1), days)).mean.mean() for days in (4.0, 5.0))
    assert five - four == pytest.approx(mean[4], rel=0.01)


def test_yearly_seasons_are_used_where_they_pay() -> None:
    rng = np.random.default_rng(6)
    phase = np.arange(126)
    wave = 20 * (1 + 0.8 * np.sin(2 * np.pi * phase / 52.18))
    history = rng.poisson(np.tile(wave, (120, 1))).astype(float)
    found = forecast(panel_of(history[:, :120]), 42.0, groups=np.asarray(["x", "y"] * 60))
    assert any("season" in name for name in set(found.model))
    truth = wave[120:].sum()
    flat = history[:, 80:120].mean() * 6
    guess = found.total(6).mean.mean()
    assert abs(guess - truth) < 0.5 * abs(flat - truth)


def test_trends_are_followed_where_they_pay() -> None:
    rng = np.random.default_rng(8)
    line = 10 + 0.5 * np.arange(110)
    history = rng.poisson(np.tile(line, (150, 1))).astype(float)
    found = forecast(panel_of(history[:, :104]), 28.0)
    assert found.total(4).mean.mean() == pytest.approx(line[104:108].sum(), rel=0.06)


def test_a_history_too_short_to_choose_takes_the_default() -> None:
    found = forecast(panel_of(counts(30, 6)))
    assert all(note["cases"] == 0.0 for note in found.notes.values())
    assert np.isfinite(found.mean(4)).all()


def test_a_panel_without_history_forecasts_nothing() -> None:
    found = forecast(panel_of(np.zeros((2, 0))))
    assert found.mean(3).tolist() == [[0.0] * 3] * 2
    assert found.interval(np.full((2, 1), 9.0)).quantile(0.9).tolist() == [0.0, 0.0]
    assert forecast(panel_of(np.zeros((0, 10)))).mean(3).shape == (0, 3)


def test_another_day_than_the_panels_is_refused() -> None:
    panel = panel_of(counts(3, 20))
    assert forecast(panel, as_of=date.fromisoformat(str(panel.as_of))).n == 3
    with pytest.raises(ValueError, match="not for 2030-01-01"):
        forecast(panel, as_of=date(2030, 1, 1))


def test_a_named_forecaster_gives_the_means_and_our_spread_the_quantiles() -> None:
    history = counts(8, 40, rate=5.0)
    found = forecast(panel_of(history), forecaster="NaiveForecaster(strategy='mean')")
    np.testing.assert_allclose(found.mean(1)[:, 0], history.mean(axis=1), rtol=1e-5)
    law = found.interval(np.full((8, 1), 28.0))
    assert (law.quantile(0.95) > law.mean).all()
    assert set(found.model) == {"NaiveForecaster(strategy='mean')"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("NaiveForecaster(strategy='nonsense')", "failed: ValueError"),
        ("NoSuchForecaster", "there is no forecaster 'NoSuchForecaster'"),
    ],
)
def test_a_forecaster_that_fails_leaves_the_champion_and_every_series_says_so(text: str, why: str) -> None:
    panel = panel_of(counts(5, 12, rate=9.0))
    found, plain = forecast(panel, forecaster=text), forecast(panel)
    assert all(each.startswith(f"{text} not used: {why}") for each in found.fallback)
    np.testing.assert_array_equal(found.mean(4), plain.mean(4))
    assert (found.model == plain.model).all()


def test_only_the_series_that_name_a_forecaster_are_given_to_it() -> None:
    panel = panel_of(counts(60, 60, rate=5.0))
    names = np.full(60, "", dtype=object)
    names[[3, 40]], names[7] = "NaiveForecaster", "auto"
    found, plain = forecast(panel, forecaster=names), forecast(panel)
    others = ~np.isin(np.arange(60), [3, 40])
    span = np.full((60, 2), [14.0, 28.0])
    for one, two in ((found, plain), (found.take(np.arange(60)), plain)):
        np.testing.assert_array_equal(one.mean(9)[others], two.mean(9)[others])
        laws = [made.interval(span).quantile(0.95)[others] for made in (one, two)]
        np.testing.assert_array_equal(*laws)
    assert found.model[[3, 40]].tolist() == ["NaiveForecaster"] * 2
    last = np.asarray(panel.values)[[3, 40], -1:]
    np.testing.assert_allclose(found.mean(9)[[3, 40]], np.repeat(last, 9, axis=1), rtol=1e-6)
    order = np.random.default_rng(5).permutation(60)
    turned = forecast(panel.take(order), forecaster=names[order])
    np.testing.assert_array_equal(turned.mean(9)[~others[order]], found.mean(9)[order][~others[order]])
    np.testing.assert_allclose(turned.mean(9), found.mean(9)[order])


@pytest.mark.parametrize("periods", [40, 100])
def test_an_extract_that_lags_a_week_does_not_end_all_demand(periods: int) -> None:
    history = np.random.default_rng(5).poisson(6.0, (25, periods)).astype(float)
    late = np.concatenate([history, np.zeros((25, 7))], axis=1)
    made = forecast(panel_of(late, "D"), 12.0)
    assert made.interval(np.full((25, 1), 12.0)).mean == pytest.approx(np.full(25, 72.0), rel=0.35)
    assert made.notes["silence"] == {"buckets_taken_as_unknown": 7.0}


def test_champions_of_the_same_history_change_nothing_and_others_are_obeyed() -> None:
    panel = panel_of(counts(200, 60))
    patterns = classify(panel)
    champions = choose_champions(panel, patterns, horizon_days=28.0, seed=7)
    assert {choices[0].note()["model"] for choices in champions.values()} == set(forecast(panel).model.tolist())
    span = np.full((panel.n, 1), 28.0)
    laws = [forecast(panel, champions=known).interval(span).quantile(0.95) for known in (None, Champions(champions))]
    np.testing.assert_array_equal(*laws)

    name = min(champions)
    named = {name: (Choice(Spec(window=5), phi=1.1),)}
    made = forecast(panel, champions=Champions(named))
    mine = patterns["pattern"].astype(str).to_numpy() == name
    assert set(made.model[mine].tolist()) == {"naive(5)"}
    assert set(made.model[~mine].tolist()) <= {champions[other][0].spec.name for other in champions if other != name}
    kept = choose_champions(panel, patterns, horizon_days=28.0, seed=7, champions=Champions(named))
    assert kept[name] == named[name]
    assert {**kept, name: None} == {**champions, name: None}


def test_a_yearly_champion_on_a_short_history_is_fitted_without_its_season() -> None:
    panel = panel_of(counts(30, 20))
    named = {str(name): (Choice(Spec(240.0, yearly=True)),) for name in classify(panel)["pattern"].unique()}
    assert np.isfinite(forecast(panel, champions=Champions(named)).mean(4)).all()


def test_a_series_with_a_champion_of_its_own_gets_it_and_the_others_stay() -> None:
    panel = panel_of(counts(200, 60))
    board = choose_champions(panel, classify(panel), horizon_days=28.0, seed=7)
    items = pd.DataFrame({"item": ["i00003", "i00004"], "location": "here", "champion": ["tsb", "no such model"]})
    plain, made = (forecast(panel, champions=Champions(board, own)) for own in (items[:0], items))
    assert made.model[3] == "tsb"
    assert np.array_equal(np.delete(made.model, 3), np.delete(plain.model, 3))
    others = np.delete(np.arange(200), 3)
    np.testing.assert_array_equal(made.mean(4)[others], plain.mean(4)[others])
    assert not np.array_equal(made.mean(4)[3], plain.mean(4)[3])
