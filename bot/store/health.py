"""Looks at a database without touching it: readable, whole, of this version, on a disk that can lock.

It opens read-only, so it neither creates nor migrates anything; what the rows mean is looked at by `bot.doctor`.
"""

import sqlite3
from collections.abc import Callable, Generator
from pathlib import Path

import sqlalchemy as sa

from bot.diagnoses.found import fine, found
from bot.errors import RestockError
from bot.ports import Diagnosis
from bot.store.db import NeedsMigration, check

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "gpfs", "beegfs", "ocfs2"}
)


def open_readonly(path: Path) -> sa.Engine:
    """Engine that cannot write; without a write-ahead log beside the file it does not even make one."""
    quiet = not path.with_name(path.name + "-wal").exists()
    address = f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if quiet else ''}"
    return sa.create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, uri=True, timeout=5.0, check_same_thread=False)
    )


def examine(path: Path, mounts: str, may_write: Callable[[Path], bool]) -> Generator[Diagnosis, None, sa.Engine | None]:
    """Yield what is wrong with the file; returns the engine when its rows can be read."""
    if not path.exists():
        yield found("database-missing", f"there is no database at {path}")
        return None
    kind = file_system(path, mounts)
    if kind in _NETWORK or kind.startswith("fuse."):
        yield found("database-on-network", f"{path} lies on a file system of the kind {kind}")
    if not may_write(path) or not may_write(path.parent):
        yield found("database-readonly", f"{path} or its folder cannot be written")
    beside = [path, *(path.with_name(f"{path.name}-{end}") for end in ("wal", "shm"))]
    opened = " ".join(str(each) for each in beside if each.exists() and each.stat().st_mode & 0o077)
    if opened:
        yield found("secret-open", f"{opened} may be read by others: second factors and orders are in it", path=opened)
    engine = open_readonly(path)
    try:
        with engine.connect() as connection:
            said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(3)")]
    except sa.exc.DatabaseError as error:
        code = "database-broken" if "malformed" in str(error.orig) else "database-unreadable"
        yield found(code, f"{path}: {error.orig}")
        return None
    if said != ["ok"]:
        yield found("database-broken", f"{path}: {'; '.join(said)[:200]}")
        return None
    return (yield from _version(path, engine))


def _version(path: Path, engine: sa.Engine) -> Generator[Diagnosis, None, sa.Engine | None]:
    try:
        check(engine)
    except NeedsMigration as error:
        newer = "does not know" in error.what
        yield found("database-new" if newer else "database-old", f"{path}: {error.what}")
        return None
    except RestockError as error:
        yield found("database-unreadable", f"{path}: {error}")
        return None
    yield fine(f"{path} is whole and of this version")
    return engine


def file_system(path: Path, mounts: str) -> str:
    """Kind of the file system that holds the path, by the lines of /proc/mounts; empty when unknown."""
    best = ("", "")
    for line in mounts.splitlines():
        parts = line.split()
        if len(parts) < 3:
            continue
        place = parts[1].replace("\\040", " ")
        holds = path.resolve().is_relative_to(place)
        if holds and len(place) >= len(best[0]):
            best = (place, parts[2])
    return best[1]
