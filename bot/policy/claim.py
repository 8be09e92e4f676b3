"""The order-level guards once more, when an approved order is about to be sent.

Spend caps are not among them: they are reserved atomically by the store when it claims the order.
"""

import numpy as np
import pandas as pd

from bot.guards.table import BITS, BLOCK, GUARDS, guard_names
from bot.policy.decide import judge
from bot.policy.facts import RunFacts, columns_of
from bot.policy.resolve import Resolved
from bot.policy.words import Mode

MODE = "mode"
_BLOCKING = sum(1 << BITS[name] for name, guard in GUARDS.items() if guard.verdict == BLOCK)


def limits_at_claim(lines: pd.DataFrame, resolved: Resolved, *, run: RunFacts, by_person: bool) -> tuple[str, ...]:
    """Why an order must not be sent now: names of guards, or `mode`; empty = go.

    `lines` are the lines of one order from stored figures: `order_group`, `amount_minor`, and present
    `supplier_blocked, supplier_auto_order, item_auto_order`, `open_drafts_minor`; `resolved` is today's policy
    on them. What a person approved (`by_person`) is stopped only by guards that block and by a mode in which
    nothing is ordered; what the bot approved is stopped by every guard and by any mode below assist. A missing
    figure stops both.
    """
    mask, _ = judge(columns_of(lines, resolved, run), resolved, at_claim=True)
    hit = int(np.bitwise_or.reduce(mask)) if len(mask) else 0
    silent = {str(Mode.OBSERVE), str(Mode.SHADOW)} | (set() if by_person else {str(Mode.SUGGEST)})
    stopped = bool(set(resolved.frame["mode"].astype("str")) & silent)
    return (*guard_names(hit & _BLOCKING if by_person else hit), *([MODE] if stopped else []))
