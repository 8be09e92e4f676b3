"""Scores are shrunk rates with their bound: never a bare 0 or 100 %."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bot.suppliers import score
from bot.suppliers.score import score_suppliers
from tests.bot.suppliers.frames import AS_OF, example, needs_examples

CODES = pd.Index(["acme", "best", "core"], dtype="str")
YESTERDAY = AS_OF - pd.Timedelta(days=1)


def line(
    supplier: str = "acme", late: float = 0, share: float = 1.0, age: float = 0, **more: object
) -> dict[str, object]:
    ended = AS_OF - pd.Timedelta(days=age)
    row = {
        "supplier": supplier, "due_on": ended - pd.Timedelta(days=late), "ended_on": ended, "quantity_ordered": 100.0,
        "quantity_received": 100.0 * share, "arrived": True, "theirs": True,
    }  # fmt: skip
    return row | more


def scores(*rows: dict[str, object]) -> pd.DataFrame:
    frame = pd.DataFrame(rows or [line()]).astype({"due_on": "datetime64[s]", "ended_on": "datetime64[s]"})
    return score_suppliers(frame if rows else frame.iloc[:0], CODES, AS_OF)


def test_without_any_data_everybody_has_the_prior() -> None:
    found = scores()
    assert found["otif"].tolist() == pytest.approx([score.PRIOR_RATE] * 3)
    assert (found["lines"] == 0).all()
    assert found["late_share"].isna().all()
    assert ((found["otif_low"] > 0.0) & (found["otif_low"] < found["otif"])).all()


def test_a_supplier_without_data_gets_the_mean_of_the_others_not_100_or_0() -> None:
    found = scores(*[line("acme")] * 30, *[line("best", late=9)] * 10)
    prior = (30 + score.PRIOR_RATE * score.PRIOR_LINES) / (40 + score.PRIOR_LINES)
    assert found.loc["core", "otif"] == pytest.approx(prior)


@pytest.mark.parametrize(
    ("row", "good"),
    [
        (line(), True),
        (line(late=1), True),
        (line(late=2), False),
        (line(late=-20), True),
        (line(share=0.95), True),
        (line(share=0.94), False),
        (line(arrived=False, ended_on=pd.NaT), False),
        (line(share=0.0, arrived=False), False),
    ],
)
def test_on_time_and_in_full_are_both_needed(row: dict[str, object], good: bool) -> None:  # noqa: FBT001 - a table of cases
    found = scores(row).loc["acme", "otif"]
    assert (found > scores().loc["acme", "otif"]) == good


def test_what_says_nothing_about_the_supplier_is_left_out() -> None:
    found = scores(line(late=9, theirs=False), line(due_on=pd.NaT), line("stranger", late=9))
    assert found["lines"].sum() == 0


def test_recent_lines_weigh_more() -> None:
    old_sins = scores(line(late=9, age=720), line(age=0))
    new_sins = scores(line(late=9, age=0), line(age=720))
    assert old_sins.loc["acme", "otif"] > new_sins.loc["acme", "otif"]
    assert old_sins.loc["acme", "lines"] == 2
    assert 1.0 < old_sins.loc["acme", "lines_effective"] < 1.2


def test_the_half_life_is_the_documented_one() -> None:
    assert scores(line(late=9, age=score.HALF_LIFE_DAYS), line()).loc["acme", "late_share"] == pytest.approx(1 / 3)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(list(CODES)), st.booleans()), min_size=1, max_size=60))
def test_posterior_lies_between_prior_and_raw_rate(lines: list[tuple[str, bool]]) -> None:
    found = scores(*[line(code, late=0 if good else 9) for code, good in lines])
    goods = [good for _, good in lines]
    prior = (sum(goods) + score.PRIOR_RATE * score.PRIOR_LINES) / (len(goods) + score.PRIOR_LINES)
    for code in CODES:
        own = [good for each, good in lines if each == code]
        raw = float(np.mean(own)) if own else prior
        assert min(raw, prior) - 1e-12 <= found.loc[code, "otif"] <= max(raw, prior) + 1e-12
        assert 0.0 < found.loc[code, "otif_low"] < found.loc[code, "otif"] < 1.0


@settings(deadline=None, max_examples=50)
@given(
    st.permutations([line("acme"), line("acme", late=9), line("best"), line("best", age=50), line("core", share=0.2)])
)
def test_the_order_of_lines_changes_nothing(rows: list[dict[str, object]]) -> None:
    plain = scores(line("acme"), line("acme", late=9), line("best"), line("best", age=50), line("core", share=0.2))
    pd.testing.assert_frame_equal(scores(*rows), plain)


def test_the_interval_shrinks_with_the_number_of_lines() -> None:
    widths = []
    for times in (1, 4, 16, 64):
        found = scores(*[line(), line(), line(), line(late=9)] * times).loc["acme"]
        widths.append(found["otif"] - found["otif_low"])
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.3 * widths[0]


def test_the_bound_is_the_quantile_of_the_beta_posterior() -> None:
    found = scores(*[line()] * 3, line(late=9)).loc["acme"]
    rate = (3 + score.PRIOR_RATE * score.PRIOR_LINES) / (4 + score.PRIOR_LINES)
    a, b = 3 + rate * score.PRIOR_LINES, 1 + (1 - rate) * score.PRIOR_LINES
    assert found["otif_low"] == pytest.approx(stats.beta.ppf(score.LOWER, a, b))


@needs_examples
def test_shrinkage_follows_the_anchor() -> None:
    anchor = example("beta-binomial-shrinkage")
    told = anchor["inputs"]
    prior = told["prior_alpha"] + told["prior_beta"]
    mean = (told["prior_alpha"] + told["on_time"]) / (prior + told["deliveries"])
    assert mean == pytest.approx(anchor["expected"]["posterior_mean"])
    # the same rule with this module's prior: its strength and the mean of all suppliers
    found = scores(*[line()] * told["on_time"], line(late=9)).loc["acme"]
    rate = (told["on_time"] + score.PRIOR_RATE * score.PRIOR_LINES) / (told["deliveries"] + score.PRIOR_LINES)
    expected = (rate * score.PRIOR_LINES + told["on_time"]) / (score.PRIOR_LINES + told["deliveries"])
    assert found["otif"] == pytest.approx(expected)
