"""Lead times: product-limit quantiles checked by brute force and anchors, then shrinkage to wider groups."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.inventory.lead_time import (
    HALF_LIFE_DAYS,
    LONGEST_RATIO,
    POINTS,
    PRIOR,
    TAIL,
    LeadTimes,
    lead_time_distributions,
    product_limit,
)
from bot.suppliers.lines import outcomes
from tests.bot.suppliers.frames import AS_OF, SUPPLIER, example, needs_examples, open_line, pairs, receipt, typed

Line = tuple[int, float, bool, float]  # group, value, arrived, weight
PROBABILITIES = (np.arange(POINTS) + 0.5) / POINTS


def quantiles(lines: list[Line], groups: int = 1) -> np.ndarray:
    columns = [np.array(column) for column in zip(*lines, strict=True)] or [np.empty(0)] * 4
    group, value, arrived, weight = columns
    return product_limit(group.astype(int), value.astype(float), arrived.astype(bool), weight.astype(float), groups)


def survival(lines: list[Line]) -> dict[float, float]:
    """The product-limit curve from its definition: at each value 1 - arrivals / at risk."""
    stay, curve = 1.0, {}
    for value in sorted({value for _, value, arrived, _ in lines if arrived}):
        risk = sum(weight for _, each, _, weight in lines if each >= value)
        came = sum(weight for _, each, arrived, weight in lines if each == value and arrived)
        stay *= max(1.0 - came / risk, 0.0)
        curve[value] = stay
    return curve


def brute(lines: list[Line]) -> list[float]:
    curve = survival(lines)
    longest = max(value for _, value, _, _ in lines)
    return [
        next((value for value, stay in curve.items() if 1.0 - stay >= p - 1e-9), TAIL * longest) for p in PROBABILITIES
    ]


LINES = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(1, 6).map(float),
        st.booleans(),
        st.sampled_from([1.0, 1.0, 0.5, 0.25, 2.0**-16]),
    ),
    min_size=1,
    max_size=25,
)


@settings(deadline=None, max_examples=50)
@given(LINES)
def test_quantiles_agree_with_the_definition_group_by_group(lines: list[Line]) -> None:
    found = quantiles(lines, 3)
    for group in range(3):
        own = [line for line in lines if line[0] == group]
        if own:
            assert found[group].tolist() == pytest.approx(brute(own))
        else:
            assert np.isnan(found[group]).all()


@settings(deadline=None, max_examples=50)
@given(LINES, st.integers(1, 9), st.sampled_from([1.0, 0.3]))
def test_a_line_that_is_still_open_never_shortens(lines: list[Line], age: int, weight: float) -> None:
    lines = [(0, *line[1:]) for line in lines]
    assert (quantiles([*lines, (0, float(age), False, weight)]) >= quantiles(lines) - 1e-9).all()


@settings(deadline=None, max_examples=50)
@given(LINES)
def test_the_order_of_lines_changes_nothing(lines: list[Line]) -> None:
    shuffled = sorted(lines, key=repr)
    np.testing.assert_array_equal(quantiles(shuffled, 3), quantiles(lines, 3))


def test_only_open_lines_are_all_beyond_the_longest_wait() -> None:
    assert quantiles([(0, 2.0, False, 1.0), (0, 3.0, False, 1.0)])[0].tolist() == [TAIL * 3.0] * POINTS


def test_arrivals_alone_give_plain_quantiles() -> None:
    assert quantiles([(0, float(n), True, 1.0) for n in range(1, 10)])[0].tolist() == list(range(1, 10))


def test_faint_groups_keep_their_digits_beside_many_others() -> None:
    faint = [(0, float(n), True, 2.0**-45) for n in range(1, 10)]
    crowd = [(1 + n, 1.0, True, 1.0) for n in range(50_000)]
    found = quantiles([*crowd, *faint], 50_001)
    assert found[0].tolist() == list(range(1, 10))
    assert (found[1:] == 1.0).all()


def test_no_lines_at_all() -> None:
    assert quantiles([]).shape == (1, POINTS)


def curve_anchor(name: str) -> tuple[list[Line], dict[str, float]]:
    anchor = example(name)
    told = anchor["inputs"]
    lines = [(0, float(time), bool(seen), 1.0) for time, seen in zip(told["times"], told["observed"], strict=True)]
    return lines, anchor["expected"].get("survival_without_shrinkage") or anchor["expected"]["survival"]


@needs_examples
@pytest.mark.parametrize("name", ["kaplan-meier-6mp", "lead-time-shrunken-hazard"])
def test_the_published_curves(name: str) -> None:
    lines, expected = curve_anchor(name)
    stays = {float(value): stay for value, stay in expected.items()}
    steps = {value: stays[value] for value in survival(lines)}
    assert survival(lines) == pytest.approx(steps, abs=0.0006)
    wanted = [next((v for v, stay in steps.items() if 1.0 - stay >= p - 1e-9), None) for p in PROBABILITIES]
    longest = max(value for _, value, _, _ in lines)
    assert quantiles(lines)[0].tolist() == [TAIL * longest if each is None else each for each in wanted]


OFFERS = pairs("bolt@L1", "bolt@L2", "nut@L1").assign(
    supplier=pd.Series(["acme", "acme", "best"]).astype(SUPPLIER), lead_time_days=[10.0, 20.0, 10.0]
)


def times(receipts: list[dict[str, object]], opened: tuple[dict[str, object], ...] = ()) -> LeadTimes:
    lines = outcomes(typed("receipts", *receipts), typed("open_orders", *opened), AS_OF)
    return lead_time_distributions(lines, OFFERS, AS_OF)


def took(days: int, ref: int = 0, ago: int = 40, **more: object) -> dict[str, object]:
    ordered = AS_OF - pd.Timedelta(days=ago)
    end = ordered + pd.Timedelta(days=days)
    return receipt(str(ref), str(ordered.date()), str(ordered.date()), str(end.date()), **more)


def test_without_history_the_plan_stands_alone() -> None:
    found = times([])
    assert found.days.tolist() == [[10.0], [20.0], [10.0]]
    assert found.mean.tolist() == [10.0, 20.0, 10.0]
    assert found.lines.tolist() == [0, 0, 0]


def test_no_offer_and_no_plan_is_a_day() -> None:
    offers = OFFERS.assign(supplier=pd.Series([None] * 3).astype(SUPPLIER), lead_time_days=np.nan)
    lines = outcomes(typed("receipts", took(20)), typed("open_orders"), AS_OF)
    assert (lead_time_distributions(lines, offers, AS_OF).days >= 1.0).all()
    assert lead_time_distributions(lines.iloc[:0], offers, AS_OF).days.tolist() == [[1.0]] * 3


def test_lines_on_plan_keep_the_plan_everywhere() -> None:
    found = times([took(10, n) for n in range(8)])
    assert (found.days[0] == 10.0).all()
    assert (found.days[1] == 20.0).all()
    assert found.lines.tolist() == [8, 0, 0]


def test_own_lines_move_most_then_the_suppliers_other_places_then_other_suppliers() -> None:
    found = times([took(20, n) for n in range(12)])
    ratio = found.mean / OFFERS["lead_time_days"].to_numpy()
    assert 2.0 >= ratio[0] > ratio[1] > ratio[2] > 1.0


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 60), st.integers(5, 30))
def test_the_mean_lies_between_plan_and_what_happened(count: int, days: int) -> None:
    mean = times([took(days, n) for n in range(count)]).mean[0]
    assert min(10.0, days) - 0.5 <= mean <= max(10.0, days) + 0.5
    if count == 60:
        assert abs(mean - days) < 0.1 * abs(10.0 - days) + 0.5


def test_more_lines_are_believed_more() -> None:
    means = [times([took(30, n) for n in range(count)]).mean[0] for count in (0, 1, 3, 9, 27)]
    assert means == sorted(means)
    assert means[1] - 10.0 < 20.0 * 3 / (1 + PRIOR)


def test_old_lines_fade() -> None:
    recent, old = (times([took(30, n, ago=ago) for n in range(5)]).mean[0] for ago in (40, 40 + 4 * HALF_LIFE_DAYS))
    assert 10.0 < old < recent


def test_open_overdue_lines_lengthen_lead_times() -> None:
    closed = [took(10, n) for n in range(8)]
    late = [open_line(f"o{n}", "2026-01-01", "2026-01-11") for n in range(3)]
    plain, with_open = times(closed), times(closed, tuple(late))
    assert (with_open.days >= plain.days).all()
    assert with_open.mean[0] > plain.mean[0] + 1.0
    coming = [open_line(f"o{n}", "2026-02-25", "2026-03-11") for n in range(3)]
    np.testing.assert_array_equal(times(closed, tuple(coming)).days, plain.days)


def test_lines_that_say_nothing_are_left_out() -> None:
    buyers = took(90, 1, ago=100, closed_by="buyer")
    returned = receipt("2", "2026-02-20", "2026-02-20", "2026-02-10")
    undated = open_line("3", None, "2026-01-11")
    assert times([buyers, returned], (undated,)).days.tolist() == [[10.0], [20.0], [10.0]]


def test_absurd_waits_are_limited() -> None:
    found = times([took(900, n, ago=950) for n in range(50)])
    assert found.days.max() <= LONGEST_RATIO * 20.0


def test_lines_without_terms_of_their_own_are_measured_by_the_suppliers_usual_plan() -> None:
    found = times([took(30, n, item="gear") for n in range(9)])
    assert found.mean[0] > 12.0
    assert found.lines.tolist() == [0, 0, 0]


def test_repeated_runs_and_shuffled_lines_agree() -> None:
    rows = [took(days, n, ago=60) for n, days in enumerate((5, 9, 14, 14, 30))]
    for order in itertools.islice(itertools.permutations(rows), 0, 120, 17):
        np.testing.assert_array_equal(times(list(order)).days, times(rows).days)
