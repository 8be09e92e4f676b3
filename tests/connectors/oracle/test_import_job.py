"""The sending job over files of Fusion's import: verified when handed over, released when Fusion shows the order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.jobs.submit import submit_due
from bot.orders.model import OrderState
from bot.ports import App
from tests.connectors.oracle.fbdi_parts import draft, imported, made, take
from tests.connectors.sandbox.fusion_pod import Pod, running_pod, self_link
from tests.fakes import ManualClock, OpenGate
from tests.makers import database, make_app

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pod]:
    with running_pod(tmp_path_factory.mktemp("imports")) as pod:
        yield pod


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


@dataclass
class Job:
    """The sending job on one order, an hour between two runs."""

    app: App
    clock: ManualClock
    key: str

    def later(self) -> OrderState:
        submit_due(self.app)
        self.clock.advance(3600.0)
        stored = self.app.orders.get(self.key)
        assert stored is not None
        assert stored.erp_number == self.key
        return stored.state


@pytest.fixture
def job(running: Pod, folder: Path, tmp_path: Path) -> Iterator[Callable[[str], Job]]:
    with database(tmp_path / "restock.sqlite") as engine:

        def start(key: str) -> Job:
            clock = ManualClock(datetime(2026, 3, 2, 6, tzinfo=UTC))
            app = make_app(engine, tmp_path, clock=clock, writer=made(running, folder))
            app = replace(app, gate=OpenGate())
            app.orders.adopt([draft(key)], system="fusion", run_id="r", plan_id="p")
            return Job(app, clock, key)

        yield start


def test_the_job_waits_until_fusion_shows_the_order(running: Pod, folder: Path, job: Callable[[str], Job]) -> None:
    waiting = job("WAITWAITWA22")
    assert waiting.later() is OrderState.VERIFIED
    content = take(folder, waiting.key)
    assert waiting.later() is OrderState.VERIFIED
    row = imported(running, content)
    assert waiting.later() is OrderState.VERIFIED
    events = waiting.app.orders.events(waiting.key)
    assert [event.details["news"] for event in events if "news" in event.details] == ["incomplete"]
    running.act(self_link(row), "submit")
    assert waiting.later() is OrderState.RELEASED


def test_an_order_that_the_import_refused_is_cancelled_by_a_new_name(folder: Path, job: Callable[[str], Job]) -> None:
    refused = job("NOTIMPORTE22")
    assert refused.later() is OrderState.VERIFIED
    take(folder, refused.key)
    assert refused.later() is OrderState.VERIFIED
    (folder / f"order-{refused.key}.taken").rename(folder / f"order-{refused.key}.cancelled")
    assert refused.later() is OrderState.CANCELLED
