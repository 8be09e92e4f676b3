"""The verdict on proposed order lines: what goes out alone, what a person sees, what is held, and why.

It merges no lines into orders and changes nothing; the same lines, policies and figures give the same verdicts.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.guards.budget import over_count, over_spend
from bot.guards.measures import Bools, Minor
from bot.guards.table import APPROVE, BITS, BLOCK, GUARDS, Guard
from bot.policy.facts import Columns, RunFacts, columns_of
from bot.policy.resolve import Resolved
from bot.policy.words import AlwaysFor, Mode

AUTO = "auto"
NONE = "none"
VERDICTS = (AUTO, APPROVE, BLOCK, NONE)
_OPTIONAL = {"new_item": AlwaysFor.NEW_ITEM, "new_supplier": AlwaysFor.NEW_SUPPLIER}
_COUNTED = ("auto_spend_per_day_max", "auto_spend_per_week_max", "auto_orders_per_run_max")


def decide(lines: pd.DataFrame, resolved: Resolved, *, run: RunFacts) -> pd.DataFrame:
    """A copy of `lines` with `verdict`, `mode`, `guards`, `rules`, `route` and `order_minor`.

    `resolved` belongs to the same rows in the same order. Columns read, one row per line:

    - `order_group` int: lines of one value go out as one order; `amount_minor` int64: value in minor units of
      the policy's currency, -1 or missing = unknown; `open_drafts_minor` (optional): other open drafts of the
      supplier, missing = unknown, absent = none;
    - `quantity`, `usual_quantity` (median of the last receipts) in base units; `price`, `last_price`,
      `contract_price` in one currency and unit; `cover_days_after` [days]; `supplier_score_pct` [0 to 100];
      `interval_mean` and `recent_mean`: demand forecast and recently seen over equally long intervals;
      `stock_age_hours`; `stockout_risk` [0 to 1], by which scarce caps are handed out;
    - flags `supplier_blocked, supplier_auto_order, item_auto_order, data_doubt, new_item, new_supplier`.

    Missing or absent figures count as exceeded and lead to `approve`. Verdict is `auto`, `approve`, `block`, or
    `none` in the modes observe and shadow; each line has its own, orders take the strictest of theirs.
    `guards` is a mask for `bot.guards.table.guard_names`, `rules` the deciding rule ids joined by commas,
    `route` the id of the approval route for the order's value ("" = none covers it).
    """
    columns = columns_of(lines, resolved, run)
    mask, blocked = judge(columns, resolved)
    mode = resolved.frame["mode"].astype("str").to_numpy()
    alone = np.isin(mode, [str(Mode.ASSIST), str(Mode.AUTONOMOUS)])
    _count_out(columns, resolved, run, mask, counted=alone & (mask == 0))
    verdict = np.where(blocked, BLOCK, np.where(alone & (mask == 0), AUTO, APPROVE))
    verdict = np.where(np.isin(mode, [str(Mode.OBSERVE), str(Mode.SHADOW)]), NONE, verdict)
    codes, ids = resolved.rule_ids
    return lines.assign(
        verdict=pd.Categorical(verdict, categories=list(VERDICTS)),
        mode=resolved.frame["mode"].array,
        guards=mask,
        rules=np.array([",".join(each) for each in ids] or [""], dtype=object)[codes],
        route=routes(columns["order_minor"], resolved),
        order_minor=columns["order_minor"],
    )


def judge(columns: Columns, resolved: Resolved, *, at_claim: bool = False) -> tuple[Minor, Bools]:
    """The mask of guards that hit each line, and the lines that a guard with a known figure blocks."""
    count = len(columns["order_group"])
    mask, blocked = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool)
    for name, guard in GUARDS.items():
        if guard.check is None or (at_claim and not guard.at_claim) or not _is_wanted(name, resolved):
            continue
        hits = guard.hits(columns)
        mask |= hits.astype(np.int64) << BITS[name]
        if guard.verdict == BLOCK:
            blocked |= hits & is_known(guard, columns)
    return mask, blocked


def _is_wanted(name: str, resolved: Resolved) -> bool:
    return name not in _OPTIONAL or _OPTIONAL[name] in resolved.policies.company.approvals.always_for


def is_known(guard: Guard, columns: Columns) -> Bools:
    """Where the figure of a guard is known; guards without one always know."""
    if guard.figure is None:
        return np.ones(len(columns["order_group"]), dtype=bool)
    figure = guard.figure(columns)
    return figure >= 0 if figure.dtype == np.int64 else ~np.isnan(figure)


def _count_out(columns: Columns, resolved: Resolved, run: RunFacts, mask: Minor, *, counted: Bools) -> None:
    """Add to `mask` the guards that count over the orders that would go out alone."""
    caps = resolved.policies.spend_caps()
    amount, group, risk = columns["amount_minor"], columns["order_group"], columns["stockout_risk"]
    hits = (
        over_spend(amount, group, risk, counted, run.spent_today_minor, caps.per_day),
        over_spend(amount, group, risk, counted, run.spent_week_minor, caps.per_week),
        over_count(group, risk, counted, run.orders_sent, caps.orders_per_run),
    )
    for name, hit in zip(_COUNTED, hits, strict=True):
        mask |= hit.astype(np.int64) << BITS[name]


def routes(order_minor: Minor, resolved: Resolved) -> npt.NDArray[np.object_]:
    """The approval route for each order value; an unknown value takes the last, the strictest one."""
    known = resolved.policies.company.approvals.routes
    names = np.array([*(route.id for route in known), ""], dtype=object)
    tops = np.array([route.up_to.minor for route in known], dtype=np.int64)
    found = np.searchsorted(tops, order_minor, side="left")
    return np.asarray(names[np.where(order_minor < 0, max(0, len(known) - 1), found)])
