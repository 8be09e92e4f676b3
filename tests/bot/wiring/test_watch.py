"""After a run the metrics file tells what happened, and the log line has no secrets of its own to tell."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bot.jobs.runner import Outcome
from bot.telemetry import configure_logs
from bot.wiring.watch import Watch
from tests.makers import database, make_app, make_draft

DAY = date(2026, 3, 2)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Watch, Path]]:
    with database(tmp_path / "restock.sqlite") as engine:
        app = make_app(engine, tmp_path)
        app.orders.adopt([make_draft(["a"])], system="s4", run_id="r", plan_id="p")
        yield Watch(app, tmp_path / "restock.prom"), tmp_path / "restock.prom"


def test_a_plan_is_measured(watched: tuple[Watch, Path], capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    watch, path = watched
    watch.begin("plan")
    aside = [{"table": "stock", "count": 2}, {"table": "stock", "count": 1}]
    watch(Outcome("plan", DAY, 0, "done", {"systems": {"s4": {"reasons": {"covered": 4}, "quarantine": aside}}}))
    text = path.read_text("utf-8")
    assert 'restock_item_locations{reason="covered",system="s4"} 4.0' in text
    assert 'restock_quarantined_rows{system="s4",table="stock"} 3.0' in text
    assert 'restock_orders{state="approved"} 1.0' in text
    assert 'restock_run_exit_code{job="plan"} 0.0' in text
    assert '"job ended"' in capsys.readouterr().err


def test_a_failure_leaves_the_last_success_alone(watched: tuple[Watch, Path]) -> None:
    watch, path = watched
    watch.measure(Outcome("submit", DAY, 8, "failed", message="no connection"))
    text = path.read_text("utf-8")
    assert 'restock_run_exit_code{job="submit"} 8.0' in text
    assert 'restock_run_last_success_timestamp_seconds{job="submit"}' not in text
