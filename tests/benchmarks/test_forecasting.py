import importlib
import json
from typing import Any

import numpy as np
import pytest

from benchmarks.forecasting import (
    calibration,
    chance,
    data,
    door,
    floor,
    generator,
    hostile,
    peers,
    replay,
    scores,
    table,
)


def test_pinball_weighs_a_miss_above_by_the_level_and_below_by_the_rest() -> None:
    found = scores.pinball(np.array([10.0, 10.0]), np.array([8.0, 14.0]), 0.95)
    assert found.tolist() == pytest.approx([0.95 * 2, 0.05 * 4])


def test_wql_is_twice_pinball_over_demand_and_leaves_unknown_outcomes_out() -> None:
    actual = np.array([10.0, np.nan])
    quantiles = np.array([[8.0, 14.0], [1e9, 1e9]])
    assert scores.wql(actual, quantiles, [0.5, 0.9]) == pytest.approx(((2 * 0.5 * 2) + (2 * 0.1 * 4)) / 2 / 10)


def test_coverage_counts_what_equals_the_quantile_and_fill_what_it_serves() -> None:
    actual, high = np.array([0.0, 4.0, 6.0]), np.array([0.0, 4.0, 3.0])
    assert scores.coverage(actual, high) == pytest.approx(2 / 3)
    assert scores.fill(actual, high) == pytest.approx(7 / 10)


def test_naive_is_the_last_value_times_the_length_plus_its_own_past_errors() -> None:
    past = np.array([[1.0, 3.0, 2.0, 4.0, 2.0]])
    last, block = peers.naive(past, np.array([2]), 0.5)
    # two buckets after t against twice the value at t: 5 - 2, 6 - 6, 6 - 4 -> middle 2, on 2 * 2
    assert last.tolist() == [6.0]
    # sums of two buckets: 4 5 6 6; errors two apart: 6 - 4, 6 - 5 -> the smaller is the one that covers half
    assert block.tolist() == [7.0]


def test_naive_never_falls_below_zero_and_stands_without_errors() -> None:
    falling = np.array([[9.0, 5.0, 0.0, 0.0, 0.0]])
    assert peers.naive(falling, np.array([1]), 0.1)[0].tolist() == [0.0]
    assert peers.naive(np.array([[3.0]]), np.array([2]), 0.95)[0].tolist() == [6.0]


def test_naive_uses_each_items_own_length() -> None:
    past = np.tile(np.array([1.0, 3.0, 2.0, 4.0, 2.0]), (2, 1))
    both = peers.naive(past, np.array([2, 1]), 0.5)[0]
    assert both[0] == peers.naive(past[:1], np.array([2]), 0.5)[0][0]
    assert both[1] == peers.naive(past[:1], np.array([1]), 0.5)[0][0]


def test_matched_law_reproduces_its_moments_and_falls_back_to_poisson() -> None:
    levels = np.linspace(0.0005, 0.9995, 1000)
    draws = np.array([peers.matched(np.array([3.0]), np.array([9.0]), q)[0] for q in levels])
    assert draws.mean() == pytest.approx(3.0, abs=0.05)
    assert draws.var() == pytest.approx(9.0, abs=0.4)
    assert peers.matched(np.array([4.0]), np.array([1.0]), 0.5).tolist() == [4.0]


def small() -> data.Design:
    demand = np.array(
        [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0], [np.nan, 1.0, 1.0, 1.0, np.nan, 1.0]]
    )
    return data.Design("small", demand, np.array([2, 1, 2]), (4, 5), 4, "W", generator.START)


def test_a_case_counts_when_it_sold_thrice_in_the_window_and_its_interval_is_over() -> None:
    held = small()
    assert held.counted(4).tolist() == [True, False, True]
    assert held.counted(5).tolist() == [False, False, False]


def test_the_outcome_is_the_sum_after_the_origin_and_unknown_where_a_bucket_is() -> None:
    assert small().outcome(4)[:2].tolist() == [11.0, 1.0]
    assert np.isnan(small().outcome(4)[2])
    assert np.isnan(small().outcome(5)[0])


