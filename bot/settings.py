"""One typed tree of settings from `restock.toml`, with secrets read from files.

It names the file and the key of every mistake; it opens no connection and knows no connector's keys.
"""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bot.errors import Finding, InputInvalid

SECRET_SUFFIX = "_file"  # noqa: S105 - a key ending like this names the file that holds the secret
DEFAULT = Path("restock.toml")


class _Section(BaseModel):
    # errors never repeat what was written: it may be a secret
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Installation(_Section):
    """Who and where: the name enters every order key and must never change."""

    name: str = Field(min_length=1, max_length=40)
    timezone: str = "Europe/Berlin"
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")

    @field_validator("timezone")
    @classmethod
    def _known(cls, timezone: str) -> str:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{timezone!r} is not a time zone such as Europe/Berlin") from error
        return timezone


class Paths(_Section):
    """Where things lie; relative paths start at the folder of restock.toml."""

    database: Path = Path("var/restock.sqlite")
    files: Path = Path("var/files")
    policies: Path = Path("policies")
    templates: Path | None = None
    metrics: Path = Path("var/restock.prom")
    stop_file: Path = Path("var/STOP")


class Orders(_Section):
    """How orders are sized and sent unless policies say otherwise."""

    review_period_days: int = Field(default=1, ge=1)
    undo_minutes: int = Field(default=10, ge=0)
    lease_seconds: float = Field(default=60.0, gt=0)
    seed: int = 20260101
    pending_alarm_days: float = Field(default=2.0, gt=0)
    forecaster_seconds: float = Field(default=120.0, gt=0, le=3600)


class Mail(_Section):
    """The outgoing mail server."""

    host: str = "127.0.0.1"
    port: int = Field(default=25, ge=1, le=65535)
    sender: str = "restock@localhost.localdomain"
    user: str = ""
    password: str = Field(default="", repr=False)
    security: str = Field(default="none", pattern="^(none|starttls|tls)$")


class Console(_Section):
    """The web console."""

    url: str = "http://127.0.0.1:8484"
    host: str = "127.0.0.1"
    port: int = Field(default=8484, ge=0, le=65535)
    secret: str = Field(default="", repr=False)


class Schedule(_Section):
    """Cron lines per job, in the installation's time zone; empty = the default of the job."""

    plan: str = ""
    submit: str = ""
    approve: str = ""
    follow_up: str = ""
    learn: str = ""
    housekeeping: str = ""


class System(BaseModel):
    """One ERP: its connector and, for the connector to check, everything else."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    connector: str
    side_folder: Path | None = None

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Show nothing but the connector: the other keys may hold secrets."""
        return [("connector", self.connector)]


class Signal(BaseModel):
    """One source of outside values; its keys are checked by `connectors.signals`."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    kind: str

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Show nothing but the kind: the other keys may hold secrets."""
        return [("kind", self.kind)]


class Settings(_Section):
    """The whole tree."""

    installation: Installation
    paths: Paths = Paths()
    orders: Orders = Orders()
    mail: Mail = Mail()
    console: Console = Console()
    schedule: Schedule = Schedule()
    systems: dict[str, System] = {}
    signals: dict[str, Signal] = {}

    @field_validator("systems")
    @classmethod
    def _named(cls, systems: dict[str, System]) -> dict[str, System]:
        bad = [name for name in systems if not name.isidentifier()]
        if bad:
            raise ValueError(f"system names are plain words, not {', '.join(bad)}")
        return systems


@dataclass(frozen=True, slots=True)
class Loaded:
    """Checked settings, the file they came from, and the folder that relative paths start at."""

    settings: Settings
    path: Path
    root: Path = field(default_factory=Path)

    def at(self, path: Path) -> Path:
        """An absolute form of a path from the settings."""
        return path if path.is_absolute() else self.root / path

    def of_system(self, name: str) -> dict[str, Any]:
        """The keys of one system for its connector's settings model; secrets are already read."""
        system = self.settings.systems[name]
        return {"system": name, **(system.model_extra or {})}

    def of_signal(self, name: str) -> dict[str, Any]:
        """The keys of one source of outside values; secrets are already read."""
        signal = self.settings.signals[name]
        return {"name": name, "kind": signal.kind, **(signal.model_extra or {})}


