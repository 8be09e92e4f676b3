"""Real processes, killed with SIGKILL between every two writes, start again and order exactly once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.orders.model import OrderState
from tests.fakes import FakeErpWriter, ManualClock
from tests.makers import database, make_app, make_draft

POINTS = {
    "submit.found": "",
    "submit.claimed": "",
    "submit.before_create": "",
    "submit.after_create": "",
    "submit.before_record": "",
    "submit.recorded": "",
    "submit.before_verify": "",
    "submit.verified": "",
    "submit.released": "",
    "submit.searched": "reply_lost",
    "submit.before_complete": "parked",
    "submit.completed": "parked",
}

# Every run happens at the seconds given, so that leases and settle times pass without waiting.
PROGRAM = """
import os, signal, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from bot.jobs import runner
from tests.fakes import FakeErpWriter, ManualClock
from tests.makers import make_app, open_engine

folder, kill_at, fault, *moments = Path(sys.argv[1]), *sys.argv[2:]

class Failpoints:
    def reach(self, name):
        if name == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

clock = ManualClock(datetime(2026, 3, 2, 5, tzinfo=UTC))
engine = open_engine(f"sqlite:///{folder / 'restock.db'}")
writer = FakeErpWriter(clock, str(folder / "erp.db"))
writer.faults = [fault]
app = make_app(engine, folder, clock=clock, writer=writer, failpoints=Failpoints(), holder=f"p{os.getpid()}")
app.ids._count = 1000 * int(moments[0])
for before, now in zip([0, *map(int, moments)], map(int, moments)):
    clock.advance(now - before)
    print(runner.run("submit", app))
writer.close()
engine.dispose()
"""


def start(folder: Path, *moments: int, kill_at: str = "", fault: str = "") -> int:
    arguments = [sys.executable, "-c", PROGRAM, str(folder), kill_at, fault, *map(str, moments)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode


@pytest.mark.parametrize("point", list(POINTS))
def test_a_kill_at_any_point_leaves_exactly_one_document_per_order(tmp_path: Path, point: str) -> None:
    drafts = [make_draft([name]) for name in ("bolt", "nut")]
    with database(tmp_path / "restock.db") as engine:
        app = make_app(engine, tmp_path)
        app.orders.adopt(drafts, system="s4", run_id="run-1", plan_id="p")
        assert start(tmp_path, 0, 1000, kill_at=point, fault=POINTS[point]) == -signal.SIGKILL
        assert start(tmp_path, 2000, 3000, 4000) == 0
        writer = FakeErpWriter(ManualClock(), str(tmp_path / "erp.db"))
        assert [writer.count(draft.order.order_key) for draft in drafts] == [1, 1]
        assert len(app.orders.select(OrderState.RELEASED)) == 2
        assert app.orders.verify_chain()
        writer.close()
