"""Clocks are compared with the grain of a Date header; a host that says nothing does not hold the doctor up."""

import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.wiring.world import SystemClock
from connectors.probe import Way, clocks, look

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ours", "took", "code"),
    [
        (0.0, 0.1, "fine"),
        (0.9, 0.2, "fine"),
        (3.5, 0.1, "clock-differs"),
        (-4.0, 1.0, "clock-differs"),
        (-4.0, 4.0, "fine"),
        (90.0, 0.1, "clock-wrong"),
        (-3600.0, 0.1, "clock-wrong"),
    ],
)
def test_only_what_lies_outside_the_call_counts(ours: float, took: float, code: str) -> None:
    sent = NOON + timedelta(seconds=ours)
    found = clocks(format_datetime(NOON, usegmt=True), sent, sent + timedelta(seconds=took))
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("header", ["", "yesterday"])
def test_no_date_is_no_finding(header: str) -> None:
    assert clocks(header, NOON, NOON) is None


def test_a_host_that_accepts_and_says_nothing_ends_in_seconds() -> None:
    clock = SystemClock()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = clock.monotonic()
        way = Way(f"https://127.0.0.1:{silent.getsockname()[1]}", "base_url")
        found = list(look(way, clock, patience=0.2))
    assert [each.code for each in found] == ["connection-timeout"]
    assert clock.monotonic() - began < 5


ASK = """
from bot.wiring.world import SystemClock
from connectors.probe import Way, look
print([each.code for each in look(Way("https://s4.invalid", "base_url"), SystemClock())])
"""


@pytest.mark.parametrize(("spared", "codes"), [("", ["through-proxy"]), ("s4.invalid", ["host-unknown"])])
def test_behind_a_proxy_the_way_is_not_ours_to_judge(spared: str, codes: list[str]) -> None:
    environment = {"PYTHONPATH": str(ROOT), "https_proxy": "http://127.0.0.1:9", "no_proxy": spared}
    seen = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == str(codes)


def test_addresses_without_port_have_the_usual_one() -> None:
    assert Way("https://s4.example", "base_url").place == "s4.example:443"
    assert Way("http://s4.example:8000/x", "base_url").place == "s4.example:8000"
