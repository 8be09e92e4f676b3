"""Keys as data: what every one of them promises by its name."""

import pytest

from bot.policy.keys import KEYS, LIMIT_KEYS, KeySpec, looser
from bot.policy.words import Merge


@pytest.mark.parametrize("spec", KEYS.values(), ids=str)
def test_the_name_carries_unit_and_direction(spec: KeySpec) -> None:
    assert spec.meaning
    if spec.is_limit:
        assert ("_max" in spec.name) is (spec.merge is Merge.MIN)
        assert ("_min" in spec.name) is (spec.merge is Merge.MAX)
    endings = {"_pct": "%", "_days": "days", "_hours": "hours", "_ratio": "ratio"}
    for ending, unit in endings.items():
        if spec.name.endswith(ending):
            assert unit in spec.unit


def test_the_careful_value_wins_where_layers_merge_and_receipt_days_are_replaced() -> None:
    assert KEYS["lead_time_buffer_days"].merge is Merge.MAX
    assert (KEYS["goods_receipt_days"].merge, KEYS["goods_receipt_days"].builtin) == (Merge.REPLACE, "0")


def test_looser_follows_the_direction() -> None:
    assert looser(LIMIT_KEYS["cover_max_days"], 5, 4)
    assert not looser(LIMIT_KEYS["cover_max_days"], 4, 4)
    assert looser(LIMIT_KEYS["supplier_score_min_pct"], 4, 5)
    assert not looser(LIMIT_KEYS["supplier_score_min_pct"], 5, 4)


def test_only_the_forecaster_is_free_text() -> None:
    assert [name for name, spec in KEYS.items() if spec.is_text] == ["forecaster"]
    assert (KEYS["forecaster"].merge, KEYS["forecaster"].builtin) == (Merge.REPLACE, "auto")
