"""Files of Fusion's import: handed over whole, taken once, withdrawn by nobody else, found again in Fusion."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.errors import NeedsAdmin, Refused, Retryable
from bot.jobs.readback import differences
from bot.orders.document import Document, DocumentState
from bot.orders.model import DraftOrder
from connectors.oracle.fbdi_columns import HEADERS, MEMBERS
from connectors.oracle.fusion import examine
from connectors.oracle.import_files import ImportWriter
from tests.connectors.oracle.fbdi_parts import draft, imported, loaded, made, take
from tests.connectors.oracle.fusion_parts import KEY, fusion_settings
from tests.connectors.sandbox.fusion_pod import Pod, running_pod, self_link
from tests.fakes import ManualClock

pytestmark = pytest.mark.servers
OTHER = "ZZZZZZZZZZ22"
MANIFEST, ZIP = f"order-{KEY}.json", f"order-{KEY}.zip"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pod]:
    with running_pod(tmp_path_factory.mktemp("imports")) as pod:
        yield pod


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def fusion(running: Pod, folder: Path) -> ImportWriter:
    return made(running, folder)


def one(documents: Any) -> Document:
    (found,) = documents
    assert isinstance(found, Document)
    return found


def test_an_order_is_handed_over_and_is_pending_not_an_order(fusion: ImportWriter, folder: Path) -> None:
    assert fusion.find(KEY) == []
    assert fusion.create(draft()) == KEY
    assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, ZIP]
    found = one(fusion.find(KEY))
    assert found == one(fusion.status([KEY]))
    assert (found.number, found.state) == (KEY, DocumentState.PENDING)
    assert differences(draft().order, found) == []


def test_the_manifest_seals_the_zip(fusion: ImportWriter, folder: Path) -> None:
    fusion.create(draft())
    content = json.loads((folder / MANIFEST).read_text("utf-8"))
    sealed = (folder / ZIP).read_bytes()
    assert content["form"] == "restock-import-1"
    assert content["import"]["file"] == ZIP
    assert content["import"]["sha256"] == hashlib.sha256(sealed).hexdigest()
    assert content["import"]["rows"] == {member: len(rows) for member, rows in loaded(sealed).items()}
    (header,) = loaded(sealed)[HEADERS]
    assert (header["AGENT_EMAIL_ADDRESS"], header["PRC_BU_NAME"]) == ("buyer@company.example", "US1 Business Unit")
    assert (header["VENDOR_NUM"], header["STYLE_DISPLAY_NAME"]) == ("1001", "Purchase Order")


def test_nothing_is_written_to_fusion(running: Pod, fusion: ImportWriter) -> None:
    before = [len(running.items(name)) for name in ("draftPurchaseOrders", "purchaseOrders", "purchaseRequisitions")]
    fusion.create(draft("NOTHINGSENT2"))
    fusion.cancel("NOTHINGSENT2")
    after = [len(running.items(name)) for name in ("draftPurchaseOrders", "purchaseOrders", "purchaseRequisitions")]
    assert before == after


def test_a_zip_without_its_manifest_is_not_handed_over(fusion: ImportWriter, folder: Path) -> None:
    fusion.create(draft())
    left = (folder / ZIP).read_bytes()
    (folder / MANIFEST).unlink()  # as if the machine had died between the two
    assert fusion.find(KEY) == []
    assert fusion.create(draft()) == KEY
    assert (folder / ZIP).read_bytes() == left


@pytest.mark.parametrize("name", [f"{ZIP}.part", f"order-{KEY}.part"])
def test_a_disk_that_refuses_leaves_nothing_handed_over(fusion: ImportWriter, folder: Path, name: str) -> None:
    (folder / name).mkdir(parents=True)
    with pytest.raises((Retryable, NeedsAdmin)):
        fusion.create(draft())
    assert not (folder / MANIFEST).exists()
    assert fusion.find(KEY) == []
    (folder / name).rmdir()
    assert fusion.create(draft()) == KEY


def test_the_zip_lies_there_before_its_manifest(fusion: ImportWriter, folder: Path) -> None:
    (folder / f"order-{KEY}.part").mkdir(parents=True)
    with pytest.raises((Retryable, NeedsAdmin)):
        fusion.create(draft())
    assert set(loaded((folder / ZIP).read_bytes())) == set(MEMBERS)


def test_the_doctor_looks_whether_the_folder_can_be_written(running: Pod, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    settings = fusion_settings(
        base_url=running.url,
        password="restock-demo",
        write_route="import_file",
        import_folder=tmp_path / "file" / "out",
    )
    found = list(examine(settings, ManualClock(datetime(2026, 3, 2, 6, tzinfo=UTC))))
    (told,) = [each for each in found if each.code == "orders-folder-readonly"]
    assert "import_folder" in told.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("suffix", [".json", ".taken", ".cancelled"])
def test_a_key_is_handed_over_once(fusion: ImportWriter, folder: Path, suffix: str) -> None:
    fusion.create(draft())
    (folder / MANIFEST).rename(folder / f"order-{KEY}{suffix}")
    with pytest.raises(Refused, match="handed over already"):
        fusion.create(draft())


def test_what_nobody_took_is_withdrawn_and_stays_an_answer(fusion: ImportWriter, folder: Path) -> None:
    fusion.create(draft())
    fusion.cancel(KEY)
    assert one(fusion.find(KEY)).state is DocumentState.CANCELLED
    assert not (folder / MANIFEST).exists()


def test_what_was_taken_cannot_be_withdrawn_here(fusion: ImportWriter, folder: Path) -> None:
    fusion.create(draft())
    take(folder)
    with pytest.raises(Refused, match="taken for upload"):
        fusion.cancel(KEY)
    assert one(fusion.status([KEY])).state is DocumentState.PENDING


def test_an_imported_order_is_found_by_its_number(running: Pod, folder: Path) -> None:
    key, fusion = "NUMBERED2222", made(running, folder)
    fusion.create(draft(key))
    row = imported(running, take(folder, key))
    assert one(fusion.status([key])).state is DocumentState.HELD
    assert running.act(self_link(row), "submit").json()["result"] == "SUCCESS"
    found = one(fusion.status([key]))
    assert (found.number, found.order_key, found.state) == (key, key, DocumentState.OPEN)
    assert differences(draft(key).order, found) == []
    assert fusion.find(key) == [found]
    fusion.cancel(key)
    assert one(fusion.status([key])).state is DocumentState.CANCELLED


def test_an_order_that_fusion_numbered_itself_is_found_by_its_description(running: Pod, folder: Path) -> None:
    key, fusion = "RENUMBERED22", made(running, folder)
    fusion.create(draft(key))
    row = imported(running, take(folder, key), numbered=False)
    running.act(self_link(row), "submit")
    found = one(fusion.status([key]))
    assert (found.number, found.order_key, found.state) == (key, key, DocumentState.OPEN)
    assert one(fusion.find(key)).number != key


def test_two_imports_of_one_order_are_both_told(running: Pod, folder: Path) -> None:
    key, fusion = "TWICETWICE22", made(running, folder)
    fusion.create(draft(key))
    content = take(folder, key)
    imported(running, content)
    imported(running, content, numbered=False)
    assert len(fusion.find(key)) == 2


def test_other_orders_are_not_found(fusion: ImportWriter) -> None:
    fusion.create(draft())
    assert fusion.find(OTHER) == []
    assert fusion.status([OTHER, "5001x"]) == []
    assert one(fusion.status(["5001"])).number == "5001"


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (draft("short"), "not an order key"),
        (draft(location="M9"), "conversions|LOCATION|M9"),
        (draft(unit="KG"), "names of the unit"),
    ],
)
def test_what_the_import_cannot_take_is_refused_and_leaves_no_file(
    fusion: ImportWriter, folder: Path, order: DraftOrder, words: str
) -> None:
    lost = replace(order, order=replace(order.order, location=order.order.lines[0].location))
    with pytest.raises(Refused, match=words):
        fusion.create(lost)
    assert not folder.exists()


def test_a_blocked_supplier_gets_no_file(fusion: ImportWriter, folder: Path) -> None:
    held = draft()
    with pytest.raises(Refused, match="on hold"):
        fusion.create(replace(held, order=replace(held.order, supplier="1002")))
    assert not folder.exists()


def test_route_and_folder_belong_together(tmp_path: Path) -> None:
    for changes in ({"write_route": "import_file"}, {"import_folder": tmp_path}):
        with pytest.raises(ValidationError, match="belong together"):
            fusion_settings(**changes)
