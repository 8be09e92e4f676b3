"""Keys depend on what is needed and on nothing else."""

import base64
import hashlib
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.orders import keys

WORD = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 3, 2), "2026-W10"),
        (date(2026, 12, 31), "2026-W53"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2027, 1, 4), "2027-W01"),
        (date(2024, 12, 30), "2025-W01"),
    ],
)
def test_buckets_are_iso_weeks_also_at_the_turn_of_the_year(day: date, week: str) -> None:
    assert keys.bucket(day) == week


@settings(deadline=None, max_examples=50)
@given(WORD, st.lists(WORD, min_size=1, max_size=5), st.integers(0, 99))
def test_order_keys_are_twelve_base_32_characters(installation: str, needs: list[str], revision: int) -> None:
    key = keys.order_key(installation, needs, revision)
    assert len(key) == 12
    assert set(key) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def test_the_key_is_the_documented_digest() -> None:
    digest = hashlib.sha256(b"house\x1fa\x1fb\x1f3").digest()
    assert keys.order_key("house", ["b", "a"], 3) == base64.b32encode(digest).decode()[:12]


@settings(deadline=None, max_examples=50)
@given(st.lists(WORD, min_size=1, max_size=5), st.randoms())
def test_the_order_of_needs_is_irrelevant(needs: list[str], random: st.DataObject) -> None:
    shuffled = sorted(needs, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert keys.order_key("house", shuffled, 0) == keys.order_key("house", needs, 0)
    assert keys.needs_digest(shuffled) == keys.needs_digest(needs)


def test_every_part_of_a_need_matters() -> None:
    plain = ("bolt", "L1", "acme", "2026-W10", 0)
    others = [("nut", *plain[1:]), ("bolt", "L2", *plain[2:]), (*plain[:2], "best", *plain[3:]),
              (*plain[:3], "2026-W11", 0), (*plain[:4], 1), ("bol", "tL1", *plain[2:])]  # fmt: skip
    assert len({keys.need_key(*each) for each in (plain, *others)}) == 7
    assert keys.need_key(*plain) == keys.need_key(*plain)


def test_installation_needs_and_revision_make_the_key() -> None:
    made = [("house", ["a"], 0), ("other", ["a"], 0), ("house", ["a", "b"], 0), ("house", ["a"], 1)]
    assert len({keys.order_key(*each) for each in made}) == 4
    assert keys.needs_digest(["a", "b"]) != keys.needs_digest(["ab"])
