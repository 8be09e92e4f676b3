"""What the database and earlier learning know, and the next plan needs.

It only reads; without anything learned the memory is that of an installation which never learned.
"""

from collections.abc import Mapping

import pandas as pd

from bot.errors import NeedsAdmin
from bot.forecast import champions
from bot.orders.keys import needs_digest
from bot.orders.model import OrderState
from bot.orders.plan import Memory
from bot.patterns import kept
from bot.ports import App, Files, Runs

LEARNED = "learned"  # kind of the stored files, and the key of the report that names them by system
LOOK_BACK = 30  # attempts at learning among which the last good one of a system is looked for


def remember(app: App, system: str) -> Memory:
    """What the plan of one system needs of earlier orders, promises and learning."""
    orders, learned = app.orders, _learned(app, system)
    waiting = {
        needs_digest(line.need_key for line in stored.order.lines): stored.order
        for stored in orders.select(OrderState.AWAITING_APPROVAL, OrderState.HELD, system=system)
    }
    return Memory(
        orders.in_flight(system),
        orders.sequences(system),
        orders.rejections(system),
        orders.revisions(system),
        waiting,
        orders.promises(system),
        learned.get("champions", champions.blank()),
        learned.get("items", champions.blank_items()),
        learned.get("patterns", kept.blank())[list(kept.HELD)],
    )


def _learned(app: App, system: str) -> Mapping[str, pd.DataFrame]:
    """Newest frames; none where their file is lost or damaged, which the next learning tells and mends."""
    try:
        return last_learned(app.runs, app.files, system)
    except NeedsAdmin:
        return {}


def last_learned(runs: Runs, files: Files, system: str) -> dict[str, pd.DataFrame]:
    """Frames of the newest learning of a system, empty without one; NeedsAdmin when they cannot be read."""
    for run in runs.history(LOOK_BACK, "learn"):
        systems = run.report.get(LEARNED)
        report = systems.get(system) if isinstance(systems, dict) else None
        if isinstance(report, Mapping) and "frames" in report:
            return files.frames(LEARNED, str(report["frames"]))
    return {}
