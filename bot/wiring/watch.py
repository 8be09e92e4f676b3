"""Tells operators what a finished run did: one log line and the metrics file.

It measures nothing itself; the figures are the runner's outcome and the order book.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from bot.jobs.runner import Outcome
from bot.orders.model import OrderState, StoredOrder
from bot.orders.sighting import FOLLOWED
from bot.ports import App
from bot.telemetry import Metrics, logger


class Watch:
    """Call it with every outcome; keeps the gauges of all jobs of this process."""

    def __init__(self, app: App, path: Path) -> None:
        self._app = app
        self._path = path
        self._metrics = Metrics(version("restock"))
        self._began: dict[str, float] = {}

    def begin(self, job: str) -> None:
        """Remember when a job began."""
        self._began[job] = self._app.clock.monotonic()

    def __call__(self, outcome: Outcome) -> None:
        """Log the outcome and write the metrics."""
        self._log(outcome)
        self.measure(outcome)

    def measure(self, outcome: Outcome) -> None:
        """Write the metrics after a run."""
        self._of_run(outcome)
        self._of_orders()
        if outcome.job == "plan":
            self._of_plan(outcome.report)
        self._metrics.write(self._path)

    def _log(self, outcome: Outcome) -> None:
        fields = {"job": outcome.job, "business_date": outcome.business_date.isoformat(), "run_id": outcome.run_id}
        tell = logger().warning if outcome.exit_code else logger().info
        tell("job ended", **fields, state=outcome.state, exit_code=outcome.exit_code, message=outcome.message)

    def _of_run(self, outcome: Outcome) -> None:
        now = self._app.clock.now().timestamp()
        self._metrics.set("restock_run_last_timestamp_seconds", now, job=outcome.job)
        self._metrics.set("restock_run_exit_code", outcome.exit_code, job=outcome.job)
        if not outcome.exit_code:
            self._metrics.set("restock_run_last_success_timestamp_seconds", now, job=outcome.job)
        if (began := self._began.pop(outcome.job, None)) is not None:
            self._metrics.set("restock_run_duration_seconds", self._app.clock.monotonic() - began, job=outcome.job)

    def _of_orders(self) -> None:
        self._metrics.set("restock_kill_switch", float(bool(self._app.runs.stopped())))
        orders = self._app.orders.select()
        states = [stored.state for stored in orders]
        for state in OrderState:
            self._metrics.set("restock_orders", states.count(state), state=state.value)
        self._of_documents(orders)

    def _of_documents(self, orders: Sequence[StoredOrder]) -> None:
        """What the ERPs were last seen to hold of orders that are still open there."""
        for system in self._app.writers:
            own = [stored for stored in orders if stored.order.system == system and stored.state in FOLLOWED]
            known = [stored.known for stored in own if stored.known is not None]
            pending = sum(stored.state is OrderState.VERIFIED for stored in own)
            self._metrics.set("restock_orders_pending_in_erp", pending, system=system)
            missing = sum(each.missing_told for each in known)
            self._metrics.set("restock_orders_missing_in_erp", missing, system=system)
            self._metrics.set("restock_promises_moved", sum(each.moves for each in known), system=system)

    def _of_plan(self, report: Mapping[str, object]) -> None:
        systems = report.get("systems")
        if not isinstance(systems, dict):
            return
        self._metrics.clear("restock_item_locations")
        self._metrics.clear("restock_quarantined_rows")
        for system, part in systems.items():
            for reason, count in part.get("reasons", {}).items():
                self._metrics.set("restock_item_locations", count, system=system, reason=reason)
            aside: Counter[str] = Counter()
            for entry in part.get("quarantine", ()):
                aside[entry["table"]] += entry["count"]
            for table, count in aside.items():
                self._metrics.set("restock_quarantined_rows", count, system=system, table=table)
