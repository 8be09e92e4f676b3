"""What a connector cannot do without is a finding, not a traceback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.diagnoses.found import fine
from bot.ports import Diagnosis
from bot.settings import load
from bot.wiring.examine import heard, left_out, locations_of, signals
from bot.wiring.world import SystemClock
from connectors.files import FilesReader


def without_library() -> Iterator[Diagnosis]:
    yield fine("the way")
    raise ModuleNotFoundError("No module named 'pyrfc'", name="pyrfc")


def test_a_missing_library_is_a_finding_with_the_name_of_it() -> None:
    said = list(heard(without_library()))
    assert [each.code for each in said] == ["fine", "library-missing"]
    assert "pyrfc" in said[1].remedy


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "restock.toml"
    path.write_text(
        '[installation]\nname = "x"\n[systems.a]\nconnector = "sap-s4"\n[systems.a.plants]\n1010 = {}\n1020 = {}\n'
        '[systems.b]\nconnector = "files"\n[signals.rain]\nkind = "weather"\n',
        "utf-8",
    )
    return path


def test_locations_stand_in_the_settings_of_some_connectors(path: Path) -> None:
    loaded = load(path)
    assert locations_of(loaded, "a") == ["1010", "1020"]
    assert locations_of(loaded, "b") == []


@pytest.mark.parametrize(
    ("text", "missing"), [("", []), ("location\n1010\n1020\n", []), ("location,name\n1020,B\n", ["1010"])]
)
def test_places_that_a_list_in_the_side_folder_leaves_out_are_told(
    tmp_path: Path, text: str, missing: list[str]
) -> None:
    if text:
        (tmp_path / "locations.csv").write_text(text, "utf-8")
    said = list(left_out(FilesReader(tmp_path, "s4"), tmp_path, ["1010", "1020"]))
    assert [each.code for each in said] == ["location-not-listed"] * len(missing)
    assert all(place in each.remedy for place, each in zip(missing, said, strict=True))


def test_a_signal_with_wrong_settings_is_a_finding(path: Path) -> None:
    assert {each.code for each in signals(load(path), SystemClock())} == {"system-settings-invalid"}
