import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from bot.errors import NeedsAdmin, Refused, Retryable
from bot.jobs.submit import submit_due
from bot.orders.document import DocumentState
from bot.orders.model import DraftOrder, OrderState
from connectors.files_out import FilesWriter
from tests.fakes import ManualClock
from tests.makers import database, make_app, make_draft


def test_order_is_one_file_that_is_found_by_its_key(tmp_path: Path) -> None:
    writer = FilesWriter(tmp_path / "out", "north")
    draft = make_draft({"bolt": "100", "Mutter é": "5"})
    key = draft.order.order_key
    assert writer.find(key) == []
    assert writer.create(draft) == key
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"order-{key}.json"]
    (document,) = writer.find(key)
    assert (document.number, document.order_key, document.supplier) == (key, key, draft.order.supplier)
    assert (document.currency, document.state) == (draft.order.currency, DocumentState.OPEN)
    assert [(line.item, line.quantity, line.price, line.due_on) for line in document.lines] == [
        (line.item, line.quantity, line.price, line.need_date) for line in draft.order.lines
    ]
    assert writer.status([key, "ZZZZ"]) == [document]
    assert writer.settle_seconds > 0
    assert writer.system == "north"


def test_numbers_in_the_file_are_exact_text(tmp_path: Path) -> None:
    draft = make_draft({"bolt": "0.1"})
    FilesWriter(tmp_path).create(draft)
    content = json.loads((tmp_path / f"order-{draft.order.order_key}.json").read_text("utf-8"))
    assert Decimal(content["lines"][0]["quantity"]) == Decimal("0.1")
    assert Decimal(content["total"]) == draft.order.total.amount


def test_second_create_of_a_key_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    writer = FilesWriter(tmp_path)
    writer.create(make_draft())
    before = next(tmp_path.iterdir()).read_bytes()
    with pytest.raises(Refused, match="exists already"):
        writer.create(make_draft())
    assert next(tmp_path.iterdir()).read_bytes() == before


def test_cancelled_order_is_still_a_document_and_is_not_written_again(tmp_path: Path) -> None:
    writer = FilesWriter(tmp_path)
    key = writer.create(make_draft())
    writer.cancel(key)
    assert [document.state for document in writer.find(key)] == [DocumentState.CANCELLED]
    with pytest.raises(Refused, match="exists already"):
        writer.create(make_draft())
    with pytest.raises(Refused, match="there is no order file"):
        writer.cancel(key)


def test_half_written_file_is_no_order_and_is_replaced(tmp_path: Path) -> None:
    writer = FilesWriter(tmp_path)
    key = make_draft().order.order_key
    (tmp_path / f"order-{key}.part").write_text('{"number": "', "utf-8")
    assert writer.find(key) == []
    writer.create(make_draft())
    assert len(writer.find(key)) == 1


def test_an_order_whose_file_was_taken_is_still_the_same_document(tmp_path: Path) -> None:
    writer = FilesWriter(tmp_path / "out")
    key = writer.create(make_draft())
    before = list(writer.find(key))
    taken(tmp_path / "out")
    assert (
        list(writer.find(key)) == list(writer.status([key])) == list(FilesWriter(tmp_path / "out").find(key)) == before
    )
    with pytest.raises(Refused, match="exists already"):
        writer.create(make_draft())
    with pytest.raises(Refused, match="taken away already"):
        writer.cancel(key)
    assert list((tmp_path / "out").iterdir()) == []


def taken(folder: Path) -> list[str]:
    """Play the importer: take every order away."""
    found = sorted(folder.glob("order-*.json"))
    for path in found:
        path.unlink()
    return [path.name for path in found]


def test_a_cancelled_order_stays_cancelled_when_its_file_is_tidied_away(tmp_path: Path) -> None:
    writer = FilesWriter(tmp_path / "out")
    key = writer.create(make_draft())
    writer.cancel(key)
    (tmp_path / "out" / f"order-{key}.cancelled").unlink()
    assert [document.state for document in writer.find(key)] == [DocumentState.CANCELLED]


def test_the_journal_lies_where_the_settings_say_else_beside(tmp_path: Path) -> None:
    key = FilesWriter(tmp_path / "out").create(make_draft())
    assert [path.name for path in (tmp_path / "out.journal").iterdir()] == [f"{key}.json"]
    FilesWriter(tmp_path / "out2", journal=tmp_path / "own").create(make_draft())
    assert [path.name for path in (tmp_path / "own").iterdir()] == [f"{key}.json"]


class _DeathError(BaseException):
    """The process ends."""


