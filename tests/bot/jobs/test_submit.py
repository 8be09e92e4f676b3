"""Exactly one document per order, whatever the ERP does."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NeedsAdmin, Retryable, StopRun
from bot.jobs.submit import submit_due
from bot.orders.document import DocumentState
from bot.orders.machine import StaleStateError
from bot.orders.model import GuardHit, OrderState
from bot.ports import App
from bot.ports_orders import SpendLimits
from tests.fakes import FakeErpWriter, ManualClock, OpenGate, RecordingFailpoints
from tests.makers import database, make_app, make_draft

S = OrderState


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    with database(tmp_path / "restock.db") as engine:
        yield engine


@pytest.fixture
def app(engine: sa.Engine, tmp_path: Path) -> Iterator[App]:
    app = make_app(engine, tmp_path)
    yield app
    erp(app).close()


def erp(app: App) -> FakeErpWriter:
    return cast("FakeErpWriter", app.writers["s4"])


def wait(app: App, seconds: float) -> None:
    cast("ManualClock", app.clock).advance(seconds)


def approve(app: App, *items: str) -> list[str]:
    drafts = [make_draft([item]) for item in items or ("bolt",)]
    app.orders.adopt(drafts, system="s4", run_id="run-1", plan_id="p")
    return [draft.order.order_key for draft in drafts]


def state(app: App, key: str) -> OrderState:
    found = app.orders.get(key)
    assert found is not None
    return found.state


def path(app: App, key: str) -> list[str]:
    return [event.to_state.value for event in app.orders.events(key)]


def test_an_approved_order_is_sent_read_back_and_released(app: App) -> None:
    (key,) = approve(app)
    report = submit_due(app)
    assert report.counts == {"sent": 1, "verified": 1, "released": 1}
    assert path(app, key) == ["proposed", "approved", "sending", "sent", "verified", "released"]
    assert erp(app).calls == [("find", key), ("create", key), ("status", "1")]
    stored = app.orders.get(key)
    assert stored is not None
    assert stored.erp_number == "1"
    assert submit_due(app).counts == {}
    assert erp(app).count() == 1


def test_a_document_that_is_already_there_is_adopted_not_created(app: App) -> None:
    (key,) = approve(app)
    number = erp(app).put(make_draft(["bolt"]))
    assert submit_due(app).counts["adopted"] == 1
    assert state(app, key) is S.RELEASED
    assert ("create", key) not in erp(app).calls
    stored = app.orders.get(key)
    assert stored is not None
    assert stored.erp_number == number


@pytest.mark.parametrize(
    ("fault", "after", "documents"),
    [
        ("retryable", S.APPROVED, 0),
        ("admin", S.APPROVED, 0),
        ("refused", S.REFUSED, 0),
        ("lost", S.UNKNOWN, 0),
        ("reply_lost", S.UNKNOWN, 1),
        ("late", S.UNKNOWN, 1),
        ("twice", S.UNKNOWN, 2),
        ("no_number", S.UNKNOWN, 1),
        ("bug", S.UNKNOWN, 1),
    ],
)
def test_what_each_answer_means(app: App, fault: str, after: OrderState, documents: int) -> None:
    (key,) = approve(app)
    erp(app).faults = [fault]
    report = submit_due(app)
    assert state(app, key) is after
    assert erp(app).count(key) == documents
    assert report.troubles or fault == "retryable"


@pytest.mark.parametrize(
    ("faults", "end", "documents"),
    [
        (["reply_lost"], S.RELEASED, 1),
        (["late"], S.RELEASED, 1),
        (["no_number"], S.RELEASED, 1),
        (["bug"], S.RELEASED, 1),
        (["parked"], S.RELEASED, 1),
        (["lost"], S.RELEASED, 1),
        (["lost", "reply_lost"], S.RELEASED, 1),
        (["lost", "lost"], S.MANUAL, 0),
        (["twice"], S.DUPLICATE, 2),
        (["retryable", "retryable"], S.RELEASED, 1),
        (["retryable", "lost", "retryable"], S.RELEASED, 1),
    ],
)
def test_doubt_settles(app: App, faults: list[str], end: OrderState, documents: int) -> None:
    (key,) = approve(app)
    erp(app).faults = list(faults)
    for _ in range(8):
        submit_due(app)
        wait(app, 901)
    assert state(app, key) is end
    assert erp(app).count(key) == documents


def test_nothing_is_searched_or_sent_before_the_settle_time(app: App) -> None:
    (key,) = approve(app)
    erp(app).faults = ["late"]
    submit_due(app)
    calls = len(erp(app).calls)
    wait(app, 899)
    report = submit_due(app)
    assert len(erp(app).calls) == calls
    assert report.counts == {"unknown": 1}
    wait(app, 1)
    submit_due(app)
    assert state(app, key) is S.RELEASED


def test_a_parked_document_is_completed_once_and_never_while_stopped(app: App) -> None:
    (key,) = approve(app)
    erp(app).faults = ["parked"]
    submit_due(app)
    wait(app, 901)
    app.runs.stop("audit", "ann@example.com")
    submit_due(app)
    assert state(app, key) is S.UNKNOWN
    app.runs.start("ann@example.com")
    submit_due(app)
    assert state(app, key) is S.RELEASED
    assert [call for call in erp(app).calls if call[0] == "complete"] == [("complete", "1")]


def test_a_parked_document_that_a_person_changed_is_not_submitted_but_given_to_a_person(app: App) -> None:
    (key,) = approve(app)
    erp(app).faults = ["parked"]
    submit_due(app)
    erp(app).line_changes = {"quantity": Decimal(5000)}
    wait(app, 1000)
    submit_due(app)
    stored = app.orders.get(key)
    assert stored is not None
    assert (stored.state, "5000 found" in stored.note) == (S.MANUAL, True)
    assert "complete" not in {name for name, _ in erp(app).calls}


@pytest.mark.parametrize("fault", [StopRun("strange figures", "look"), Retryable("busy")])
def test_what_stops_a_search_spares_the_other_orders(app: App, fault: Exception) -> None:
    first, second = approve(app, "bolt", "nut")
    erp(app).find_fails = [fault]
    report = submit_due(app)
    states = [stored.state for stored in map(app.orders.get, (first, second)) if stored]
    assert (sorted(states), report.counts["waiting"]) == ([S.APPROVED, S.RELEASED], 1)


def test_a_process_that_wakes_does_not_move_its_successors_attempt(app: App) -> None:
    (key,) = approve(app)
    limits = SpendLimits("EUR")
    first = app.runs.take_lease("sleeper", 60)
    assert first is not None
    sleeper = app.orders.claim(key, epoch=first, run_id="one", limits=limits)
    assert sleeper is not None
    wait(app, 3600)
    second = app.runs.take_lease("successor", 60)
    assert second is not None
    assert [stored.state for stored in app.orders.orphans(epoch=second)] == [S.UNKNOWN]
    app.orders.move(key, S.UNKNOWN, S.APPROVED, actor="submit", reason="not found")
    wait(app, 50)
    successor = app.orders.claim(key, epoch=second, run_id="two", limits=limits)
    assert successor is not None
    with pytest.raises(StaleStateError, match="has gone on meanwhile"):
        app.orders.advance(sleeper, S.APPROVED, actor="submit", reason="not sent")
    assert app.orders.advance(successor, S.SENT, actor="submit", reason="sent", erp_number="1").state is S.SENT


def test_a_failed_search_concludes_nothing(app: App) -> None:
    (key,) = approve(app)
    erp(app).find_fails = [Retryable("away")]
    assert submit_due(app).counts == {"waiting": 1}
    assert state(app, key) is S.APPROVED
    erp(app).faults = ["lost"]
    submit_due(app)
    wait(app, 901)
    erp(app).find_fails = [Retryable("away")]
    submit_due(app)
    assert state(app, key) is S.UNKNOWN


def test_the_logon_problem_of_one_order_spares_the_others(app: App) -> None:
    keys = approve(app, "a", "b", "c")
    erp(app).faults = ["admin"]
    report = submit_due(app)
    assert [state(app, key) for key in keys] == [S.APPROVED] * 3
    assert len([call for call in erp(app).calls if call[0] == "create"]) == 1
    assert "renew the password" in " ".join(report.troubles)
    wait(app, 901)
    submit_due(app)
    assert [state(app, key) for key in keys] == [S.RELEASED] * 3


def test_one_refused_order_does_not_stop_the_next(app: App) -> None:
    approve(app, "a", "b")
    erp(app).faults = ["refused"]
    report = submit_due(app)
    assert report.counts["refused"] == 1
    assert report.counts["released"] == 1


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("supplier", "other", "supplier"),
        ("currency", "USD", "currency"),
        ("order_key", "", "reference"),
        ("lines", (), "lines"),
    ],
)
def test_a_document_that_differs_is_a_mismatch(app: App, field: str, value: object, word: str) -> None:
    (key,) = approve(app)
    erp(app).changes = {field: value}  # type: ignore[dict-item]  # any field
    submit_due(app)
    stored = app.orders.get(key)
    assert stored is not None
    assert stored.state is S.MISMATCH
    assert word in stored.note


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("item", "nut", "item"),
        ("location", "L2", "location"),
        ("quantity", Decimal(99), "quantity"),
        ("price", Decimal("0.51"), "price"),
        ("price_unit", Decimal(10), "price"),
        ("price_unit", Decimal(0), "price"),
        ("due_on", date(2026, 3, 21), "due date"),
        ("due_on", None, "due date"),
    ],
)
def test_a_line_that_differs_is_a_mismatch(app: App, field: str, value: object, word: str) -> None:
    (key,) = approve(app)
    erp(app).line_changes = {field: value}
    submit_due(app)
    stored = app.orders.get(key)
    assert stored is not None
    assert stored.state is S.MISMATCH
    assert word in stored.note


def test_the_same_price_per_another_unit_is_equal(app: App) -> None:
    (key,) = approve(app)
    erp(app).line_changes = {"price": Decimal("50.0"), "price_unit": Decimal(100), "quantity": Decimal("100.000")}
    submit_due(app)
    assert state(app, key) is S.RELEASED


def test_the_erps_own_approval_is_waited_for(app: App) -> None:
    keys = approve(app, "a", "b", "c")
    erp(app).changes = {"state": DocumentState.PENDING}
    assert submit_due(app).counts == {"sent": 3, "verified": 3, "pending_in_erp": 3}
    erp(app).changes = {}
    for number, word in (("2", "refused"), ("3", "cancelled")):
        erp(app).set_state(number, word)
    submit_due(app)
    by_number = {stored.erp_number: stored.state for stored in app.orders.select()}
    assert by_number == {"1": S.RELEASED, "2": S.REFUSED, "3": S.CANCELLED}
    assert len(keys) == 3


def test_reading_back_is_tried_again_until_it_works(app: App) -> None:
    (key,) = approve(app)
    erp(app).status_fails = [Retryable("away"), NeedsAdmin("logon refused", "s4", "x")]
    assert submit_due(app).counts == {"sent": 1, "unread": 1}
    assert submit_due(app).counts == {"unread": 1}
    submit_due(app)
    assert state(app, key) is S.RELEASED


def test_a_document_that_never_shows_up_is_a_mismatch(app: App) -> None:
    (key,) = approve(app)
    erp(app).changes = {"number": "9"}
    assert submit_due(app).counts == {"sent": 1, "unread": 1}
    wait(app, 901)
    submit_due(app)
    assert state(app, key) is S.MISMATCH


def test_guards_of_today_hold_the_order_before_anything_is_asked(app: App) -> None:
    (key,) = approve(app)
    cast("OpenGate", app.gate).fired = [GuardHit("price_jump", "80 %", "20 %")]
    assert submit_due(app).counts == {"held": 1}
    assert state(app, key) is S.HELD
    assert erp(app).calls == []


def test_a_spend_cap_holds_what_is_over_it(app: App) -> None:
    approve(app, "a", "b", "c")
    cast("OpenGate", app.gate).caps = SpendLimits("EUR", per_day=10_000)
    report = submit_due(app)
    assert (report.counts["released"], report.counts["held"]) == (2, 1)
    assert erp(app).count() == 2


def test_the_kill_switch_stops_in_the_middle_of_a_batch(app: App) -> None:
    approve(app, "a", "b", "c")

    class Switch(RecordingFailpoints):
        def reach(self, name: str) -> None:
            if name == "submit.released" and not self.reached:
                self.reached.append(name)
                app.runs.stop("enough", "ann@example.com")

    from dataclasses import replace

    report = submit_due(replace(app, failpoints=Switch()))
    assert erp(app).count() == 1
    assert report.stopped == "enough"
    assert report.counts["waiting"] == 2


def test_a_stop_request_ends_between_two_orders(app: App) -> None:
    approve(app, "a", "b", "c")
    report = submit_due(app, should_stop=lambda: erp(app).count() >= 1)
    assert report.interrupted
    assert erp(app).count() == 1
    assert len(app.orders.select(S.APPROVED)) == 2
    assert app.orders.select(S.SENDING) == []


def test_another_process_with_the_lease_keeps_this_one_out(app: App) -> None:
    approve(app)
    app.runs.take_lease("other", 60)
    with pytest.raises(StopRun, match="another process"):
        submit_due(app)
    assert erp(app).calls == []


def test_a_process_that_slept_through_its_lease_sends_nothing_more(app: App) -> None:
    approve(app, "a", "b")

    class Sleepy(RecordingFailpoints):
        def reach(self, name: str) -> None:
            if name == "submit.found" and not self.reached:
                self.reached.append(name)
                wait(app, 61)
                assert app.runs.take_lease("other", 60) is not None

    from dataclasses import replace

    report = submit_due(replace(app, failpoints=Sleepy()))
    assert erp(app).count() == 0
    assert report.stopped == "the lease went to another process"


def test_an_order_of_an_unknown_system_waits(app: App) -> None:
    draft = make_draft(["a"], system="fusion")
    app.orders.adopt([draft], system="fusion", run_id="r", plan_id="p")
    assert submit_due(app).counts == {"waiting": 1}
    assert state(app, draft.order.order_key) is S.APPROVED


FAULTS = st.sampled_from(
    ["", "", "retryable", "refused", "admin", "lost", "reply_lost", "late", "parked", "no_number", "bug"]
)
POINTS = [
    "submit.found",
    "submit.claimed",
    "submit.before_create",
    "submit.after_create",
    "submit.before_record",
    "submit.recorded",
    "submit.before_verify",
    "submit.verified",
    "submit.released",
    "submit.searched",
    "submit.before_complete",
    "submit.completed",
]


class _KilledError(BaseException):
    """Ends the run as SIGKILL would: nothing catches it."""


class _Killer(RecordingFailpoints):
    """Kills at the n-th failpoint that is reached, once."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def reach(self, name: str) -> None:
        self.left -= 1
        if self.left == 0:
            raise _KilledError(name)


