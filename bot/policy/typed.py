"""From a tree of text to typed rules, with every mistake turned into a finding at its place.

It checks one file at a time; what files say about each other is `checks`' work.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from bot.policy.model import (
    Approvals,
    Breaker,
    Company,
    CompanyLimits,
    Freeze,
    Limits,
    Match,
    ReplyByEmail,
    Route,
    Rule,
    RuleFile,
    Settings,
    Widen,
    validation_errors,
)
from bot.policy.nodes import Findings, Node
from bot.policy.retired import nearest, replacement
from bot.policy.values import BadValueError

Part = TypeVar("Part", Company, RuleFile, Rule)
_COMPANY_KEYS = ("currency", "timezone", "holidays", "defaults", "limits", "approvals", "breakers", "widen")
_GROUPS: Mapping[str, Any] = {
    "defaults": Settings, "set": Settings, "limits": Limits, "approvals": Approvals, "match": Match,
    "rules": Rule, "freeze": Freeze, "breakers": Breaker, "widen": Widen, "routes": Route,
    "reply_by_email": ReplyByEmail,
}  # fmt: skip


def typed(node: Node, model: type[Part], findings: Findings) -> Part | None:
    """The typed form of a tree, or None after recording every mistake in it."""
    if not isinstance(node.content, dict):
        findings.error(node.place, "E107", "a group of keys is expected here")
        return None
    value, errors = validation_errors(model, node.plain())
    for error in errors:
        _record(error, node, model, findings)
    return value


def _record(error: Mapping[str, Any], node: Node, model: Any, findings: Findings) -> None:
    steps, kind = tuple(error["loc"]), error["type"]
    if kind == "extra_forbidden":
        _unknown_key(steps, node, model, findings)
    elif kind == "missing":
        findings.error(node.place_of(steps[:-1]), "E105", f'"{steps[-1]}" is missing{_inside(steps[:-1])}')
    elif kind == "value_error" and isinstance(error["ctx"]["error"], BadValueError):
        bad = error["ctx"]["error"]
        message = f"{_name(steps)}: {bad.message}"
        findings.error(node.place_of(steps), bad.code, message, hint=bad.hint, remedy=bad.remedy)
    else:
        findings.error(node.place_of(steps), "E107", f"{_name(steps)}: {_worded(kind, error['msg'])}")


def _worded(kind: str, message: str) -> str:
    words = {
        "model_type": "a group of keys is expected here",
        "list_type": "a list is expected here: lines that begin with -",
        "too_short": "at least one entry is needed",
        "literal_error": "only 1 is known",
    }
    return words.get(kind, message)


def _unknown_key(steps: Sequence[str | int], node: Node, model: Any, findings: Findings) -> None:
    key, around = str(steps[-1]), steps[:-1]
    place = node.place_of(steps, key=True)
    if key == "when":
        findings.error(place, "E111", '"when" is reserved', remedy='use "match"; there is no expression language')
    elif instead := replacement(key):
        findings.error(place, "E112", f'"{key}" does not exist any more', remedy=instead)
    elif not around and key in _COMPANY_KEYS:
        remedy = f'move "{key}" there, or write a rule with "match"'
        findings.error(place, "E110", f'only policy.yaml may hold "{key}"', remedy=remedy)
    elif key in CompanyLimits.model_fields and around and around[-1] == "limits":
        remedy = "it counts orders of the whole company: set it in policy.yaml"
        findings.error(place, "E110", f'no rule may hold "{key}"', remedy=remedy)
    else:
        known = _keys_of(around, model)
        hint = nearest(key, known)
        remedy = "" if hint else f"possible here: {', '.join(known)}"
        findings.error(place, "E104", f'unknown key "{key}"{_inside(around)}', hint=hint, remedy=remedy)


def _keys_of(around: Sequence[str | int], model: Any) -> list[str]:
    """The keys that are possible where `around` leads."""
    names = [step for step in around if isinstance(step, str)]
    if names and names[-1] == "limits" and names[:1] == ["limits"] and len(names) == 1 and model is Company:
        part: Any = CompanyLimits
    else:
        part = _GROUPS.get(names[-1], model) if names else model
    return [info.alias or name for name, info in part.model_fields.items()]


def _inside(steps: Sequence[str | int]) -> str:
    return f" in {_path(steps)}" if steps else ""


def _name(steps: Sequence[str | int]) -> str:
    return _path([step for step in steps if isinstance(step, str)][-1:]) or "value"


def _path(steps: Sequence[str | int]) -> str:
    joined = ""
    for step in steps:
        joined += f"[{step}]" if isinstance(step, int) else f".{step}" if joined else step
    return joined
