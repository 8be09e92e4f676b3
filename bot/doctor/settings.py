"""Looks at restock.toml: whether it can be read and understood, and how its secrets are kept.

Whether what it says is true is looked at by the other parts.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.diagnoses.found import fine, found
from bot.errors import Finding, InputInvalid
from bot.ports import Clock, Diagnosis
from bot.scheduler import last_due
from bot.settings import SECRET_SUFFIX, Loaded, load
from bot.wiring.examine import locations_of

SECRETS = frozenset({"password", "secret", "client_secret", "passphrase", "token"})
_CODES = {"E100": "settings-missing", "E101": "settings-unreadable", "E102": "secret-unreadable"}


def read(path: Path) -> tuple[Loaded | None, list[Diagnosis]]:
    """The settings, None when they cannot be used, and what is wrong with them."""
    try:
        loaded = load(path)
    except InputInvalid as error:
        return None, [*(_mistake(finding) for finding in error.findings), *_kept(path)]
    return loaded, [fine(f"{path} is understood"), *_kept(path)]


def _mistake(finding: Finding) -> Diagnosis:
    unknown = finding.code == "E103" and "Extra inputs" in finding.message
    code = "settings-unknown-key" if unknown else _CODES.get(finding.code, "settings-invalid")
    return found(code, f"{finding.path}:{finding.line}: {finding.message}")


def tree_of(path: Path) -> dict[str, Any]:
    """The file as it stands; empty when it cannot be read."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _leaves(tree: dict[str, Any], place: str = "") -> Iterator[tuple[str, str]]:
    """(dotted key, value) of every text in the tree."""
    for name, value in tree.items():
        key = f"{place}.{name}" if place else name
        if isinstance(value, dict):
            yield from _leaves(value, key)
        elif isinstance(value, str):
            yield key, value


def secrets_of(path: Path) -> list[str]:
    """Every secret that the file holds or names, for taking them out of texts."""
    values = []
    for key, value in _leaves(tree_of(path)):
        if _is_secret(key):
            values.append(value)
        elif _names_secret(key):
            try:
                values.append((path.resolve().parent / value).read_text("utf-8").strip())
            except (OSError, ValueError):
                continue
    return [value for value in values if len(value) >= 3]


def _is_secret(key: str) -> bool:
    return key.rpartition(".")[2] in SECRETS


def _names_secret(key: str) -> bool:
    return key.endswith(SECRET_SUFFIX) and not key.endswith("stop_file")


def _kept(path: Path) -> Iterator[Diagnosis]:
    """How the file and the secrets are kept."""
    if _mode(path) & 0o022:
        yield found("settings-writable", f"{path} may be changed by others", path=path)
    for key, value in _leaves(tree_of(path)):
        if _is_secret(key) and value:
            yield found("secret-in-settings", f"{key} stands in {path}", key=key)
        elif _names_secret(key):
            file = path.resolve().parent / value
            if _mode(file) & 0o077:
                yield found("secret-open", f"{file} may be read by others", path=file)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def sense(loaded: Loaded, clock: Clock) -> Iterator[Diagnosis]:
    """What is well formed and cannot work: cron lines, places that two systems claim, templates that are not there."""
    zone = ZoneInfo(loaded.settings.installation.timezone)
    for job, cron in loaded.settings.schedule.model_dump().items():
        try:
            if cron:
                last_due(cron, zone, clock.now().astimezone(zone))
        except ValueError as error:
            yield found("schedule-invalid", f"schedule.{job} = {cron!r}: {error}", job=job)
    owners: dict[str, str] = {}
    for system in loaded.settings.systems:
        for location in locations_of(loaded, system):
            if (owner := owners.setdefault(location, system)) != system:
                yield found("location-twice", f"{location} is in {owner} and in {system}", location=location)
    templates = loaded.settings.paths.templates
    if templates and not loaded.at(templates).is_dir():
        yield found("templates-missing", f"{loaded.at(templates)} is not a folder")
    if not loaded.settings.systems:
        yield found("no-system", "the settings name no system")
