"""What a person settles: who may, which steps, what the ERP must show, and what counts as supply afterwards."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa

from bot.errors import NeedsAdmin, Retryable
from bot.jobs.plan import plan_job
from bot.jobs.settle import TARGETS, possible, settle
from bot.jobs.submit import submit_due
from bot.orders import machine
from bot.orders.document import Document
from bot.orders.model import OrderState, Person
from bot.ports import App
from bot.store.people import SqlPeople
from connectors.files import FilesReader
from tests.bot.company import AS_OF, AUTONOMOUS, Company, on_time
from tests.fakes import FakeErpWriter, ManualClock, RecordingFailpoints, TextPolicies
from tests.makers import ADMIN, BUYER, OPERATOR, database, make_app, make_draft

S = OrderState
OPS, EVE = OPERATOR.email, ADMIN.email


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    with database(tmp_path / "restock.db") as engine:
        people = SqlPeople(engine)
        for person in (ADMIN, BUYER, OPERATOR):
            people.put(person)
        yield engine


@pytest.fixture
def app(engine: sa.Engine, tmp_path: Path) -> Iterator[App]:
    app = make_app(engine, tmp_path)
    yield app
    erp(app).close()


def erp(app: App) -> FakeErpWriter:
    return cast("FakeErpWriter", next(iter(app.writers.values())))


def state(app: App, key: str) -> OrderState:
    found = app.orders.get(key)
    assert found is not None
    return found.state


def supply(app: App) -> list[str]:
    return app.orders.in_flight("s4")["order_key"].tolist()


def stuck(app: App, *faults: str, **changes: object) -> str:
    """The key of an order that these faults of the ERP, or these falsified fields of lines, left stuck."""
    draft = make_draft(["bolt"])
    app.orders.adopt([draft], system="s4", run_id="run-1", plan_id="p")
    erp(app).faults, erp(app).line_changes = list(faults), dict(changes)
    for _ in range(6):
        submit_due(app)
        cast("ManualClock", app.clock).advance(901)
    return draft.order.order_key


def manual(app: App) -> str:
    return stuck(app, "lost", "lost")


def mismatch(app: App) -> str:
    return stuck(app, quantity=Decimal(90))


def test_faults_lead_where_the_tests_below_begin(app: App) -> None:
    assert state(app, manual(app)) is S.MANUAL


@pytest.mark.parametrize("to", [S.SUPERSEDED, S.CANCELLED])
def test_an_order_that_the_erp_never_got_is_given_up_and_its_need_is_free(app: App, to: OrderState) -> None:
    key = manual(app)
    assert supply(app) == [key]
    done = settle(app, key, to, OPS, "nothing in the ERP")
    assert (done.before, done.order.state, state(app, key)) == (S.MANUAL, to, to)
    assert supply(app) == []
    assert done.texts[0] == "It no longer counts as supply."
    again = make_draft(["bolt"], revision=1)
    assert app.orders.adopt([again], system="s4", run_id="run-2", plan_id="p").new == 1


def test_the_event_names_person_and_reason_and_the_chain_holds(app: App) -> None:
    key = manual(app)
    settle(app, key, S.SUPERSEDED, "OPS@example.com", " nothing there ")
    last = app.orders.events(key)[-1]
    assert (last.actor, last.reason, last.details["via"]) == (OPS, "nothing there", "restock orders settle")
    assert app.orders.verify_chain()


def test_nothing_is_ever_written_to_the_erp(app: App) -> None:
    key = manual(app)
    number = erp(app).put(make_draft(["bolt"]))
    before = len(erp(app).calls)
    settle(app, key, S.SENT, OPS, "found it", number)
    assert {call for call, _ in erp(app).calls[before:]} == {"status", "find"}
    assert erp(app).count() == 1


@pytest.mark.parametrize("to", [S.SUPERSEDED, S.CANCELLED])
@pytest.mark.parametrize("there", ["open", "held", "pending", "closed"])
def test_an_order_is_not_given_up_while_the_erp_holds_a_document(app: App, to: OrderState, there: str) -> None:
    key = manual(app)
    number = erp(app).put(make_draft(["bolt"]), state=there)
    with pytest.raises(NeedsAdmin, match=rf"still holds {number} \({there}\)"):
        settle(app, key, to, OPS, "nothing there")
    assert state(app, key) is S.MANUAL
    erp(app).cancel(number)
    assert settle(app, key, to, OPS, "cancelled by hand").order.state is to


def test_a_document_whose_key_was_removed_is_still_found_by_its_number(app: App) -> None:
    key = mismatch(app)
    erp(app)._db.execute("update documents set order_key = ''")
    assert erp(app).find(key) == []
    with pytest.raises(NeedsAdmin, match="still holds 1"):
        settle(app, key, S.CANCELLED, OPS, "wrong quantity")


def test_without_an_answer_of_the_erp_nothing_changes(app: App) -> None:
    key = manual(app)
    erp(app).find_fails = [Retryable("no connection")]
    with pytest.raises(Retryable):
        settle(app, key, S.SUPERSEDED, OPS, "nothing there")
    erp(app).status_fails = [Retryable("no connection")]
    with pytest.raises(Retryable):
        settle(app, key, S.SENT, OPS, "there it is", "1")
    assert state(app, key) is S.MANUAL


def test_a_system_that_is_no_longer_set_up_is_named(app: App) -> None:
    key = manual(app)
    with pytest.raises(NeedsAdmin, match="no system s4"):
        settle(replace(app, writers={}), key, S.SUPERSEDED, OPS, "gone")


def test_an_adopted_document_is_read_back_and_goes_on(app: App) -> None:
    key = manual(app)
    number = erp(app).put(make_draft(["bolt"]))
    done = settle(app, key, S.SENT, OPS, "entered by hand", number)
    assert (done.order.state, done.order.erp_number) == (S.VERIFIED, number)
    path = [(event.to_state, event.actor) for event in app.orders.events(key)][-2:]
    assert path == [(S.SENT, OPS), (S.VERIFIED, OPS)]
    assert supply(app) == [key]
    submit_due(app)
    assert state(app, key) is S.RELEASED
    assert erp(app).count() == 1


def test_a_process_that_dies_after_adopting_leaves_the_rest_to_submit(app: App) -> None:
    key = manual(app)
    number = erp(app).put(make_draft(["bolt"]))
    cast("RecordingFailpoints", app.failpoints).raises["settle.adopted"] = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        settle(app, key, S.SENT, OPS, "entered by hand", number)
    assert state(app, key) is S.SENT
    submit_due(app)
    assert state(app, key) is S.RELEASED


def test_adopting_needs_a_number_that_the_erp_shows(app: App) -> None:
    key = manual(app)
    with pytest.raises(NeedsAdmin, match="number of the ERP's document is missing"):
        settle(app, key, S.SENT, OPS, "it is there")
    with pytest.raises(NeedsAdmin, match="shows no document 77"):
        settle(app, key, S.SENT, OPS, "it is there", "77")
    assert state(app, key) is S.MANUAL


@pytest.mark.parametrize("there", ["cancelled", "refused", "held"])
def test_a_dead_or_incomplete_document_is_not_adopted(app: App, there: str) -> None:
    key = manual(app)
    number = erp(app).put(make_draft(["bolt"]), state=there)
    with pytest.raises(NeedsAdmin, match="incomplete" if there == "held" else there):
        settle(app, key, S.SENT, OPS, "it is there", number)


def test_a_document_without_our_key_needs_a_clear_word(app: App) -> None:
    key = manual(app)
    number = erp(app).put(make_draft(["bolt"], revision=7))
    with pytest.raises(NeedsAdmin, match="--accept-without-key"):
        settle(app, key, S.SENT, OPS, "ordered by phone", number)
    assert state(app, key) is S.MANUAL
    done = settle(app, key, S.SENT, OPS, "ordered by phone", number, accept_without_key=True)
    assert done.order.state is S.VERIFIED
    assert app.orders.events(key)[-2].details["without_key"] == "accepted"


def test_accepting_without_key_accepts_nothing_else(app: App) -> None:
    key = manual(app)
    number = erp(app).put(make_draft({"bolt": "90"}, revision=7))
    done = settle(app, key, S.SENT, OPS, "ordered by phone", number, accept_without_key=True)
    assert done.order.state is S.MISMATCH
    assert done.order.note == "line 1: quantity 100 approved, 90 found"


def test_the_document_of_another_order_is_never_adopted(app: App) -> None:
    other = make_draft(["nut"])
    app.orders.adopt([other], system="s4", run_id="run-0", plan_id="p")
    submit_due(app)
    key = manual(app)
    with pytest.raises(NeedsAdmin, match=f"belongs to order {other.order.order_key}"):
        settle(app, key, S.SENT, OPS, "that one", "1", accept_without_key=True)
    twin = erp(app).put(other)
    with pytest.raises(NeedsAdmin, match=f"carries the key of order {other.order.order_key}"):
        settle(app, key, S.SENT, OPS, "that one", twin, accept_without_key=True)


def test_a_duplicate_is_adopted_once_the_surplus_is_cancelled(app: App) -> None:
    key = stuck(app, "twice")
    assert state(app, key) is S.DUPLICATE
    with pytest.raises(NeedsAdmin, match=r"also holds 2 \(open\)"):
        settle(app, key, S.SENT, OPS, "keep the first", "1")
    erp(app).cancel("2")
    assert settle(app, key, S.SENT, OPS, "keep the first", "1").order.state is S.VERIFIED


def test_a_corrected_document_is_read_back_under_the_stored_number(app: App) -> None:
    key = mismatch(app)
    assert state(app, key) is S.MISMATCH
    still = settle(app, key, S.SENT, OPS, "looks right to me")
    assert still.order.state is S.MISMATCH
    assert "quantity 100 approved, 90 found" in still.texts[0]
    erp(app).line_changes = {}
    assert settle(app, key, S.SENT, OPS, "corrected in the ERP").order.state is S.VERIFIED


def test_only_an_admin_accepts_other_content_and_the_differences_stay_on_record(app: App) -> None:
    key = mismatch(app)
    with pytest.raises(NeedsAdmin, match="is no admin"):
        settle(app, key, S.VERIFIED, OPS, "supplier has only 90")
    done = settle(app, key, S.VERIFIED, EVE, "supplier has only 90")
    assert done.order.state is S.VERIFIED
    assert app.orders.events(key)[-1].details["accepted"] == "line 1: quantity 100 approved, 90 found"
    assert supply(app) == [key]
    submit_due(app)
    assert state(app, key) is S.RELEASED


def test_a_mismatch_whose_document_is_cancelled_is_not_accepted_but_given_up(app: App) -> None:
    key = mismatch(app)
    erp(app).cancel("1")
    with pytest.raises(NeedsAdmin, match="1 is cancelled in the ERP"):
        settle(app, key, S.VERIFIED, EVE, "fine")
    assert settle(app, key, S.CANCELLED, OPS, "cancelled by hand").order.state is S.CANCELLED
    assert supply(app) == []


@pytest.mark.parametrize(
    ("actor", "why"),
    [
        ("nobody@example.com", "not an active person"),
        (BUYER.email, "neither admin nor operator"),
        ("gone@example.com", "not an active person"),
        ("far@example.com", "outside the scope"),
        ("submit", "not an active person"),
    ],
)
def test_who_may_not(app: App, engine: sa.Engine, actor: str, why: str) -> None:
    SqlPeople(engine).put(Person("gone@example.com", "Gone", frozenset({"admin"}), active=False))
    SqlPeople(engine).put(Person("far@example.com", "Far", frozenset({"admin"}), frozenset({"L2"})))
    key = manual(app)
    with pytest.raises(NeedsAdmin, match=why):
        settle(app, key, S.SUPERSEDED, actor, "nothing there")
    assert state(app, key) is S.MANUAL


def test_a_reason_and_an_order_are_needed(app: App) -> None:
    key = manual(app)
    with pytest.raises(NeedsAdmin, match="a reason is missing"):
        settle(app, key, S.SUPERSEDED, OPS, "  ")
    with pytest.raises(NeedsAdmin, match="no such order"):
        settle(app, "NONE", S.SUPERSEDED, OPS, "nothing there")


def test_steps_are_those_of_the_table_that_belong_to_a_person() -> None:
    everything = {state: set(possible(state)) for state in S}
    for stuck_state in machine.STUCK:
        assert everything.pop(stuck_state) == set(TARGETS)
    assert everything.pop(S.APPROVED) == {S.CANCELLED}
    assert not any(everything.values()), "sent is verified by the read-back alone"


@pytest.mark.parametrize(("fault", "word"), [("lost", "searches for it"), ("", "Restock takes that over")])
def test_other_states_are_told_what_happens_to_them(app: App, fault: str, word: str) -> None:
    draft = make_draft(["bolt"])
    app.orders.adopt([draft], system="s4", run_id="run-1", plan_id="p")
    erp(app).faults = [fault]
    submit_due(app)
    with pytest.raises(NeedsAdmin, match=word):
        settle(app, draft.order.order_key, S.CANCELLED, OPS, "not wanted")


def test_an_approved_order_is_taken_back_without_asking_the_erp(app: App) -> None:
    draft = make_draft(["bolt"])
    app.orders.adopt([draft], system="s4", run_id="run-1", plan_id="p")
    with pytest.raises(NeedsAdmin, match="--to cancelled"):
        settle(app, draft.order.order_key, S.SUPERSEDED, OPS, "not wanted")
    assert settle(app, draft.order.order_key, S.CANCELLED, OPS, "not wanted").order.state is S.CANCELLED
    assert submit_due(app).counts == {}
    assert erp(app).calls == []


class Slow(FakeErpWriter):
    """While the ERP searches, somebody else settles the order."""

    first: Callable[[], object]

    def find(self, order_key: str) -> list[Document]:
        self.first()
        return super().find(order_key)


def test_somebody_was_first(app: App) -> None:
    key = manual(app)
    slow = Slow(app.clock)
    slow.first = lambda: app.orders.move(key, S.MANUAL, S.CANCELLED, actor=EVE, reason="mine")
    with pytest.raises(NeedsAdmin, match="somebody else was first"):
        settle(replace(app, writers={"s4": slow}), key, S.SUPERSEDED, OPS, "nothing there")
    slow.close()
    assert state(app, key) is S.CANCELLED


def company(app: App, folder: Path) -> App:
    """The same database with a small company whose policy orders alone, served under the name of the fake ERP."""
    data = Company.small(receipts=on_time()).write(folder)
    return replace(app, readers={"s4": FilesReader(data, "s4")}, policies=TextPolicies({"policy.yaml": AUTONOMOUS}))


@pytest.mark.parametrize("end", ["next plan", "by a person"])
def test_a_refused_order_is_replaced_by_the_next_plan_and_the_need_comes_again(
    app: App, tmp_path: Path, end: str
) -> None:
    app = company(app, tmp_path)
    plan_job(app, AS_OF, "run-1")
    (first,) = app.orders.select()
    erp(app).faults = ["refused"]
    submit_due(app)
    assert state(app, first.order.order_key) is S.REFUSED
    assert supply(app) == []
    if end == "by a person":
        done = settle(app, first.order.order_key, S.CANCELLED, OPS, "supplier was blocked")
        assert done.texts[0] == "It did not count as supply before either."
    plan_job(app, AS_OF, "run-2")
    second = app.orders.select(S.APPROVED)[0]
    assert second.order.order_key != first.order.order_key
    assert second.order.lines[0].quantity == first.order.lines[0].quantity
    assert state(app, first.order.order_key) is (S.SUPERSEDED if end == "next plan" else S.CANCELLED)
    submit_due(app)
    assert state(app, second.order.order_key) is S.RELEASED
    assert erp(app).count() == 1


@pytest.mark.parametrize("to", [S.SUPERSEDED, S.CANCELLED])
def test_a_manual_order_blocks_its_need_until_it_is_settled(app: App, tmp_path: Path, to: OrderState) -> None:
    app = company(app, tmp_path)
    plan_job(app, AS_OF, "run-1")
    (first,) = app.orders.select()
    erp(app).faults = ["lost", "lost"]
    for _ in range(4):
        submit_due(app)
        cast("ManualClock", app.clock).advance(901)
    assert state(app, first.order.order_key) is S.MANUAL
    plan_job(app, AS_OF, "run-2")
    assert len(app.orders.select()) == 1, "it counts as supply"
    settle(app, first.order.order_key, to, OPS, "nothing in the ERP")
    plan_job(app, AS_OF, "run-3")
    submit_due(app)
    (second,) = app.orders.select(S.RELEASED)
    assert second.order.order_key != first.order.order_key
    assert erp(app).count() == 1
