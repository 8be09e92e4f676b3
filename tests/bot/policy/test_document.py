"""The page for people and the schema for editors say what the code says."""

import json
from pathlib import Path

import pytest

from bot.policy.document import guards_table, idle_table, keys_table, match_table, schema_text
from bot.policy.keys import KEYS
from bot.policy.parse import parse_policies
from bot.store.policy_files import PolicyFolder

ROOT = Path(__file__).parents[3]


def test_the_schema_in_the_folder_is_the_generated_one() -> None:
    assert (ROOT / "policies/schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_schema_names_every_key_and_allows_no_null() -> None:
    schema = json.loads(schema_text())
    settings = schema["$defs"]["Settings"]["properties"]
    limits = schema["$defs"]["CompanyLimits"]["properties"]
    assert {*settings, *limits} == set(KEYS)
    assert settings["mode"]["enum"] == ["observe", "shadow", "suggest", "assist", "autonomous"]
    assert '"null"' not in schema_text()
    assert schema["$defs"]["Rule"]["additionalProperties"] is False


@pytest.mark.parametrize("table", [keys_table(), match_table(), guards_table(), idle_table()])
def test_the_page_shows_the_generated_tables(table: str) -> None:
    assert table in (ROOT / "docs/policies.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", ["policies", "policies/demo", "policies/examples"])
def test_the_policies_that_ship_are_good(folder: str) -> None:
    policies = parse_policies(PolicyFolder(ROOT / folder).texts())
    idle = {"W301"} if folder == "policies/demo" else set()
    assert {each.code for each in policies.warnings} <= idle
    assert policies.currency == "EUR"


def test_the_default_lets_nothing_out_alone() -> None:
    policies = parse_policies(PolicyFolder(ROOT / "policies").texts())
    caps = policies.spend_caps()
    assert (caps.per_day, caps.per_week, caps.orders_per_run) == (0, 0, 0)
    assert policies.company.defaults.mode == "suggest"