def test_reliability_sets_coverage_against_the_level_and_the_laws_own_promise() -> None:
    levels = len(replay.LEVELS)
    quantile, promise = np.tile([[1.0], [3.0]], (1, levels)), np.tile([[0.97], [0.93]], (1, levels))
    pattern = np.array(["lumpy", "smooth"], dtype=object)
    cases = replay.Cases(np.arange(2), np.zeros(2), pattern, np.array([2.0, 3.0]), quantile, promise, 0.0, {})
    rows = {(row[0], row[2]): row for row in calibration.reliability(cases)}
    assert rows["all", 0.95] == ("all", 2, 0.95, 0.5, pytest.approx(0.95), pytest.approx(-0.45), pytest.approx(-0.45))
    assert rows["smooth", 0.9][3:5] == (1.0, 0.93)


def test_the_largest_gap_leaves_small_classes_and_other_levels_out() -> None:
    rows = [
        ("a", 900, 0.9, 0.0, 0.0, -0.01, 0.0),
        ("b", 900, 0.5, 0.0, 0.0, 0.9, 0.0),
        ("c", 3, 0.9, 0.0, 0.0, 0.9, 0.0),
    ]
    assert calibration.largest(rows, 5) == rows[0]
    assert calibration.largest([], 5) is None


def test_floor_shares_are_per_item_and_value_added_is_of_the_whole_loss() -> None:
    pattern = np.array(["lumpy", "lumpy", "smooth"], dtype=object)
    losses = floor.Losses(
        np.array([1.0, 3.0, np.nan]),
        np.array([2.0, 2.0, 1.0]),
        np.array([1.0, 4.0, 1.0]),
        pattern,
        np.array([False, True, False]),
    )
    assert floor.rows_of("set", 3, losses) == [
        ("set", 3, "all", 2, 0.5, 0.5, 0.0, 0.0, pytest.approx(0.2)),
        ("set", 3, "lumpy", 2, 0.5, 0.5, 0.0, 0.0, pytest.approx(0.2)),
    ]


def test_the_judged_forecast_sees_nothing_after_its_origin() -> None:
    demand = generator.demand(60, periods=40)
    later = demand.copy()
    later[:, 38:] = 1e6
    found = [
        floor.judged(data.Design("x", d, np.full(60, 2), (30, 33, 36), 20, "W", generator.START), 2).ours
        for d in (demand, later)
    ]
    assert np.array_equal(found[0], found[1], equal_nan=True)


def test_even_the_true_law_loses_to_naive_on_some_items() -> None:
    held = data.Design("x", generator.demand(300), np.full(300, 4), (80, 90), 52, "W", generator.START)
    assert 0.05 < chance.share(held, 2, 0.95) < 0.6


class Sure:
    """A law that knows: demand is 0 with probability 0.9, else 10."""

    def take(self, rows: Any) -> "Sure":
        return self

    def quantile(self, level: Any) -> Any:
        return np.where(np.asarray(level) > 0.9, 10.0, 0.0)


def test_holding_more_than_naive_in_quiet_weeks_is_what_the_law_expects_but_being_short_is_not() -> None:
    one = np.ones(1, dtype=np.bool_)
    length, rows = np.array([4]), np.array([0])
    careful = chance.Bout(20, Sure(), np.array([10.0]), np.array([0.0]), one)
    quiet = chance.likelihood([careful], length, np.array([0.5]), rows, 0.95)  # nothing came: 0.05 * 10 too much
    assert 0.8 < quiet[0] < 0.98
    bare = chance.Bout(20, Sure(), np.array([0.0]), np.array([10.0]), one)
    short = chance.likelihood([bare], length, np.array([9.5]), rows, 0.95)
    assert 0.02 < short[0] < 0.2
    assert chance.likelihood([bare], length, np.array([9.6]), rows, 0.95)[0] == 0.0


