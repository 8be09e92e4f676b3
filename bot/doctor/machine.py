"""Looks at the machine: Python, disk, folders that are written, files that run code at every start.

It writes no probe file; rights are asked of the operating system.
"""

from collections.abc import Iterator
from pathlib import Path

from bot.diagnoses.found import fine, found
from bot.doctor.world import World
from bot.ports import Diagnosis
from bot.settings import Loaded

_SUPPORTED = ((3, 11), (3, 13))
_FULL, _NEARLY_FULL = 200 << 20, 2 << 30  # bytes
_OURS = ("_editable_impl_restock", "__editable__.restock", "a1_coverage", "distutils-precedence", "_virtualenv")


def examine(loaded: Loaded, world: World) -> Iterator[Diagnosis]:
    """Yield what the machine lacks."""
    oldest, newest = _SUPPORTED
    version = ".".join(map(str, world.python))
    if oldest <= world.python <= newest:
        yield fine(f"Python {version}")
    else:
        yield found("python-too-old", f"this is Python {version}")
    yield from _folders(loaded, world)
    starters = [str(path) for folder in world.packages for path in sorted(folder.glob("*.pth")) if _runs(path)]
    if starters:
        yield found("code-at-start", f"{len(starters)} .pth files run code", paths=", ".join(starters))


def existing(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _folders(loaded: Loaded, world: World) -> Iterator[Diagnosis]:
    paths = loaded.settings.paths
    places = {
        "paths.database": loaded.at(paths.database).parent,
        "paths.files": loaded.at(paths.files),
        "paths.metrics": loaded.at(paths.metrics).parent,
        "paths.stop_file": loaded.at(paths.stop_file).parent,
    }
    least: dict[int, tuple[int, str, Path]] = {}
    for setting, place in places.items():
        there = existing(place)
        if not there.is_dir() or not world.may_write(there):
            yield found("folder-readonly", f"{there} cannot be written ({setting})", setting=setting)
        if there.is_dir():
            least.setdefault(there.stat().st_dev, (world.free(there), setting, there))
    for free, setting, there in least.values():
        text = f"{free / (1 << 30):.1f} GiB free at {there}"
        if free < _NEARLY_FULL:
            yield found("disk-full" if free < _FULL else "disk-nearly-full", text, setting=setting)
        else:
            yield fine(text)


def _runs(path: Path) -> bool:
    if path.name.startswith(_OURS):
        return False
    try:
        return any(line.startswith(("import ", "import\t")) for line in path.read_text("utf-8", "replace").splitlines())
    except OSError:
        return False
