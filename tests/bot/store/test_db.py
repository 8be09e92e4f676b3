"""Durable settings, all-or-nothing migrations, and a clear no to other releases' databases."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.errors import Retryable
from bot.store.db import NeedsMigration, check, open_engine, reading, revision, upgrade, writing
from bot.store.schema import LEASE, METADATA
from tests.fakes import ManualClock
from tests.makers import database


def test_sqlite_is_durable_and_keeps_foreign_keys(tmp_path: Path) -> None:
    with database(tmp_path / "x.db") as engine, reading(engine) as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_new_database_and_what_stands_beside_it_are_for_the_owner_alone(tmp_path: Path) -> None:
    with database(tmp_path / "x.db") as engine, writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM runs")
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("x.db", "x.db-wal", "x.db-shm"), 0o600)


def test_a_database_that_is_there_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.touch(0o640)
    path.chmod(0o640)
    with database(path):
        assert path.stat().st_mode & 0o777 == 0o640


def test_a_folder_that_is_not_there_is_told_at_the_first_use(tmp_path: Path) -> None:
    with pytest.raises(Retryable, match="unable to open"):
        revision(open_engine(f"sqlite:///{tmp_path / 'none' / 'x.db'}"))


def test_migrations_end_in_the_tables_of_the_schema(tmp_path: Path) -> None:
    with database(tmp_path / "x.db") as engine, reading(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_orders_that_the_first_schema_had_seen_stay_seen_in_every_line(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    upgrade(engine, "0001")
    at = "2026-03-02T05:00:00.000000Z"
    with writing(engine) as connection:
        for key, seen in (("SEEN", at), ("OPEN", None)):
            connection.exec_driver_sql(
                "INSERT INTO orders (order_key, needs_digest, system, supplier, location, revision, state, version,"
                " run_id, plan_id, content_hash, draft, created_at, changed_at, not_before, seen_at)"
                " VALUES (?, 'n', 's4', 'acme', 'L1', 0, 'sent', 1, 'r', 'p', 'h', '{}', ?, ?, ?, ?)",
                (key, at, at, at, seen),
            )
            connection.exec_driver_sql(
                "INSERT INTO order_lines VALUES (?, 1, 'bolt', 'L1', 'acme', '5', '2026-03-20', '2026-W12', 'k')",
                (key,),
            )
    with pytest.raises(NeedsMigration, match="0001"):
        check(engine)
    upgrade(engine)
    check(engine)
    with reading(engine) as connection:
        rows = connection.exec_driver_sql("SELECT order_key, seen_at FROM order_lines ORDER BY order_key").all()
    assert [tuple(row) for row in rows] == [("OPEN", None), ("SEEN", at)]
    engine.dispose()


def test_an_empty_database_must_be_migrated_first(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with pytest.raises(NeedsMigration, match="revision none") as error:
        check(engine)
    assert error.value.exit_code == 10
    upgrade(engine)
    check(engine)
    upgrade(engine)
    engine.dispose()


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    with database(tmp_path / "x.db") as engine:
        with writing(engine) as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        for act in (check, upgrade):
            with pytest.raises(NeedsMigration, match="9999"):
                act(engine)
        assert revision(engine) == "9999"


def test_an_interrupted_migration_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE sessions (x)")  # collides with the migration's last steps
    other.commit()
    engine = open_engine(f"sqlite:///{path}")
    with pytest.raises(Retryable):
        upgrade(engine)
    tables = {row[0] for row in other.execute("select name from sqlite_master where type = 'table'")}
    assert tables == {"sessions"}
    other.close()
    engine.dispose()


def test_a_write_takes_the_lock_at_once_and_a_busy_database_is_retryable(tmp_path: Path) -> None:
    with database(tmp_path / "x.db"):
        first = open_engine(f"sqlite:///{tmp_path / 'x.db'}", busy_seconds=0.05)
        second = open_engine(f"sqlite:///{tmp_path / 'x.db'}", busy_seconds=0.05)
        with writing(first):
            with reading(second) as connection:
                assert connection.execute(sa.select(sa.func.count()).select_from(LEASE)).scalar() == 0
            with pytest.raises(Retryable, match="locked"), writing(second):
                pytest.fail("two writers at once")
        first.dispose()
        second.dispose()


def test_a_failing_transaction_writes_nothing(tmp_path: Path) -> None:
    with database(tmp_path / "x.db") as engine:
        with pytest.raises(sa.exc.IntegrityError), writing(engine) as connection:
            connection.execute(sa.insert(LEASE), [{"lease_id": 1, "epoch": 1, "until": ManualClock().now()}] * 2)
        with reading(engine) as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM lease").scalar() == 0
