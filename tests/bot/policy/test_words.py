"""Closed lists of words: what must never be among them."""

from bot.policy.words import ALWAYS_FOR, AlwaysFor, Layer, Mode, OnTimeout


def test_time_never_approves() -> None:
    assert {str(word) for word in OnTimeout} == {"hold", "cancel", "escalate"}


def test_modes_rise_from_watching_to_ordering() -> None:
    assert [str(mode) for mode in Mode] == ["observe", "shadow", "suggest", "assist", "autonomous"]


def test_layers_rise_from_everything_to_one_item() -> None:
    assert sorted(Layer) == [Layer.DEFAULTS, Layer.CATEGORY, Layer.SUPPLIER, Layer.LOCATION, Layer.ITEM]


def test_what_no_guard_looks_at_is_not_always_for_by_default() -> None:
    assert set(AlwaysFor) - set(ALWAYS_FOR) == {AlwaysFor.SUPPLIER_ADDRESS_CHANGED}
