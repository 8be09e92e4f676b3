"""What is marked, in words."""

from datetime import date

from bot.render.marks import SIGNS, legend


def test_only_what_is_there_is_told() -> None:
    assert legend(set(), None) == ""
    assert legend({"hidden", "promotion"}, None) == "▲ promotion · ✕ out of stock"
    assert legend(set(), date(2026, 11, 23)) == "┆ other level since Mon 23 Nov 2026"


def test_every_kind_has_a_sign_of_its_own() -> None:
    assert len({sign.symbol for sign in SIGNS.values()}) == len({sign.marker for sign in SIGNS.values()}) == len(SIGNS)
