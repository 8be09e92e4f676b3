"""Seeded orders over every writing route under faults: none twice, none lost, every outcome classed."""

from pathlib import Path

import pytest

from tests.contract.far_side import Route
from tests.contract.routes import NAMES, route
from tests.faults.blind import BlindWriter
from tests.faults.campaign import Verdict, campaign

pytestmark = pytest.mark.servers
FEW, MANY = 30, 1000


def tell(verdict: Verdict, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{verdict.text}", end="")  # noqa: T201 - the figures are what this run is for


@pytest.mark.parametrize("name", NAMES)
def test_some_orders_under_faults(name: str, tmp_path: Path) -> None:
    verdict = campaign(route(name), tmp_path, FEW, "few")
    assert verdict.code == 0, verdict.text
    assert f"{FEW} orders" in verdict.text


@pytest.mark.contracts
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", NAMES)
def test_a_thousand_orders_under_faults(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verdict = campaign(route(name), tmp_path, MANY, "many")
    tell(verdict, capsys)
    assert verdict.code == 0, verdict.text
    assert "duplicates 0, lost 0, violations 0" in verdict.text


def wire() -> Route:
    return route("S/4 V4")


def test_a_connector_that_posts_again_on_doubt_is_caught(tmp_path: Path) -> None:
    verdict = campaign(wire(), tmp_path, FEW, "few", wrap=BlindWriter)  # type: ignore[arg-type]
    assert verdict.code == 1
    assert "posts of the document within one call" in verdict.text
    assert "duplicates 0" not in verdict.text
    assert "is ordered 2 times" in verdict.text


def test_the_same_seed_strikes_the_same_requests(tmp_path: Path) -> None:
    faults = []
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        verdict = campaign(route("simulated"), tmp_path / place, 25, "again")
        faults.append([line for line in verdict.text.splitlines() if "faults" in line or "ends" in line])
    assert faults[0] == faults[1]
