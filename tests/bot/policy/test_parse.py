"""Reading policy files: what is refused, where findings point, what they advise."""

import subprocess
import sys

import pytest

from bot.errors import InputInvalid
from bot.policy.parse import MAX_BYTES, MAX_FILES, parse_policies
from tests.bot.policy.reading import findings, good, one, rule


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


def test_a_file_is_a_group_of_keys_and_not_empty() -> None:
    for text, code in (("- a\n", "E107"), ("", "E106"), ("# only a comment\n", "E106"), ("a: \x07\n", "E101")):
        assert one("", **{"items/a.yaml": text}).code == code


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
