"""The plan job on a real database: adopted orders, the report, yardsticks from run to run, systems that fail."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Event

import pytest

from bot.errors import Retryable
from bot.forecast.broadcast import Answer, Ask, Here, never
from bot.jobs.plan import plan_job
from bot.jobs.runner import Outcome, run
from bot.orders.model import OrderState
from bot.ports import App
from connectors.files import FilesReader
from tests.bot.company import AS_OF, AUTONOMOUS, Company, history, on_time, terms
from tests.fakes import ManualClock, TextPolicies
from tests.makers import database, make_app

NAMES = [f"i{place:02}" for place in range(25)]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with database(tmp_path / "db.sqlite") as engine:
        made = make_app(engine, tmp_path)
        yield replace(made, policies=TextPolicies({"policy.yaml": "version: 1\n"}))


def on(app: App, folder: Path, company: Company, policy: str = "version: 1\n", system: str = "files") -> App:
    """The same app with the company as a system's extract."""
    readers = {**app.readers, system: FilesReader(company.write(folder / system), system)}
    return replace(app, readers=readers, policies=TextPolicies({"policy.yaml": policy}))


def many(count: int = len(NAMES)) -> Company:
    """Twenty-five items, of which the first `count` have a row of stock."""
    return Company.small(
        items=[{"item": name, "unit": "EA"} for name in NAMES],
        stock=[{"item": name, "location": "L1", "on_hand": 1} for name in NAMES[:count]],
        demand=[row for name in NAMES for row in history([10] * 40, name)],
        sourcing=[terms(name) for name in NAMES],
        receipts=[row for name in NAMES for row in on_time(item=name)],
    )


def planned(app: App, day: date = AS_OF, *, force: bool = False) -> Outcome:
    clock = app.clock
    assert isinstance(clock, ManualClock)
    clock.advance(60)
    return run("plan", app, day, force=force)


def system(outcome: Outcome, name: str = "files") -> dict[str, object]:
    systems = outcome.report["systems"]
    assert isinstance(systems, dict)
    found: dict[str, object] = systems[name]
    return found


def test_a_plan_is_adopted_stored_and_reported(app: App, tmp_path: Path) -> None:
    app = on(app, tmp_path, Company.small())
    outcome = planned(app)
    assert (outcome.exit_code, outcome.state) == (0, "done")
    found = system(outcome)
    assert found["planned"] == 1
    assert found["reasons"] == {"below_reorder_point": 1}
    assert found["orders"] == {"new": 1, "kept": 0, "superseded": 0, "refused": 0, "cut_lines": 0}
    assert found["grade"] == "ok"
    assert app.orders.select()[0].state is OrderState.AWAITING_APPROVAL
    frames = app.files.frames("plan", str(found["plan_frames"]))
    assert frames["decisions"]["item"].tolist() == ["bolt"]
    meta = app.files.meta("plan", str(found["plan_frames"]))
    assert meta["plan_id"] == found["plan_id"] == app.orders.select()[0].plan_id


def test_a_second_run_keeps_drafts_and_counts_what_was_approved(app: App, tmp_path: Path) -> None:
    app = on(app, tmp_path, Company.small())
    planned(app)
    again = planned(app, force=True)
    assert system(again)["orders"] == {"new": 0, "kept": 1, "superseded": 0, "refused": 0, "cut_lines": 0}
    draft = app.orders.select()[0]
    app.orders.move(draft.order.order_key, draft.state, OrderState.APPROVED, actor="ann@example.com", reason="yes")
    third = planned(app, force=True)
    assert system(third)["reasons"] == {"covered_by_own_orders": 1}
    assert system(third)["orders"] == {"new": 0, "kept": 0, "superseded": 0, "refused": 0, "cut_lines": 0}
    assert [order.state for order in app.orders.select()] == [OrderState.APPROVED]


def test_a_day_is_planned_once(app: App, tmp_path: Path) -> None:
    app = on(app, tmp_path, Company.small())
    planned(app)
    assert planned(app).state == "skipped"


