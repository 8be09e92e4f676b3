"""After a run the metrics file tells what happened, and the log line has no secrets of its own to tell."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from bot.jobs.runner import Outcome
from bot.jobs.submit import submit_due
from bot.orders.document import DocumentState
from bot.orders.model import OrderState
from bot.orders.news import Sighting
from bot.telemetry import configure_logs
from bot.wiring.watch import Watch
from tests.fakes import FakeErpWriter
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


def test_documents_in_the_erp_are_measured_by_system(watched: tuple[Watch, Path], tmp_path: Path) -> None:
    watch, path = watched
    with database(tmp_path / "restock.sqlite") as engine:
        app = make_app(engine, tmp_path)
        submit_due(app)
        (stored,) = app.orders.select(OrderState.RELEASED)
        assert stored.known is not None
        moved = replace(stored.known.lines[0], moves=3)
        app.orders.follow(stored, Sighting((), replace(stored.known, lines=(moved,), missing_told=True)), actor="test")
        app.orders.adopt([make_draft(["b"])], system="s4", run_id="r", plan_id="p")
        cast("FakeErpWriter", app.writers["s4"]).changes = {"state": DocumentState.PENDING}
        submit_due(app)
    watch.measure(Outcome("follow_up", DAY, 0, "done"))
    text = path.read_text("utf-8")
    assert 'restock_promises_moved{system="s4"} 3.0' in text
    assert 'restock_orders_missing_in_erp{system="s4"} 1.0' in text
    assert 'restock_orders_pending_in_erp{system="s4"} 1.0' in text
