"""What the ERP's documents tell becomes events, once; supply stays right whatever is killed, refused or unreadable."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import NeedsAdmin, Retryable
from bot.jobs import runner
from bot.jobs.approve import advance
from bot.jobs.follow_up import MOST_FAILURES, FollowReport, follow_up
from bot.jobs.submit import never, submit_due
from bot.orders.document import Document, DocumentState
from bot.orders.machine import StaleStateError
from bot.orders.model import OrderState
from bot.orders.sighting import Patience, sight
from bot.ports import App
from bot.store.people import SqlPeople
from connectors.files import FilesReader
from tests.bot.company import AS_OF, AUTONOMOUS, Company, on_time
from tests.fakes import FakeErpWriter, ManualClock, RecordingFailpoints, RecordingMailer, TextPolicies
from tests.makers import BUYER, OPERATOR, database, make_app, make_draft

S, D = OrderState, DocumentState


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    with database(tmp_path / "restock.db") as engine:
        for person in (BUYER, OPERATOR):
            SqlPeople(engine).put(person)
        yield engine


@pytest.fixture
def app(engine: sa.Engine, tmp_path: Path) -> Iterator[App]:
    app = make_app(engine, tmp_path)
    yield app
    erp(app).close()


def erp(app: App) -> FakeErpWriter:
    return cast("FakeErpWriter", app.writers["s4"])


def ordered(app: App, *drafts: dict[str, str], state: str = "open") -> list[str]:
    """Send orders; returns their numbers."""
    made = [make_draft(items) for items in drafts or ({"bolt": "100"},)]
    app.orders.adopt(made, system="s4", run_id="run-1", plan_id="p")
    erp(app).changes = {} if state == "open" else {"state": D(state)}
    submit_due(app)
    erp(app).changes = {}
    keys = [draft.order.order_key for draft in made]
    numbers = [stored.erp_number for stored in map(app.orders.get, keys) if stored]
    for number in numbers:
        erp(app).set_state(number, state)
    return numbers


def document(app: App, number: str) -> Document:
    """What the ERP would show by itself."""
    shown = erp(app).shown.pop(number, None)
    (found,) = erp(app).status([number])
    return shown or found


def show(app: App, number: str, state: D = D.OPEN, **changes: object) -> None:
    """Let the ERP show a document whose lines are changed so."""
    found = document(app, number)
    lines = tuple(replace(line, **changes) for line in found.lines)  # type: ignore[arg-type]  # any field
    erp(app).shown[number] = replace(found, state=state, lines=lines)


def look(app: App) -> FollowReport:
    epoch = app.runs.take_lease(app.holder, 60)
    assert epoch is not None
    try:
        return follow_up(app, epoch=epoch, should_stop=never)
    finally:
        app.runs.release_lease(app.holder, epoch)


def state(app: App, number: str) -> OrderState:
    (found,) = (stored for stored in app.orders.select() if stored.erp_number == number)
    return found.state


def told(app: App) -> list[str]:
    """Kinds of news among all events, in order."""
    events = [event for stored in app.orders.select() for event in app.orders.events(stored.order.order_key)]
    return [event.details["news"] for event in sorted(events, key=lambda e: e.sequence) if "news" in event.details]


def supply(app: App) -> list[float]:
    return list(app.orders.in_flight("s4")["quantity"])


def days(app: App, count: float) -> None:
    cast("ManualClock", app.clock).advance(count * 86400)


def test_the_life_of_an_order_in_events(app: App) -> None:
    (number,) = ordered(app)
    assert told(app) == ["released"]
    promised = date(2026, 3, 25)
    show(app, number, promised_on=promised)
    assert look(app).counts == {"asked": 1, "confirmed": 1}
    show(app, number, promised_on=date(2026, 4, 2))
    assert look(app).counts == {"asked": 1, "promise_moved": 1}
    show(app, number, received=Decimal(40))
    assert look(app).counts == {"asked": 1, "goods": 1}
    assert state(app, number) is S.PART_RECEIVED
    show(app, number, received=Decimal(100))
    assert look(app).counts == {"asked": 1, "goods": 1, "received": 1}
    assert state(app, number) is S.RECEIVED
    assert look(app).counts == {}, "an order that is over is not asked for"
    assert app.orders.verify_chain()
    (promise,) = app.orders.promises("s4").to_dict("records")
    assert promise["first_promised_on"].date() == promised
    assert (promise["order_ref"], promise["item"], promise["moves"]) == (number, "bolt", 1)


def test_a_second_look_at_the_same_adds_nothing(app: App) -> None:
    (number,) = ordered(app)
    show(app, number, received=Decimal(40), promised_on=date(2026, 3, 25), quantity=Decimal(90))
    look(app)
    before = [stored.version for stored in app.orders.select()], told(app)
    assert look(app).counts == {"asked": 1}
    assert ([stored.version for stored in app.orders.select()], told(app)) == before


def test_many_orders_are_asked_for_in_few_calls(app: App) -> None:
    ordered(app, *({f"item{n}": "10"} for n in range(120)))
    erp(app).status_calls.clear()
    assert look(app).counts == {"asked": 120}
    assert [len(call) for call in erp(app).status_calls] == [50, 50, 20]


def test_one_unreadable_document_spares_the_others(app: App) -> None:
    numbers = ordered(app, *({f"item{n}": "10"} for n in range(9)))
    for number in numbers:
        show(app, number, received=Decimal(4))
    bad = numbers[5]
    readable = erp(app).status

    def status(asked: list[str]) -> list[Document]:
        if bad in asked:
            raise Retryable("the unit conversion cannot be read")
        return readable(asked)

    erp(app).status = status  # type: ignore[method-assign]
    report = look(app)
    assert report.counts == {"asked": 8, "goods": 8, "unread": 1}
    assert report.troubles == [f"{bad} could not be read: the unit conversion cannot be read"]


def test_an_erp_that_is_away_is_left_alone_soon(app: App) -> None:
    ordered(app, *({f"item{n}": "10"} for n in range(70)))
    erp(app).status_calls.clear()
    erp(app).status_fails = [Retryable("away")] * 200
    report = look(app)
    assert len(erp(app).status_calls) == MOST_FAILURES
    assert report.counts == {"unread": 70}
    assert {stored.state for stored in app.orders.select()} == {S.RELEASED}


def test_a_logon_problem_is_not_tried_again(app: App) -> None:
    ordered(app, *({f"item{n}": "10"} for n in range(70)))
    erp(app).status_calls.clear()
    erp(app).status_fails = [NeedsAdmin("logon refused", "s4", "renew the password")]
    report = look(app)
    assert len(erp(app).status_calls) == 1
    assert report.counts == {"unread": 70}
    assert "renew the password" in report.troubles[0]


def test_submit_goes_on_asking_about_what_the_erp_has_not_released(app: App) -> None:
    (number,) = ordered(app, state="pending")
    assert state(app, number) is S.VERIFIED
    assert submit_due(app).counts == {"asked": 1, "pending_in_erp": 1}
    days(app, 2)
    assert look(app).counts == {"asked": 1, "pending": 1}
    assert submit_due(app).counts == {"asked": 1, "pending_in_erp": 1}, "one alarm is enough"
    erp(app).set_state(number, "open")
    assert submit_due(app).counts == {"asked": 1, "released": 1}
    assert state(app, number) is S.RELEASED


def test_a_rejection_in_the_erp_alarms_and_frees_the_supply(app: App) -> None:
    (number,) = ordered(app, state="pending")
    erp(app).set_state(number, "refused")
    assert look(app).counts == {"asked": 1, "rejected": 1}
    assert state(app, number) is S.REFUSED
    assert supply(app) == []
    advance(app)
    mails = cast("RecordingMailer", app.mailer).sent
    assert [(mail.to, mail.subject.split()[0]) for mail in mails] == [(OPERATOR.email, "alarm")]


def test_a_buyer_is_told_what_people_changed_and_nothing_reacts(app: App) -> None:
    (number,) = ordered(app)
    writes = [call for call in erp(app).calls if call[0] != "status"]
    show(app, number, quantity=Decimal(90), price=Decimal("0.60"), due_on=date(2026, 3, 27))
    report = look(app)
    assert report.counts == {"asked": 1, "changed": 3}
    assert [text.partition(": ")[2].partition(": ")[2] for text in report.news] == [
        "quantity changed in the ERP: 100 → 90",
        "price changed in the ERP: 0.5 → 0.6",
        "date changed in the ERP: 2026-03-20 → 2026-03-27",
    ]
    advance(app)
    (mail,) = cast("RecordingMailer", app.mailer).sent
    assert (mail.to, mail.subject.split()[0]) == (BUYER.email, "news")
    assert "100 → 90" in mail.text
    assert [call for call in erp(app).calls if call[0] != "status"] == writes
    assert state(app, number) is S.RELEASED


def test_dead_supply_ends_and_what_came_is_not_counted_twice(app: App) -> None:
    full, part, gone, closed, moved = ordered(app, *({name: "100"} for name in ("a", "b", "c", "d", "e")))
    assert supply(app) == [100] * 5
    show(app, full, received=Decimal(100))
    show(app, part, received=Decimal(40))
    erp(app).set_state(gone, "cancelled")
    erp(app).set_state(closed, "closed")
    show(app, moved, promised_on=date(2026, 9, 1))
    look(app)
    assert sorted(supply(app)) == [60, 100]
    assert [state(app, number) for number in (full, part, gone, closed, moved)] == [
        S.RECEIVED, S.PART_RECEIVED, S.CANCELLED, S.CANCELLED, S.CONFIRMED,
    ]  # fmt: skip


def test_a_line_that_was_taken_out_counts_no_more_until_it_comes_back(app: App) -> None:
    (number,) = ordered(app, {"bolt": "100", "nut": "7"})
    whole = document(app, number)
    erp(app).shown[number] = replace(whole, lines=whole.lines[:1])
    assert look(app).counts == {"asked": 1, "line_cancelled": 1}
    assert supply(app) == [100]
    app.orders.see("s4", [], [number])
    assert app.orders.unseen("s4") == []
    erp(app).shown[number] = whole
    assert look(app).counts == {"asked": 1, "line_back": 1}


def test_what_an_extract_shows_counts_there_alone(app: App) -> None:
    (number,) = ordered(app)
    app.orders.see("s4", [], [number])
    assert supply(app) == []
    show(app, number, received=Decimal(40))
    look(app)
    assert supply(app) == []


def test_a_document_that_vanishes_goes_on_counting_and_alarms(app: App) -> None:
    (number,) = ordered(app)
    erp(app).shown[number] = None
    assert look(app).counts == {"asked": 1}
    days(app, 0.1)
    assert look(app).counts == {"asked": 1, "missing": 1}
    assert supply(app) == [100]
    assert state(app, number) is S.RELEASED


def test_two_lookers_write_news_once(app: App) -> None:
    (number,) = ordered(app)
    (stored,) = app.orders.select()
    show(app, number, received=Decimal(40))
    sighting = sight(stored, document(app, number), app.clock.now(), Patience(timedelta(0), timedelta(0)))
    app.orders.follow(stored, sighting, actor="first")
    with pytest.raises(StaleStateError):
        app.orders.follow(stored, sighting, actor="second")
    assert told(app).count("goods") == 1


def test_a_stop_or_a_lost_lease_ends_between_two_calls(app: App) -> None:
    ordered(app, *({f"item{n}": "10"} for n in range(60)))
    erp(app).status_calls.clear()
    epoch = app.runs.take_lease(app.holder, 60)
    assert epoch is not None
    report = follow_up(app, epoch=epoch, should_stop=lambda: len(erp(app).status_calls) >= 1)
    assert report.interrupted
    assert len(erp(app).status_calls) == 1
    report = follow_up(app, epoch=epoch + 1, should_stop=never)
    assert report.stopped
    assert len(erp(app).status_calls) == 1


def test_the_runner_knows_the_job(app: App) -> None:
    ordered(app)
    outcome = runner.run("follow_up", app)
    assert (outcome.exit_code, outcome.report["asked"]) == (0, 1)


def test_a_failure_in_the_middle_leaves_all_or_nothing(app: App) -> None:
    numbers = ordered(app, {"a": "100"}, {"b": "100"})
    for number in numbers:
        show(app, number, received=Decimal(40), promised_on=date(2026, 3, 25))
    cast("RecordingFailpoints", app.failpoints).raises["follow_up.noted"] = RuntimeError("killed")
    with pytest.raises(RuntimeError, match="killed"):
        look(app)
    assert told(app).count("goods") == 1
    look(app)
    assert told(app).count("goods") == 2
    assert told(app).count("confirmed") == 2
    assert app.orders.verify_chain()


shown_lines = st.fixed_dictionaries(
    {
        "received": st.sampled_from([Decimal(n) for n in (0, 10, 50, 100, 120)]),
        "promised_on": st.sampled_from([None, date(2026, 3, 25), date(2026, 4, 2)]),
        "quantity": st.sampled_from([Decimal(100), Decimal(80)]),
        "ended": st.booleans(),
    }
)


histories = st.lists(
    st.tuples(st.sampled_from([D.OPEN, D.OPEN, D.PENDING, D.CLOSED, D.CANCELLED]), shown_lines), max_size=6
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories)
def test_any_history_keeps_chain_and_supply(app: App, history: list[tuple[DocumentState, dict[str, object]]]) -> None:
    item = f"item{len(app.orders.select())}"  # the database serves all examples, each has an order of its own
    number = ordered(app, {item: "100"})[-1]
    (key,) = (one.order.order_key for one in app.orders.select() if one.erp_number == number)
    for shown, line in history:
        show(app, number, shown, **line)
        look(app)
        before = told(app)
        look(app)
        assert told(app) == before, "told twice"
        stored = app.orders.get(key)
        assert stored is not None
        assert stored.known is not None
        flight = app.orders.in_flight("s4")
        counted = list(flight["quantity"][flight["item"] == item])
        if stored.state in {S.RECEIVED, S.CANCELLED}:
            assert counted == []
            break
        coming = stored.known.lines[0].coming
        assert counted == ([float(coming)] if coming else [])
    assert app.orders.verify_chain()


def refusals(app: App) -> list[tuple[str, float, str]]:
    rows = app.orders.rejections("s4")
    return [(str(row.item), float(row.quantity), str(row.actor)) for row in rows.itertuples()]


def test_what_people_undo_in_the_erp_is_remembered_as_a_no(app: App) -> None:
    cancelled, cut, line = ordered(app, {"bolt": "100"}, {"nut": "73"}, {"cog": "5", "pin": "8"})
    erp(app).set_state(cancelled, "cancelled")
    show(app, cut, quantity=Decimal(10))
    found = document(app, line)
    erp(app).shown[line] = replace(found, lines=found.lines[:1])
    look(app)
    assert sorted(refusals(app)) == [("bolt", 100, "erp"), ("nut", 63, "erp"), ("pin", 8, "erp")]
    show(app, cut, quantity=Decimal(80))
    look(app)
    assert len(refusals(app)) == 3, "more than was ordered is no refusal"


@pytest.mark.parametrize("how", ["cancelled", "refused", "cut"])
def test_what_people_undo_is_not_ordered_again_by_itself_the_next_mornings(app: App, tmp_path: Path, how: str) -> None:
    folder = Company.small(receipts=on_time()).write(tmp_path / "f")
    whole = replace(
        app,
        writers={"files": FakeErpWriter(app.clock, system="files")},
        readers={"files": FilesReader(folder, "files")},
        policies=TextPolicies({"policy.yaml": AUTONOMOUS}),
    )
    writer = cast("FakeErpWriter", whole.writers["files"])
    for day in range(3):
        writer.changes = {"state": D.PENDING} if how == "refused" else {}
        runner.run("plan", whole, AS_OF + timedelta(days=day))
        runner.run("submit", whole)
        writer.changes = {}
        for stored in whole.orders.select(S.VERIFIED, S.RELEASED):
            if how == "cut":
                (found,) = writer.status([stored.erp_number])
                lines = tuple(replace(line, quantity=Decimal(10)) for line in found.lines)
                writer.shown[stored.erp_number] = replace(found, lines=lines)
            else:
                writer.set_state(stored.erp_number, how)
        runner.run("follow_up", whole)
        days(whole, 1)
    assert writer.count() == 1
    writer.close()


def test_what_the_erps_approval_refused_is_a_no_and_stays_for_a_person(app: App) -> None:
    (number,) = ordered(app, state="pending")
    erp(app).set_state(number, "refused")
    look(app)
    assert refusals(app) == [("bolt", 100, "erp")]
    app.orders.adopt([], system="s4", run_id="run-2", plan_id="p2")
    assert state(app, number) is S.REFUSED, "its document can be submitted again: no plan takes its place"


def test_a_blocked_document_counts_here_until_an_extract_shows_it_again(app: App) -> None:
    (number,) = ordered(app)
    app.orders.see("s4", [], [number])
    look(app)
    assert supply(app) == []
    erp(app).set_state(number, "held")
    look(app)
    assert (told(app)[-1], state(app, number), supply(app)) == ("incomplete", S.RELEASED, [100])
    erp(app).set_state(number, "open")
    look(app)
    assert supply(app) == [100]
    app.orders.see("s4", [], [number])
    assert supply(app) == []


@pytest.mark.parametrize("key", ["", "ZZZZZZZZZZ22"])
def test_a_strangers_document_with_the_same_number_is_not_followed(app: App, key: str) -> None:
    (number,) = ordered(app)
    own = document(app, number)
    stranger = replace(own, order_key=key, state=D.CANCELLED)
    writer = TwoOfANumber(erp(app), [own, stranger])
    app.writers["s4"] = writer  # type: ignore[index]  # a dict in tests
    look(app)
    assert (state(app, number), supply(app)) == (S.RELEASED, [100])


def test_a_document_that_carries_the_key_of_another_order_is_missing(app: App) -> None:
    first, second = ordered(app, {"bolt": "100"}, {"nut": "7"})
    erp(app).shown[first] = replace(document(app, second), number=first, state=D.CANCELLED)
    look(app)
    days(app, 1)
    look(app)
    assert (state(app, first), told(app)[-1]) == (S.RELEASED, "missing")


class TwoOfANumber:
    """A writer that shows several documents under one number, as business units that number apart do."""

    def __init__(self, writer: FakeErpWriter, documents: list[Document]) -> None:
        self._writer, self._documents = writer, documents

    def status(self, numbers: list[str]) -> list[Document]:
        """Whatever is asked for."""
        return self._documents

    def __getattr__(self, name: str) -> object:
        return getattr(self._writer, name)
