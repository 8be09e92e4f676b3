"""Why a row has the settings and limits it has: every value with its rule and place, and what it beat.

It answers for one row at a time from what `resolve` found; it changes nothing.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.policy.bundle import COMPANY
from bot.policy.keys import KEYS, KeySpec
from bot.policy.model import Freeze, Rule
from bot.policy.nodes import Place
from bot.policy.resolve import Resolved
from bot.policy.rows import Rows
from bot.policy.words import Layer, Merge


@dataclass(frozen=True, slots=True)
class Beaten:
    """A value that another one beat: who said it, and whether layer, priority, merge rule or strictness decided."""

    value: str
    rule_id: str
    why: str


@dataclass(frozen=True, slots=True)
class KeyReason:
    """One key of one row; `rule_id` is empty and `layer` None for a built-in value."""

    key: str
    value: str
    is_limit: bool
    merge: Merge
    layer: Layer | None
    rule_id: str
    place: Place | None
    beat: tuple[Beaten, ...]


@dataclass(frozen=True, slots=True)
class RowReason:
    """All keys of one row that have a value, rules that did not apply (id and why), and what is still to come."""

    keys: tuple[KeyReason, ...]
    not_applied: tuple[tuple[str, str], ...]
    upcoming: tuple[tuple[str, date], ...]
    freeze: str


def explain(resolved: Resolved, row: int) -> RowReason:
    """The table of one row (position in the resolved frame), as data."""
    rows = Rows(resolved.attributes.iloc[[row]])
    policies, on = resolved.policies, resolved.on
    applied: list[Rule] = []
    missed: list[tuple[str, str]] = []
    for rule in policies.rules:
        if not rule.active(on):
            missed.append((rule.id, "not on this day"))
        elif len(rows.matching(rule.match)):
            applied.append(rule)
        else:
            missed.append((rule.id, _why_not(rule, rows)))
    keys = (_key(resolved, row, spec, applied) for spec in KEYS.values() if not spec.company_only)
    dated: list[Rule | Freeze] = [*policies.rules, *policies.freezes]
    later = [
        (part.id, part.from_) for part in dated if part.from_ and part.from_ > on and len(rows.matching(part.match))
    ]
    frozen = int(resolved.freeze_by[row])
    freeze = policies.freezes[frozen].id if frozen >= 0 else ""
    return RowReason(tuple(key for key in keys if key), tuple(missed), tuple(later), freeze)


def _why_not(rule: Rule, rows: Rows) -> str:
    failing = ((n, m) for n, m in rule.match.parts() if not len(rows.matching(rule.match.only(n))))
    name, matcher = next(failing)  # parts are joined by AND, so one of them fails alone
    return f"{name} is not {matcher}"


def _key(resolved: Resolved, row: int, spec: KeySpec, applied: list[Rule]) -> KeyReason | None:
    source = resolved.source(row, spec.name)
    said = _said(resolved, spec, applied)
    if source is None and not spec.builtin:
        return None
    value = said.get(source.rule_id, "") if source else _builtin(resolved, row, spec)
    beat = tuple(
        Beaten(text, rule_id or Layer.DEFAULTS.name.lower(), _why(resolved, spec, rule_id, source.rule_id))
        for rule_id, text in said.items()
        if source and rule_id != source.rule_id
    )
    layer, rule_id = (source.layer, source.rule_id) if source else (None, "")
    return KeyReason(spec.name, value, spec.is_limit, spec.merge, layer, rule_id, resolved.place(row, spec.name), beat)


def _builtin(resolved: Resolved, row: int, spec: KeySpec) -> str:
    value: Any = resolved.frame[spec.name].iloc[row]
    return str(value) if spec.words else spec.builtin


def _said(resolved: Resolved, spec: KeySpec, applied: list[Rule]) -> dict[str, str]:
    """What the company file and each applied rule say about a key, by rule id."""
    company = resolved.policies.company
    parts: list[tuple[str, Any]] = [(COMPANY, company.limits if spec.is_limit else company.defaults)]
    parts += [(rule.id, rule.limits if spec.is_limit else rule.settings) for rule in applied]
    found = ((rule_id, getattr(part, spec.name)) for rule_id, part in parts)
    return {rule_id: str(value) for rule_id, value in found if value is not None}


def _why(resolved: Resolved, spec: KeySpec, loser: str, winner: str) -> str:
    if spec.is_limit:
        return "less strict"
    if spec.merge is not Merge.REPLACE:
        return str(spec.merge)
    layers = {rule.id: rule.match.layer for rule in resolved.policies.rules} | {COMPANY: Layer.DEFAULTS}
    return "priority" if layers[loser] == layers[winner] else "layer"
