"""Fixtures of the Fusion connector's tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses

from connectors.oracle.client import FusionClient
from tests.connectors.oracle.fusion_parts import Pod, fusion_settings
from tests.fakes import ManualClock


@pytest.fixture
def pod() -> Iterator[Pod]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Pod(mock)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def client(clock: ManualClock) -> FusionClient:
    return FusionClient(fusion_settings(), clock)


@pytest.fixture
def reference() -> Path:
    root = Path(__file__).resolve().parents[3]
    folder = root / os.environ.get("RESTOCK_REFERENCE", "../shared") / "contracts" / "oracle"
    if not folder.is_dir():
        pytest.skip("the reference material of RESTOCK_REFERENCE is not here")
    return folder
