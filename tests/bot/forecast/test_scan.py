import numpy as np

from bot.forecast.moments import Moments
from bot.forecast.scan import columns, gathered
from tests.bot.forecast.panels import counts

NAN = np.nan


def test_known_buckets_move_to_the_right_end() -> None:
    values = np.asarray(
        [[NAN, 1.0, NAN, 2.0, NAN], [5.0, -3.0, 7.0, np.inf, 9.0], [NAN] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]]
    )
    block = next(columns(values, None, None))
    assert block.y.T.tolist() == [[0, 0, 0, 1, 2], [0, 5, 0, 7, 9], [0, 0, 0, 0, 0], [1, 2, 3, 4, 5]]
    assert block.f.T.tolist() == [[0, 0, 0, 1, 1], [0, 1, 1, 1, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]]
    assert block.known.tolist() == [2, 4, 0, 5]


def test_factors_move_with_their_buckets_and_weigh_the_errors() -> None:
    factors = np.asarray([[1.0, 2.0, 4.0, 0.5]])
    block = next(columns(np.asarray([[3.0, NAN, 3.0, 3.0]]), factors, np.zeros(1, dtype=np.int64)))
    assert block.f[:, 0].tolist() == [0.0, 1.0, 4.0, 0.5]
    assert block.score[:, 0].tolist() == [0.0, 0.0, 0.25, 2.0]


def test_the_first_errors_do_not_count() -> None:
    score = next(columns(counts(1, 40), None, None)).score[:, 0]
    assert score.tolist() == [0.0] * 8 + [1.0] * 32
    assert next(columns(counts(1, 6), None, None)).score[:, 0].tolist() == [0.0] * 3 + [1.0] * 3


def test_blocks_cover_every_row_once_and_nothing_is_a_fit_too() -> None:
    values = counts(5000, 3)
    blocks = list(columns(values, None, None))
    assert len(blocks) > 1
    assert np.array_equal(np.concatenate([block.y for block in blocks], axis=1), values.T)
    parts = [(Moments(*(5 * [block.y[0]])), block.y[1]) for block in blocks]
    assert np.array_equal(gathered(parts).moments.age, values[:, 0])
    assert np.array_equal(gathered(parts).slope, values[:, 1])
    assert gathered([]).moments.level.shape == (0,)
