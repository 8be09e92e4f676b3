"""`restock console` as a process: it answers, ends on SIGTERM, and refuses a database that is not its own."""

import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.settings import load
from bot.store.db import open_engine, writing
from bot.wiring.app import open_store
from bot.wiring.world import SystemClock
from tests.bot.cli.installation import COMMAND, restock

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "restock.toml").write_text('[installation]\nname = "x"\n', "utf-8")
    return tmp_path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(url: str) -> str:
    """The body, as soon as somebody listens."""
    clock = SystemClock()
    end = clock.monotonic() + 40
    while clock.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5) as found:  # noqa: S310 - our own server on loopback
                return str(found.read().decode())
        except urllib.error.URLError:
            clock.sleep(0.2)
    raise AssertionError(f"{url} does not answer")


@pytest.mark.servers
def test_it_answers_and_ends_with_143(folder: Path) -> None:
    open_store(load(folder / "restock.toml"), SystemClock()).engine.dispose()
    port = free_port()
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    command = [*COMMAND, "console", "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert answer(f"http://127.0.0.1:{port}/livez") == "ok\n"
            assert answer(f"http://127.0.0.1:{port}/readyz") == "ok\n"
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 143
        finally:
            process.kill()
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_a_missing_database_is_named_and_not_made(folder: Path) -> None:
    refused = restock(folder, "console")
    assert refused.returncode == 10
    assert f"{folder}/var/restock.sqlite" in refused.stderr
    assert "there is no database" in refused.stderr
    assert "`restock user add` or `restock run plan` makes one" in refused.stderr
    assert not (folder / "var" / "restock.sqlite").exists()


@pytest.mark.parametrize(
    ("revision", "remedy"), [(None, "start the worker of this release once"), ("from_the_future", "start the newer")]
)
def test_another_version_of_the_database_is_refused(folder: Path, revision: str | None, remedy: str) -> None:
    (folder / "var").mkdir()
    engine = open_engine(f"sqlite:///{folder / 'var' / 'restock.sqlite'}")
    with writing(engine) as connection:
        connection.execute(sa.text("create table alembic_version (version_num varchar(32) not null)"))
        if revision:
            connection.execute(sa.text("insert into alembic_version values (:name)"), {"name": revision})
    engine.dispose()
    refused = restock(folder, "console")
    assert refused.returncode == 10
    assert remedy in refused.stderr
    assert "Traceback" not in refused.stderr
