"""Wrong keys and values: which finding, and what was probably meant."""

import pytest

from bot.errors import InputInvalid
from bot.policy.parse import parse_policies
from tests.bot.policy.reading import one, rule


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


def test_only_the_company_file_holds_limits_and_defaults() -> None:
    finding = one("", **{"suppliers/a.yaml": "limits: { cover_max_days: 5 }\n"})
    assert (finding.code, finding.path) == ("E110", "suppliers/a.yaml")
