"""What `restock demo` and `restock demo --serve` agree on: where the demo lies and the note that it leaves.

It starts nothing and is cheap to import.
"""

import json
from importlib.util import find_spec
from pathlib import Path

from bot.errors import NeedsAdmin

FOLDER = Path("var/demo")
CONSOLE = "http://127.0.0.1:8484"
NOTE = "demo.json"
SETTINGS = "restock.toml"
TERMINATED = 143


def option(folder: Path) -> str:
    """How to name this folder on the command line; empty for the default."""
    return "" if folder == FOLDER else f" --folder {folder}"


def leave_note(folder: Path, as_of: str, console: str) -> None:
    """Written last: a folder with a note holds a finished demo."""
    (folder / NOTE).write_text(json.dumps({"as_of": as_of, "console": console}), "utf-8")


def read_note(folder: Path) -> dict[str, str]:
    """`as_of` and `console` of a finished demo; NeedsAdmin when there is none."""
    path = folder / NOTE
    if not path.is_file() or not (folder / SETTINGS).is_file():
        raise NeedsAdmin(
            "there is no finished demo here", str(folder), f"make one first: `restock demo{option(folder)}`"
        )
    return {"console": CONSOLE, **json.loads(path.read_text("utf-8"))}


def check_installed() -> None:
    """NeedsAdmin when the demo's own mail server is not installed."""
    if find_spec("aiosmtpd") is None:
        remedy = "`make demo` installs it, or `pip install 'restock[demo]'`"
        raise NeedsAdmin("the demo needs the package aiosmtpd for its mail server", "this environment", remedy)


def policies() -> Path:
    """The demo's policy folder: the repository's, else the packaged copy."""
    import bot

    package = Path(bot.__file__).parent
    found = [folder for folder in (package.parent / "policies", package / "_data" / "policies") if folder.is_dir()]
    return found[0] / "demo"
