"""The learn job on a real database and real files: what it stores, tells once, and leaves to the next plan."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pytest

from bot.errors import NeedsAdmin
from bot.forecast.champions import of_frame
from bot.jobs.cycle import plan_cycle
from bot.jobs.memory import last_learned, remember
from bot.jobs.runner import Outcome, run
from bot.orders.plan import Memory
from bot.policy.parse import parse_policies
from bot.ports import App
from bot.snapshot.dataset import reopen
from connectors.files import FilesReader
from tests.bot.company import AS_OF, Company, Row, history, terms
from tests.fakes import ManualClock, RecordingFailpoints, TextPolicies
from tests.makers import database, make_app

NAMES = [f"i{place:02}" for place in range(12)]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with database(tmp_path / "db.sqlite") as engine:
        yield replace(make_app(engine, tmp_path), policies=TextPolicies({"policy.yaml": "version: 1\n"}))


def company(late: int = 0, until: date = AS_OF) -> Company:
    """Twelve items with demand worth a champion; the newest receipts came so many days late."""
    rng = np.random.default_rng(4)
    receipts: list[Row] = [
        {
            "order_ref": f"R{name}{place}", "line": 1, "item": name, "location": "L1", "supplier": "acme",
            "quantity_ordered": 60, "quantity_received": 60, "ordered_on": until - timedelta(days=50 + place),
            "promised_on": until - timedelta(days=45 + place),
            "received_on": until - timedelta(days=45 + place - (late if place < 3 else 0)),
        }
        for name in NAMES
        for place in range(6)
    ]  # fmt: skip
    return Company.small(
        items=[{"item": name, "unit": "EA"} for name in NAMES],
        stock=[{"item": name, "location": "L1", "on_hand": 1} for name in NAMES],
        demand=[row for name in NAMES for row in history(rng.poisson(8, 60).tolist(), name, until=until)],
        sourcing=[terms(name) for name in NAMES],
        receipts=receipts,
    )


def elsewhere() -> Company:
    """The same company at another location: location codes are unique over all systems."""
    tables = {
        name: [{**row, "location": "L2"} if "location" in row else row for row in rows]
        for name, rows in company().tables.items()
    }
    return Company(tables)


def on(app: App, folder: Path, made: Company, system: str = "files") -> App:
    """The same app with the company as a system's extract."""
    return replace(app, readers={**app.readers, system: FilesReader(made.write(folder / system), system)})


def ran(app: App, job: str, day: date = AS_OF, *, force: bool = False) -> Outcome:
    cast("ManualClock", app.clock).advance(60)
    return run(job, app, day, force=force)


def news(outcome: Outcome) -> list[str]:
    return cast("list[str]", outcome.report["news"])


def system(outcome: Outcome, name: str = "files") -> dict[str, object]:
    return cast("dict[str, dict[str, dict[str, object]]]", outcome.report)["learned"][name]


def used(outcome: Outcome, name: str = "files") -> dict[str, object]:
    """What a plan says that it used of learning."""
    report = cast("dict[str, dict[str, dict[str, object]]]", outcome.report)["systems"][name]
    return cast("dict[str, object]", report["learned"])


def test_before_the_first_plan_there_is_nothing_to_learn_from(app: App, tmp_path: Path) -> None:
    outcome = ran(on(app, tmp_path, company()), "learn")
    assert (outcome.exit_code, outcome.state, outcome.message) == (0, "done", "")
    assert news(outcome) == ["files: nothing to learn from yet; the next plan stores an extract"]
    assert outcome.report["learned"] == {}


def test_a_plan_without_learning_chooses_for_itself(app: App, tmp_path: Path) -> None:
    assert used(ran(on(app, tmp_path, company()), "plan")) == {"champions": {}, "promises": 0}