@pytest.mark.parametrize("moment", ["before the journal", "before the name", "after the name"])
def test_a_death_at_any_moment_hands_the_order_over_once(tmp_path: Path, moment: str) -> None:
    """The next process finds what was handed over, taken or not, and writes what was not."""
    key, out = make_draft().order.order_key, tmp_path / "out"
    with pytest.raises(_DeathError):
        Dying(out, moment).create(make_draft())
    imported = taken(out)
    again = FilesWriter(out)
    if not again.find(key):
        again.create(make_draft())
        imported += taken(out)
    assert imported == [f"order-{key}.json"]
    assert [one.state for one in again.find(key)] == [DocumentState.OPEN]


class Dying(FilesWriter):
    """The real writer in a process that is killed at one moment of a create."""

    def __init__(self, folder: Path, moment: str) -> None:
        super().__init__(folder)
        self._moment = moment

    def _written(self, part: Path, content: Mapping[str, object]) -> Path:
        written = super()._written(part, content)
        if self._moment == "before the journal":
            raise _DeathError
        return written

    def _named(self, part: Path, path: Path, order_key: str) -> None:
        if self._moment == "after the name":
            super()._named(part, path, order_key)
        raise _DeathError


def test_a_folder_that_is_not_there_answers_nothing_about_an_order_of_the_journal(tmp_path: Path) -> None:
    writer = FilesWriter(tmp_path / "share")
    key = writer.create(make_draft())
    (tmp_path / "share").rename(tmp_path / "elsewhere")
    with pytest.raises(Retryable, match="is not there"):
        writer.find(key)


def test_a_journal_that_cannot_be_written_needs_a_person_and_hands_nothing_over(tmp_path: Path) -> None:
    (tmp_path / "journal").touch()
    writer = FilesWriter(tmp_path / "out", journal=tmp_path / "journal")
    with pytest.raises(NeedsAdmin, match="journal_folder"):
        writer.create(make_draft())
    assert taken(tmp_path / "out") == []
    assert writer.find(make_draft().order.order_key) == []


def test_an_importer_beside_a_worker_that_is_killed_gets_every_order_once(tmp_path: Path) -> None:
    clock, out = ManualClock(), tmp_path / "orders"
    with database(tmp_path / "r.db") as engine:
        app = make_app(engine, tmp_path, clock=clock, writer=Importing(out))
        draft = make_draft()
        app.orders.adopt([draft], system="s4", run_id="r", plan_id="p")
        with pytest.raises(_DeathError):
            submit_due(app)
        assert not taken(out)
        app = make_app(engine, tmp_path, clock=clock, writer=FilesWriter(out, "s4"), holder="w2")
        for _ in range(4):
            clock.advance(120)
            submit_due(app)
            assert not taken(out)
        stored = app.orders.get(draft.order.order_key)
        assert stored is not None
        assert stored.state is OrderState.RELEASED


class Importing(FilesWriter):
    """The real writer, whose files are taken at once, in a process that dies before it has noted the number."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "s4")

    def create(self, draft: DraftOrder) -> str:
        super().create(draft)
        assert taken(self._folder)
        raise _DeathError


@pytest.mark.parametrize("key", ["../etc", "a/b", "", "a.b", "é"])
def test_only_order_keys_become_file_names(tmp_path: Path, key: str) -> None:
    with pytest.raises(Refused, match="is not an order key"):
        FilesWriter(tmp_path).find(key)


def test_folder_that_is_a_file_needs_a_person(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(NeedsAdmin, match="cannot be written"):
        FilesWriter(tmp_path / "out").create(make_draft())


def test_disk_error_before_the_file_has_its_name_did_nothing(tmp_path: Path) -> None:
    key = make_draft().order.order_key
    (tmp_path / f"order-{key}.part").mkdir()  # a folder where the working file would be
    with pytest.raises(Retryable, match="cannot be written"):
        FilesWriter(tmp_path).create(make_draft())
    assert FilesWriter(tmp_path).find(key) == []


@pytest.mark.parametrize("content", ["{", "[]", '{"number": "A"}', '{"lines": [{"item": "a"}], "location": "L"}'])
def test_spoiled_order_file_needs_a_person(tmp_path: Path, content: str) -> None:
    (tmp_path / "order-ABC.json").write_text(content, "utf-8")
    with pytest.raises(NeedsAdmin, match="is not an order file that restock wrote") as raised:
        FilesWriter(tmp_path).find("ABC")
    assert raised.value.where.endswith("order-ABC.json")
