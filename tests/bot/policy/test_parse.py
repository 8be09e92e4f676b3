"""Reading policy files: what is refused, where findings point, what they advise."""

import subprocess
import sys

import pytest

from bot.errors import Finding, InputInvalid
from bot.policy.bundle import KnownCodes, PolicySet
from bot.policy.parse import MAX_BYTES, MAX_FILES, parse_policies

HEAD = "version: 1\n"


def findings(text: str, **others: str) -> tuple[Finding, ...]:
    with pytest.raises(InputInvalid) as caught:
        parse_policies({"policy.yaml": HEAD + text, **others})
    return caught.value.findings


def one(text: str, **others: str) -> Finding:
    found = findings(text, **others)
    assert len(found) == 1, found
    return found[0]


def good(text: str, known: KnownCodes | None = None, /, **others: str) -> PolicySet:
    return parse_policies({"policy.yaml": HEAD + text, **others}, known)


def rule(match: str, does: str = "set: { service_level_pct: 97 }", name: str = "r") -> str:
    return f"rules:\n  - id: {name}\n    match: {match}\n    {does}\n"


def test_the_smallest_policy_is_a_version() -> None:
    policies = good("")
    assert policies.rules == ()
    assert policies.warnings == ()
    assert len(policies.policy_id) == 64


def test_scalars_stay_text_and_are_typed_by_their_key() -> None:
    policies = good(rule("{ item: [0012, 4e5, NO, 12:30] }"))
    assert policies.rules[0].match.item is not None
    assert policies.rules[0].match.item.words == ("0012", "4e5", "NO", "12:30")


def test_unknown_key_shows_line_caret_and_the_nearest_key() -> None:
    finding = one(rule("{ item: a }", "set: { service_levle_pct: 98 }"))
    assert (finding.line, finding.column, finding.code) == (5, 12, "E104")
    assert str(finding) == (
        'policy.yaml:5:12: E104 unknown key "service_levle_pct" in rules[0].set\n'
        "    5 |     set: { service_levle_pct: 98 }\n"
        '      |            ^^^^^^^^^^^^^^^^^ did you mean "service_level_pct"?'
    )


def test_all_mistakes_of_all_files_are_reported_together() -> None:
    found = findings(
        rule("{ item: a }", "set: { mode: assit }"),
        **{"items/a.yaml": rule("{ plant: x }", name="s"), "items/b.csv": "item,mode\nx,sugest\n"},
    )
    assert [(each.path, each.code) for each in found] == [
        ("items/a.yaml", "E104"), ("items/b.csv", "E108"), ("policy.yaml", "E108"),
    ]  # fmt: skip
    assert 'did you mean "location"?' in found[0].excerpt
    assert 'did you mean "suggest"?' in found[1].excerpt


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("defaults: &x { mode: assist }\n", "E102", 2),
        ("defaults: *x\n", "E102", 2),
        ("owner: !!str me\n", "E102", 2),
        ("owner: me\n---\nversion: 1\n", "E102", 3),
        ("defaults:\n  <<: { mode: assist }\n", "E102", 3),
        ("? [a, b]\n: c\n", "E102", 2),
        ("owner:\n", "E106", 2),
        ("owner: ~\n", "E106", 2),
        ("owner: null\n", "E106", 2),
        ("owner: a\nowner: b\n", "E103", 3),
        ("owner: [unclosed\n", "E101", 3),
        ("\towner: a\n", "E101", 2),
        ("owner: " + "[" * 20 + "]" * 20, "E109", 2),
    ],
)
def test_yaml_that_surprises_is_refused_with_its_place(text: str, code: str, line: int) -> None:
    finding = one(text)
    assert (finding.code, finding.line) == (code, line)


def test_a_directive_is_refused() -> None:
    with pytest.raises(InputInvalid) as caught:
        parse_policies({"policy.yaml": "%YAML 1.1\n---\nversion: 1\n"})
    assert caught.value.findings[0].code == "E102"


def test_a_duplicate_key_names_both_lines() -> None:
    assert "first in line 2" in one("owner: a\nowner: b\n").message


