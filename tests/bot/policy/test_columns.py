"""One key merged over the sources that give it a value."""

import numpy as np
import pytest

from bot.policy.columns import KeyColumn
from bot.policy.keys import KeySpec
from bot.policy.words import Merge


@pytest.mark.parametrize(
    ("merge", "expected"), [(Merge.REPLACE, 3.0), (Merge.MAX, 5.0), (Merge.MIN, 3.0), (Merge.SUM, 8.0)]
)
def test_merge_rules(merge: Merge, expected: float) -> None:
    column = KeyColumn(KeySpec("k", "set", float, "", merge, "", ""), 2)
    ranks = np.array([0, 1], dtype=np.int32)
    assert list(column.apply(0, 5.0, np.array([0]), ranks)) == []
    assert list(column.apply(1, 3.0, np.array([0, 1]), ranks)) == []
    assert column.series().tolist() == [expected, 3.0]


def test_texts_are_replaced_and_the_built_in_one_is_empty() -> None:
    column = KeyColumn(KeySpec("k", "set", str, "", Merge.REPLACE, "auto", ""), 4)
    ranks = np.array([0, 1, 1, 2], dtype=np.int32)
    assert list(column.apply(0, "TSB", np.arange(3), ranks, forced=True)) == []
    assert list(column.apply(1, "Croston", np.array([1]), ranks)) == []
    (clash,) = column.apply(2, "TSB", np.array([1]), ranks)
    assert (clash.earlier, clash.later, clash.rows.tolist()) == (1, 2, [1])
    assert list(column.apply(3, "auto", np.array([2]), ranks)) == []
    column.fill()
    series = column.series()
    assert list(series) == ["TSB", "TSB", "", ""]
    assert list(series.categories) == ["", "TSB", "Croston"]
    assert column.winner.tolist() == [0, 2, 3, -1]
