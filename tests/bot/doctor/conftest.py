"""Servers' data are made once; every test gets an installation of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller

from bot.store.db import open_engine, upgrade
from bot.wiring.world import SystemClock
from connectors.sandbox.company import make_company
from connectors.sandbox.fusion import load_fusion
from connectors.sandbox.s4 import load_s4
from tests.bot.doctor.lab import ZONE, Lab, Post, free_port

MakeLab = Callable[[str], Lab]


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("erp")
    company = make_company(SystemClock().today(ZONE), scale=0.1)
    load_s4(company, folder / "s4.db")
    load_fusion(company, folder / "fusion.db")
    engine = open_engine(f"sqlite:///{folder / 'empty.sqlite'}")
    upgrade(engine)
    engine.dispose()
    return {"database": folder / "empty.sqlite", "s4": folder / "s4.db", "fusion": folder / "fusion.db"}


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture(scope="session")
def post() -> Iterator[Post]:
    """A mail server that accepts everything and must get nothing."""
    handler = Post()
    handler.port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture
def make_lab(tmp_path: Path, sources: dict[str, Path], ca: trustme.CA, post: Post) -> Iterator[MakeLab]:
    with ExitStack() as stack:

        def make(name: str) -> Lab:
            folder = tmp_path / name.replace(" ", "-")
            folder.mkdir()
            return Lab(folder, stack, sources, ca, post)

        yield make


@pytest.fixture
def lab(make_lab: MakeLab) -> Lab:
    return make_lab("lab")
