"""What docs/connect-oracle.md shows is what the settings take and what the reports must have."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from connectors.oracle.report_columns import REPORTS
from connectors.oracle.settings import FusionSettings
from connectors.sandbox.fusion_reports import CATALOG

PAGE = (Path(__file__).parents[3] / "docs" / "connect-oracle.md").read_text("utf-8")
OURS = frozenset({"connector", "side_folder"})


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def plain(section: dict[str, Any]) -> dict[str, Any]:
    """The section as settings get it: files of secrets read, keys of the program left out."""
    return {
        name.removesuffix("_file") if isinstance(value, str) else name: plain(value)
        if isinstance(value, dict)
        else value
        for name, value in section.items()
        if name not in OURS
    }


def examples() -> list[dict[str, Any]]:
    return [plain(given["systems"]["fusion"]) for text in blocks("toml") if "systems" in (given := tomllib.loads(text))]


def test_the_complete_example_is_valid() -> None:
    made = FusionSettings.model_validate(examples()[0] | {"system": "fusion"})
    assert set(made.report_paths) == set(REPORTS)
    assert made.factor("AS-1001", "BX", "EA") == 12
    assert made.transaction_types["Issue to Workshop"] == "issue"


@pytest.mark.parametrize("place", [1, 2, 3])
def test_each_other_way_to_sign_on_is_valid(place: int) -> None:
    basic = examples()[0]
    shared = {name: value for name, value in basic.items() if name not in {"user", "password", "report_paths"}}
    made = FusionSettings.model_validate(shared | examples()[place] | {"system": "fusion"})
    assert made.oauth or made.trusted_issuer
    assert bool(made.oauth and made.oauth.subject) == (place == 2)


@pytest.mark.parametrize("name", REPORTS)
def test_the_sketch_of_each_report_gives_its_columns_and_takes_its_parameters(name: str) -> None:
    (sketch,) = re.findall(rf"^\*\*{name}\*\*.*?^```sql\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)
    chosen = sketch.partition("SELECT ")[2].partition("\nFROM ")[0]
    parts = re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", chosen)).split(",")
    columns = [re.split(r"[\s.]+", part.strip())[-1].upper() for part in parts]
    assert tuple(columns) == REPORTS[name].needed
    assert set(re.findall(r":(P_\w+)", sketch)) == set(REPORTS[name].parameters)


def test_the_server_is_asked_with_the_parameters_that_the_page_names() -> None:
    asked = {frozenset(parameters) for _, parameters in CATALOG.values()}
    assert asked == {frozenset(report.parameters) for report in REPORTS.values()}


def test_the_example_of_the_file_import_is_valid() -> None:
    given = tomllib.loads(blocks("toml")[-1])
    assert set(given) == {"write_route", "import_folder", "uom_codes"}
    made = FusionSettings.model_validate(examples()[0] | given | {"system": "fusion"})
    assert made.import_folder == Path("/srv/restock/fusion")