def test_what_was_learned_is_told_once_and_used_by_the_next_plan(app: App, tmp_path: Path) -> None:
    app = on(app, tmp_path, company())
    planned = ran(app, "plan")
    first = ran(app, "learn")
    assert (first.exit_code, first.state) == (0, "done")
    assert [text.split(" (")[0] for text in news(first)] == ["files: champion for smooth demand: pooled"]
    found = system(first)
    assert (found["as_of"], found["suppliers"], found["item_locations"], found["champions"]) == ("2026-03-02", 1, 12, 1)
    kept = last_learned(app.runs, app.files, "files")
    assert kept["suppliers"]["supplier"].tolist() == ["acme"]
    assert len(kept["lead_times"]) == 12

    assert ran(app, "learn").state == "skipped"
    second = ran(app, "learn", force=True)
    assert (second.exit_code, news(second)) == (0, [])
    assert system(second)["frames"] == found["frames"], "the same learning is stored once"

    again = ran(app, "plan", force=True)
    assert used(again) == {"champions": {"smooth": "2026-03-02"}, "promises": 0}
    plans = [cast("dict[str, dict[str, dict[str, str]]]", each.report)["systems"]["files"] for each in (planned, again)]
    assert plans[0]["plan_id"] == plans[1]["plan_id"], "champions of the same day's extract are what the plan chose"


def test_a_supplier_that_got_worse_is_told(app: App, tmp_path: Path) -> None:
    for late in (0, 9):
        made = on(app, tmp_path, company(late))
        ran(made, "plan", force=True)
        outcome = ran(made, "learn", force=True)
    [text] = news(outcome)
    assert text.startswith("files: supplier acme: on time in full 100% -> 49% (72 lines), lead time 5.0 -> 10")
    assert (outcome.report["scores_changed"], outcome.report["lead_times_changed"]) == (1, 1)


def test_the_plan_is_the_same_from_what_was_stored_of_it(app: App, tmp_path: Path) -> None:
    """What replay needs: the snapshot, the champions and the promises come back from files and give the same plan."""
    app = on(app, tmp_path, company())
    ran(app, "plan")
    ran(app, "learn")
    day = AS_OF + timedelta(days=10)
    report = cast("dict[str, dict[str, dict[str, str]]]", ran(app, "plan", day).report)["systems"]["files"]
    snapshot = reopen(
        app.files.frames("snapshot", report["snapshot_frames"]), app.files.meta("snapshot", report["snapshot_frames"])
    )
    frames = app.files.frames("plan", report["plan_frames"])
    assert list(of_frame(frames["champions"])) == ["smooth"]
    memory = remember(app, "files")
    pd.testing.assert_frame_equal(frames["champions"], memory.champions)
    pd.testing.assert_frame_equal(frames["promises"], memory.promises)
    pd.testing.assert_frame_equal(frames["patterns"], memory.patterns)
    assert len(memory.patterns) == 12
    told = replace(Memory.blank(), **{name: frames[name] for name in ("champions", "promises", "patterns")})
    plan = plan_cycle(snapshot, parse_policies({"policy.yaml": "version: 1\n"}), told, app.planning)
    left = plan.decisions[["item", "forecaster", "reorder_point", "needed"]].astype({"item": "str"})
    pd.testing.assert_frame_equal(left, frames["decisions"][left.columns].astype({"item": "str"}))


def test_old_champions_are_not_used(app: App, tmp_path: Path) -> None:
    app = on(app, tmp_path, company())
    ran(app, "plan")
    ran(app, "learn")
    dates = [AS_OF + timedelta(days=days) for days in (-1, 35, 36)]
    assert [len(cast("dict[str, str]", used(ran(app, "plan", day))["champions"])) for day in dates] == [0, 1, 0]


