"""The run list and the report of a plan, made from the stored plan and the orders as they stand."""

from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from typing import Any

import pandas as pd
import pytest

from bot.orders.model import OrderState
from bot.web.app import create_app
from tests.bot.web.console import ADMIN, BUYER, PASSWORD, READER, Console, console


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Console]:
    made = console(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def client(site: Console) -> Any:
    return create_app(site.deps).test_client()


def sign_in(client: Any, site: Console, email: str, **change: str) -> Any:
    form = {"email": email, "password": PASSWORD, "code": site.code(), "next": "/runs", **change}
    return client.post("/sign-in", data=form, headers={"Sec-Fetch-Site": "same-origin"})


def plan_run(site: Console) -> str:
    """A finished plan in the ledger, with its decisions where the console looks for them."""
    runs: Any = site.deps.runs
    files: Any = site.deps.files
    rows = {"item": ["10000241", "nut"], "location": ["1010", "1010"], "reason": ["below_reorder_point", "covered"]}
    stored = files.put_frames("plan", {"decisions": pd.DataFrame({**rows, "decision": ["approve", "none"]})}, {})
    row = runs.open("plan", site.clock.today("UTC"))
    system = {"planned": 2, "grade": "ok", "orders": {"new": 3}, "plan_frames": stored}
    runs.close(row.run_id, "done", {"as_of": "2026-11-23", "systems": {"s4": system}})
    return str(row.run_id)


def test_runs_and_their_reports(client: Any, site: Console) -> None:
    run_id = plan_run(site)
    sign_in(client, site, READER, next="/runs")
    assert f"/runs/{run_id}" in client.get("/runs").text
    report = client.get(f"/runs/{run_id}").text
    assert "2 planned = 0 ordered + 0 moved + 1 waiting" in report
    assert "worth more than goes out alone" in report
    assert f"/a/{site.key}" in report
    site.clock.advance(30)
    scoped = create_app(site.deps).test_client()
    sign_in(scoped, site, BUYER)
    assert scoped.get(f"/runs/{run_id}").status_code == 404


def test_a_report_shows_orders_as_they_stand_now(client: Any, site: Console) -> None:
    run_id = plan_run(site)
    sign_in(client, site, ADMIN)
    site.orders.move(site.key, OrderState.AWAITING_APPROVAL, OrderState.REJECTED, actor=ADMIN, reason="budget")
    assert "2 planned = 0 ordered + 0 moved + 0 waiting + 1 held or blocked" in client.get(f"/runs/{run_id}").text


def test_a_report_without_its_files_says_so(client: Any, site: Console, tmp_path: Path) -> None:
    run_id = plan_run(site)
    rmtree(tmp_path / "files")
    sign_in(client, site, ADMIN)
    answer = client.get(f"/runs/{run_id}")
    assert answer.status_code == 503
    assert "The files of this plan cannot be read here" in answer.text


def test_runs_that_found_nothing_to_do_do_not_push_the_plan_off_the_list(client: Any, site: Console) -> None:
    run_id = plan_run(site)
    runs: Any = site.deps.runs
    for number in range(40):
        site.clock.advance(1)
        row = runs.open("submit", site.clock.today("UTC"), force=True)
        done = {"sent": 2} if number == 0 else {}
        runs.close(row.run_id, "done", {"troubles": [], "exit_code": 0, "message": "", **done})
    sign_in(client, site, ADMIN)
    text = client.get("/runs").text
    assert run_id in text
    assert "2 sent" in text
    assert "39 runs that found nothing to do are not listed" in text
