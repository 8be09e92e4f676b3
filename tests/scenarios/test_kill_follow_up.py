"""A follow-up that is killed with SIGKILL anywhere loses no news and tells none twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.jobs.submit import submit_due
from bot.orders.model import OrderState
from tests.fakes import FakeErpWriter, ManualClock
from tests.makers import database, make_app, make_draft

PROGRAM = """
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from bot.jobs import runner
from bot.wiring.world import KillingFailpoints
from tests.fakes import FakeErpWriter, ManualClock
from tests.makers import make_app, open_engine

folder, kill_at, minute = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
clock = ManualClock(datetime(2026, 3, 2, 6, minute, tzinfo=UTC))
engine = open_engine(f"sqlite:///{folder / 'restock.db'}")
writer = FakeErpWriter(clock, str(folder / "erp.db"))
writer.line_changes = {"received": Decimal(40), "promised_on": date(2026, 3, 25)}
app = make_app(engine, folder, clock=clock, writer=writer, failpoints=KillingFailpoints(kill_at), holder=f"p{minute}")
app.ids._count = 1000 * minute
outcome = runner.run("follow_up", app)
assert outcome.exit_code == 0, outcome
writer.close()
engine.dispose()
"""


def start(folder: Path, minute: int, kill_at: str = "") -> int:
    arguments = [sys.executable, "-c", PROGRAM, str(folder), kill_at, str(minute)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode


@pytest.mark.parametrize("point", ["follow_up.before_note:2", "follow_up.noted:1", "follow_up.noted:2"])
def test_a_killed_follow_up_tells_everything_once(tmp_path: Path, point: str) -> None:
    drafts = [make_draft([name]) for name in ("bolt", "nut", "screw")]
    with database(tmp_path / "restock.db") as engine:
        writer = FakeErpWriter(ManualClock(), str(tmp_path / "erp.db"))
        app = make_app(engine, tmp_path, writer=writer)
        app.orders.adopt(drafts, system="s4", run_id="run-1", plan_id="p")
        submit_due(app)
        assert len(app.orders.select(OrderState.RELEASED)) == 3

        assert start(tmp_path, 10, point) == -signal.SIGKILL
        assert 0 < len(app.orders.select(OrderState.RELEASED)) < 3, "the kill must come in the middle"
        assert start(tmp_path, 20) == 0
        assert start(tmp_path, 30) == 0

        for draft in drafts:
            news = [event.details.get("news") for event in app.orders.events(draft.order.order_key)]
            assert [kind for kind in news if kind] == ["released", "confirmed", "goods"]
        assert len(app.orders.select(OrderState.PART_RECEIVED)) == 3
        assert list(app.orders.in_flight("s4")["quantity"]) == [60, 60, 60]
        assert app.orders.verify_chain()
        writer.close()
