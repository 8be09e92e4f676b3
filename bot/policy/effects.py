"""What a policy says that nothing obeys yet, so that nobody relies on a control that is not there.

It warns and refuses nothing; when a part becomes effective, its mark in `model` or its entry here goes.
"""

from collections.abc import Iterator
from typing import NamedTuple

from bot.policy.bundle import COMPANY, PolicySet
from bot.policy.model import Approvals, Company, Freeze, Match, Route, Rule, idle_keys
from bot.policy.nodes import Findings, Place
from bot.policy.words import AlwaysFor, OnTimeout, Watch

ANY_APPROVER = frozenset({"buyer"})  # whoever approves is a buyer, or an admin, who may all that a buyer may
FED = frozenset({Watch.STOCK_ROWS_DROP_PCT, Watch.FORECAST_TOTAL_CHANGE_PCT})  # figures that a run hands to breakers
_UNFED = ", ".join(str(watch) for watch in Watch if watch not in FED)
_ADDRESS = AlwaysFor.SUPPLIER_ADDRESS_CHANGED
_TOPS = (("", Company), ("approvals.", Approvals), ("match.", Match))


class Idle(NamedTuple):
    """A part without effect: code of the warning, the part in words, what happens instead."""

    code: str
    part: str
    instead: str


_PARTS = (
    Idle(
        "W302", f"`always_for: [{_ADDRESS}]`", "no table carries addresses of suppliers, so no order is stopped by it"
    ),
    Idle("W304", "a route that names another role than buyer", "any buyer or admin of the location may approve"),
    Idle("W305", f"`breakers` that watch {_UNFED}", "no run hands over the figure, so it never opens"),
    Idle("W306", "`on_timeout: cancel` or `escalate`", "a draft that nobody decides waits until it expires"),
)
_SAID = {idle.code: idle.instead for idle in _PARTS}


def idle_parts() -> Iterator[Idle]:
    """Everything that is checked and has no effect yet, for the page and the warnings."""
    for prefix, model in _TOPS:
        for name, instead in idle_keys(model):
            yield Idle("W301", f"`{prefix}{name}`", instead)
    yield from _PARTS


def warn(policies: PolicySet, findings: Findings) -> None:
    """Record a warning for every part of these policies that has no effect yet."""
    company = policies.company
    for name, instead in idle_keys(Company):
        if getattr(company, name) is not None:
            _idle(policies, findings, COMPANY, name, f'"{name}"', instead)
    for name, instead in idle_keys(Approvals):
        if getattr(company.approvals, name) is not None:
            _idle(policies, findings, COMPANY, f"approvals.{name}", f'"{name}"', instead)
    parts: list[Rule | Freeze] = [*policies.rules, *policies.freezes]
    for part in parts:
        for name, instead in idle_keys(Match):
            if getattr(part.match, name) is not None:
                _idle(policies, findings, part.id, f"match.{name}", f'"{name}" in "{part.id}"', instead)
    _approvals(policies, findings)
    for position, breaker in enumerate(company.breakers):
        if breaker.watch not in FED:
            place = _at(policies, COMPANY, f"breakers.{position}")
            findings.warning(place, "W305", f'"{breaker.watch}" has no effect yet: {_SAID["W305"]}')


def _idle(policies: PolicySet, findings: Findings, owner: str, pointer: str, what: str, instead: str) -> None:
    findings.warning(_at(policies, owner, pointer), "W301", f"{what} has no effect yet: {instead}")


def _approvals(policies: PolicySet, findings: Findings) -> None:
    approvals = policies.company.approvals
    if _ADDRESS in approvals.always_for:
        place = _at(policies, COMPANY, "approvals.always_for")
        findings.warning(place, "W302", f'"{_ADDRESS}" has no effect yet: {_SAID["W302"]}')
    for position, route in enumerate(approvals.routes):
        _route(route, _at(policies, COMPANY, f"approvals.routes.{position}"), findings)
    if approvals.on_timeout is not OnTimeout.HOLD:
        place = _at(policies, COMPANY, "approvals.on_timeout")
        findings.warning(place, "W306", f'"on_timeout: {approvals.on_timeout}" has no effect yet: {_SAID["W306"]}')


def _route(route: Route, place: Place, findings: Findings) -> None:
    others = sorted({need.role for need in route.need} - ANY_APPROVER)
    if others:
        findings.warning(place, "W304", f'route "{route.id}" asks for {others[0]}, not checked yet: {_SAID["W304"]}')


def _at(policies: PolicySet, owner: str, pointer: str) -> Place:
    return policies.place(owner, pointer) or Place("policy.yaml", 1, 1)