def test_nonsense_is_counted_by_kind() -> None:
    mean = np.array([[1.0], [np.nan], [-1.0], [60.0], [1.0]])
    quantiles = np.array([[[1.0, 2.0]], [[1.0, 2.0]], [[1.0, 2.0]], [[1.0, 2.0]], [[2.0, 1.0]]])
    found = hostile.nonsense(mean, quantiles, np.full(5, 10.0))
    assert [found[name] for name in hostile.COLUMNS[2:-1]] == [0, 1, 1, 1, 1]


def test_what_a_route_raises_is_counted() -> None:
    def refuse(values: Any) -> hostile.Check:
        raise ValueError("no such series")

    found = hostile.judged(refuse, np.zeros((1, 2)))
    assert found["exceptions"] == 1
    assert hostile.words(found) == "ValueError: no such series"


def test_hostile_series_are_of_every_kind_that_is_promised() -> None:
    made = hostile.kinds(3)
    assert all(values.shape == (3, hostile.PERIODS) for values in made.values())
    assert (np.isfinite(made["length 1"]).sum(axis=1) == 1).all()
    assert (made["spike of 1e12"].max(axis=1) == 1e12).all()
    assert (made["negative"] < 0.0).all()


def test_pieces_cover_the_panel_once_and_in_order() -> None:
    panel = door.panel_of(generator.demand(50), "W", generator.START)
    days = np.full(50, 28.0)
    parts = door.chunked(panel, days, door.choose(panel, 28.0), 20)
    assert [part.n for part in parts] == [20, 20, 10]
    assert [key for part in parts for key in part.keys["item"].astype(str)] == list(panel.keys["item"].astype(str))


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [
        (0.93, 0.93, 0.97, "pass"),
        (0.98, 0.93, 0.97, "FALLS SHORT"),
        (0.19, None, 0.18, "FALLS SHORT"),
        (1.0, None, None, "-"),
    ],
)
def test_a_figure_is_judged_by_its_bounds(value: float, low: float | None, high: float | None, verdict: str) -> None:
    assert table.Figure.of("p", "n", value, low=low, high=high).verdict == verdict


def test_an_unknown_figure_falls_short() -> None:
    assert table.Figure.of("p", "n", float("nan"), high=1.0).verdict == "FALLS SHORT"


def test_tables_are_aligned_and_parts_become_json() -> None:
    text = table.aligned(("name", "value"), [("a", 1.0), ("longer", 1234.5)])
    assert text.splitlines()[2:] == ["a       1.000", "longer  1,234"]
    part = table.Part("p", [table.Figure.of("p", "n", 0.5)], [table.Table("t", ("a",), [(1,)])])
    assert json.loads(json.dumps(part.plain()))["figures"][0]["value"] == 0.5


@pytest.mark.reference
def test_the_harness_reproduces_the_published_seasonal_naive() -> None:
    if not data.present():
        pytest.skip("no reference data")
    accuracy = importlib.import_module("benchmarks.forecasting.accuracy")
    full = np.nan_to_num(data.carparts().demand)
    test = full[:, -accuracy.AHEAD :]
    assert np.abs(test - full[:, -24:-12]).sum() / test.sum() == pytest.approx(1.599952, abs=1e-6)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "label", "level", "coverage"),
    [
        (data.MANUFACTURING, "normal", 0.98, 0.890),
        (data.MANUFACTURING, "negative binomial, 0.97^age", 0.95, 0.894),
        (data.RETAIL, "negative binomial around SES(0.1)", 0.95, 0.854),
    ],
)
def test_the_classical_answers_cover_as_they_were_measured_before(
    name: str, label: str, level: float, coverage: float
) -> None:
    if not data.present():
        pytest.skip("no reference data")
    held = replay.design(name, quick=False)
    actual = np.concatenate([held.outcome(o)[held.counted(o)] for o in held.origins])
    found = scores.coverage(actual, peers.quantiles(name, level, law=peers.LAWS[label]))
    assert found == pytest.approx(coverage, abs=6e-4)
