"""Policies applied to rows: every setting and limit of every row, with the rule that each came from.

Everything is computed on whole columns; it places no order and gives no verdict.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.errors import Finding, InputInvalid
from bot.policy.bundle import COMPANY, PolicySet
from bot.policy.checks import widened
from bot.policy.columns import NOBODY, Clash, KeyColumn
from bot.policy.keys import KEYS, LIMIT_KEYS, SETTING_KEYS, looser
from bot.policy.model import Rule
from bot.policy.nodes import Place
from bot.policy.rows import Places, Rows
from bot.policy.words import FreezeAction, Layer, Objective

FREE, APPROVE_ALL, HOLD = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Source:
    """Where values come from: the company file (no id) or a rule."""

    rule_id: str
    layer: Layer
    priority: int
    order: int  # equal for sources of one layer and priority


@dataclass(frozen=True, eq=False)
class Resolved:
    """Settings and limits of rows, in the order of the attribute frame.

    `frame` has one column per key: words and texts are categorical ('' = built in), figures float64 (NaN = not
    set), money limits int64 minor units of `policies.currency` (`NO_CAP`, the largest int64 = not set), other money
    float64 in that currency. `winners` maps a key to int32 positions in `sources`, -1 = built in. `freeze` is 0, 1
    (a person approves) or 2 (held) with the position in `policies.freezes` in `freeze_by`.
    """

    policies: PolicySet
    on: date
    attributes: pd.DataFrame
    frame: pd.DataFrame
    winners: Mapping[str, npt.NDArray[np.int32]]
    sources: tuple[Source, ...]
    freeze: npt.NDArray[np.int8]
    freeze_by: npt.NDArray[np.int32]

    def source(self, row: int, key: str) -> Source | None:
        """Who decided a key of a row; None for a built-in value."""
        position = int(self.winners[key][row])
        return None if position == NOBODY else self.sources[position]

    def place(self, row: int, key: str) -> Place | None:
        """Where the value of a key of a row is written."""
        source = self.source(row, key)
        if source is None:
            return None
        section = KEYS[key].section
        group = "defaults" if section == "set" and source.rule_id == COMPANY else section
        return self.policies.place(source.rule_id, f"{group}.{key}")

    @cached_property
    def rule_ids(self) -> tuple[npt.NDArray[np.intp], tuple[tuple[str, ...], ...]]:
        """Rules that decided at least one key: a code per row, and the ids by code."""
        codes: npt.NDArray[np.intp] = np.zeros(len(self.frame), dtype=np.intp)
        for winner in self.winners.values():
            codes, _ = pd.factorize(codes * (len(self.sources) + 1) + (winner + 1))
        _, first = np.unique(codes, return_index=True)
        return codes, tuple(self._ids(int(row)) for row in first)

    def _ids(self, row: int) -> tuple[str, ...]:
        winners = {int(winner[row]) for winner in self.winners.values()} - {NOBODY}
        return tuple(sorted({self.sources[winner].rule_id for winner in winners} - {COMPANY}))


def resolve(policies: PolicySet, attributes: pd.DataFrame, on: date) -> Resolved:
    """Settings and limits of every row of `attributes` on a day.

    Columns of `attributes`, all optional: item, location, supplier, category, abc, xyz, pattern, lifecycle,
    tags (joined by commas), unit_price (policy currency per base unit). A rule that asks for an absent or
    missing attribute does not match. Raises `InputInvalid` (E210) when two rules of one layer and priority
    give different values to the same row.
    """
    rows = Rows(attributes)
    rules = sorted(
        (rule for rule in policies.rules if rule.active(on)),
        key=lambda rule: (rule.match.layer, rule.priority, rule.id),
    )
    columns = {name: KeyColumn(spec, rows.count) for name, spec in KEYS.items() if not spec.company_only}
    sources = _sources(rules)
    ranks = np.array([source.order for source in sources], dtype=np.int32)
    everything = np.arange(rows.count)
    company = [*policies.company.defaults.given(), *policies.company.limits.given()]
    for key, value in company:
        if key in columns:
            list(columns[key].apply(0, value, everything, ranks, forced=True))
    _open_doors(policies, columns, rows, ranks)
    clashes: list[Clash] = []
    for position, rule in enumerate(rules, start=1):
        matching = rows.matching(rule.match)
        for key, value in [*rule.settings.given(), *rule.limits.given()] if len(matching) else ():
            clashes += columns[key].apply(position, value, matching, ranks)
    if lasting := [clash for clash in clashes if _is_final(clash, columns, ranks)]:
        raise InputInvalid(tuple(_finding(clash, policies, sources, attributes) for clash in lasting))
    freeze, freeze_by = _freezes(policies, rows, on)
    return Resolved(
        policies, on, attributes, _frame(columns, attributes.index),
        {name: column.winner for name, column in columns.items()}, sources, freeze, freeze_by,
    )  # fmt: skip


def _sources(rules: list[Rule]) -> tuple[Source, ...]:
    orders: dict[tuple[Layer, int], int] = {}
    found = [Source(COMPANY, Layer.DEFAULTS, 0, 0)]
    for rule in rules:
        order = orders.setdefault((rule.match.layer, rule.priority), len(orders) + 1)
        found.append(Source(rule.id, rule.match.layer, rule.priority, order))
    return tuple(found)


def _open_doors(
    policies: PolicySet, columns: Mapping[str, KeyColumn], rows: Rows, ranks: npt.NDArray[np.int32]
) -> None:
    """Widen company limits where the company file says so; rules tighten what comes out."""
    for door in policies.company.widen:
        base, value = getattr(policies.company.limits, door.limit), widened(door)
        if base is not None and looser(LIMIT_KEYS[door.limit], value, base):
            list(columns[door.limit].apply(0, value, rows.matching(door.match), ranks, forced=True))


def _is_final(clash: Clash, columns: Mapping[str, KeyColumn], ranks: npt.NDArray[np.int32]) -> bool:
    """Whether no later rule settled the clash on all of its rows."""
    winner = columns[clash.key].winner[clash.rows]
    return bool((ranks[winner] == ranks[clash.later]).any())


def _finding(clash: Clash, policies: PolicySet, sources: tuple[Source, ...], attributes: pd.DataFrame) -> Finding:
    one, two = sources[clash.later], sources[clash.earlier]
    rules = {rule.id: rule for rule in policies.rules}
    here = policies.places[one.rule_id, f"set.{clash.key}"]
    there = policies.places[two.rule_id, f"set.{clash.key}"]
    mine, theirs = (getattr(rules[source.rule_id].settings, clash.key) for source in (one, two))
    row = attributes.iloc[int(clash.rows[0])]
    example = "@".join(str(row[name]) for name in ("item", "location") if name in attributes)
    remedy = (
        f"both rules ({one.rule_id}, {two.rule_id}) are in layer {one.layer.name.lower()} with priority "
        f"{one.priority} and match {len(clash.rows)} rows, e.g. {example}\n"
        '    give one of them a higher "priority", or narrow one match'
    )
    message = f'"{clash.key}" is {mine} here and {theirs} at {there}'
    return Finding(here.path, here.line, here.column, "E210", message, remedy)


def _freezes(policies: PolicySet, rows: Rows, on: date) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int32]]:
    state, by = np.zeros(rows.count, dtype=np.int8), np.full(rows.count, NOBODY, dtype=np.int32)
    for position, freeze in enumerate(policies.freezes):
        if freeze.active(on):
            strength = HOLD if freeze.action is FreezeAction.HOLD else APPROVE_ALL
            matching: Places = rows.matching(freeze.match)
            stronger = matching[state[matching] < strength]
            state[stronger], by[stronger] = strength, position
    return state, by


def _frame(columns: Mapping[str, KeyColumn], index: "pd.Index[Any]") -> pd.DataFrame:
    for column in columns.values():
        column.fill()
    _choose_objective(columns)
    ordered = [*SETTING_KEYS, *(name for name in LIMIT_KEYS if name in columns)]
    return pd.DataFrame({name: columns[name].series() for name in ordered}, index=index)


def _choose_objective(columns: Mapping[str, KeyColumn]) -> None:
    """Cost where a shortage cost is known and nothing else is asked for; never cost without one."""
    words = list(Objective)
    values, priced = columns["objective"].raw, ~np.isnan(columns["shortage_cost"].raw)
    open_, cost = values < 0, values == words.index(Objective.COST)
    values[open_ & priced] = words.index(Objective.COST)
    values[(open_ | cost) & ~priced] = words.index(Objective.CYCLE_SERVICE)