def test_quoted_nothing_is_text() -> None:
    assert good('owner: "null"\n').company.owner == "null"


def test_a_billion_laughs_ends_at_the_first_anchor() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
    assert one(bomb).code == "E102"


def test_size_and_number_of_files_are_limited() -> None:
    assert one("# " + "x" * MAX_BYTES).code == "E109"
    many = {f"items/{i}.yaml": "version: 1" for i in range(MAX_FILES)}
    assert one("", **many).code == "E109"
    assert one("defaults: [" + "a, " * 210_000 + "a]").code == "E109"


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("defaults: { service_level_pct: 0.95 }\n", "E205", "did you mean 95?"),
        ("defaults: { fill_rate_pct: 0.975 }\n", "E205", "did you mean 97.5?"),
        ("limits: { supplier_score_min_pct: 0.7 }\n", "E205", "did you mean 70?"),
        ("defaults: { service_level_pct: 100 }\n", "E107", ""),
        ("limits: { order_value_max: 2000 }\n", "E107", 'did you mean "2000 EUR"?'),
        ("limits: { order_value_max: 2000 EURO }\n", "E107", ""),
        ("limits: { order_value_max: 2000 EUT }\n", "E107", "did you mean"),
        ("limits: { order_value_max: 20.001 EUR }\n", "E107", ""),
        ("limits: { order_value_max: -1 EUR }\n", "E107", ""),
        ("limits: { cover_max_days: 1e5 }\n", "E107", ""),
        ("defaults: { lead_time_buffer_days: '2,5' }\n", "E107", 'did you mean "2.5"?'),
        ("defaults: { review_period_days: 0 }\n", "E107", ""),
        ("defaults: [mode]\n", "E107", ""),
        ("approvals: { on_timeout: approve }\n", "E108", ""),
        ("approvals: { undo_minutes: 1.5 }\n", "E107", ""),
        ("approvals: { routes: [{ id: a, up_to: 1 EUR, need: [0 buyer] }] }\n", "E107", ""),
        ("approvals: { routes: [{ id: a, up_to: 1 EUR, need: [] }] }\n", "E107", ""),
        ("owner: [a, b]\n", "E107", ""),
        ("rules: 5\n", "E107", ""),
        ("limits: { cover_max_days: -5 }\n", "E107", ""),
        ("limits: { supplier_score_min_pct: 101 }\n", "E107", ""),
        ("limits: { cover_max_days: 0 }\n", "E107", ""),
        ("breakers: [{ watch: erp_errors_in_a_row, above: x, then: hold_all }]\n", "E107", ""),
        ("currency: eur\n", "E108", 'did you mean "EUR"?'),
        (rule("{ item: a, when: x }"), "E111", ""),
        (rule("{ item: { not: { not: a } } }"), "E107", ""),
        (rule("{ item: { nott: a } }"), "E107", ""),
        (rule("{ item: a* }"), "E107", ""),
        (rule("{ item: 'a/**' }"), "E107", ""),
        (rule("{ category: 'a/**/b' }"), "E107", ""),
        (rule("{ category: [] }"), "E107", ""),
        (rule("{ unit_price: 5 }"), "E107", ""),
        (rule("{ unit_price: { gte: 5, lt: 5 } }"), "E107", ""),
        (rule("{ item: a }", "until: 2026-13-01"), "E107", ""),
        (rule("{ item: a }", "set: { mode: assist }\n    from: 2026-1-1"), "E107", ""),
        (rule("{ item: a }", name="'a b'"), "E107", ""),
        (rule("{ item: a }", "limits: { auto_spend_per_day_max: 1 EUR }"), "E110", ""),
        (rule("{ item: a }", "priority: 5"), "E208", ""),
        (rule("{}"), "E208", ""),
        ("rules:\n  - { id: a, set: { mode: assist } }\n", "E105", ""),
    ],
)
def test_wrong_values_say_what_was_meant(text: str, code: str, hint: str) -> None:
    finding = one(text)
    assert finding.code == code
    assert hint in finding.excerpt


