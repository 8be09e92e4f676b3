"""What rules, limits, dates and codes say about each other: contradictions are errors, oddities warnings.

Conflicts that only the rows can show are found by `resolve`.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any

from bot.forecast.naming import AUTO, Fault, Judge
from bot.policy.bundle import COMPANY, KnownCodes, PolicySet
from bot.policy.keys import LIMIT_KEYS, SETTING_KEYS, looser
from bot.policy.match import TREE, Meeting, Words, meeting
from bot.policy.model import Company, Limits, Match, Rule, Widen, validation_errors
from bot.policy.nodes import Findings, Place, did_you_mean
from bot.policy.values import MoneyLimit
from bot.policy.words import Layer, Merge, Mode, Objective

_MANY_CODES = 20_000  # beyond that, looking for the nearest of them takes too long


def currency_of(
    company: Company, rules: Iterable[Rule], places: Mapping[tuple[str, str], Place], findings: Findings
) -> str:
    """The one currency of all amounts, empty when there is none; amounts in another one are errors."""
    currency = company.currency or ""
    for owner, pointer, value in _amounts(company, rules):
        if not currency:
            currency = value.currency
        elif value.currency != currency:
            place = places.get((owner, pointer)) or places[owner, ""]
            remedy = "use one currency in all policy files; amounts of the ERP are converted by its rates"
            findings.error(place, "E206", f"{value} is not in {currency}", remedy=remedy)
    return currency


def _amounts(company: Company, rules: Iterable[Rule]) -> Iterator[tuple[str, str, MoneyLimit]]:
    groups: list[tuple[str, str, Iterable[tuple[str, Any]]]] = [
        (COMPANY, "defaults", company.defaults.given()),
        (COMPANY, "limits", company.limits.given()),
    ]
    for rule in rules:
        groups += [(rule.id, "set", rule.settings.given()), (rule.id, "limits", rule.limits.given())]
    for owner, group, given in groups:
        yield from ((owner, f"{group}.{key}", value) for key, value in given if isinstance(value, MoneyLimit))
    approvals = company.approvals
    for position, route in enumerate(approvals.routes):
        yield COMPANY, f"approvals.routes.{position}", route.up_to
    for key, value in approvals.given():
        if isinstance(value, MoneyLimit):
            yield COMPANY, f"approvals.{key}", value
    if approvals.reply_by_email:
        yield COMPANY, "approvals.reply_by_email", approvals.reply_by_email.up_to


def check(policies: PolicySet, known: KnownCodes, findings: Findings, judge: Judge | None = None) -> None:
    """Record everything that the parts of a policy say against each other."""
    for rule in policies.rules:
        _rule(policies, rule, findings)
        _codes(policies, rule.id, rule.match, known, findings)
    for freeze in policies.freezes:
        place = _at(policies, freeze.id)
        if freeze.until is None:
            findings.error(place, "E202", f'freeze "{freeze.id}" has no end', remedy='add "until"')
        _dates(policies, freeze, findings)
        _codes(policies, freeze.id, freeze.match, known, findings)
    _company(policies, known, findings)
    if judge is not None:
        _forecasters(policies, judge, findings)
    _conflicts(policies, findings)


def _at(policies: PolicySet, owner: str, pointer: str = "") -> Place:
    return policies.place(owner, pointer) or Place("policy.yaml", 1, 1)


def _rule(policies: PolicySet, rule: Rule, findings: Findings) -> None:
    place = _at(policies, rule.id)
    if not rule.match.parts():
        findings.error(place, "E208", f'rule "{rule.id}" matches everything', remedy='use "defaults" or "limits"')
    if not list(rule.settings.given()) and not list(rule.limits.given()):
        findings.error(place, "E208", f'rule "{rule.id}" changes nothing', remedy='add "set" or "limits"')
    if rule.until is not None and not rule.reason:
        findings.error(_at(policies, rule.id, "until"), "E202", f'"{rule.id}" is temporary: say why in "reason"')
    _dates(policies, rule, findings)
    for key, value in rule.limits.given():
        spec = LIMIT_KEYS[key]
        company = getattr(policies.company.limits, key)
        if company is None and spec.builtin:
            company = Decimal(spec.builtin)
        if company is not None and looser(spec, value, company) and not _is_widened(policies, key, value):
            message = f'"{key}" {value} is looser than {company} for the whole company and has no effect'
            findings.warning(_at(policies, rule.id, f"limits.{key}"), "E220", message, remedy="loosen it with widen")


def _is_widened(policies: PolicySet, key: str, value: Any) -> bool:
    doors = [widened(door) for door in policies.company.widen if door.limit == key]
    return any(door is not None and not looser(LIMIT_KEYS[key], value, door) for door in doors)


def widened(door: Widen) -> Any:
    """The typed value of a door in a company limit, None when it does not fit the limit."""
    parsed, errors = validation_errors(Limits, {door.limit: door.up_to})
    return None if errors or parsed is None else getattr(parsed, door.limit)


def _dates(policies: PolicySet, part: Any, findings: Findings) -> None:
    if part.from_ and part.until and part.until <= part.from_:
        message = f'"{part.id}" ends on {part.until} before it begins on {part.from_}'
        findings.error(_at(policies, part.id, "until"), "E202", message)


def _codes(policies: PolicySet, owner: str, match: Match, known: KnownCodes, findings: Findings) -> None:
    kinds = {"item": known.items, "location": known.locations, "supplier": known.suppliers}
    for kind, codes in kinds.items():
        matcher, place = getattr(match, kind), _at(policies, owner, f"match.{kind}")
        for code in matcher.words if codes and matcher else ():
            bare = code.lstrip("0")
            if code in codes:
                continue
            if bare in codes:
                remedy = f'write "{bare}", as it stands on screen'
                findings.error(place, "E203", f'"{code}" is {kind} "{bare}" with zeros before it', remedy=remedy)
            else:
                hint = did_you_mean(code, codes) if len(codes) <= _MANY_CODES else ""
                findings.warning(place, "E204", f'no {kind} "{code}" exists; the rule matches none', hint=hint)
    for value in match.category.words if known.categories and match.category else ():
        if not any(Words((value,)).covers(category) for category in known.categories):
            hint = did_you_mean(value.removesuffix(TREE), known.categories)
            findings.warning(_at(policies, owner, "match.category"), "E204", f'no category is "{value}"', hint=hint)


def _forecasters(policies: PolicySet, judge: Judge, findings: Findings) -> None:
    """Forecasters that cannot be used here, each at every place where it is named."""
    named = [(COMPANY, "defaults", policies.company.defaults), *((r.id, "set", r.settings) for r in policies.rules)]
    judged: dict[str, Fault | None] = {}
    for owner, group, settings in named:
        text = settings.forecaster
        if text is None or text == AUTO:
            continue
        if text not in judged:
            judged[text] = judge(text)
        if fault := judged[text]:
            place = _at(policies, owner, f"{group}.forecaster")
            findings.error(place, "E209", fault.what, hint=fault.hint, remedy=fault.remedy)


def _company(policies: PolicySet, known: KnownCodes, findings: Findings) -> None:
    company = policies.company
    routes, place = company.approvals.routes, _at(policies, COMPANY, "approvals.routes")
    for before, after in pairwise(routes):
        if after.up_to <= before.up_to:
            message = f'route "{after.id}" ({after.up_to}) is never taken after "{before.id}" ({before.up_to})'
            findings.error(place, "E207", message, remedy="sort the routes by up_to")
    for route in routes:
        for need in route.need if known.roles else ():
            if need.role not in known.roles:
                hint = did_you_mean(need.role, known.roles)
                findings.error(place, "E207", f'nobody has the role "{need.role}"', hint=hint)
    top = company.limits.order_value_max
    if routes and (top is None or routes[-1].up_to < top):
        message = f"no route covers orders above {routes[-1].up_to}; they need as many people as the strictest route"
        findings.warning(place, "E221", message, remedy="add a route or lower order_value_max")
    for door in company.widen:
        if door.limit not in Limits.model_fields or widened(door) is None:
            message = f'"{door.limit}: {door.up_to}" is no limit that can be widened'
            findings.error(_at(policies, COMPANY, "widen"), "E104", message)
    _useless(policies, findings)


def _useless(policies: PolicySet, findings: Findings) -> None:
    """Warn about settings that cannot do what they seem to say."""
    company = policies.company
    settings = [company.defaults, *(rule.settings for rule in policies.rules)]
    limits = [company.limits, *(rule.limits for rule in policies.rules)]
    place = _at(policies, COMPANY, "defaults")
    alone = any(each.mode in (Mode.ASSIST, Mode.AUTONOMOUS) for each in settings)
    if alone and not any(each.auto_order_value_max for each in limits):
        message = "no auto_order_value_max is set, so a person approves every order whatever the mode"
        findings.warning(place, "E222", message)
    by_cost = any(each.objective is Objective.COST for each in settings)
    if by_cost and not any(each.shortage_cost for each in settings):
        message = "objective cost needs a shortage_cost; cycle service of service_level_pct is used instead"
        findings.warning(place, "E223", message)


def _conflicts(policies: PolicySet, findings: Findings) -> None:
    """Rules of one layer and priority that give different values to one key for rows that they share."""
    seen: set[tuple[str, str]] = set()
    for group in _buckets(policies.rules):
        for one, two in combinations(group, 2):
            if one.priority != two.priority or (one.id, two.id) in seen or not _same_time(one, two):
                continue
            seen.add((one.id, two.id))
            keys = [key for key in _differing(one, two) if SETTING_KEYS[key].merge is Merge.REPLACE]
            meet = meeting(one.match.parts(), two.match.parts()) if keys else Meeting.NEVER
            for key in keys if meet is not Meeting.NEVER else ():
                _conflict(policies, one, two, key, meet, findings)


def _buckets(rules: Iterable[Rule]) -> Iterable[list[Rule]]:
    """Rules that can meet: those of one layer that name a common code."""
    buckets: dict[tuple[Layer, str], list[Rule]] = {}
    for rule in rules:
        layer = rule.match.layer
        named = getattr(rule.match, layer.name.lower()).words if layer is not Layer.CATEGORY else ("",)
        for code in set(named):
            buckets.setdefault((layer, code), []).append(rule)
    return buckets.values()


def _same_time(one: Rule, two: Rule) -> bool:
    starts = [rule.from_ for rule in (one, two) if rule.from_]
    ends = [rule.until for rule in (one, two) if rule.until]
    return not starts or not ends or max(starts) < min(ends)


def _differing(one: Rule, two: Rule) -> list[str]:
    theirs = dict(two.settings.given())
    return [key for key, value in one.settings.given() if key in theirs and theirs[key] != value]


def _conflict(policies: PolicySet, one: Rule, two: Rule, key: str, meet: Meeting, findings: Findings) -> None:
    mine, theirs = getattr(one.settings, key), getattr(two.settings, key)
    place, other = _at(policies, one.id, f"set.{key}"), _at(policies, two.id, f"set.{key}")
    message = f'"{key}" is {mine} here and {theirs} at {other}'
    layer = one.match.layer.name.lower()
    both = f"both rules ({one.id}, {two.id}) are in layer {layer} with priority {one.priority}"
    remedy = 'give one of them a higher "priority", or narrow one match'
    if meet is Meeting.SURELY:
        findings.error(place, "E210", message, remedy=f"{both}\n    {remedy}")
    else:
        findings.warning(place, "E211", f"{message}, should a row match both", remedy=f"{both}\n    {remedy}")
