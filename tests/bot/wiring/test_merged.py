"""Two readers as one: what the side folder adds and what it replaces."""

from pathlib import Path

import pandas as pd
import pytest

from bot.wiring.merged import MergedReader
from connectors.files import FilesReader


def reader(folder: Path, system: str, **tables: str) -> FilesReader:
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return FilesReader(folder, system)


@pytest.fixture
def merged(tmp_path: Path) -> MergedReader:
    erp = reader(
        tmp_path / "erp", "s4", locations="location\n1010\n", suppliers="supplier,name\n1,Ann\n", stock="item\nx\n"
    )
    side = reader(
        tmp_path / "side", "side", locations="location,name\n1010,Berlin\n", suppliers="supplier,order_days\n1,4\n",
        rates="date\n2026-01-01\n",
    )  # fmt: skip
    return MergedReader(erp, side)


def rows(merged: MergedReader, table: str) -> list[dict[str, object]]:
    return [row for frame in merged.pull(table) for row in frame.astype("object").to_dict("records")]  # type: ignore[misc]


def test_it_has_the_name_of_the_erp_and_the_tables_of_both(merged: MergedReader) -> None:
    assert merged.system == "s4"
    assert merged.tables == {"locations", "suppliers", "stock", "rates"}


def test_places_come_from_the_side_folder_alone(merged: MergedReader) -> None:
    assert rows(merged, "locations") == [{"location": "1010", "name": "Berlin"}]


def test_other_tables_are_read_from_both(merged: MergedReader) -> None:
    assert rows(merged, "suppliers") == [{"supplier": "1", "name": "Ann"}, {"supplier": "1", "order_days": "4"}]
    assert rows(merged, "stock") == [{"item": "x"}]
    assert rows(merged, "rates") == [{"date": "2026-01-01"}]


def test_what_neither_has_gives_no_frame(merged: MergedReader) -> None:
    assert list(merged.pull("lanes")) == []


def test_places_of_the_erp_count_where_the_side_folder_has_none(tmp_path: Path) -> None:
    erp = reader(tmp_path / "erp", "s4", locations="location\n1010\n")
    merged = MergedReader(erp, reader(tmp_path / "side", "side"))
    assert [frame["location"].tolist() for frame in merged.pull("locations")] == [["1010"]]
    assert isinstance(next(merged.pull("locations")), pd.DataFrame)


def test_several_sides_add_up_and_replace_the_erp_together(tmp_path: Path) -> None:
    erp = reader(tmp_path / "erp", "s4", signals="name\nown\n", stock="item\nx\n")
    folder = reader(tmp_path / "side", "side", signals="name\nprice\n")
    weather = reader(tmp_path / "weather", "weather", signals="name\nrain\n")
    assert [row["name"] for row in rows(MergedReader(erp, folder, weather), "signals")] == ["price", "rain"]
    assert rows(MergedReader(erp, folder, weather), "stock") == [{"item": "x"}]
