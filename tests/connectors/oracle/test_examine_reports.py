"""What the doctor says about reports."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.looking import LIMITS, Looker
from connectors.oracle.client import FusionClient
from connectors.oracle.examine import Exam
from connectors.oracle.examine_reports import reports
from tests.connectors.oracle.fusion_parts import fusion_settings
from tests.connectors.oracle.report_parts import PATHS
from tests.connectors.sandbox.fusion_pod import Pod, running_pod
from tests.fakes import ManualClock

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pod]:
    with running_pod(tmp_path_factory.mktemp("doctor")) as pod:
        yield pod


def codes(pod: Pod, **changes: Any) -> list[str]:
    clock = ManualClock()
    settings = fusion_settings(base_url=pod.url, password="restock-demo", **changes)
    client = FusionClient(settings, clock, LIMITS)
    return [each.code for each in reports(Exam(settings, clock, Looker(client.http, clock), client))]


def test_reports_that_run_are_fine_and_without_paths_nothing_is_said(running: Pod) -> None:
    assert codes(running, report_paths=PATHS) == ["fine"] * 5
    assert codes(running) == []


def test_a_path_that_does_not_exist_and_wrong_columns_are_found(running: Pod) -> None:
    assert codes(running, report_paths={"demand": "/Custom/Other.xdo"}) == ["table-unreadable"]
    assert codes(running, report_paths={"demand": PATHS["receipts"]}) == ["table-unreadable"]
