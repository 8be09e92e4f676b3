"""What the doctor asks the machine, as one bundle, so that a test can be another machine.

Nothing here changes anything; the real answers are the defaults.
"""

import os
import shutil
import site
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.ports import Clock

MOUNTS = Path("/proc/self/mounts")


def _free(path: Path) -> int:
    return shutil.disk_usage(path).free


def _mounts() -> str:
    try:
        return MOUNTS.read_text("utf-8", "replace")
    except OSError:
        return ""  # not Linux


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK)


@dataclass(frozen=True, slots=True)
class World:
    """The clock, free bytes below a path, mounted file systems, rights, TLS, the interpreter, its packages."""

    clock: Clock
    free: Callable[[Path], int] = _free
    mounts: Callable[[], str] = _mounts
    may_write: Callable[[Path], bool] = _may_write
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    python: tuple[int, int] = (sys.version_info[0], sys.version_info[1])
    packages: tuple[Path, ...] = tuple(map(Path, site.getsitepackages()))
