"""What is new in learning: scores and lead times that moved, champions that changed, small steps added up."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from bot.forecast.champions import as_frame, of_frame
from bot.forecast.choose import Choice
from bot.forecast.fit import Spec
from bot.jobs.basis import Basis, basis
from bot.jobs.learned import TOLD_MOST, Changes, Learned, learn
from bot.orders.plan import Memory
from bot.policy.parse import parse_policies
from bot.ports import Planning
from tests.bot.company import AS_OF, Company, Row, history, terms

BLANK = Learned.of({})


def late(days: int, count: int = 12, *, supplier: str = "acme") -> list[Row]:
    """Receipts that came so many days after their promise; the plan says 5 days."""
    return [
        {
            "order_ref": f"R{supplier}{place}", "line": 1, "item": "bolt", "location": "L1", "supplier": supplier,
            "quantity_ordered": 60, "quantity_received": 60, "ordered_on": AS_OF - timedelta(days=40 + place),
            "promised_on": AS_OF - timedelta(days=35 + place), "received_on": AS_OF - timedelta(days=35 + place - days),
        }
        for place in range(count)
    ]  # fmt: skip


def based(company: Company, memory: Memory | None = None) -> Basis:
    policies = replace(parse_policies({"policy.yaml": company.policy}), currency="EUR")
    return basis(company.snapshot(), policies, memory or Memory.blank(), Planning("test", "UTC", "EUR"))


def learned(receipts: list[Row], before: Learned = BLANK, as_of: date = AS_OF) -> tuple[Learned, Changes]:
    return learn(based(Company.small(receipts=receipts)), as_of, 1, before)


def varied(count: int) -> Company:
    """As many items with demand that is worth choosing a forecast for."""
    rng = np.random.default_rng(4)
    names = [f"i{place:02}" for place in range(count)]
    return Company.small(
        items=[{"item": name, "unit": "EA"} for name in names],
        stock=[{"item": name, "location": "L1", "on_hand": 1} for name in names],
        demand=[row for name in names for row in history(rng.poisson(8, 60).tolist(), name)],
        sourcing=[terms(name) for name in names],
    )


def test_the_first_learning_has_nothing_to_compare_with() -> None:
    now, changes = learned(late(0))
    assert changes.sentences == ()
    assert dict(changes.counts) == dict.fromkeys(changes.counts, 0)
    assert now.suppliers[["supplier", "lines"]].to_numpy().tolist() == [["acme", 12]]
    row = now.lead_times.iloc[0]
    assert (row["item"], row["location"], row["supplier"], row["lines"]) == ("bolt", "L1", "acme", 12)
    assert row["mean_days"] == row["told"] == 5.0


def test_a_supplier_that_got_worse_is_told_once() -> None:
    first, _ = learned(late(0))
    second, changes = learned(late(0) + late(6, 24)[12:], first)
    before, now = (100.0 * each.suppliers["otif"].iloc[0] for each in (first, second))
    days = second.lead_times["mean_days"].iloc[0]
    assert before - now > 2.0
    assert days > 6.0
    assert changes.sentences == (
        f"supplier acme: on time in full {before:.0f}% -> {now:.0f}% (24 lines), lead time 5.0 -> {days:.1f} days",
    )
    assert (changes.counts["scores_changed"], changes.counts["lead_times_changed"]) == (1, 1)
    third, again = learned(late(0) + late(6, 24)[12:], second)
    assert again.sentences == ()
    for name, frame in third.frames().items():
        pd.testing.assert_frame_equal(frame, second.frames()[name])


def test_small_steps_add_up_until_they_are_told() -> None:
    state, told = learned(late(0, 60))[0], []
    for bad in range(1, 8):
        state, changes = learned(late(0, 60) + late(4, 60 + bad)[60:], state)
        told.append(len(changes.sentences))
    assert told[0] == 0, "one bad line of sixty is not worth a sentence"
    assert 1 <= sum(told) <= 3


def test_other_suppliers_are_no_news_of_one_without_lines() -> None:
    def company(receipts: list[Row]) -> Company:
        return Company.small(receipts=receipts, sourcing=[terms(), terms(supplier="best", price="9")])

    first, _ = learn(based(company(late(0))), AS_OF, 1, BLANK)
    _, changes = learn(based(company(late(9))), AS_OF, 1, first)
    assert len(changes.sentences) == 1
    assert changes.sentences[0].startswith("supplier acme: on time in full")


def test_new_rows_do_not_move_a_suppliers_mean() -> None:
    first, _ = learn(based(Company.small(sourcing=[terms(lead_time_days=5)])), AS_OF, 1, BLANK)
    more = Company.small(
        items=[{"item": name, "unit": "EA"} for name in ("bolt", "nut")],
        stock=[{"item": name, "location": "L1", "on_hand": 0} for name in ("bolt", "nut")],
        sourcing=[terms(), terms("nut", lead_time_days=90)],
    )
    second, changes = learn(based(more), AS_OF, 1, first)
    assert changes.sentences == ()
    assert second.lead_times["told"].tolist() == [5.0, 90.0]


def test_many_changes_are_counted_and_the_first_told() -> None:
    names = [f"s{place:03}" for place in range(TOLD_MOST + 5)]
    first, _ = learned(late(0))
    scores = pd.DataFrame({"supplier": names, "told": 0.1})
    now = based(Company.small())
    many = pd.DataFrame(
        {"lines": 1, "lines_effective": 1.0, "otif": 0.9, "otif_low": 0.8, "late_share": 0.1}, index=pd.Index(names)
    )
    _, changes = learn(replace(now, scores=many), AS_OF, 1, replace(first, suppliers=scores))
    assert changes.counts["scores_changed"] == TOLD_MOST + 5
    assert len(changes.sentences) == TOLD_MOST + 1
    assert changes.sentences[0] == "supplier s000: on time in full 10% -> 90% (1 line)"
    assert changes.sentences[-1] == "5 more suppliers changed"


def test_a_pattern_that_changed_is_told_once() -> None:
    first, _ = learn(based(Company.small(demand=history([8, 9, 8, 7] * 30))), AS_OF, 1, BLANK)
    assert first.patterns["pattern"].tolist() == ["smooth"]
    lumpy = based(Company.small(demand=history([8, 9, 8, 7] * 3 + [0, 0, 90, 0, 0, 1] * 18)))
    second, changes = learn(lumpy, AS_OF, 1, first)
    [text] = changes.sentences
    assert text.startswith("item bolt@L1: demand was smooth, is lumpy since the week of ")
    assert changes.counts["patterns_changed"] == 1
    third, again = learn(lumpy, AS_OF, 1, second)
    assert again.sentences == ()
    for name, frame in third.frames().items():
        pd.testing.assert_frame_equal(frame, second.frames()[name])


class TestChampions:
    def test_they_are_chosen_told_and_kept_for_a_week(self) -> None:
        base = based(varied(12))
        first, changes = learn(base, AS_OF, 1, BLANK)
        chosen = of_frame(first.champions)
        assert list(chosen) == ["smooth"]
        name = chosen["smooth"][0].spec.name
        assert changes.counts["champions_chosen"] == changes.counts["champions_changed"] == 1
        assert changes.sentences[0].startswith(f"champion for smooth demand: {name} (loss ")

        old = replace(first, champions=as_frame({"smooth": (Choice(Spec(window=3), loss=1.0),)}, "D", AS_OF))
        week = AS_OF + timedelta(days=7)
        young, none = learn(base, week - timedelta(days=1), 1, old)
        pd.testing.assert_frame_equal(young.champions, old.champions)
        assert (none.sentences, none.counts["champions_chosen"]) == ((), 0)
        renewed, told = learn(base, week, 1, old)
        assert of_frame(renewed.champions) == chosen
        assert set(renewed.champions["chosen_on"]) == {pd.Timestamp(week)}
        assert told.sentences[0].startswith(f"champion for smooth demand: naive(3) -> {name} (loss ")

    def test_the_same_one_chosen_again_is_no_news(self) -> None:
        base = based(varied(12))
        first, _ = learn(base, AS_OF, 1, BLANK)
        again, changes = learn(base, AS_OF + timedelta(days=8), 1, first)
        assert (changes.counts["champions_chosen"], changes.sentences) == (1, ())
        assert of_frame(again.champions) == of_frame(first.champions)

    def test_a_history_too_short_to_tell_has_no_champion(self) -> None:
        now, _ = learn(based(varied(2)), AS_OF, 1, BLANK)
        assert now.champions.empty

    @pytest.mark.parametrize("freq", ["W", "D"])
    def test_those_of_another_bucket_length_are_replaced(self, freq: str) -> None:
        old = replace(BLANK, champions=as_frame({"smooth": (Choice(Spec(window=3), loss=1.0),)}, freq, AS_OF))
        now, _ = learn(based(varied(12)), AS_OF, 1, old)
        assert set(now.champions["freq"]) == {"D"}
        assert (of_frame(now.champions)["smooth"][0].spec == Spec(window=3)) is (freq == "D")

    def test_single_series_are_chosen_for_once_a_month_from_the_candidates_of_their_class(self) -> None:
        base = based(varied(12))
        first, changes = learn(base, AS_OF, 1, BLANK)
        names = {choice.spec.name for choices in of_frame(first.champions).values() for choice in choices}
        assert len(first.items) == 12
        assert set(first.items["champion"]) <= names
        assert (first.items["score"] <= first.items["naive_score"]).all()
        assert changes.counts["item_champions_changed"] == 0
        young, old = (learn(base, AS_OF + timedelta(days=days), 1, first)[0].items for days in (27, 28))
        pd.testing.assert_frame_equal(young, first.items)
        assert set(old["chosen_on"]) == {pd.Timestamp(AS_OF + timedelta(days=28))}
