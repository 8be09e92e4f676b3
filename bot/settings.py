"""One typed tree of settings from `restock.toml`, with secrets read from files.

It names the file and the key of every mistake; it opens no connection and knows no connector's keys.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bot.errors import Finding, InputInvalid

SECRET_SUFFIX = "_file"  # noqa: S105 - a key ending like this names the file that holds the secret
DEFAULT = Path("restock.toml")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Installation(_Section):
    """Who and where: the name enters every order key and must never change."""

    name: str = Field(min_length=1, max_length=40)
    timezone: str = "Europe/Berlin"
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")


class Paths(_Section):
    """Where things lie; relative paths start at the folder of restock.toml."""

    database: Path = Path("var/restock.sqlite")
    files: Path = Path("var/files")
    policies: Path = Path("policies")
    templates: Path | None = None
    reports: Path = Path("var/reports")
    stop_file: Path = Path("var/STOP")


class Orders(_Section):
    """How orders are sized and sent unless policies say otherwise."""

    review_period_days: int = Field(default=1, ge=1)
    undo_minutes: int = Field(default=10, ge=0)
    lease_seconds: float = Field(default=60.0, gt=0)
    settle_seconds: float = Field(default=900.0, gt=0)
    seed: int = 20260101


class Mail(_Section):
    """The outgoing mail server."""

    host: str = "127.0.0.1"
    port: int = 25
    sender: str = "restock@localhost.localdomain"
    user: str = ""
    password: str = Field(default="", repr=False)
    security: str = Field(default="none", pattern="^(none|starttls|tls)$")
    operators: tuple[str, ...] = ()


class Console(_Section):
    """The web console."""

    url: str = "http://127.0.0.1:8484"
    host: str = "127.0.0.1"
    port: int = 8484
    secret: str = Field(default="", repr=False)


class Schedule(_Section):
    """Cron lines per job, in the installation's time zone; empty = the default of the job."""

    plan: str = ""
    submit: str = ""
    approve: str = ""
    housekeeping: str = ""


class System(BaseModel):
    """One ERP: its connector and, for the connector to check, everything else."""

    model_config = ConfigDict(extra="allow", frozen=True)

    connector: str
    side_folder: Path | None = None


class Settings(_Section):
    """The whole tree."""

    installation: Installation
    paths: Paths = Paths()
    orders: Orders = Orders()
    mail: Mail = Mail()
    console: Console = Console()
    schedule: Schedule = Schedule()
    systems: dict[str, System] = {}

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


def load(path: Path = DEFAULT) -> Loaded:
    """Read and check a settings file; InputInvalid names file, line and key of every mistake."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise _invalid(path, 1, "E100", f"cannot be read: {error.strerror}", "`restock init` writes one") from error
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _invalid(path, 1, "E101", f"is not TOML: {error}", "mend the line that the message names") from error
    root = path.resolve().parent
    try:
        return Loaded(Settings.model_validate(_with_secrets(tree, path, root)), path, root)
    except ValidationError as error:
        raise InputInvalid(tuple(_finding(path, text, problem) for problem in error.errors())) from error


def _with_secrets(tree: dict[str, Any], path: Path, root: Path) -> dict[str, Any]:
    """Replace `password_file = "…"` by `password` with the file's content, at any depth."""
    result: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            result[key] = _with_secrets(value, path, root)
        elif key.endswith(SECRET_SUFFIX) and key != "stop_file" and isinstance(value, str):
            result[key.removesuffix(SECRET_SUFFIX)] = _secret(root / value, path, key)
        else:
            result[key] = value
    return result


def _secret(file: Path, path: Path, key: str) -> str:
    try:
        return file.read_text("utf-8").strip()
    except OSError as error:
        remedy = f"write the secret into {file} (mode 0600) or correct {key}"
        raise _invalid(path, 1, "E102", f"{key} cannot be read: {error.strerror}", remedy) from error


def _finding(path: Path, text: str, problem: Any) -> Finding:
    place = [str(part) for part in problem["loc"]]
    key = place[-1] if place else ""
    lines = text.splitlines()
    line = next((n for n, row in enumerate(lines, 1) if row.strip().startswith((key, f"[{'.'.join(place)}"))), 1)
    remedy = "docs/settings.md lists every key" if problem["type"] == "extra_forbidden" else ""
    return Finding(str(path), line, 1, "E103", f"{'.'.join(place)}: {problem['msg']}", remedy)


def _invalid(path: Path, line: int, code: str, message: str, remedy: str) -> InputInvalid:
    return InputInvalid((Finding(str(path), line, 1, code, message, remedy),))
