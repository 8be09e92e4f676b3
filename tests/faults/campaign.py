"""Many orders through the real sending job on one route, with faults on the way, until nothing is on its way."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.jobs.submit import submit_due
from bot.orders.model import OrderState
from bot.ports import App, ErpWriter
from tests.contract.far_side import FarSide, Route
from tests.fakes import OpenGate
from tests.faults import checker
from tests.faults.history import History
from tests.faults.plan import FaultPlan, plan_for
from tests.faults.proxy import fault_proxy
from tests.faults.recorded import RecordedOrders, RecordedWriter
from tests.makers import database, make_app

_ON_THE_WAY = (
    OrderState.APPROVED, OrderState.SENDING, OrderState.UNKNOWN, OrderState.SENT, OrderState.VERIFIED,
)  # fmt: skip
_MOST_RUNS = 400
_LEAST_STEP = 300.0  # seconds between two runs: orders that were not sent wait before they are tried again


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker, a process of its own, said."""

    code: int
    text: str
    figures: dict[str, Any]
    history: Path


def campaign(
    route: Route, folder: Path, count: int, seed: str, *, wrap: Callable[[ErpWriter], ErpWriter] = lambda w: w
) -> Verdict:
    """Send `count` orders over a route under seeded faults, then have the history checked against the ERP's books."""
    history = History(folder / "history.jsonl")
    with route.running(folder) as far:
        plan = plan_for(f"{seed} {route.name}", route.writes)
        with _address(route, far, plan, history) as (address, release):
            writer = RecordedWriter(wrap(far.writer(address)), history, far.disturber(plan, history))
            with database(folder / "restock.sqlite") as engine:
                app = make_app(engine, folder, clock=far.clock, writer=writer)
                app = replace(app, orders=RecordedOrders(app.orders, history), gate=OpenGate())
                app.orders.adopt(far.drafts(count), system=far.system, run_id="r", plan_id="p")
                _until_settled(app, far, release)
                assert app.orders.verify_chain()
        history.close()
        return _checked(far, history.path, route.name)


@contextmanager
def _address(
    route: Route, far: FarSide, plan: FaultPlan, history: History
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Where the connector calls, and how to deliver what was held back."""
    if not route.wire:
        yield far.address, far.release
        return
    with fault_proxy(far.address, plan, history, far.key_of) as proxy:
        yield proxy.url, proxy.release


def _until_settled(app: App, far: FarSide, release: Callable[[], object]) -> None:
    """Run the job again and again, each time less than a settle time later, so that it also comes too early."""
    settle = app.writers[far.system].settle_seconds
    for _ in range(_MOST_RUNS):
        submit_due(app)
        release()
        if not app.orders.select(*_ON_THE_WAY):
            return
        far.clock.advance(max(settle * 0.6, _LEAST_STEP))


def _checked(far: FarSide, history: Path, name: str) -> Verdict:
    command = [
        sys.executable,
        "-I",
        checker.__file__,
        far.ledger,
        str(history),
        str(far.settle_books()),
        name,
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    text, _, figures = done.stdout.rstrip("\n").rpartition("\n")
    assert figures, done.stderr
    return Verdict(done.returncode, text, json.loads(figures), history)
