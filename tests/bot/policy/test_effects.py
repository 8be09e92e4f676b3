"""A whole policy as a planner would write it: all of it is read, and what has no effect is said plainly."""

import pytest

from bot.errors import Finding, InputInvalid
from bot.policy.effects import idle_parts
from bot.policy.parse import parse_policies

WORKED = """# yaml-language-server: $schema=schema.json
version: 1
owner: einkauf@example.com
timezone: Europe/Vienna
holidays: AT-9

defaults:
  mode: suggest
  review_period_days: 2
  service_level_pct: 94
  lead_time_buffer_days: 1
  goods_receipt_days: 2

limits:
  auto_order_value_max: 1800 EUR
  order_value_max: 45000 EUR
  auto_spend_per_day_max: 12000 EUR
  auto_spend_per_week_max: 40000 EUR
  auto_orders_per_run_max: 45
  qty_vs_usual_max_ratio: 2.5
  price_rise_max_pct: 4
  cover_max_days: 100
  stock_data_age_max_hours: 30
  supplier_score_min_pct: 65

approvals:
  routes:
    - { id: counter, up_to: 4000 EUR, need: [1 buyer] }
    - { id: office, up_to: 20000 EUR, need: [1 buyer, 1 category_manager] }
    - { id: board, up_to: 45000 EUR, need: [1 category_manager, 1 finance] }
  always_for: [new_supplier, new_item, supplier_address_changed, price_above_limit]
  remind_after_working_hours: 3
  escalate_after_working_hours: 7
  on_timeout: hold
  undo_minutes: 15
  reply_by_email: { up_to: 400 EUR }
  fresh_sign_in_above: 4000 EUR
  passkey_signature_above: 20000 EUR

rules:
  - id: screws
    match: { category: "hardware/screws/**" }
    set: { mode: assist, service_level_pct: 97 }
    limits: { auto_order_value_max: 1200 EUR, cover_max_days: 80 }

  - id: seldom
    match: { abc: [C], xyz: [Y, Z], category: { not: "hardware/screws/**" } }
    set: { service_level_pct: 91, review_period_days: 14 }

  - id: late-supplier
    match: { supplier: "20881" }
    set: { lead_time_buffer_days: 6 }
    limits: { auto_order_value_max: 0 EUR, supplier_score_min_pct: 75 }
    reason: four late deliveries since August
    review_by: 2027-03-01

  - id: scarce-valves
    match: { supplier: "20881", category: "hydraulics/valves/**" }
    set: { lead_time_buffer_days: 18 }
    priority: 5
    from: 2026-11-01
    until: 2027-05-01
    reason: letter of the supplier, ticket 881

  - id: mountain-depots
    match: { location: [AT07, AT08] }
    set: { goods_receipt_days: 4 }

  - id: press-spare
    match: { item: "73115", location: AT07 }
    set: { service_level_pct: 99.5 }
    until: 2027-03-01
    reason: press overhaul, ticket 902

freeze:
  - id: count-2026
    match: { location: [AT07, AT01] }
    from: 2026-12-29
    until: 2027-01-04
    action: hold

breakers:
  - { watch: stock_rows_drop_pct, above: 15, then: hold_all }
  - { watch: forecast_total_change_pct, above: 35, then: approve_all }
  - { watch: rejected_share_last_50_pct, above: 25, then: approve_all }
  - { watch: erp_errors_in_a_row, above: 3, then: hold_all }
"""


def warned(text: str) -> list[Finding]:
    return list(parse_policies({"policy.yaml": "version: 1\n" + text}).warnings)


def refused(text: str, path: str = "policy.yaml") -> Finding:
    with pytest.raises(InputInvalid) as caught:
        parse_policies({"policy.yaml": "version: 1\n", path: text})
    (finding,) = caught.value.findings
    return finding


def test_a_whole_policy_is_read_and_warns_about_nothing_but_what_has_no_effect() -> None:
    policies = parse_policies({"policy.yaml": WORKED})
    assert (policies.company.timezone, policies.company.holidays) == ("Europe/Vienna", "AT-9")
    lines = WORKED.splitlines()
    assert [(each.code, lines[each.line - 1].split(":")[0].strip(" -{")) for each in policies.warnings] == [
        ("W301", "timezone"), ("W301", "holidays"), ("W301", "remind_after_working_hours"),
        ("W301", "escalate_after_working_hours"), ("W301", "undo_minutes"), ("W301", "reply_by_email"),
        ("W301", "fresh_sign_in_above"), ("W301", "passkey_signature_above"), ("W302", "always_for"),
        ("W304", "id"), ("W304", "id"), ("W305", "watch"), ("W305", "watch"),
    ]  # fmt: skip
    assert all("no effect yet" in each.message or each.code == "W304" for each in policies.warnings)


