"""Seeded orders over every writing route under faults: none twice, none lost, every outcome classed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.far_side import Route
from tests.contract.routes import NAMES, ROUTES, route
from tests.faults.blind import BlindWriter
from tests.faults.campaign import campaign

pytestmark = pytest.mark.servers
FEW = {"S/4 V4": 20, "Fusion": 10, "Fusion req.": 6, "files": 40, "simulated": 40}
# a thousand orders per route, in waves that workers share; RESTOCK_WAVES sends fewer waves, or more with other seeds
WAVES, WAVE = int(os.environ.get("RESTOCK_WAVES", "4")), 250
SMALL_WAVES = {"Fusion file": 60}  # every order is imported by itself, which takes its time
OFTEN = [pytest.param(one.name, marks=[] if one.often else pytest.mark.contracts) for one in ROUTES]


@pytest.mark.parametrize("name", OFTEN)
def test_some_orders_under_faults(name: str, tmp_path: Path) -> None:
    count = FEW.get(name, 10)
    verdict = campaign(route(name), tmp_path, count, "few")
    assert verdict.code == 0, verdict.text
    assert verdict.figures["orders"] == count


@pytest.mark.contracts
@pytest.mark.timeout(900)
@pytest.mark.parametrize("wave", range(WAVES))
@pytest.mark.parametrize("name", NAMES)
def test_a_thousand_orders_under_faults(
    name: str, wave: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    count = SMALL_WAVES.get(name, WAVE)
    verdict = campaign(route(name), tmp_path, count, f"many {wave}")
    record_property("campaign", [name, verdict.figures])
    assert verdict.code == 0, verdict.text
    assert (verdict.figures["duplicates"], verdict.figures["lost"], verdict.figures["violations"]) == (0, 0, 0)
    assert sum(verdict.figures["ends"].values()) == count


def wire() -> Route:
    return route("S/4 V4")


def test_a_connector_that_posts_again_on_doubt_is_caught(tmp_path: Path) -> None:
    verdict = campaign(wire(), tmp_path, 20, "few", wrap=BlindWriter)  # type: ignore[arg-type]
    assert verdict.code == 1
    assert "posts of the document within one call" in verdict.text
    assert "duplicates 0" not in verdict.text
    assert "is ordered 2 times" in verdict.text


def test_the_same_seed_strikes_the_same_requests(tmp_path: Path) -> None:
    faults = []
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        verdict = campaign(route("simulated"), tmp_path / place, 20, "again")
        faults.append([line for line in verdict.text.splitlines() if "faults" in line or "ends" in line])
    assert faults[0] == faults[1]
