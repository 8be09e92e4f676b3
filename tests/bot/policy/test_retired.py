"""Words of other programs and keys that were given up."""

import pytest

from bot.policy.keys import KEYS
from bot.policy.retired import nearest, replacement


def test_no_key_that_exists_is_called_given_up() -> None:
    assert [key for key in KEYS if replacement(key)] == []


@pytest.mark.parametrize(
    ("key", "names"),
    [("order_up_to_days", "cover_max_days"), ("safety_stock_pct", "service_level_pct"), ("cover_days", "")],
)
def test_the_replacement_exists(key: str, names: str) -> None:
    assert names in replacement(key)
    assert not names or names in KEYS


def test_another_word_counts_only_where_ours_is_possible() -> None:
    assert nearest("vendor", ["supplier"]) == 'did you mean "supplier"?'
    assert nearest("vendor", ["mode"]) == ""
