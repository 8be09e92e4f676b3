from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bot.patterns.censoring import uncensor
from bot.patterns.classify import classify
from tests.bot.forecast.panels import panel_of

RNG = np.random.default_rng(5)


def one(values: list[float], freq: str = "W") -> "pd.Series[object]":
    return classify(panel_of(np.asarray([values]), freq)).iloc[0]


@pytest.mark.parametrize(
    ("values", "word"),
    [([5.0, 6.0, 5.0, 7.0] * 6, "smooth"), ([1.0, 40.0, 2.0, 3.0] * 6, "erratic"),
     ([0.0, 3.0, 0.0, 3.0] * 6, "intermittent"), ([0.0, 1.0, 0.0, 40.0] * 6, "lumpy")],
)  # fmt: skip
def test_the_four_classes(values: list[float], word: str) -> None:
    assert one(values)["pattern"] == word


def test_adi_and_cv2_follow_their_formulas() -> None:
    row = one([0.0, 2.0, 0.0, 4.0])
    assert row["adi"] == 2.0
    assert row["cv2"] == pytest.approx(1 / 9)
    assert one([0.0] * 4)["adi"] == np.inf


def test_abc_by_value() -> None:
    panel = panel_of(np.asarray([[80.0] * 4, [15.0] * 4, [4.0] * 4, [0.0] * 4]))
    assert classify(panel)["abc"].tolist() == ["A", "B", "C", "C"]
    assert classify(panel, np.asarray([0.0, 1.0, 100.0, 1.0]))["abc"].tolist() == ["C", "C", "A", "C"]
    assert classify(panel_of(np.zeros((2, 4))))["abc"].tolist() == ["C", "C"]


def test_xyz_by_steadiness() -> None:
    steady, shaky, wild = [5.0] * 24, [1.0] * 4 + [9.0] * 4, [0.0] * 20 + [90.0] * 4
    assert one(steady)["xyz"] == "X"
    assert one(shaky * 3)["xyz"] == "Y"
    assert one(wild)["xyz"] == "Z"
    assert one([5.0] * 4)["xyz"] == "Z"


def test_stages_of_life() -> None:
    assert one([np.nan] * 90 + [4.0] * 6)["lifecycle"] == "new"
    assert one([4.0] * 96)["lifecycle"] == "active"
    assert one([8.0] * 83 + [2.0] * 13)["lifecycle"] == "fading"
    assert one([8.0] * 40 + [0.0] * 60)["lifecycle"] == "dead"
    assert one([0.0] * 40)["lifecycle"] == "dead"


def test_trend_and_season_flags() -> None:
    noise = RNG.normal(0, 1, 108)
    assert one((20 + 0.5 * np.arange(108) + noise).tolist())["trend"]
    assert not one((20 + noise).tolist())["trend"]
    wave = 50 + 40 * np.sin(2 * np.pi * np.arange(108) / 52)
    assert one((wave + noise).tolist())["seasonal"]
    assert not one((50 + 5 * noise).tolist())["seasonal"]
    assert not one(wave[:60].tolist())["seasonal"]


def test_recent_mean_is_per_day_and_the_spike_is_flagged() -> None:
    assert one([0.0] * 40 + [14.0] * 13)["recent_mean"] == pytest.approx(2.0)
    values = [5.0] * 50
    values[7] = 5000.0
    row = one(values)
    assert row["outlier"]
    assert row["recent_mean"] == pytest.approx(5 / 7)


def test_an_item_without_history_is_classified() -> None:
    row = classify(panel_of(np.zeros((1, 0)))).iloc[0]
    assert (row["pattern"], row["lifecycle"], row["recent_mean"]) == ("intermittent", "dead", 0.0)


class TestBefore:
    """What was said last time holds until the figures leave the band."""

    def test_an_item_at_the_cut_keeps_its_class(self) -> None:
        rare = panel_of(np.asarray([[5.0, 6.0, 5.0, 0.0] * 26]))  # adi 1.33, over the cut by less than a tenth
        plain = classify(rare)
        assert plain["pattern"].tolist() == ["intermittent"]
        smooth = plain.assign(pattern=["smooth"])
        held = classify(rare, before=smooth)
        assert held["pattern"].tolist() == ["smooth"]
        assert classify(rare, before=held)["pattern"].tolist() == ["smooth"]
        rarer = panel_of(np.asarray([[5.0, 6.0, 0.0] * 34]))
        assert classify(rarer, before=smooth)["pattern"].tolist() == ["intermittent"]
        assert classify(rare, before=smooth.assign(item=["other"]))["pattern"].tolist() == ["intermittent"]

    def test_rarity_and_size_keep_their_words_apart(self) -> None:
        values = panel_of(np.asarray([[1.0, 6.0, 1.0, 0.0] * 26]))
        words = {
            word: classify(values, before=classify(values).assign(pattern=[word]))["pattern"].iloc[0]
            for word in ("smooth", "erratic", "intermittent", "lumpy")
        }
        assert words == {"smooth": "erratic", "erratic": "erratic", "intermittent": "lumpy", "lumpy": "lumpy"}

    def test_importance_and_steadiness(self) -> None:
        shares = panel_of(np.asarray([[40.0] * 12, [39.0] * 12, [17.0] * 12, [4.0] * 12]))  # shares from 0, 40, 79, 96
        plain = classify(shares)
        assert plain["abc"].tolist() == ["A", "A", "A", "C"]
        assert classify(shares, before=plain.assign(abc=list("AABB")))["abc"].tolist() == ["A", "A", "B", "C"]
        assert classify(shares, before=plain.assign(abc=list("CCCC")))["abc"].tolist() == ["A", "A", "B", "C"]
        shaky = panel_of(np.asarray([[3.1] * 4 + [1.0] * 4] * 12).reshape(1, -1))  # cv 0.512
        plain = classify(shaky)
        assert plain["xyz"].tolist() == ["Y"]
        assert classify(shaky, before=plain.assign(xyz=["X"]))["xyz"].tolist() == ["X"]
        assert classify(shaky, before=plain.assign(xyz=["Y"]))["xyz"].tolist() == ["Y"]
        assert classify(shaky, before=plain.assign(xyz=["Z"]))["xyz"].tolist() == ["Y"]

    def test_stages_of_life(self) -> None:
        def stage(values: list[float], before: str) -> object:
            panel = panel_of(np.asarray([values]))
            return classify(panel, before=classify(panel).assign(lifecycle=[before]))["lifecycle"].iloc[0]

        fading = [10.0] * 83 + [3.8] * 13
        assert (stage(fading, "active"), stage(fading, "fading")) == ("active", "fading")
        fresh = [10.0] * 83 + [4.2] * 13
        assert (stage(fresh, "active"), stage(fresh, "fading")) == ("active", "fading")
        assert stage([10.0] * 83 + [2.9] * 13, "active") == "fading"
        assert stage([10.0] * 83 + [5.1] * 13, "fading") == "active"
        silent = [8.0] * 60 + [0.0] * 25
        assert (stage(silent, "dead"), stage(silent, "active")) == ("dead", "fading")
        assert stage([*silent, 1.0], "dead") != "dead"

    def test_no_value_is_c_whatever_was_said(self) -> None:
        panel = panel_of(np.asarray([[5.0] * 12, [0.0] * 12]))
        assert classify(panel, before=classify(panel).assign(abc=["A", "A"]))["abc"].tolist() == ["A", "C"]


