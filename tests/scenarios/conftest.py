"""Servers that are started once, and states of the bot that are worked out once and copied."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from bot.cli.demo_world import servers
from tests.scenarios.commands import Commands
from tests.scenarios.company import AS_OF, SCALE, SYSTEMS, Company, World, copy_database, copy_of, install


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Both servers as a process, with the state that they begin with kept aside."""
    folder = tmp_path_factory.mktemp("company")
    with servers(folder, AS_OF, scale=SCALE) as running:
        (folder / "pristine").mkdir()
        for system in SYSTEMS:
            copy_database(folder / "erp" / f"{system}.db", folder / "pristine" / f"{system}.db")
        commands = Commands(folder)
        try:
            yield Company(folder, running, commands)
        finally:
            commands.close()


@pytest.fixture(scope="session")
def after_plan(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that has planned and mailed, and sent no order yet."""
    company.put_back()
    world = install(company, tmp_path_factory.mktemp("planned") / "bot")
    outcome = world.run("plan")
    assert outcome.exit_code == 0, outcome.message
    assert world.run("approve").exit_code == 0
    return world.folder


@pytest.fixture
def fresh(company: Company, tmp_path: Path) -> World:
    """A fresh installation on servers as they begin; nothing is planned."""
    company.put_back()
    return install(company, tmp_path / "bot")


@pytest.fixture
def make_planned(company: Company, after_plan: Path, tmp_path: Path) -> Callable[[], World]:
    """Copies of the planned installation on servers as they begin; a new copy makes the older one stale."""
    numbers = count()
    return lambda: copy_of(company, after_plan, tmp_path / f"bot{next(numbers)}")


@pytest.fixture
def planned(make_planned: Callable[[], World]) -> World:
    """One copy of the planned installation."""
    return make_planned()
