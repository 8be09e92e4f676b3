"""Parts of a mean: grouped by what people are told, beside the rival of each choice."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bot.forecast.choose import Choice
from bot.forecast.fit import Spec
from bot.forecast.parts import NAMES, Parts, grouped, rivals
from bot.forecast.pool import SIZE, Pool


def test_shares_of_the_correction_add_up_to_it_also_where_it_is_bounded() -> None:
    pool = Pool((0.1, -0.05, 0.02, 0.4, 0.3, -0.2), 2.0)
    features = np.random.default_rng(1).normal(0.0, [0.01, 3.0, 2.0, 2.0, 2.0, 2.0, 0.5], (200, SIZE + 1)) + 1.0
    factor = pool.factor(features)
    assert factor.max() == pytest.approx(np.exp(1.5)), "some are bounded"
    np.testing.assert_allclose(np.exp(pool.shares(features).sum(axis=1)), factor, rtol=1e-12)


def test_memories_are_told_as_one() -> None:
    shares = np.arange(1.0, SIZE + 1.0)[None, :]
    assert grouped(shares).tolist() == [[1.0, 2.0, 3.0, 4.0 + 5.0 + 6.0]]
    assert len(NAMES) == 4


def test_the_rival_is_the_best_other_candidate_of_the_class() -> None:
    first, second, alone = Choice(Spec(pooled=True)), Choice(Spec(native="tsb")), Choice()
    board = {"smooth": (first, second), "lumpy": (alone,)}
    assert rivals(board, (first, second, alone)) == (second, first, None)
    assert rivals(board, (replace(first),)) == (None,), "a choice of no class has no rival"


def test_rows_are_taken_together() -> None:
    parts = Parts(np.arange(3.0), np.arange(12.0).reshape(3, 4), np.asarray([0, 1, 0]), (), (), pd.DataFrame())
    taken = parts.take(np.asarray([2, 1]))
    assert taken.base.tolist() == [2.0, 1.0]
    assert taken.logs[0].tolist() == [8.0, 9.0, 10.0, 11.0]
    assert taken.which.tolist() == [0, 1]
