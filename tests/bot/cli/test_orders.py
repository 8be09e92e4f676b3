"""`restock orders` as it is called: on a settings file, a real database and a folder as the ERP."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.cli.root import run
from bot.orders.document import Document, DocumentLine, DocumentState
from bot.orders.model import DraftOrder, GuardHit, OrderState, Verdict
from bot.orders.sighting import Patience, sight
from bot.store.orders import SqlOrders
from bot.store.people import SqlPeople
from connectors.files_out import FilesWriter
from tests.fakes import ManualClock
from tests.makers import ADMIN, OPERATOR, database, make_draft

S = OrderState
SETTINGS = """
[installation]
name = "test"
[systems.files]
connector = "files"
folder = "data"
orders_folder = "orders"
"""
GUARD = GuardHit("price_collar", "80 %", "20 %")


@dataclass
class Office:
    """A folder with settings, the order book behind it, and the folder that stands for the ERP."""

    folder: Path
    clock: ManualClock
    book: SqlOrders
    erp: FilesWriter
    capsys: pytest.CaptureFixture[str]

    def restock(self, *words: str) -> tuple[int, str]:
        """Exit code and everything that `restock orders` printed."""
        code = run(["orders", *words, "--settings", str(self.folder / "restock.toml")])
        said = self.capsys.readouterr()
        return code, said.out + said.err

    def settle(self, key: str, to: str, *words: str, actor: str = OPERATOR.email) -> tuple[int, str]:
        return self.restock("settle", key, "--to", to, "--actor", actor, "--reason", "looked there", *words)

    def put(self, draft: DraftOrder, *states: OrderState, note: str = "test", number: str = "") -> str:
        """Adopt a draft and walk it through states; returns its key."""
        key = draft.order.order_key
        others = [stored.draft for stored in self.book.select(S.APPROVED, S.HELD, S.AWAITING_APPROVAL)]
        self.book.adopt([*others, draft], system="files", run_id="run-1", plan_id="p")
        before = S.APPROVED
        for to in states:
            named = number if to is S.SENT else None
            self.book.move(key, before, to, actor="submit", reason=note, erp_number=named)
            before = to
        self.clock.advance(60)
        return key


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Office]:
    (tmp_path / "restock.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "policy.yaml").write_text("version: 1\n", "utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "var").mkdir()
    with database(tmp_path / "var" / "restock.sqlite") as engine:
        people = SqlPeople(engine)
        people.put(ADMIN)
        people.put(OPERATOR)
        clock = ManualClock(datetime(2026, 3, 2, 5, 0, tzinfo=UTC))
        book = SqlOrders(engine, clock, undo_minutes=0)
        yield Office(tmp_path, clock, book, FilesWriter(tmp_path / "orders", "files"), capsys)


def draft_of(*items: str, verdict: Verdict = Verdict.AUTO, revision: int = 0) -> DraftOrder:
    guards = (GUARD,) if verdict is Verdict.BLOCK else ()
    return make_draft(items, verdict=verdict, revision=revision, system="files", guards=guards)


def test_list_shows_what_needs_a_person_and_counts_everything(office: Office) -> None:
    held = office.put(draft_of("a", verdict=Verdict.BLOCK))
    office.put(draft_of("b"))
    refused = office.put(draft_of("c"), S.SENDING, S.REFUSED, note="06/012: blocked")
    code, text = office.restock("list")
    assert code == 0
    first, _, second, note, totals = text.splitlines()
    assert first.split()[:6] == [f"#{held[:4]}", held, "held", "files", "acme", "L1"]
    assert second.split()[1:3] == [refused, "refused"]
    assert "50.00 EUR" in second
    assert note.strip() == "06/012: blocked"
    assert totals == "totals: 1 held, 1 approved, 1 refused"


def test_list_of_other_states_and_as_json(office: Office) -> None:
    key = office.put(draft_of("b"), S.SENDING, S.SENT, S.MISMATCH, number="4711")
    office.put(draft_of("c"))
    code, text = office.restock("list", "--state", "mismatch", "--state", "sent", "--json")
    found = json.loads(text)
    assert (code, found["schema_version"], found["totals"]) == (0, 1, {"approved": 1, "mismatch": 1})
    (row,) = found["orders"]
    assert row == {
        "order_key": key, "short_key": key[:4], "state": "mismatch", "system": "files", "supplier": "acme",
        "location": "L1", "value": {"amount": "50.00", "currency": "EUR"},
        "created_at": "2026-03-02T05:00:00+00:00", "changed_at": "2026-03-02T05:00:00+00:00",
        "erp_number": "4711", "attempts": 1, "note": "test",
    }  # fmt: skip


def test_an_empty_book_says_so(office: Office) -> None:
    assert office.restock("list") == (0, "no order in a state that needs a person\ntotals: no orders yet\n")


def test_show_tells_what_became_of_the_document(office: Office) -> None:
    key = office.put(draft_of("bolt", "nut"), S.SENDING, S.SENT, S.VERIFIED, S.RELEASED, number="4711")
    promised, moved = date(2026, 3, 25), date(2026, 4, 2)
    for changes in ({"promised_on": promised}, {"promised_on": moved, "received": Decimal(40)}):
        stored = office.book.get(key)
        assert stored is not None
        order = stored.order
        lines = [
            DocumentLine(line.item, line.location, line.quantity, line.price, line.price_unit, line.need_date)
            for line in order.lines
        ]
        shown = (replace(lines[0], **changes),)  # type: ignore[arg-type]  # any field
        document = Document("4711", key, order.supplier, order.currency, DocumentState.OPEN, shown)
        sighting = sight(stored, document, office.clock.now(), Patience(timedelta(days=2), timedelta(hours=1)))
        office.book.follow(stored, sighting, actor="follow_up")
    code, text = office.restock("show", key)
    assert code == 0
    assert "In the ERP: 40 EA of 100 EA received, 60 EA to come, promised for Thu 2 Apr 2026 (first Wed 25 Mar" in text
    assert "In the ERP: the line was taken out by a person." in text
    assert "promise moved, by follow_up: line 1 (bolt at L1): promise moved: 2026-03-25 → 2026-04-02" in text
    assert "part_received, by follow_up: line 1 (bolt at L1): 40 of 100 received" in text
    assert "line cancelled, by follow_up: line 2 (nut at L1)" in text
    found = json.loads(office.restock("show", key, "--json")[1])
    assert found["known"]["lines"][0] == {
        "line": 1, "quantity": "100", "received": "40", "coming": "60", "due_on": "2026-03-20",
        "promised_on": "2026-04-02", "first_promised_on": "2026-03-25", "promise_moves": 1, "gone": False,
    }  # fmt: skip
    assert [event["details"].get("news") for event in found["events"][-3:]] == [
        "line_cancelled",
        "promise_moved",
        "goods",
    ]


def test_show_tells_lines_guards_differences_and_history(office: Office) -> None:
    differences = "line 1: quantity 100 approved, 90 found; currency EUR approved, USD found"
    key = office.put(draft_of("bolt"), S.SENDING, S.SENT, S.MISMATCH, note=differences, number="4711")
    code, text = office.restock("show", key)
    assert code == 0
    assert f"Order {key} (#{key[:4]}): mismatch, 4711 in the ERP" in text
    assert "Line 1: bolt, 100 EA at 0.50 EUR, needed by Fri 20 Mar 2026" in text
    assert "Differences:\n  line 1: quantity 100 approved, 90 found\n  currency EUR approved, USD found\n" in text
    assert f"mismatch, by submit: {differences}" in text
    assert "A person may settle it to: sent, verified, superseded, cancelled" in text
    held = office.put(draft_of("nut", verdict=Verdict.BLOCK))
    assert "Guards:\n  Price far from the last one paid: 80 %, limit 20 %" in office.restock("show", held)[1]


def test_show_as_json_carries_the_same(office: Office) -> None:
    key = office.put(draft_of("bolt"), S.SENDING, S.SENT, S.MISMATCH, note="a; b", number="4711")
    found = json.loads(office.restock("show", key, "--json")[1])
    assert found["differences"] == ["a", "b"]
    assert [event["to"] for event in found["events"]] == ["proposed", "approved", "sending", "sent", "mismatch"]
    assert found["lines"][0]["quantity"] == "100"
    assert found["lines"][0]["sentences"][0].startswith("Needed unknown, ordered 100")


def test_figures_become_sentences(office: Office) -> None:
    draft = draft_of("bolt")
    draft.evidence[1].update({"inventory_position": 3.0, "reorder_point": 50.0, "order_up_to": 103.0})
    text = office.restock("show", office.put(draft))[1]
    assert "Inventory position 3 EA = 3 on hand." in text
    assert "an order is due below 50 and goes up to 103" in text


def test_a_key_may_be_shortened_where_it_is_unique(office: Office) -> None:
    key = office.put(draft_of("bolt"))
    for short in (key[:4], f"#{key[:4]}", key[-4:], key[-6:].lower()):
        assert office.restock("show", short)[1].startswith(f"Order {key} ")
    for wrong in (key[:3], "ZZZZ", key[2:9]):
        code, text = office.restock("show", wrong)
        assert code == 5
        assert "there is no such order" in text


def test_an_ambiguous_key_names_the_orders(office: Office) -> None:
    draft, other = draft_of("bolt"), draft_of("nut")
    twin = draft.order.order_key[:4] + other.order.order_key[4:]
    office.put(draft)
    office.put(replace(other, order=replace(other.order, order_key=twin)))
    code, text = office.restock("show", twin[:4])
    assert code == 2
    assert twin in text
    assert draft.order.order_key in text


def test_settle_adopts_a_document_through_the_real_connector(office: Office) -> None:
    draft = draft_of("bolt")
    key = office.put(draft, S.SENDING, S.UNKNOWN, S.MANUAL)
    code, text = office.settle(key, "sent", "--erp-number", key)
    assert code == 5
    assert f"the ERP shows no document {key}" in text
    office.erp.create(draft)
    code, text = office.settle(key[:4], "sent", "--erp-number", key)
    assert (code, text.splitlines()[0]) == (0, f"{key}: manual → verified")
    assert "Nothing was sent to the ERP" in text
    assert [event.actor for event in office.book.events(key)][-2:] == [OPERATOR.email] * 2


def test_settle_gives_up_what_the_erp_does_not_hold(office: Office) -> None:
    draft = draft_of("bolt")
    key = office.put(draft, S.SENDING, S.UNKNOWN, S.MANUAL)
    office.erp.create(draft)
    assert office.settle(key, "superseded")[0] == 5
    office.erp.cancel(key)
    code, text = office.settle(key, "superseded")
    assert code == 0
    assert "It no longer counts as supply.\nIts need is free" in text
    assert office.book.in_flight("files").empty


def test_only_an_admin_accepts(office: Office) -> None:
    draft = draft_of("bolt")
    key = office.put(draft, S.SENDING, S.SENT, S.MISMATCH, number=draft.order.order_key)
    office.erp.create(draft)
    assert office.settle(key, "verified")[0] == 5
    assert office.settle(key, "verified", actor=ADMIN.email)[0] == 0


def test_cancelling_without_a_terminal_needs_yes(office: Office) -> None:
    key = office.put(draft_of("bolt"))
    code, text = office.settle(key, "cancelled")
    assert code == 2
    assert "add --yes" in text
    assert office.settle(key, "cancelled", "--yes")[0] == 0
    assert office.book.select(S.CANCELLED)


@pytest.mark.parametrize(("answer", "code", "end"), [("n", 130, S.APPROVED), ("y", 0, S.CANCELLED)])
def test_cancelling_on_a_terminal_asks(office: Office, answer: str, code: int, end: OrderState) -> None:
    key = office.put(draft_of("bolt"))
    words = ["settle", key, "--to", "cancelled", "--actor", OPERATOR.email, "--reason", "not wanted"]
    keyboard, terminal = pty.openpty()
    os.write(keyboard, f"{answer}\n".encode())
    done = subprocess.run(
        [sys.executable, "-m", "bot", "orders", *words, "--settings", str(office.folder / "restock.toml")],
        stdin=terminal, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    os.close(keyboard)
    os.close(terminal)
    assert done.returncode == code, done.stderr
    assert "it ends here and stops counting as supply" in done.stdout
    found = office.book.get(key)
    assert found
    assert found.state is end


def test_options_that_mean_nothing_are_refused(office: Office) -> None:
    key = office.put(draft_of("bolt"))
    assert office.settle(key, "cancelled", "--yes", "--erp-number", "1")[0] == 2
    assert office.settle(key, "released")[0] == 2


def test_without_a_database_nothing_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "restock.toml").write_text(SETTINGS, "utf-8")
    assert run(["orders", "list", "--settings", str(tmp_path / "restock.toml")]) == 10
    assert "there is no database" in capsys.readouterr().err
    assert not (tmp_path / "var").exists()