def test_the_plan_of_the_day_before_is_an_input_that_is_named(app: App, tmp_path: Path) -> None:
    tomorrow = Company.small(demand=history([10] * 100) + history([60], until=AS_OF + timedelta(days=1)))
    first = planned(on(app, tmp_path, Company.small()))
    app = on(app, tmp_path, tomorrow)
    for force in (False, True):  # a second run of the day compares with the day before, too
        second = system(planned(app, AS_OF + timedelta(days=1), force=force))
        row = app.files.frames("plan", str(second["plan_frames"]))["decisions"].iloc[0]
        assert str(row["before_on"])[:10] == AS_OF.isoformat()
        assert (row["last_quantity"], row["last_peak"]) == (60.0, 100)
        meta = app.files.meta("plan", str(second["plan_frames"]))
        assert meta["notes"]["earlier"] == system(first)["plan_frames"]  # type: ignore[index]


def test_a_plan_whose_files_are_lost_is_no_yardstick_for_what_changed(app: App, tmp_path: Path) -> None:
    app = on(app, tmp_path, Company.small())
    lost = str(system(planned(app))["plan_frames"])
    for path in tmp_path.rglob(f"*{lost}*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    second = system(planned(app, AS_OF + timedelta(days=1)))
    row = app.files.frames("plan", str(second["plan_frames"]))["decisions"].iloc[0]
    assert str(row["before_on"]) == "NaT"


class TestYardstick:
    def test_a_shrunken_extract_stops_every_attempt_until_it_is_whole_again(self, app: App, tmp_path: Path) -> None:
        assert planned(on(app, tmp_path, many())).exit_code == 0
        short = on(app, tmp_path, many(15))
        for day in (0, 1, 1, 2):
            outcome = planned(short, AS_OF + timedelta(days=day), force=True)
            assert (outcome.exit_code, outcome.state) == (9, "stopped")
            assert "stock shrank from 25 to 15 rows" in outcome.message
        assert planned(on(app, tmp_path, many()), AS_OF + timedelta(days=2), force=True).exit_code == 0

    def test_after_a_week_the_new_size_is_taken_for_granted(self, app: App, tmp_path: Path) -> None:
        planned(on(app, tmp_path, many()))
        assert planned(on(app, tmp_path, many(15)), AS_OF + timedelta(days=8)).exit_code == 0

    def test_other_jobs_between_do_not_hide_the_last_plan(self, app: App, tmp_path: Path) -> None:
        app = on(app, tmp_path, many())
        planned(app)
        for _ in range(60):
            run("approve", app, AS_OF)
        assert planned(on(app, tmp_path, many(15)), AS_OF + timedelta(days=1)).exit_code == 9

    def test_breakers_compare_with_the_plan_before(self, app: App, tmp_path: Path) -> None:
        policy = AUTONOMOUS + "breakers:\n  - { watch: stock_rows_drop_pct, above: 5, then: hold_all }\n"
        first = planned(on(app, tmp_path, many(), policy))
        assert first.exit_code == 0
        assert system(first)["totals"] == {"stock_rows": 25.0, "forecast_per_day": pytest.approx(125, rel=0.02)}
        assert {order.state for order in app.orders.select()} == {OrderState.APPROVED}
        fewer = many(22)
        week = [{"item": name, "location": "L1", "date": AS_OF + timedelta(days=day), "quantity": 60}
                for name in NAMES for day in range(7)]  # fmt: skip
        fewer.tables["demand"] += week  # the need has grown
        second = planned(on(app, tmp_path, fewer, policy), AS_OF + timedelta(days=7))  # needs of another week
        assert second.exit_code == 0
        held = app.orders.select(OrderState.HELD)
        assert held
        assert {hit.guard for order in held for hit in order.draft.guards} >= {"breaker_hold"}
        assert any(hit.found == "stock_rows_drop_pct 12" for order in held for hit in order.draft.guards)


class TestFailures:
    def test_one_system_that_fails_does_not_stop_the_other(self, app: App, tmp_path: Path) -> None:
        broken = Company.small(stock=[{"item": "bolt", "location": "L1", "on_hand": -1}])
        app = on(on(app, tmp_path, Company.small()), tmp_path, broken, system="other")
        outcome = planned(app)
        assert (outcome.exit_code, outcome.state) == (3, "done")
        assert outcome.message.startswith("other: unusable: table stock has no usable row")
        assert system(outcome, "other")["exit_code"] == 9
        assert len(app.orders.select()) == 1

    def test_the_only_system_that_fails_ends_the_job_with_its_code(self, app: App, tmp_path: Path) -> None:
        app = on(app, tmp_path, Company.small(stock=[{"item": "bolt", "location": "L1", "on_hand": "1,5"}]))
        outcome = planned(app)
        assert (outcome.exit_code, outcome.state) == (9, "failed")
        assert "stock.csv:2:3" in outcome.message
        assert app.orders.select() == []

    def test_an_invalid_policy_is_one_error_for_all_systems(self, app: App, tmp_path: Path) -> None:
        for name in ("files", "other"):
            app = on(app, tmp_path, Company.small(), "version: 1\ndefaults: { moed: x }\n", name)
        outcome = planned(app)
        assert outcome.exit_code == 4
        assert outcome.message.count("E104") == 1

    def test_two_systems_that_fail_differently_stop_the_run(self, app: App, tmp_path: Path) -> None:
        app = on(app, tmp_path, Company.small(stock=[{"item": "bolt", "location": "L1", "on_hand": -1}]))
        app = on(app, tmp_path, Company.small(demand=[{"item": "bolt", "location": "L1"}]), system="other")
        outcome = planned(app)
        assert (outcome.exit_code, outcome.state) == (9, "stopped")
        assert "files: unusable" in outcome.message
        assert "other: " in outcome.message

    def test_a_crash_before_adoption_leaves_no_order(self, app: App, tmp_path: Path) -> None:
        app = on(app, tmp_path, Company.small())
        app.failpoints.raises["plan.before_adopt"] = RuntimeError("gone")  # type: ignore[attr-defined]
        assert planned(app).exit_code == 1
        assert app.orders.select() == []
        assert planned(app).exit_code == 0
        assert len(app.orders.select()) == 1


def test_the_job_asks_for_no_ledger(app: App, tmp_path: Path) -> None:
    report = plan_job(on(app, tmp_path, Company.small()), AS_OF, "run-1")
    assert report["as_of"] == "2026-03-02"
    assert report["troubles"] == []


def test_a_named_forecaster_gives_the_forecast_and_one_that_cannot_is_told(app: App, tmp_path: Path) -> None:
    company = Company.small(
        items=[{"item": name, "unit": "EA"} for name in ("bolt", "nut")],
        stock=[{"item": name, "location": "L1", "on_hand": 0} for name in ("bolt", "nut")],
        demand=[*history([10] * 99 + [20]), *history([4] * 100, "nut")],
        sourcing=[terms(), terms("nut")],
    )
    policy = (
        "version: 1\ndefaults: { forecaster: NoSuchForecaster }\n"
        "rules:\n  - { id: b, match: { item: bolt }, set: { forecaster: NaiveForecaster } }\n"
    )
    outcome = planned(on(app, tmp_path, company, policy))
    assert (outcome.exit_code, outcome.state) == (0, "done")
    why = "NoSuchForecaster not used: there is no forecaster 'NoSuchForecaster'"
    assert outcome.report["news"] == [f"files: forecast of 1 item-locations: {why}"]
    decisions = app.files.frames("plan", str(system(outcome)["plan_frames"]))["decisions"].set_index("item")
    assert decisions.loc["bolt", "forecaster"] == "NaiveForecaster"
    assert decisions.loc["bolt", "interval_mean"] == pytest.approx(20 * decisions.loc["bolt", "interval_days"])
    assert decisions["forecast_fallback"].to_dict() == {"bolt": "", "nut": why}
    assert decisions.loc["nut", "interval_mean"] == pytest.approx(4 * decisions.loc["nut", "interval_days"], rel=0.01)
    evidence = {line.item: order.draft.evidence[line.number] for order in app.orders.select()
                for line in order.draft.order.lines}  # fmt: skip
    assert evidence["nut"]["forecast_fallback"] == why


def test_a_plan_that_is_told_to_end_while_forecasting_is_tried_again(app: App, tmp_path: Path) -> None:
    app = on(app, tmp_path, Company.small(), "version: 1\ndefaults: { forecaster: NaiveForecaster }\n")
    told = Event()

    def broadcast(asks: Sequence[Ask], told_to_end: Callable[[], bool] = never) -> list[Answer]:
        told.set()
        return Here()(asks, told_to_end)

    with pytest.raises(Retryable, match="told to end while forecasting"):
        plan_job(replace(app, broadcast=broadcast), AS_OF, "run-1", told.is_set)
    assert app.orders.select() == []
