"""The database behind every store: engine, transactions, migrations.

It holds no queries about orders, runs or people; SQLite is one node's database, and no SQL here is
its dialect except the pragmas and the kind of BEGIN.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from bot.errors import NeedsAdmin, Retryable

BUSY_SECONDS = 30
_WRITE = "restock_write"


class NeedsMigration(NeedsAdmin):
    """The database is older or newer than this program; nothing is read or written."""

    exit_code = 10


def open_engine(url: str, *, busy_seconds: float = BUSY_SECONDS) -> sa.Engine:
    """Engine for `url` such as `sqlite:////var/lib/restock/restock.db`; SQLite in WAL mode, synchronous FULL.

    A new SQLite file is for its owner alone, and so are the files that SQLite puts beside it with the same mode.
    """
    engine = sa.create_engine(url, connect_args={"timeout": busy_seconds} if url.startswith("sqlite") else {})
    if engine.dialect.name == "sqlite":
        if engine.url.database:
            _make_private(Path(engine.url.database))
        sa.event.listen(engine, "connect", _configure_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(path: Path) -> None:
    """Make the empty file before SQLite does, which would let everybody read second factors and orders."""
    with suppress(OSError):  # no folder, no right: the first connection says it with its own words
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late to be IMMEDIATE
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Run one consistent read; raises Retryable when the database cannot be reached."""
    with _translated(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction that holds the write lock from its start; rolled back on any exception.

    Raises Retryable when the lock or the database is not to be had: nothing was written then.
    """
    with _translated(), engine.connect().execution_options(**{_WRITE: True}) as connection, connection.begin():
        yield connection


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sa.exc.OperationalError as error:
        raise Retryable(f"database: {error.orig}") from error


def upgrade(engine: sa.Engine, to: str = "head") -> None:
    """Bring the schema to this program's revision, all or nothing; a newer database is refused."""
    _refuse_newer(engine)
    with writing(engine) as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def check(engine: sa.Engine) -> None:
    """Raise NeedsMigration unless the schema is exactly this program's revision."""
    _refuse_newer(engine)
    found, head = revision(engine), _scripts().get_current_head()
    if found != head:
        raise NeedsMigration(
            f"the schema is at revision {found or 'none'}, this program needs {head}",
            where=_place(engine),
            remedy="stop the console and the old worker, then start `restock worker` or a job of this release "
            "(`restock run housekeeping`): it migrates by itself",
        )


def revision(engine: sa.Engine) -> str | None:
    """Revision of the schema in the database; None for an empty database."""
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(engine: sa.Engine) -> None:
    found = revision(engine)
    try:
        if found is not None:
            _scripts().get_revision(found)
    except CommandError as error:
        raise NeedsMigration(
            f"the schema is at revision {found}, which this program does not know",
            where=_place(engine),
            remedy="start the newer release that wrote it, or restore the backup that belongs to this release",
        ) from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("bot.store") / "migrations"))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _place(engine: sa.Engine) -> str:
    return f"database {engine.url.render_as_string(hide_password=True)}"


def one_row(connection: sa.Connection, query: sa.Executable) -> sa.RowMapping | None:
    """First row of a query by column name, or None."""
    return connection.execute(query).mappings().first()
