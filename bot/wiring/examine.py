"""Hands the doctor the examination of each system: connector and side folder, and which locations a system serves.

It grades nothing; a missing library or a wrong setting is a finding, not a traceback.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.diagnoses.found import fine, found
from bot.diagnoses.kind import Grade
from bot.errors import InputInvalid, NeedsAdmin, RestockError
from bot.ports import Clock, Diagnosis
from bot.settings import Loaded
from bot.wiring.app import checked, signal_sources
from connectors.catalog import connector, ids
from connectors.files import FilesReader
from connectors.files_examine import folder_findings
from connectors.signals import read

_PLACES = ("plants", "organizations")  # tables of the settings that are keyed by location


def examination(loaded: Loaded, name: str, clock: Clock) -> Iterator[Diagnosis]:
    """Yield what the connector of one system finds, then what is to be said about its side folder."""
    system = loaded.settings.systems[name]
    if system.connector not in ids():
        yield found("connector-unknown", f"there is no connector {system.connector!r}", known=", ".join(ids()))
        return
    try:
        kind = connector(system.connector)
        settings = checked(loaded, name, kind.settings)
    except ImportError as error:
        how = f"install the extra that brings {error.name or 'it'}; docs/connectors.md says how"
        yield found("library-missing", f"connector {system.connector}: {error}", how=how)
    except InputInvalid as error:
        for mistake in error.findings:
            yield found("system-settings-invalid", f"{mistake.path}: {mistake.message}", how=mistake.remedy)
    else:
        yield from _zone(loaded, name, settings)
        yield from heard(kind.examine(settings, clock))
    if system.side_folder is not None:
        folder = loaded.at(system.side_folder)
        side = FilesReader(folder, name)
        yield from folder_findings(side, folder, f"systems.{name}.side_folder", clock)
        yield from left_out(side, folder, locations_of(loaded, name))


def left_out(side: FilesReader, folder: Path, locations: list[str]) -> Iterator[Diagnosis]:
    """Locations of the settings that a side folder's own list, which stands alone, does not name."""
    try:
        frames = list(side.pull("locations")) if folder.is_dir() else []
    except RestockError:
        return  # judged with the folder
    if not frames:
        return  # the system's own list stands
    there = {str(place).strip() for frame in frames for place in frame.get("location", [])}
    for location in [each for each in locations if each not in there]:
        what = f"location {location} of the settings is not in the table locations of {folder}"
        yield found("location-not-listed", what, location=location)


def heard(findings: Iterator[Diagnosis]) -> Iterator[Diagnosis]:
    """Pass the findings of a connector on; what ends them early is one more."""
    try:
        yield from findings
    except ImportError as error:
        yield found("library-missing", str(error), how=f"install {error.name or 'it'}; docs/connectors.md says how")
    except NeedsAdmin as error:
        yield found("system-settings-invalid", f"{error.where}: {error.what}", how=error.remedy)


def _zone(loaded: Loaded, name: str, settings: Any) -> Iterator[Diagnosis]:
    """Whether the system's time zone was left at its default although the installation is elsewhere."""
    zone = loaded.settings.installation.timezone
    fields: frozenset[str] = getattr(settings, "model_fields_set", frozenset())
    if hasattr(settings, "base_url") and "timezone" not in fields and settings.timezone != zone:
        what = f"days of {name} are cut in {settings.timezone}, the installation is in {zone}"
        yield found("timezone-default", what, system=name, zone=zone)


def signals(loaded: Loaded, clock: Clock) -> Iterator[Diagnosis]:
    """Read the last month of every source of outside values."""
    try:
        sources = signal_sources(loaded)
    except InputInvalid as error:
        for mistake in error.findings:
            yield found("system-settings-invalid", f"{mistake.path}: {mistake.message}", how=mistake.remedy)
        return
    for source in sources:
        try:
            rows = read(source, clock, clock.today(source.timezone) - timedelta(days=31))
        except RestockError as error:
            grade = Grade.ERROR if source.required else None
            how = "see the message; `required = false` lets planning go on without it"
            yield found("signal-unreadable", f"signal {source.name}: {error}", grade=grade, how=how)
        else:
            yield fine(f"signal {source.name}: {len(rows):,} values")


def locations_of(loaded: Loaded, name: str) -> list[str]:
    """Locations that the settings of a system name; empty where it serves whatever its tables name."""
    keys = loaded.settings.systems[name].model_extra or {}
    return [location for place in _PLACES if isinstance(keys.get(place), dict) for location in keys[place]]
