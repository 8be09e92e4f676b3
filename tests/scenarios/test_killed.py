"""The sending process dies by SIGKILL at every step on real servers; what is ordered in the end is never different."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.orders.model import OrderState
from bot.wiring.world import SystemClock
from tests.scenarios.company import SETTLE, SYSTEMS, Company, Line, World, copy_of, next_day

pytestmark = pytest.mark.servers


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What a run without any trouble leaves behind."""

    documents: dict[str, list[Line]]
    spend: dict[str, tuple[str, int]]


@pytest.fixture(scope="module")
def undisturbed(company: Company, after_plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    world = copy_of(company, after_plan, tmp_path_factory.mktemp("undisturbed") / "bot")
    assert world.run("submit").exit_code == 0
    documents = {system: world.documents(system) for system in SYSTEMS}
    assert all(len({line[0] for line in lines}) >= 3 for lines in documents.values()), "too few orders to disturb"
    return Undisturbed(documents, world.spend())


def on_the_machines_time(world: World) -> World:
    """From now on by a clock that goes on by itself, as the processes of their own do."""
    world.clock = next_day()
    return world


def check(world: World, undisturbed: Undisturbed) -> None:
    world.check_books()
    for system in SYSTEMS:
        assert world.documents(system) == undisturbed.documents[system], system
    assert world.spend() == undisturbed.spend
    assert set(world.states()) <= {"released", "awaiting_approval", "held"}, world.states()


def turn(world: World, system: str) -> int:
    """Which turn of a failpoint is the second order of a system: orders are sent in the order of their making."""
    due = world.app().orders.select(OrderState.APPROVED)
    return 2 if due[0].order.system == system else 2 + sum(o.order.system != system for o in due)


POINTS = (
    "submit.found",
    "submit.claimed",
    "submit.before_create",
    "submit.after_create",
    "submit.before_record",
    "submit.recorded",
    "submit.before_verify",
    "submit.verified",
    "submit.released",
)
FUSION_POINTS = ("submit.claimed", "submit.after_create", "submit.recorded", "submit.verified")
CASES = [*(("s4", point) for point in POINTS), *(("fusion", point) for point in FUSION_POINTS)]


@pytest.mark.parametrize(("system", "point"), CASES)
def test_a_kill_while_sending_changes_nothing_in_the_end(
    planned: World, undisturbed: Undisturbed, system: str, point: str
) -> None:
    on_the_machines_time(planned)
    killed = planned.command("run", "submit", failpoint=f"{point}:{turn(planned, system)}")
    assert killed.returncode == -signal.SIGKILL, killed.output
    assert planned.app().orders.select(OrderState.APPROVED), "killed too late to prove anything"
    planned.settle()
    check(planned, undisturbed)


@pytest.mark.parametrize(
    ("system", "point"),
    [
        ("s4", "submit.searched"),
        ("fusion", "submit.searched"),
        ("fusion", "submit.before_complete"),
        ("fusion", "submit.completed"),
    ],
)
def test_a_kill_while_searching_for_a_doubtful_order_changes_nothing_in_the_end(
    planned: World, undisturbed: Undisturbed, system: str, point: str
) -> None:
    on_the_machines_time(planned)
    planned.fault(system, drop_after_commit=1)
    assert planned.run("submit").exit_code == 11
    planned.calm()
    SystemClock().sleep(SETTLE + 0.1)
    killed = planned.command("run", "submit", failpoint=point)
    assert killed.returncode == -signal.SIGKILL, killed.output
    planned.settle()
    check(planned, undisturbed)


@pytest.mark.parametrize("system", SYSTEMS)
def test_processes_only_killed_between_the_commit_of_the_erp_and_ours(
    planned: World, undisturbed: Undisturbed, system: str
) -> None:
    on_the_machines_time(planned)
    planned.set("lease_seconds = 5", "lease_seconds = 1")
    planned.fault(system, drop_after_commit=1)
    killed = planned.command("run", "submit", failpoint=f"submit.before_record:{turn(planned, system)}")
    assert killed.returncode == -signal.SIGKILL, killed.output
    clock = SystemClock()
    seen = []
    for _ in range(40):
        seen.append(planned.command("run", "submit").returncode)
        if seen[-1] == os.EX_OK:
            break
        clock.sleep(0.5)
    assert seen[-1] == os.EX_OK, seen
    check(planned, undisturbed)


def test_a_process_killed_twice_at_the_same_place(make_planned: Callable[[], World], undisturbed: Undisturbed) -> None:
    world = on_the_machines_time(make_planned())
    world.set("lease_seconds = 5", "lease_seconds = 1")
    for _ in range(2):
        killed = world.command("run", "submit", failpoint="submit.after_create")
        assert killed.returncode == -signal.SIGKILL, killed.output
        SystemClock().sleep(1.1)  # the life of the dead process's lease
    world.settle()
    check(world, undisturbed)
