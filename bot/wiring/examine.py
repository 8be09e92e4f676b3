"""Hands the doctor the examination of each system: connector and side folder, and which locations a system serves.

It grades nothing; a missing library or a wrong setting is a finding, not a traceback.
"""

from collections.abc import Iterator
from typing import Any

from bot.diagnoses.found import found
from bot.errors import InputInvalid, NeedsAdmin
from bot.ports import Clock, Diagnosis
from bot.settings import Loaded
from bot.wiring.app import checked
from connectors.catalog import connector, ids
from connectors.files_examine import folder_findings

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
        yield from _examined(kind.examine(settings, clock))
    if system.side_folder is not None:
        yield from folder_findings(loaded.at(system.side_folder), f"systems.{name}.side_folder", clock, needed=())


def _examined(findings: Iterator[Diagnosis]) -> Iterator[Diagnosis]:
    try:
        yield from findings
    except ImportError as error:
        yield found("library-missing", str(error), how=f"install {error.name or 'it'}; docs/connectors.md says how")
    except NeedsAdmin as error:
        yield found("system-settings-invalid", f"{error.where}: {error.what}", how=error.remedy)


def _zone(loaded: Loaded, name: str, settings: Any) -> Iterator[Diagnosis]:
    """Whether the system's time zone was left at its default although the installation is elsewhere."""
    zone = loaded.settings.installation.timezone
    fields = getattr(settings, "model_fields_set", frozenset())
    if hasattr(settings, "timezone") and "timezone" not in fields and settings.timezone != zone:
        what = f"days of {name} are cut in {settings.timezone}, the installation is in {zone}"
        yield found("timezone-default", what, system=name, zone=zone)


def locations_of(loaded: Loaded, name: str) -> list[str]:
    """Locations that the settings of a system name; empty where it serves whatever its tables name."""
    keys = loaded.settings.systems[name].model_extra or {}
    return [location for place in _PLACES if isinstance(keys.get(place), dict) for location in keys[place]]
