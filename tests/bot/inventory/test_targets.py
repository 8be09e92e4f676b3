"""Targets: published newsvendor, fill-rate and lot anchors, and how they must move with their inputs."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.forecast.interval import IntervalDemand
from bot.inventory.targets import (
    DEFAULT_SERVICE,
    HIGHEST_LEVEL,
    LEAST_LEVEL,
    Economics,
    critical_ratio,
    economic_lot,
    fill_rate,
    level_for_fill_rate,
    set_targets,
    without_demand,
)
from tests.bot.inventory.demands import demand
from tests.bot.suppliers.frames import example, needs_examples

NAN, INF = float("nan"), float("inf")


def economics(*, h: float = NAN, p: float = NAN, k: float = NAN, weekly: bool = False, rows: int = 1) -> Economics:
    return Economics(np.full(rows, h), np.full(rows, p), np.full(rows, weekly), np.full(rows, k))


def targets(
    over: IntervalDemand,
    objective: str = "cycle_service",
    *,
    lead: IntervalDemand | None = None,
    service: float = NAN,
    fill: float = NAN,
    costs: Economics | None = None,
    review: float = 7.0,
    days: float = 14.0,
    cap: float = INF,
) -> pd.Series:
    settings = pd.DataFrame({"objective": [objective], "service_level_pct": [service], "fill_rate_pct": [fill]})
    known = costs or economics()
    found = set_targets(over, lead, settings, known, np.array([review]), np.array([days]), np.array([cap]))
    row: pd.Series = found.iloc[0]
    return row


@needs_examples
@pytest.mark.parametrize("name", ["nv-fosct-4.3", "nv-nahmias-macs"])
def test_critical_ratios_of_published_newsvendors(name: str) -> None:
    anchor = example(name)
    told = anchor["inputs"]
    ratio = critical_ratio(economics(h=told["holding_cost"], p=told["stockout_cost"]), np.array([7.0]))[0]
    assert ratio == pytest.approx(told["stockout_cost"] / (told["stockout_cost"] + told["holding_cost"]))
    if "critical_ratio" in anchor["expected"]:
        assert ratio == pytest.approx(anchor["expected"]["critical_ratio"], rel=1e-4)


@needs_examples
def test_the_poisson_newsvendor() -> None:
    anchor = example("nv-poisson-fosct-4.7")
    told = anchor["inputs"]
    costs = economics(h=told["holding_cost"], p=told["stockout_cost"])
    found = targets(demand(told["demand_mean"]), "cost", costs=costs)
    assert found["reorder_point"] == found["order_up_to"] == anchor["expected"]["base_stock"]


@needs_examples
def test_newsvendor_cost_is_least_at_the_target() -> None:
    anchor = example("nv-poisson-fosct-4.7")
    h, p = anchor["inputs"]["holding_cost"], anchor["inputs"]["stockout_cost"]
    over = demand(anchor["inputs"]["demand_mean"])

    def cost(level: float) -> float:
        short = float(over.shortage(level)[0])
        return float(h * (level - over.mean[0] + short) + p * short)

    best = targets(over, "cost", costs=economics(h=h, p=p))["order_up_to"]
    assert cost(best) == pytest.approx(anchor["expected"]["cost"])
    assert cost(best) < min(cost(best - 1), cost(best + 1))


@needs_examples
def test_the_mixture_over_lead_times() -> None:
    anchor = example("ltd-mixture-poisson")
    told = anchor["inputs"]
    lengths = {float(days): share for days, share in told["lead_time_pmf"].items()}
    means = [told["demand_mean"] * (days + told["review_period"]) for days in lengths]
    over = demand(means, weights=list(lengths.values()))
    for level, expected in anchor["expected"]["quantiles"].items():
        assert targets(over, service=100 * float(level))["reorder_point"] == expected


def negbin(periods: float, mean: float = 2.0, variance: float = 5.0) -> IntervalDemand:
    return demand(mean * periods, variance * periods)


@needs_examples
def test_fill_rates_of_the_anchor() -> None:
    anchor = example("fill-rate-rs-nb")
    told, expected = anchor["inputs"], anchor["expected"]
    moments = (told["demand_mean"], told["demand_variance"])
    lead = negbin(told["lead_time"], *moments)
    over = negbin(told["lead_time"] + told["review_period"], *moments)
    for level, share, service in zip(
        told["base_stock"], expected["fill_rate"], expected["cycle_service_level"], strict=True
    ):
        assert fill_rate(np.array([level]), over, lead)[0] == pytest.approx(share, abs=1e-8)
        assert over.cdf(level)[0] == pytest.approx(service, abs=1e-8)
    filled = targets(over, "fill_rate", lead=lead, fill=95.0)
    assert filled["reorder_point"] == expected["smallest_s_for_fill_95"]
    assert filled["service_level"] == pytest.approx(over.cdf(17.0)[0])
    assert targets(over, service=95.0)["reorder_point"] == expected["smallest_s_for_csl_95"]


@needs_examples
def test_the_economic_lot_anchor() -> None:
    anchor = example("eoq-fosct-3.1")
    told = anchor["inputs"]
    lot = economic_lot(np.array([told["demand_rate"]]), economics(h=told["holding_cost"], k=told["fixed_cost"]))[0]
    assert lot == pytest.approx(anchor["expected"]["order_quantity"])


@settings(deadline=None, max_examples=50)
@given(st.floats(0.05, 50), st.floats(1.01, 6), st.floats(1, 8), st.floats(0.5, 0.9995), st.booleans())
def test_the_fill_rate_level_is_the_smallest_that_serves(
    per_week: float,
    ratio: float,
    lead_weeks: float,
    goal: float,
    integer: bool,  # noqa: FBT001 - drawn
) -> None:
    lead = demand(per_week * lead_weeks, ratio * per_week * lead_weeks, integer=integer)
    over = demand(per_week * (lead_weeks + 1), ratio * per_week * (lead_weeks + 1), integer=integer)
    level = level_for_fill_rate(over, lead, np.array([goal]))
    assert fill_rate(level, over, lead)[0] >= goal - 1e-6
    if integer:
        assert level[0] == round(level[0])
        assert level[0] == 0.0 or fill_rate(level - 1.0, over, lead)[0] < goal
    else:
        assert fill_rate(level * (1 - 1e-4), over, lead)[0] < goal


def test_fill_rate_goals_nobody_can_reach_are_cut() -> None:
    lead, over = negbin(3), negbin(4)
    most = level_for_fill_rate(over, lead, np.array([HIGHEST_LEVEL]))
    assert level_for_fill_rate(over, lead, np.array([1.0])).tolist() == most.tolist()


@pytest.mark.parametrize("mean", [0.0, 1e-5])
@pytest.mark.parametrize("objective", ["cycle_service", "fill_rate", "cost"])
@pytest.mark.parametrize("integer", [True, False])
def test_what_is_as_good_as_dead_needs_nothing(mean: float, objective: str, integer: bool) -> None:  # noqa: FBT001 - a table
    costs = economics(h=1.0, p=9.0)
    over, lead = demand(2 * mean, 4 * mean, integer=integer), demand(mean, 2 * mean, integer=integer)
    found = targets(over, objective, lead=lead, service=95.0, fill=95.0, costs=costs)
    assert found["reorder_point"] == found["order_up_to"] == pytest.approx(0.0, abs=1e-6)
    assert not np.signbit(found["reorder_point"])


def test_a_fill_rate_without_a_goal_or_lead_demand_is_cycle_service() -> None:
    expected = targets(negbin(4))["reorder_point"]
    assert targets(negbin(4), "fill_rate", lead=negbin(3))["reorder_point"] == expected > 0
    assert targets(negbin(4), "fill_rate", fill=99.0)["reorder_point"] == expected


@pytest.mark.parametrize(("h", "p"), [(NAN, 5.0), (1.0, NAN), (1.0, 0.0), (NAN, NAN)])
def test_unknown_costs_mean_the_service_default_never_nothing(h: float, p: float) -> None:
    found = targets(negbin(4), "cost", costs=economics(h=h, p=p))
    assert found["service_level"] == DEFAULT_SERVICE
    assert found["reorder_point"] == targets(negbin(4), service=95.0)["reorder_point"] > 0
    assert targets(negbin(4), "cost", service=80.0, costs=economics(h=h, p=p))["service_level"] == 0.8


def test_shortage_costs_are_compared_over_the_time_they_are_stated_for() -> None:
    review = np.array([28.0])
    assert critical_ratio(economics(h=1.0, p=4.0), review)[0] == pytest.approx(4 / (4 + 1 * 4))
    assert critical_ratio(economics(h=1.0, p=4.0, weekly=True), review)[0] == pytest.approx(4 / (4 + 1))
    week = np.array([7.0])
    per_unit, per_week = (critical_ratio(economics(h=1.0, p=4.0, weekly=each), week)[0] for each in (False, True))
    assert per_unit == per_week


def test_levels_stay_in_bounds() -> None:
    assert targets(negbin(4), service=100.0)["service_level"] == HIGHEST_LEVEL
    assert targets(negbin(4), "cost", costs=economics(h=9.0, p=1.0))["service_level"] == LEAST_LEVEL
    assert targets(negbin(4), "cost", costs=economics(h=0.0, p=1.0))["service_level"] == HIGHEST_LEVEL


def rising(levels: list[float]) -> bool:
    return all(one <= other + 1e-6 for one, other in pairwise(levels))


@settings(deadline=None, max_examples=15)
@given(st.floats(0.1, 40), st.floats(1.0, 6.0), st.booleans())
def test_levels_move_the_right_way(mean: float, ratio: float, integer: bool) -> None:  # noqa: FBT001 - drawn
    def over(weeks: float, spread: float = ratio) -> IntervalDemand:
        return demand(mean * weeks, mean * weeks * spread, integer=integer)

    assert rising([targets(over(4), service=each)["reorder_point"] for each in (50, 80, 95, 99, 99.9)])
    assert rising([targets(over(each))["reorder_point"] for each in (1, 2, 5, 9)])
    assert rising([targets(over(4, each))["order_up_to"] for each in (1.0, 2.0, 4.0)]) or mean < 2
    fills = [targets(over(4), "fill_rate", lead=over(3), fill=each)["reorder_point"] for each in (50, 80, 95, 99)]
    assert rising(fills)
    paid = [targets(over(4), "cost", costs=economics(h=1.0, p=each)) for each in (1, 2, 9, 50, 500)]
    assert rising([each["reorder_point"] for each in paid])
    held = [targets(over(4), "cost", costs=economics(h=each, p=9.0)) for each in (5.0, 1.0, 0.5, 0.01)]
    assert rising([each["reorder_point"] for each in held])
    weekly = [targets(over(1 + each), "cost", costs=economics(h=1.0, p=9.0, weekly=True)) for each in (1, 2, 4)]
    assert rising([each["reorder_point"] for each in weekly])


@settings(deadline=None, max_examples=50)
@given(
    st.floats(0.0, 40), st.floats(1.0, 6.0), st.floats(0, 500), st.floats(0.01, 5), st.floats(1, 60),
    st.none() | st.floats(0, 200),
)  # fmt: skip
def test_the_reorder_point_is_never_above_the_target(
    mean: float, ratio: float, k: float, h: float, review: float, cap: float | None
) -> None:
    found = targets(
        demand(mean, mean * ratio), costs=economics(h=h, k=k), review=review, cap=INF if cap is None else cap
    )
    assert 0.0 <= found["reorder_point"] <= found["order_up_to"]
    assert found["reorder_point"] <= found["reorder_uncapped"]
    assert found["order_up_to"] <= (INF if cap is None else cap)
    assert found["capped"] == (cap is not None and found["order_up_to"] == cap and found["capped"])


@pytest.mark.parametrize("goal", [{"service": 90.0}, {"fill": 90.0}])
def test_targets_scale_with_the_unit(goal: dict[str, float]) -> None:
    """Kilograms in grams: amounts scale exactly, as does the lot."""
    objective = "fill_rate" if "fill" in goal else "cycle_service"
    found = []
    for g in (1.0, 1000.0):
        over, lead = (demand(g * mean, g * g * mean * 3, integer=False) for mean in (20.0, 15.0))
        costs = economics(h=0.1 / g, k=30.0)
        found.append(targets(over, objective, lead=lead, costs=costs, **goal)[["reorder_point", "order_up_to"]] / g)
    assert found[1].tolist() == pytest.approx(found[0].tolist(), rel=1e-4)


def test_another_currency_changes_no_quantity() -> None:
    one, other = (
        targets(negbin(4), "cost", costs=economics(h=rate * 0.5, p=rate * 9.0, k=rate * 20.0)) for rate in (1.0, 163.7)
    )
    assert one.drop("service_level").tolist() == pytest.approx(other.drop("service_level").tolist())


def test_steady_demand_reduces_to_demand_over_the_interval() -> None:
    steady = demand(40.0, 0.0, integer=False)
    for found in (targets(steady, service=99.0), targets(steady, "cost", costs=economics(h=1.0, p=99.0))):
        assert found["reorder_point"] == pytest.approx(40.0, rel=1e-3)


def test_an_economic_lot_lifts_the_target_only_beyond_one_review() -> None:
    over = demand(20.0)
    base = targets(over, days=14.0)
    assert base["order_up_to"] == base["reorder_point"]
    assert targets(over, costs=economics(h=1.0, k=1e-9))["order_up_to"] == base["order_up_to"]
    lot = np.sqrt(2 * 50.0 * 10.0 / 0.1)
    found = targets(over, costs=economics(h=0.1, k=50.0), review=7.0, days=14.0)
    assert found["order_up_to"] == pytest.approx(base["reorder_point"] + lot - 10.0)
    assert found["reorder_point"] == base["reorder_point"]


def test_lots_without_cost_demand_or_holding_are_zero() -> None:
    assert economic_lot(np.array([5.0]), economics(h=1.0)).tolist() == [0.0]
    assert economic_lot(np.array([0.0]), economics(h=1.0, k=5.0)).tolist() == [0.0]
    assert economic_lot(np.array([5.0]), economics(h=0.0, k=5.0)).tolist() == [0.0]


def test_caps_lower_both_levels_and_say_so() -> None:
    plain, capped = targets(demand(20.0)), targets(demand(20.0), cap=12.0)
    assert (capped["reorder_point"], capped["order_up_to"], capped["capped"]) == (12.0, 12.0, True)
    assert capped["reorder_uncapped"] == plain["reorder_point"]
    assert not plain["capped"]


def test_rows_of_different_objectives_do_not_mix() -> None:
    over, lead = demand(20.0, 60.0, rows=3), demand(15.0, 45.0, rows=3)
    settings = pd.DataFrame(
        {
            "objective": ["fill_rate", "cycle_service", "cost"],
            "service_level_pct": [NAN, 90.0, NAN],
            "fill_rate_pct": [98.0, NAN, NAN],
        }
    )
    week = np.full(3, 7.0)
    found = set_targets(over, lead, settings, economics(h=1.0, p=3.0, rows=3), week, 2 * week, np.full(3, INF))
    alone = [
        targets(over.take(np.array([0])), "fill_rate", lead=lead.take(np.array([0])), fill=98.0)["reorder_point"],
        targets(over.take(np.array([0])), service=90.0)["reorder_point"],
        targets(over.take(np.array([0])), "cost", costs=economics(h=1.0, p=3.0))["reorder_point"],
    ]
    assert found["reorder_point"].tolist() == alone


def test_rows_without_demand_keep_nothing() -> None:
    names = ["reorder_point", "reorder_uncapped", "order_up_to"]
    found = without_demand(pd.DataFrame([dict.fromkeys([*names, "cap"], 7.0)] * 2), np.array([False, True]))
    assert found[names].to_numpy().tolist() == [[7.0] * 3, [0.0] * 3]
    assert found["cap"].tolist() == [7.0, 7.0]