def test_a_system_that_cannot_be_learned_from_does_not_stop_the_others(app: App, tmp_path: Path) -> None:
    app = on(on(app, tmp_path, company()), tmp_path, elsewhere(), "other")
    planned = ran(app, "plan")
    assert planned.exit_code == 0
    extract = cast("dict[str, dict[str, dict[str, str]]]", planned.report)["systems"]["files"]["snapshot_frames"]
    (tmp_path / "files" / "snapshot" / extract / "stock.parquet").unlink()
    outcome = ran(app, "learn")
    assert (outcome.exit_code, outcome.state) == (3, "done")
    assert outcome.message.startswith("files: ")
    assert "the content does not have the hash it was stored under" in outcome.message
    assert list(cast("dict[str, object]", outcome.report["learned"])) == ["other"]
    assert news(outcome)[0].startswith("other: champion for smooth demand")


def test_an_extract_of_another_version_is_a_trouble_with_a_remedy(app: App, tmp_path: Path) -> None:
    app = on(app, tmp_path, company())
    ran(app, "plan")
    row = app.runs.history(1, "plan")[0]
    report = cast("dict[str, dict[str, dict[str, str]]]", row.report)
    extract = report["systems"]["files"]["snapshot_frames"]
    frames, meta = app.files.frames("snapshot", extract), app.files.meta("snapshot", extract)
    moved = app.files.put_frames("snapshot", frames, {**meta, "snapshot_id": "another version's"})
    report["systems"]["files"]["snapshot_frames"] = moved
    app.runs.close(row.run_id, "done", row.report)
    outcome = ran(app, "learn")
    assert outcome.exit_code == 3
    assert "came back as" in outcome.message
    assert "it stores a new extract" in outcome.message


def test_lost_learning_is_told_begun_anew_and_does_not_stop_a_plan(app: App, tmp_path: Path) -> None:
    app = on(app, tmp_path, company())
    ran(app, "plan")
    frames = system(ran(app, "learn"))["frames"]
    (tmp_path / "files" / "learned" / str(frames) / "champions.parquet").write_bytes(b"torn")
    with pytest.raises(NeedsAdmin):
        last_learned(app.runs, app.files, "files")
    assert used(ran(app, "plan", AS_OF + timedelta(days=1))) == {"champions": {}, "promises": 0}
    outcome = ran(app, "learn", AS_OF + timedelta(days=1))
    assert outcome.exit_code == 3
    assert "learning began anew" in outcome.message
    assert ran(app, "learn", AS_OF + timedelta(days=2)).exit_code == 0, "the next one finds what was begun anew"


@pytest.mark.parametrize("point", ["learn.before_store", "learn.stored"])
def test_what_a_broken_run_did_not_report_is_told_by_the_next(app: App, tmp_path: Path, point: str) -> None:
    app = on(app, tmp_path, company())
    ran(app, "plan")
    cast("RecordingFailpoints", app.failpoints).raises[point] = RuntimeError("killed")
    assert ran(app, "learn").exit_code == 1
    assert last_learned(app.runs, app.files, "files") == {}
    assert len(news(ran(app, "learn"))) == 1


def test_a_stopped_run_keeps_what_it_has_and_may_be_repeated(app: App, tmp_path: Path) -> None:
    app = on(on(app, tmp_path, company()), tmp_path, elsewhere(), "other")
    ran(app, "plan")
    asked: list[int] = []
    outcome = run("learn", app, AS_OF, should_stop=lambda: bool(asked) or asked.append(1) is not None)
    assert (outcome.exit_code, outcome.state) == (143, "stopped")
    assert list(cast("dict[str, object]", outcome.report["learned"])) == ["files"]
    again = ran(app, "learn")
    assert (again.exit_code, len(news(again))) == (0, 1)
    assert news(again)[0].startswith("other: champion")


def test_policy_that_cannot_be_read_is_a_trouble(app: App, tmp_path: Path) -> None:
    app = on(app, tmp_path, company())
    ran(app, "plan")
    outcome = ran(replace(app, policies=TextPolicies({"policy.yaml": "version: 7\n"})), "learn")
    assert outcome.exit_code == 3
    assert outcome.message.startswith("files: ")
