"""What the next plan is told: promises that follow-up saw, and champions only where they can be read."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import cast

import pandas as pd
import pytest

from bot.forecast.champions import as_frame, of_frame
from bot.forecast.choose import Choice
from bot.jobs.follow_up import follow_up
from bot.jobs.memory import LEARNED, LOOK_BACK, last_learned, remember
from bot.jobs.submit import never, submit_due
from bot.ports import App
from tests.fakes import FakeErpWriter, ManualClock
from tests.makers import database, make_app, make_draft

DAY = date(2026, 3, 2)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with database(tmp_path / "db.sqlite") as engine:
        made = make_app(engine, tmp_path)
        yield made
        cast("FakeErpWriter", made.writers["s4"]).close()


def reported(app: App, systems: dict[str, object], job: str = "learn") -> None:
    cast("ManualClock", app.clock).advance(1)
    row = app.runs.open(job, DAY, force=True)
    assert row is not None
    app.runs.close(row.run_id, "done", {LEARNED: systems})


def stored(app: App, **choices: Choice) -> dict[str, object]:
    return {
        "frames": app.files.put_frames(
            LEARNED, {"champions": as_frame({name: (choice,) for name, choice in choices.items()}, "D", DAY)}, {}
        )
    }


def test_an_installation_that_never_learned_remembers_nothing_of_it(app: App) -> None:
    memory = remember(app, "s4")
    assert len(memory.promises) == len(memory.champions) == len(memory.patterns) == 0
    assert last_learned(app.runs, app.files, "s4") == {}


def test_the_first_promise_that_follow_up_saw_is_remembered(app: App) -> None:
    app.orders.adopt([make_draft()], system="s4", run_id="run-1", plan_id="p")
    submit_due(app)
    erp = cast("FakeErpWriter", app.writers["s4"])
    epoch = app.runs.take_lease(app.holder, 1000)
    assert epoch is not None
    for day in (20, 27):
        erp.line_changes = {"received": Decimal(0), "promised_on": date(2026, 3, day)}
        follow_up(app, epoch=epoch, should_stop=never)
    found = remember(app, "s4").promises
    assert found[["item", "location", "first_promised_on"]].to_numpy().tolist() == [
        ["bolt", "L1", pd.Timestamp("2026-03-20")]
    ]
    assert remember(app, "other").promises.empty


def test_the_newest_learning_of_the_system_counts(app: App) -> None:
    older, newer = (Choice(phi=phi, loss=1.0, naive_loss=1.0, coverage=0.9) for phi in (1.0, 2.0))
    reported(app, {"s4": stored(app, smooth=older)})
    reported(app, {"s4": stored(app, smooth=newer), "other": stored(app, lumpy=older)})
    for _ in range(LOOK_BACK - 1):
        reported(app, {"other": stored(app, lumpy=older)})
    reported(app, {"s4": stored(app, smooth=older)}, job="plan")
    assert of_frame(remember(app, "s4").champions) == {"smooth": (newer,)}
    assert of_frame(remember(app, "other").champions) == {"lumpy": (older,)}
    reported(app, {"other": stored(app, lumpy=older)})
    assert of_frame(remember(app, "s4").champions) == {}


def test_champions_that_are_lost_are_none(app: App) -> None:
    reported(app, {"s4": {"frames": "0" * 64}})
    assert of_frame(remember(app, "s4").champions) == {}