def test_what_takes_effect_warns_about_nothing() -> None:
    assert warned("breakers: [{ watch: stock_rows_drop_pct, above: 3, then: hold_all }]\n") == []
    assert warned("approvals: { on_timeout: hold, always_for: [new_supplier, new_item, price_above_limit] }\n") == []


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("approvals: { on_timeout: cancel }\n", "W306", "waits until it expires"),
        ("approvals: { on_timeout: escalate }\n", "W306", "waits until it expires"),
        ("rules:\n  - { id: r, match: { tags: a }, set: { mode: shadow } }\n", "W301", '"tags" in "r"'),
        ("freeze:\n  - { id: f, match: { tags: a }, until: 2030-01-01, reason: x }\n", "W301", '"tags" in "f"'),
        ("breakers: [{ watch: erp_errors_in_a_row, above: 3, then: hold_all }]\n", "W305", '"erp_errors_in_a_row" has'),
    ],
)
def test_each_idle_part_is_named(text: str, code: str, word: str) -> None:
    (finding,) = warned(text)
    assert finding.code == code
    assert word in finding.message


@pytest.mark.parametrize(
    ("need", "code"),
    [("[1 buyer]", ""), ("[1 finance]", "W304"), ("[2 buyer]", ""), ("[1 buyer, 1 finance]", "W304")],
)
def test_a_route_is_believed_only_where_it_is_obeyed(need: str, code: str) -> None:
    routes = (
        f"limits: {{ order_value_max: 9 EUR }}\napprovals:\n  routes:\n    - {{ id: a, up_to: 9 EUR, need: {need} }}\n"
    )
    found = warned(routes)
    assert [each.code for each in found] == ([code] if code else [])
    assert all((each.line, each.column) == (5, 7) for each in found)


def test_every_code_of_a_warning_is_listed() -> None:
    text = WORKED.replace("on_timeout: hold", "on_timeout: cancel").replace("need: [1 buyer] }", "need: [1 boss] }")
    given = {each.code for each in parse_policies({"policy.yaml": text}).warnings}
    assert given == {each.code for each in idle_parts()}


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("defaults: { order_up_to_days: 45 }\n", "cover_max_days"),
        ("defaults: { order_up_to: 45 }\n", "cover_max_days"),
        ("defaults: { safety_stock_method: forecast_quantile }\n", "service_level_pct"),
        ("rules:\n  - { id: r, match: { item: a }, set: { safety_stock_qty: 40 EA } }\n", "service_level_pct"),
    ],
)
def test_a_key_that_was_given_up_names_what_replaces_it(text: str, advice: str) -> None:
    finding = refused("version: 1\n" + text)
    assert finding.code == "E112"
    assert advice in finding.remedy


def test_columns_of_bulk_files_get_the_same_advice() -> None:
    given_up = refused("item,safety_stock_qty\na,5\n", "items/a.csv")
    assert (given_up.code, given_up.column) == ("E112", 6)
    assert 'did you mean "location"?' in refused("item,plant,mode\na,b,assist\n", "items/a.csv").excerpt


@pytest.mark.parametrize(
    ("word", "ours"),
    [("plant", "location"), ("vendor", "supplier"), ("material", "item"), ("warehouse", "location")],
)
def test_words_of_other_programs_are_understood(word: str, ours: str) -> None:
    finding = refused(f"version: 1\nrules:\n  - {{ id: r, match: {{ {word}: x }}, set: {{ mode: shadow }} }}\n")
    assert finding.code == "E104"
    assert f'did you mean "{ours}"?' in finding.excerpt


def test_a_folder_of_plants_is_a_folder_of_locations() -> None:
    assert 'did you mean "locations"?' in refused("version: 1\n", "plants/a.yaml").remedy


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("timezone: Europe/Berlinn\n", 'did you mean "Europe/Berlin"?'),
        ("timezone: ../etc/passwd\n", ""),
        ("timezone: Europe\n", ""),
        ("holidays: Bavaria\n", ""),
        ("holidays: de_by\n", 'did you mean "DE-BY"?'),
        ("approvals: { reply_by_email: 500 EUR }\n", ""),
        ("approvals: { reply_by_email: { up_to: 500 } }\n", 'did you mean "500 EUR"?'),
        ("approvals: { fresh_sign_in_above: 0.001 EUR }\n", ""),
    ],
)
def test_idle_values_are_checked_like_all_others(text: str, hint: str) -> None:
    finding = refused("version: 1\n" + text)
    assert finding.code == "E107"
    assert hint in finding.excerpt


@pytest.mark.parametrize(
    "key", ["fresh_sign_in_above: 5 USD", "passkey_signature_above: 5 USD", "reply_by_email: { up_to: 5 USD }"]
)
def test_idle_amounts_are_in_the_currency_of_the_files(key: str) -> None:
    assert refused(f"version: 1\ncurrency: EUR\napprovals: {{ {key} }}\n").code == "E206"


def test_a_timezone_stands_in_the_company_file_only() -> None:
    assert refused("timezone: UTC\n", "items/a.yaml").code == "E110"