def load(path: Path = DEFAULT) -> Loaded:
    """Read and check a settings file; InputInvalid names file, line and key of every mistake."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise _invalid(path, 1, "E100", f"cannot be read: {error.strerror}", "`restock init` writes one") from error
    except UnicodeDecodeError as error:
        raise _invalid(path, 1, "E101", "is not UTF-8 text", "save the file as UTF-8") from error
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        at = int(line.group(1)) if line else len(text.splitlines())  # without a number the end of the file is meant
        raise _invalid(path, at, "E101", f"is not TOML: {error}", "mend the line that the message names") from error
    root = path.resolve().parent
    try:
        return Loaded(Settings.model_validate(_with_secrets(tree, (path, text, root))), path, root)
    except ValidationError as error:
        raise InputInvalid(tuple(_finding(path, text, problem) for problem in error.errors())) from error


def _with_secrets(tree: dict[str, Any], read: tuple[Path, str, Path], at: tuple[str, ...] = ()) -> dict[str, Any]:
    """Replace `password_file = "…"` by `password` with the file's content, at any depth; `read` = path, text, root."""
    path, text, root = read
    result: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            result[key] = _with_secrets(value, read, (*at, key))
        elif key.endswith(SECRET_SUFFIX) and key != "stop_file" and isinstance(value, str):
            name, place = key.removesuffix(SECRET_SUFFIX), ".".join((*at, key))
            line = _line(text, [*at, key.removesuffix(SECRET_SUFFIX)])
            if name in tree:
                what = f"{'.'.join((*at, name))} and {place} are both there"
                raise _invalid(path, line, "E104", what, f"leave one of them, best {key}")
            result[name] = _secret(root / value, path, place, line)
        else:
            result[key] = value
    return result


def _secret(file: Path, path: Path, place: str, line: int) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        remedy = f"write the secret as UTF-8 text into {file} (mode 0600) or correct {place}"
        what = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise _invalid(path, line, "E102", f"{place} = {file} cannot be read: {what}", remedy) from error


def _finding(path: Path, text: str, problem: Any) -> Finding:
    place = [str(part) for part in problem["loc"]]
    remedy = "docs/settings.md lists every key" if problem["type"] == "extra_forbidden" else ""
    return Finding(str(path), _line(text, place), 1, "E103", f"{'.'.join(place)}: {plain_words(problem)}", remedy)


def plain_words(problem: Any) -> str:
    """What is wrong with a value, without the words of the library that found it."""
    return str(problem["msg"]).removeprefix("Value error, ")


def line_of(path: Path, place: list[str]) -> int:
    """Line of a key of the settings file, else of its section, else 1."""
    try:
        return _line(path.read_text("utf-8"), place)
    except OSError:
        return 1


def _line(text: str, place: list[str]) -> int:
    """Line of a key, else of its section, else 1; a secret stands under its name with `_file`."""
    section, found = "", 1
    for number, row in enumerate(text.splitlines(), 1):
        if header := re.fullmatch(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?", row):
            section = header.group(1)
            found = number if ".".join(place).startswith(section) else found
        key = re.match(r"\s*([A-Za-z0-9_.-]+)\s*=", row)
        if key and [*filter(None, section.split(".")), *key.group(1).removesuffix(SECRET_SUFFIX).split(".")] in (
            place[:n] for n in range(1, len(place) + 1)
        ):
            return number
    return found


def _invalid(path: Path, line: int, code: str, message: str, remedy: str) -> InputInvalid:
    return InputInvalid((Finding(str(path), line, 1, code, message, remedy),))
