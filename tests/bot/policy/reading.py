"""Short ways to read a policy in tests; it holds no test."""

import pytest

from bot.errors import Finding, InputInvalid
from bot.policy.bundle import KnownCodes, PolicySet
from bot.policy.parse import parse_policies

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