def test_version_is_needed_and_only_one_is_known() -> None:
    for text, code in (("owner: me\n", "E105"), ("version: 2\n", "E107")):
        with pytest.raises(InputInvalid) as caught:
            parse_policies({"policy.yaml": text})
        assert caught.value.findings[0].code == code


def test_a_file_is_a_group_of_keys_and_not_empty() -> None:
    for text, code in (("- a\n", "E107"), ("", "E106"), ("# only a comment\n", "E106"), ("a: \x07\n", "E101")):
        assert one("", **{"items/a.yaml": text}).code == code


def test_only_the_company_file_holds_limits_and_defaults() -> None:
    finding = one("", **{"suppliers/a.yaml": "limits: { cover_max_days: 5 }\n"})
    assert (finding.code, finding.path) == ("E110", "suppliers/a.yaml")


@pytest.mark.parametrize("path", ["plants/a.yaml", "rules.yaml", "items/a.yml", "category/x.yaml", "suppliers/a.csv"])
def test_a_file_that_would_be_overlooked_is_an_error(path: str) -> None:
    finding = one("", **{path: "version: 1\n"})
    assert (finding.code, finding.path) == ("E100", path)


def test_test_files_are_left_alone_and_policy_yaml_is_needed() -> None:
    assert good("", None, **{"policy.test.yaml": "anything: [goes"}).rules == ()
    with pytest.raises(InputInvalid, match=r"there is no policy\.yaml"):
        parse_policies({})


def test_ids_are_unique_over_all_files() -> None:
    finding = one(rule("{ item: a }"), **{"items/a.yaml": rule("{ item: b }")})
    assert finding.code == "E201"
    assert "items/a.yaml:2:5" in finding.message


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


def test_bulk_rows_are_rules_with_places() -> None:
    text = 'item;location;service_level_pct;reason\n"0012";;97,5;x\n'
    finding = one("", **{"items/a.csv": text})
    assert (finding.line, finding.column, finding.code) == (2, 9, "E107")
    rows = 'item,cover_max_days,reason\n0012,30,"a, ""b"""\n\n0014,20,\n'
    policies = good("", None, **{"items/a.csv": rows})
    assert [each.id for each in policies.rules] == ["items/a.csv:2", "items/a.csv:4"]
    assert policies.rules[0].reason == 'a, "b"'
    assert str(policies.place("items/a.csv:4", "limits.cover_max_days")) == "items/a.csv:4:6"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E107"),
        ("item,servis\na,1\n", "E104"),
        ("item,item\na,b\n", "E103"),
        ("location\na\n", "E105"),
        ("item,mode\na\n", "E107"),
        ('item,mode\n"a,assist\n', "E107"),
        ("item,mode\na,\n", "E208"),
    ],
)
def test_bulk_mistakes(text: str, code: str) -> None:
    assert one("", **{"items/a.csv": text}).code == code


def test_layout_and_order_do_not_change_the_identity() -> None:
    first, second = rule("{ item: a }", name="a"), rule("{ item: b }", name="b")
    together = good(first + second.removeprefix("rules:\n"))
    turned = good(second + first.removeprefix("rules:\n") + "# a comment\n")
    apart = good("owner: me\n", None, **{"items/x.yaml": first, "categories/y.yaml": second})
    assert together.policy_id == turned.policy_id == apart.policy_id
    assert good(first).policy_id != together.policy_id
    assert good("limits: { cover_max_days: 5.0 }\n").policy_id == good("limits: { cover_max_days: 5 }\n").policy_id


def test_spend_caps_are_exact_minor_units() -> None:
    caps = good("limits: { auto_spend_per_day_max: 10.05 EUR, auto_orders_per_run_max: 3 }\n").spend_caps()
    assert (caps.currency, caps.per_day, caps.per_week, caps.orders_per_run) == ("EUR", 1005, None, 3)


def test_reading_policies_needs_no_tables() -> None:
    code = "import sys, bot.policy.parse; sys.exit('pandas' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
