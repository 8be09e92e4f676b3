"""A learning that is killed with SIGKILL is told by the next run, once, and the ledger knows both."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from bot.jobs.memory import last_learned
from tests.bot.company import Company, on_time
from tests.makers import database, make_app

PROGRAM = """
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from bot.jobs import runner
from bot.wiring.world import KillingFailpoints
from connectors.files import FilesReader
from tests.fakes import ManualClock, TextPolicies
from tests.makers import make_app, open_engine

folder, minute, jobs, kill_at = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split(","), sys.argv[4]
clock = ManualClock(datetime(2026, 3, 2, 6, minute, tzinfo=UTC))
engine = open_engine(f"sqlite:///{folder / 'restock.db'}")
app = make_app(engine, folder, clock=clock, failpoints=KillingFailpoints(kill_at), holder=f"p{minute}")
app.ids._count = 1000 * minute
policies = TextPolicies({"policy.yaml": "version: 1\\n"})
app = replace(app, policies=policies, readers={"files": FilesReader(folder / "data", "files")})
for job in jobs:
    outcome = runner.run(job, app, date(2026, 3, 2))
    assert outcome.exit_code == 0, outcome
app.writers["s4"].close()
engine.dispose()
"""


def start(folder: Path, minute: int, jobs: str, kill_at: str = "") -> int:
    arguments = [sys.executable, "-c", PROGRAM, str(folder), str(minute), jobs, kill_at]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode


def test_a_killed_learning_is_made_and_told_by_the_next_run(tmp_path: Path) -> None:
    Company.small(receipts=on_time()).write(tmp_path)
    with database(tmp_path / "restock.db") as engine:
        assert start(tmp_path, 10, "plan,learn", "learn.stored:1") == -signal.SIGKILL
        app = make_app(engine, tmp_path)
        assert last_learned(app.runs, app.files, "files") == {}
        assert start(tmp_path, 20, "learn") == 0
        assert [(row.state, row.attempt) for row in app.runs.history(9, "learn")] == [("done", 2), ("failed", 1)]
        assert last_learned(app.runs, app.files, "files")["suppliers"]["lines"].tolist() == [6]
        app.writers["s4"].close()  # type: ignore[attr-defined]
