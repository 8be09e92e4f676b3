"""The look at a database: nothing is made or changed, file systems are told apart by the longest mount."""

from pathlib import Path

import pytest

from bot.store.db import open_engine, upgrade
from bot.store.health import examine, file_system

MOUNTS = "/dev/sda1 / ext4 rw 0 0\nnas:/srv /srv nfs4 rw 0 0\n/dev/sdb /srv/local\\040disk xfs rw 0 0\nbroken\n"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/var/x.db", "ext4"), ("/srv/a/x.db", "nfs4"), ("/srv/local disk/x.db", "xfs"), ("/srvx/y.db", "ext4")],
)
def test_the_longest_mount_counts(path: str, kind: str) -> None:
    assert file_system(Path(path), MOUNTS) == kind


def test_nothing_is_made_beside_the_database(tmp_path: Path) -> None:
    path = tmp_path / "a b#.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    findings = list(examine(path, "", lambda _: True))
    assert [each.grade for each in findings] == ["ok"]
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_every_file_that_others_may_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "live.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    with engine.connect() as held:
        held.exec_driver_sql("SELECT 1")
        path.chmod(0o640)
        path.with_name("live.sqlite-wal").chmod(0o604)
        (said,) = [each for each in examine(path, "", lambda _: True) if each.code == "secret-open"]
    engine.dispose()
    assert said.remedy == f"chmod 600 {path} {path}-wal"


def test_a_database_in_use_is_read_with_what_is_not_yet_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "live.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    with engine.connect() as held:
        held.exec_driver_sql("SELECT 1")
        assert path.with_name("live.sqlite-wal").exists()
        assert [each.grade for each in examine(path, "", lambda _: True)] == ["ok"]
    engine.dispose()