@settings(max_examples=40, deadline=None)
@given(
    faults=st.lists(FAULTS, max_size=6),
    kills=st.lists(st.integers(1, 12), max_size=4),
    orders=st.integers(1, 3),
    late=st.sampled_from([1.0, 60.0, 890.0]),
)
def test_no_faults_and_no_kills_ever_make_a_second_document(
    tmp_path_factory: pytest.TempPathFactory, faults: list[str], kills: list[int], orders: int, late: float
) -> None:
    from dataclasses import replace

    folder = tmp_path_factory.mktemp("life")
    with database(folder / "restock.db") as engine:
        app = make_app(engine, folder)
        erp(app).faults, erp(app).late_seconds = list(faults), late
        keys = approve(app, *(f"item{number}" for number in range(orders)))
        for after in [*kills, *[0] * 8]:
            try:
                submit_due(replace(app, failpoints=_Killer(after)))
            except _KilledError:
                wait(app, 61)
            wait(app, 901 if after == 0 else 1)
        for key in keys:
            assert erp(app).count(key) <= 1
            end = state(app, key)
            assert end in {S.RELEASED, S.REFUSED, S.MANUAL}, path(app, key)
            assert (end is S.RELEASED) <= (erp(app).count(key) == 1)
            if end is S.MANUAL:
                assert path(app, key).count("unknown") == 2
        assert app.orders.verify_chain()
        erp(app).close()
