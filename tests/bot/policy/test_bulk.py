"""Bulk files: rows are rules, cells have places, mistakes are found."""

import pytest

from tests.bot.policy.reading import good, one


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
