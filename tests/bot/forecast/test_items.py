from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bot.forecast.backtest import Sample
from bot.forecast.choose import choose
from bot.forecast.items import SWITCH, Scores, champions, score
from tests.bot.forecast.panels import counts, panel_of

KEYS = pd.DataFrame({"item": ["a", "b", "c"], "location": "x"})


def scores(*loss: list[float]) -> Scores:
    held = np.tile([1, 2, 3], (len(loss), 1))
    return Scores(
        ("one", "two", "naive(4)"),
        np.asarray(loss),
        np.asarray(loss)[:, -1],
        np.full(len(loss), 4.0),
        held,
        np.full_like(held, 4),
    )


def test_the_least_loss_wins_and_the_naive_forecast_is_the_floor() -> None:
    found = champions(KEYS, scores([3.0, 2.0, 4.0], [3.0, 2.0, 1.0], [np.nan, 5.0, 6.0]), {})
    assert found["champion"].tolist() == ["two", "naive(4)", "two"]
    assert found["runner_up"].tolist() == ["one", "two", "naive(4)"]
    assert (found["score"] <= found["naive_score"]).all()
    assert found["covered"].tolist() == [2, 3, 2], "cases that the champion's own quantile covered"
    assert found["judged"].tolist() == [4, 4, 4]


def test_a_champion_stays_until_it_is_clearly_beaten() -> None:
    near = 2.0 / SWITCH - 0.01
    before = {("a", "x"): "one", ("b", "x"): "one", ("c", "x"): "one"}
    found = champions(KEYS, scores([near, 2.0, 4.0], [2.2, 2.0, 4.0], [near, 2.0, 2.01]), before)
    assert found["champion"].tolist() == ["one", "two", "two"], "held, beaten, below the floor"


def test_a_champion_that_competes_no_more_is_replaced() -> None:
    found = champions(KEYS[:1], scores([2.0, 3.0, 4.0]), {("a", "x"): "gone"})
    assert found["champion"].tolist() == ["one"]


def test_series_that_cannot_be_judged_have_no_champion() -> None:
    nothing = [np.nan] * 3
    assert champions(KEYS, scores(nothing, nothing, nothing), {}).empty


def sample(history: np.ndarray) -> Sample:  # type: ignore[type-arg]
    panel, n = panel_of(history), len(history)
    none = np.zeros(n, np.int64)
    return Sample(panel.values, panel.starts, "W", np.full(n, 4), none, np.ones(n, np.bool_), none)


def test_what_came_moves_the_scores_of_its_own_series_and_of_others_through_the_class_alone() -> None:
    history = counts(60, 60)
    wild = history.copy()
    wild[7, 58:] += 500.0
    part = sample(history)
    board = choose(part, ["all"])
    calm, found = (score(sample(h), ["all"], board, np.full(60, 0.95)) for h in (history, wild))
    others = np.delete(np.arange(60), 7)
    assert found.names[-1].startswith("naive")
    assert (found.loss[7] > 2.0 * calm.loss[7]).all()
    moved = (found.loss - calm.loss)[others]
    np.testing.assert_allclose(moved, np.broadcast_to(moved[:1], moved.shape), rtol=1e-6, atol=1e-9)


def test_a_case_whose_class_then_had_no_such_candidate_counts_under_todays_class() -> None:
    part = sample(counts(60, 60))
    board = choose(part, ["smooth"])
    plain = score(part, ["smooth"], board, np.full(60, 0.95))
    lacking = {"erratic": board["smooth"][:1], "smooth": board["smooth"]}
    changed = replace(
        part, label=np.ones(60, np.int64), label_of=lambda past: np.full(len(past), int(past.shape[1] > 54), np.int64)
    )
    again = score(changed, ["erratic", "smooth"], lacking, np.full(60, 0.95))
    np.testing.assert_allclose(again.loss, plain.loss)


def test_few_cases_of_its_own_hardly_move_a_series_from_its_class() -> None:
    part = sample(counts(60, 60))
    found = score(part, ["all"], choose(part, ["all"]), np.full(60, 0.95))
    spread = found.loss[:, 0].std() / found.loss[:, 0].mean()
    assert spread < 0.5
    assert found.loss[:, 0].mean() == pytest.approx(np.median(found.loss[:, 0]), rel=0.3)