def test_a_shift_of_the_level_is_told_with_its_day_and_shortens_the_memory() -> None:
    values = np.asarray([[10.0, 11.0, 9.0] * 34 + [3.0, 4.0] * 4, [10.0, 11.0] * 55])
    panel = panel_of(values)
    frame = classify(panel)
    assert frame["shifted"].tolist() == [True, False]
    assert frame["memory_days"].tolist() == [56.0, np.inf]
    assert frame["shifted_on"].iloc[0] == pd.Timestamp(panel.starts[102])
    assert pd.isna(frame["shifted_on"].iloc[1])
    assert frame["shift_ratio"].tolist() == [pytest.approx(0.35, abs=0.01), 1.0]


def test_a_single_spike_is_no_shift() -> None:
    values = np.asarray([[10.0, 11.0] * 50])
    values[0, -6] = 50_000.0
    assert not classify(panel_of(values))["shifted"].any()


def test_demand_behind_stock_outs_is_told_where_they_cover_much() -> None:
    sales = np.asarray([[10.0, 20.0] * 20 + [14.0] * 10, [10.0, 20.0] * 24 + [14.0] * 2])
    share = np.where(np.arange(50) >= np.asarray([[40], [48]]), 0.1, 1.0).astype(np.float32)
    values = sales.copy()
    level = uncensor(values, share)
    panel = replace(panel_of(values), share=share, uncensored=level)
    frame = classify(panel)
    assert frame["hidden_share"].tolist() == [0.2, 0.04]
    assert frame["uncensored_mean"].iloc[0] == pytest.approx((20 * 10 + 20 * 20 + 10 * 20) / 50 / 7)
    assert pd.isna(frame["uncensored_mean"].iloc[1])
    assert classify(panel_of(sales))["hidden_share"].tolist() == [0.0, 0.0]
    assert classify(panel_of(sales))["uncensored_mean"].isna().all()


@pytest.mark.parametrize("seed", range(5))
def test_the_row_order_plays_no_part(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.gamma(0.5, 8.0, (301, 110)) * (rng.random((301, 110)) < rng.random((301, 1)))
    values[np.arange(110) < rng.integers(0, 90, (301, 1))] = np.nan
    panel, cost, order = panel_of(values), rng.gamma(0.3, 9.0, 301), rng.permutation(301)
    before = classify(panel).assign(pattern="smooth", abc="B", xyz="Y", lifecycle="fading")
    whole = classify(panel, cost, before)
    mixed = classify(panel.take(order), cost[order], before.iloc[::-1])
    pd.testing.assert_frame_equal(
        mixed, whole.iloc[order].reset_index(drop=True), check_exact=True, check_categorical=False
    )


def test_wandering_around_a_cut_never_changes_the_class_and_leaving_it_does() -> None:
    rng = np.random.default_rng(8)
    history, before, words = np.tile([5.0, 6.0, 5.0, 0.0], 26), None, []
    for _ in range(30):  # demand in three weeks of four: 1.33 beside the cut of 1.32, wandering by a few hundredths
        before = classify(panel_of(history[None, :]), before=before)
        words.append(before["pattern"].iloc[0])
        history = np.append(history[1:], 5.0 if rng.random() < 0.75 else 0.0)
    assert set(words) == {words[0]}
    free = [classify(panel_of(np.append(np.tile([5.0, 6.0, 5.0, 0.0], 26)[k:], [5.0] * k)[None, :])) for k in range(5)]
    assert {frame["pattern"].iloc[0] for frame in free} == {"smooth", "intermittent"}, "without a memory it flaps"
    history[-40:] = 0.0
    assert classify(panel_of(history[None, :]), before=before)["pattern"].iloc[0] == "intermittent"
