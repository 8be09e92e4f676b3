"""The real clock, ids, generators and the failpoint that kills."""

import signal
import subprocess
import sys
from datetime import UTC, date

import pytest

from bot.wiring.world import FAILPOINT_VARIABLE, DatedClock, KillingFailpoints, RandomIds, SeededGenerators, SystemClock


def test_the_clock_is_aware_and_never_runs_backwards() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    before = clock.monotonic()
    clock.sleep(0)
    assert clock.monotonic() >= before


def test_a_day_depends_on_the_zone() -> None:
    clock = SystemClock()
    assert (clock.today("Pacific/Kiritimati") - clock.today("Pacific/Pago_Pago")).days in {1, 2}


def test_a_dated_clock_stands_on_its_day_and_moves_on() -> None:
    clock = DatedClock(date(2026, 3, 2))
    assert clock.today("UTC") in {date(2026, 3, 2), date(2026, 3, 3)}  # midnight may pass while it is asked
    first = clock.now()
    assert clock.now() >= first


def test_ids_are_fresh() -> None:
    made = {RandomIds().new() for _ in range(100)}
    assert len(made) == 100
    assert all(len(name) == 32 for name in made)


def test_the_same_name_gives_the_same_stream() -> None:
    draw = [SeededGenerators(1).generator(name).integers(0, 10**9) for name in ("a", "a", "b")]
    assert draw[0] == draw[1] != draw[2]
    assert SeededGenerators(2).generator("a").integers(0, 10**9) != draw[0]


def test_failpoints_do_nothing_unless_they_are_asked_for() -> None:
    KillingFailpoints("").reach("submit.sent")
    KillingFailpoints("other:1").reach("submit.sent")


@pytest.mark.parametrize(("wanted", "survived"), [("here", "0"), ("here:3", "0 1 2")])
def test_a_failpoint_kills_at_its_turn(wanted: str, survived: str) -> None:
    program = (
        "from bot.wiring.world import KillingFailpoints\n"
        "points = KillingFailpoints()\n"
        "for turn in range(5):\n    print(turn, flush=True)\n    points.reach('here')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60,
        env={FAILPOINT_VARIABLE: wanted, "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == survived.split()
