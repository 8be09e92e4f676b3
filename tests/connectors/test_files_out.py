import json
from decimal import Decimal
from pathlib import Path

import pytest

from bot.errors import NeedsAdmin, Refused, Retryable
from bot.orders.document import DocumentState
from connectors.files_out import FilesWriter
from tests.makers import make_draft


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
    assert writer.settle_seconds == 0.0
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
