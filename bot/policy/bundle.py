"""What a folder of policy files means once it is read: rules, company file, places, identity.

It is frozen and knows no rows; `resolve` applies it to them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.errors import Finding
from bot.policy.model import Company, Freeze, Rule
from bot.policy.nodes import Place

FORM = "restock-policy-1"
COMPANY = ""  # owner of the places of the company file


@dataclass(frozen=True, slots=True)
class KnownCodes:
    """Codes that exist, as people see them; an empty set means that nothing is known about the kind."""

    items: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    suppliers: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SpendCaps:
    """Caps of the whole company over a run, a day and seven days, in minor units; None = no cap."""

    currency: str
    per_day: int | None
    per_week: int | None
    orders_per_run: int | None


@dataclass(frozen=True, slots=True)
class PolicySet:
    """All policy files together; rules and freezes are sorted by id, so that files and order do not matter."""

    company: Company
    rules: tuple[Rule, ...]
    freezes: tuple[Freeze, ...]
    currency: str
    places: Mapping[tuple[str, str], Place] = field(repr=False)
    warnings: tuple[Finding, ...] = ()
    policy_id: str = ""

    def place(self, owner: str, pointer: str = "") -> Place | None:
        """Where something is written: `("fasteners", "set.mode")`, `("", "limits.order_value_max")`."""
        return self.places.get((owner, pointer)) or self.places.get((owner, ""))

    def routes_needed(self, order_minor: int) -> int:
        """How many people have to approve an order of this value [minor units of `currency`]; at least 1.

        Where the value is unknown (-1) or no route covers it, the most that any route asks for: doubt never
        asks fewer people. Above 1, a single approval does not release the order.
        """
        routes = self.company.approvals.routes
        covering = (route.people for route in routes if 0 <= order_minor <= route.up_to.minor)
        return next(covering, max((route.people for route in routes), default=1))

    def spend_caps(self) -> SpendCaps:
        """The caps that are reserved when an order is claimed."""
        limits = self.company.limits
        return SpendCaps(
            self.currency,
            limits.auto_spend_per_day_max.minor if limits.auto_spend_per_day_max else None,
            limits.auto_spend_per_week_max.minor if limits.auto_spend_per_week_max else None,
            limits.auto_orders_per_run_max,
        )


def identity(company: Company, rules: tuple[Rule, ...], freezes: tuple[Freeze, ...]) -> str:
    """SHA-256 of the canonical form: what the files mean, not how they are laid out."""
    head = company.model_dump(exclude={"rules", "freeze", "owner"}, exclude_none=True)
    content = {
        "form": FORM,
        "company": head,
        "rules": [rule.model_dump(exclude_none=True) for rule in rules],
        "freeze": [freeze.model_dump(exclude_none=True) for freeze in freezes],
    }
    text = json.dumps(content, default=_plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value.normalize())
