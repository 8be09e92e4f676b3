"""Deliveries of table files: whole or not read, from the right system, of the right day."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.errors import DataInvalid, Retryable, StopRun
from connectors.files import FilesReader
from connectors.handover import MANIFEST, Entry, Manifest, Terms, digest, load, newest, seal

DAY = date(2026, 11, 27)
STOCK = "item,location,on_hand\nA,W,1\nB,W,2\n"


def deliver(folder: Path, system: str = "north", as_of: date = DAY, **tables: str) -> Path:
    """Write tables and seal them."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = {}
    for name, text in (tables or {"stock": STOCK}).items():
        path = folder / f"{name}.csv"
        path.write_text(text, "utf-8")
        entries[name] = Entry(path.name, text.count("\n") - 1, digest(path))
    return seal(folder, Manifest(system, as_of, entries))


def reader(folder: Path, terms: Terms | None = None, today: Callable[[], date] = lambda: DAY) -> FilesReader:
    return FilesReader(folder, "files", terms or Terms(required=True), today)


def stock(source: FilesReader) -> list[str]:
    return [str(item) for frame in source.pull("stock") for item in frame["item"]]


def codes(raised: pytest.ExceptionInfo[DataInvalid]) -> list[str]:
    return [finding.code for finding in raised.value.findings]


def test_a_sealed_delivery_is_read_and_its_manifest_comes_back_as_written(tmp_path: Path) -> None:
    deliver(tmp_path)
    assert stock(reader(tmp_path)) == ["A", "B"]
    manifest = load(tmp_path)
    assert manifest is not None
    assert (manifest.system, manifest.as_of, manifest.tables["stock"].rows) == ("north", DAY, 2)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_without_manifest_a_folder_is_read_unless_one_is_required(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text(STOCK, "utf-8")
    assert stock(reader(tmp_path, Terms())) == ["A", "B"]
    with pytest.raises(DataInvalid) as raised:
        stock(reader(tmp_path))
    assert codes(raised) == ["E322"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_text(STOCK + "C,W,3\n", "utf-8"),
        lambda path: path.write_text(STOCK[:-3], "utf-8"),
        lambda path: path.write_text(STOCK.replace("1", "9"), "utf-8"),
        lambda path: path.unlink(),
    ],
    ids=["longer", "cut off", "one digit", "gone"],
)
def test_a_file_that_is_not_what_was_sealed_is_refused(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    deliver(tmp_path)
    spoil(tmp_path / "stock.csv")
    with pytest.raises(DataInvalid) as raised:
        reader(tmp_path).tables  # noqa: B018 - asking is what looks at the delivery
    assert codes(raised) == ["E324"]


def test_a_table_that_the_manifest_does_not_name_is_doubt(tmp_path: Path) -> None:
    deliver(tmp_path)
    (tmp_path / "items.csv").write_text("item,unit\nA,EA\n", "utf-8")
    with pytest.raises(DataInvalid) as raised:
        stock(reader(tmp_path))
    assert codes(raised) == ["E323"]


def test_a_wrong_count_of_rows_is_refused(tmp_path: Path) -> None:
    deliver(tmp_path)
    entry = Entry("stock.csv", 3, digest(tmp_path / "stock.csv"))
    seal(tmp_path, Manifest("north", DAY, {"stock": entry}))
    with pytest.raises(DataInvalid) as raised:
        stock(reader(tmp_path))
    assert codes(raised) == ["E325"]
    assert "has 2 rows" in str(raised.value)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"form": "other"}', '{"form": "restock-delivery-1", "system": "x", "as_of": "soon", "tables": {}}',
     '{"form":"restock-delivery-1","system":"x","as_of":"2026-11-27","tables":{"stock":{"file":"../s","rows":1}}}'],
)  # fmt: skip
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text, "utf-8")
    with pytest.raises(DataInvalid) as raised:
        stock(reader(tmp_path))
    assert codes(raised) == ["E321"]


def test_another_system_stops_the_run(tmp_path: Path) -> None:
    deliver(tmp_path, system="north-test")
    with pytest.raises(StopRun, match="north-test, not north"):
        stock(reader(tmp_path, Terms(source_system="north")))


@pytest.mark.parametrize(("days", "good"), [(0, True), (1, True), (2, False), (-1, False)])
def test_a_delivery_of_another_day_stops_the_run(tmp_path: Path, days: int, *, good: bool) -> None:
    deliver(tmp_path, as_of=DAY - timedelta(days=days))
    source = reader(tmp_path, Terms(max_age_days=1))
    if good:
        assert stock(source) == ["A", "B"]
    else:
        with pytest.raises(StopRun, match="shows the morning of"):
            stock(source)


def test_the_newest_finished_delivery_counts(tmp_path: Path) -> None:
    deliver(tmp_path / "2026-11-26")
    deliver(tmp_path / "2026-11-27", stock="item,location,on_hand\nC,W,1\n")
    (tmp_path / "2026-11-28.part").mkdir()
    (tmp_path / ".2026-11-29").mkdir()
    assert newest(tmp_path).name == "2026-11-27"
    assert stock(reader(tmp_path, Terms(deliveries=True))) == ["C"]


def test_one_extract_reads_one_delivery_and_the_next_extract_the_next(tmp_path: Path) -> None:
    items = "item,unit\nA,EA\n"
    deliver(tmp_path / "1", stock=STOCK, items=items)
    source = reader(tmp_path, Terms(deliveries=True))
    assert source.tables == {"stock", "items"}
    assert stock(source) == ["A", "B"]
    deliver(tmp_path / "2", stock="item,location,on_hand\nC,W,1\n", items=items, locations="location\nW\n")
    assert source.tables == {"stock", "items"}
    assert [frame["item"].tolist() for frame in source.pull("items")] == [["A"]]
    assert source.tables == {"stock", "items", "locations"}
    assert stock(source) == ["C"]


def test_no_delivery_at_all_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataInvalid) as raised:
        stock(reader(tmp_path, Terms(deliveries=True)))
    assert codes(raised) == ["E320"]
    with pytest.raises(DataInvalid, match="cannot be listed"):
        newest(tmp_path / "nowhere")


def test_a_file_replaced_while_it_is_read_is_read_again_later(tmp_path: Path) -> None:
    deliver(tmp_path)
    source = reader(tmp_path)
    assert source.tables == {"stock"}
    path = tmp_path / "stock.csv"
    path.unlink()
    path.write_text(STOCK.replace("B", "Z"), "utf-8")
    with pytest.raises(Retryable, match="replaced while it was read"):
        stock(source)
