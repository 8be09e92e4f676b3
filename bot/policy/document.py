"""The keys of policies as a table for people and as a JSON schema for editors.

Both come from the declarations in `model`; this module adds no key and checks no file.
"""

import json
from typing import Any

from bot.guards.table import GUARDS
from bot.policy.effects import idle_parts
from bot.policy.keys import KEYS, KeySpec
from bot.policy.model import Company, Match
from bot.policy.words import Merge

SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def schema_text() -> str:
    """policies/schema.json: what an editor may offer and underline; `restock policy check` knows more."""
    schema = Company.model_json_schema(by_alias=True)
    schema.pop("title", None)
    whole = {"$schema": SCHEMA, "title": "Restock policy file", **_without_null(schema)}
    whole["required"] = []  # one schema serves policy.yaml and the files beside it
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _without_null(part: Any) -> Any:
    """Drop `null`, derived titles and defaults: absent means inherit, and nothing is ever null."""
    if isinstance(part, list):
        return [_without_null(each) for each in part if each != {"type": "null"}]
    if not isinstance(part, dict):
        return part
    found = {
        key: _without_null(value)
        for key, value in part.items()
        if key != "default" and not (key == "title" and isinstance(value, str))
    }
    choices = found.get("anyOf")
    if isinstance(choices, list) and len(choices) == 1:
        found.pop("anyOf")
        found |= choices[0]
    return found


def keys_table() -> str:
    """Setting and limit keys as a Markdown table."""
    head = "| key | where | value | several layers | built in | meaning |\n|---|---|---|---|---|---|"
    return "\n".join([head, *(_key_row(spec) for spec in KEYS.values())])


def _key_row(spec: KeySpec) -> str:
    value = " \\| ".join(spec.words) or spec.unit or "number"
    where = "company `limits`" if spec.company_only else "`limits`" if spec.is_limit else "`defaults`, `set`"
    merges = {Merge.REPLACE: "highest layer", Merge.MAX: "largest", Merge.MIN: "smallest", Merge.SUM: "sum"}
    builtin = spec.builtin or "-"
    return f"| `{spec.name}` | {where} | {value} | {merges[spec.merge]} | {builtin} | {spec.meaning} |"


def match_table() -> str:
    """Attributes that a rule can ask for, as a Markdown table."""
    rows = (f"| `{name}` | {info.description} |" for name, info in Match.model_fields.items())
    return "\n".join(["| attribute | meaning |\n|---|---|", *rows])


def guards_table() -> str:
    """Guards as a Markdown table."""
    head = "| guard | hits when | then | checked again when sent |\n|---|---|---|---|"
    then = {"approve": "a person approves", "block": "held"}
    rows = (
        f"| `{guard.name}` | {guard.meaning} | {then[guard.verdict]} | {'yes' if guard.at_claim else 'no'} |"
        for guard in GUARDS.values()
    )
    return "\n".join([head, *rows])


def idle_table() -> str:
    """What is checked and has no effect yet, as a Markdown table."""
    rows = (f"| {idle.code} | {idle.part} | {idle.instead} |" for idle in idle_parts())
    return "\n".join(["| code | part | what happens instead |\n|---|---|---|", *rows])
