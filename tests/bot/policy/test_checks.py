"""What rules, limits, dates and codes say against each other."""

import pytest

from bot.errors import InputInvalid
from bot.forecast.naming import Fault
from bot.policy.bundle import KnownCodes
from bot.policy.parse import parse_policies
from tests.bot.policy.reading import good, one, rule


@pytest.mark.parametrize(
    "dates",
    ["until: 2026-02-01", "from: 2026-02-01\n    until: 2026-02-01\n    reason: x"],
)
def test_dates_need_reason_and_order(dates: str) -> None:
    assert one(rule("{ item: a }", f"set: {{ mode: assist }}\n    {dates}")).code == "E202"


def test_a_freeze_needs_an_end() -> None:
    assert one("freeze:\n  - { id: f, match: { location: a } }\n").code == "E202"


def test_amounts_share_one_currency() -> None:
    assert one("currency: EUR\nlimits: { order_value_max: 5 USD }\n").code == "E206"
    assert one("limits: { order_value_max: 5 USD }\ndefaults: { order_cost: 1 EUR }\n").code == "E206"
    assert good("limits: { order_value_max: 5 USD }\n").currency == "USD"


def test_padded_codes_name_the_canonical_one() -> None:
    known = KnownCodes(suppliers=frozenset({"104711"}), items=frozenset({"0004711"}))
    with pytest.raises(InputInvalid) as caught:
        good(rule('{ supplier: "0000104711" }'), known)
    (finding,) = caught.value.findings
    assert finding.code == "E203"
    assert 'write "104711"' in finding.remedy
    assert good(rule('{ item: "0004711", supplier: "104711" }'), known).warnings == ()


def test_codes_that_do_not_exist_are_warnings() -> None:
    known = KnownCodes(items=frozenset({"B-100"}), categories=frozenset({"fasteners/screws"}))
    policies = good(rule("{ item: B-101, category: 'fastener/**' }"), known)
    assert [each.code for each in policies.warnings] == ["E204", "E204"]
    assert 'did you mean "B-100"?' in policies.warnings[0].excerpt


def test_a_rule_looser_than_the_company_is_reported_unless_a_door_is_open() -> None:
    text = "limits: { cover_max_days: 100 }\n" + rule("{ item: a }", "limits: { cover_max_days: 150 }")
    assert [each.code for each in good(text).warnings] == ["E220"]
    door = "widen:\n  - { limit: cover_max_days, match: { item: a }, up_to: 150 }\n"
    assert good(text + door).warnings == ()
    assert one("widen:\n  - { limit: nonsense, match: { item: a }, up_to: 150 }\n").code == "E104"


def test_a_rule_looser_than_a_built_in_limit_is_reported() -> None:
    assert [w.code for w in good(rule("{ item: a }", "limits: { price_rise_max_pct: 9 }")).warnings] == ["E220"]


def test_routes_rise_and_cover_what_may_be_ordered() -> None:
    routes = "approvals:\n  routes:\n    - { id: a, up_to: 9 EUR, need: [1 buyer] }\n"
    assert one(routes + "    - { id: b, up_to: 9 EUR, need: [1 buyer] }\n").code == "E207"
    assert [each.code for each in good(routes).warnings] == ["E221"]
    assert good(routes + "limits: { order_value_max: 9 EUR }\n").warnings == ()
    with pytest.raises(InputInvalid, match="E207 nobody has the role"):
        good(routes, KnownCodes(roles=frozenset({"buyers"})))


def test_settings_that_cannot_work_are_warned_about() -> None:
    assert [each.code for each in good("defaults: { mode: assist }\n").warnings] == ["E222"]
    assert [each.code for each in good("defaults: { objective: cost }\n").warnings] == ["E223"]


TWO = """rules:
  - {{ id: one, match: {one}, set: {{ service_level_pct: 90, lead_time_buffer_days: 1 }}{more} }}
  - {{ id: two, match: {two}, set: {{ service_level_pct: 91, lead_time_buffer_days: 2 }} }}
"""


@pytest.mark.parametrize(
    ("first", "second", "codes"),
    [
        ("{ supplier: a }", "{ supplier: [a, b] }", ["E210"]),
        ("{ supplier: a }", "{ supplier: a, abc: A }", ["E210"]),
        ("{ category: 'x/**' }", "{ category: x/y }", ["E210"]),
        ("{ category: 'x/**' }", "{ category: 'x/y/**' }", ["E210"]),
        ("{ abc: A }", "{ xyz: X }", ["E211"]),
        ("{ abc: { not: A } }", "{ abc: { not: B } }", ["E210"]),
        ("{ tags: a }", "{ tags: b }", ["E211"]),
        ("{ unit_price: { lt: 5 } }", "{ unit_price: { gt: 4 } }", ["E210"]),
        ("{ unit_price: { lt: 5 } }", "{ unit_price: { gte: 5 } }", []),
        ("{ category: x }", "{ abc: A, category: { not: 'x/**' } }", []),
        ("{ category: 'x/**' }", "{ category: xy }", []),
        ("{ supplier: a }", "{ supplier: b }", []),
        ("{ supplier: a }", "{ location: b }", []),
    ],
)
def test_conflicts_are_errors_when_sure_and_warnings_when_possible(first: str, second: str, codes: list[str]) -> None:
    text = TWO.format(one=first, two=second, more="")
    try:
        found = good(text).warnings
    except InputInvalid as error:
        found = error.findings
        assert "one of them a higher" in found[0].remedy
    assert [each.code for each in found if each.code[0] == "E"] == codes


@pytest.mark.parametrize("more", [", priority: 1", ", until: 2020-01-01, reason: past, from: 2019-01-01"])
def test_priority_settles_a_conflict_but_other_days_alone_do_not(more: str) -> None:
    text = TWO.format(one="{ supplier: a }", two="{ supplier: a }", more=more)
    if "priority" in more:
        assert good(text).warnings == ()
    else:
        assert one(text).code == "E210"


def test_rules_of_different_times_do_not_conflict() -> None:
    text = TWO.format(one="{ supplier: a }", two="{ supplier: a }", more=", until: 2026-01-01, reason: x")
    text = text.replace("id: two,", "id: two, from: 2026-01-01,")
    assert good(text).warnings == ()


def test_every_forecaster_is_judged_once_and_reported_wherever_it_is_named() -> None:
    asked: list[str] = []

    def judge(text: str) -> Fault | None:
        asked.append(text)
        return Fault("there is none", 'did you mean "TSB"?', "name another one") if text == "TSX" else None

    text = "defaults: { forecaster: TSX }\n" + rule("{ item: a }", "set: { forecaster: TSX }")
    text += "  - { id: s, match: { item: b }, set: { forecaster: auto } }\n"
    text += "  - { id: t, match: { item: c }, set: { forecaster: TSB } }\n"
    with pytest.raises(InputInvalid) as caught:
        parse_policies({"policy.yaml": "version: 1\n" + text}, judge=judge)
    assert [(each.code, each.line, each.column) for each in caught.value.findings] == [("E209", 2, 25), ("E209", 6, 24)]
    assert 'did you mean "TSB"?' in caught.value.findings[0].excerpt
    assert caught.value.findings[0].remedy == "name another one"
    assert asked == ["TSX", "TSB"]
    assert good(text).company.defaults.forecaster == "TSX"  # names are looked up only where it is asked for
