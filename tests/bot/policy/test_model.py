"""The declaration: layers of matches, days on which a part is active, people of a route."""

from datetime import date

import pytest

from bot.policy.model import Approvals, Company, Freeze, Limits, Match, Route, idle_keys, validation_errors
from bot.policy.words import Layer


def match(**content: object) -> Match:
    found, errors = validation_errors(Match, content)
    assert found is not None, errors
    return found


@pytest.mark.parametrize(
    ("content", "layer"),
    [
        ({"item": "a", "location": "b", "supplier": "c"}, Layer.ITEM),
        ({"location": "b", "supplier": "c"}, Layer.LOCATION),
        ({"supplier": "c", "category": "x"}, Layer.SUPPLIER),
        ({"supplier": {"not": "c"}}, Layer.CATEGORY),
        ({"abc": "A"}, Layer.CATEGORY),
    ],
)
def test_a_rule_stands_in_the_highest_layer_that_it_names(content: dict[str, object], layer: Layer) -> None:
    assert match(**content).layer is layer


def test_one_attribute_of_a_match_alone() -> None:
    assert match(item="a", abc="B").only("abc").parts() == match(abc="B").parts()


def test_until_is_the_first_day_without() -> None:
    freeze, _ = validation_errors(Freeze, {"id": "f", "from": "2026-12-28", "until": "2027-01-03"})
    assert freeze is not None
    days = [date(2026, 12, 27), date(2026, 12, 28), date(2027, 1, 2), date(2027, 1, 3)]
    assert [freeze.active(day) for day in days] == [False, True, True, False]


def test_a_route_counts_all_its_people() -> None:
    route, _ = validation_errors(Route, {"id": "r", "up_to": "5 EUR", "need": ["2 buyer", "1 finance"]})
    assert route is not None
    assert route.people == 3


def test_mistakes_come_back_with_their_place() -> None:
    found, errors = validation_errors(Limits, {"cover_max_days": "x"})
    assert found is None
    assert [error["loc"] for error in errors] == [("cover_max_days",)]


def test_what_nothing_obeys_is_marked() -> None:
    assert {name for name, _ in idle_keys(Company)} == {"timezone", "holidays"}
    assert {"reply_by_email", "fresh_sign_in_above", "passkey_signature_above"} <= {n for n, _ in idle_keys(Approvals)}
    assert list(idle_keys(Limits)) == []
