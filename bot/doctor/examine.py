"""Runs every part of the examination, side by side and within a time, and collects what they find.

It mends nothing and changes nothing; each part is looked at by a module of its own.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot.diagnoses.found import fine, found
from bot.diagnoses.kind import Grade
from bot.doctor import database, machine, outside, settings
from bot.doctor.world import World
from bot.ports import Diagnosis
from bot.settings import Loaded
from bot.store import health
from bot.wiring.app import store_on
from bot.wiring.examine import examination, locations_of, signals

SECONDS = 50.0
_Part = Callable[[], Iterator[Diagnosis]]


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding and the part it belongs to: `settings`, `machine` … or `system NAME`."""

    part: str
    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that was found, part by part in a fixed order, and how long it took."""

    findings: tuple[Placed, ...]
    seconds: float

    def count(self, grade: Grade) -> int:
        """How many findings have this grade."""
        return sum(each.diagnosis.grade == grade for each in self.findings)


def examine(path: Path, world: World, seconds: float = SECONDS) -> Examination:
    """Examine the installation of this settings file; ends within about `seconds`, whatever hangs."""
    began = world.clock.monotonic()
    loaded, said = settings.read(path)
    found_ = [Placed("settings", each) for each in said]
    if loaded is None:
        found_.append(Placed("settings", found("not-examined", "the rest depends on the settings")))
    else:
        found_ += _side_by_side(parts(loaded, world), seconds)
    hidden = settings.secrets_of(path)
    clean = tuple(Placed(each.part, _without(each.diagnosis, hidden)) for each in found_)
    return Examination(clean, world.clock.monotonic() - began)


def parts(loaded: Loaded, world: World) -> dict[str, _Part]:
    """Every part by name, in the order in which it is shown."""
    named: dict[str, _Part] = {
        "settings": lambda: settings.sense(loaded, world.clock),
        "machine": lambda: machine.examine(loaded, world),
        "policies and people": lambda: _house(loaded, world),
        "mail": lambda: outside.mail(loaded, world),
        "console": lambda: outside.console(loaded),
    }
    if loaded.settings.signals:
        named["signals"] = lambda: signals(loaded, world.clock)
    for name in loaded.settings.systems:
        named[f"system {name}"] = lambda name=name: examination(loaded, name, world.clock)  # type: ignore[misc]
    return named


def _house(loaded: Loaded, world: World) -> Iterator[Diagnosis]:
    """Policies, the database and the people in it; who is missing matters less while nothing is ordered."""
    read, said = outside.policies(loaded)
    yield from said
    path = loaded.at(loaded.settings.paths.database)
    engine = yield from health.examine(path, world.mounts(), world.may_write)
    if engine is None:
        return
    opened = store_on(engine, loaded, world.clock)
    locations = [place for name in loaded.settings.systems for place in locations_of(loaded, name)]
    yield from database.people(opened, locations, watching=outside.watches(read))
    yield from database.examine(opened, world.clock)


def _side_by_side(named: dict[str, _Part], seconds: float) -> list[Placed]:
    """Run each part in a thread of its own; what is not ready in time is said to be not known."""
    heard: queue.SimpleQueue[tuple[str, Diagnosis | None]] = queue.SimpleQueue()
    for name, part in named.items():
        threading.Thread(target=_run, args=(name, part, heard), daemon=True, name=f"doctor {name}").start()
    results: dict[str, list[Diagnosis]] = {name: [] for name in named}
    waiting = set(named)
    timer = threading.Event()
    threading.Thread(target=_ring, args=(timer, seconds, heard), daemon=True).start()
    while waiting:
        name, diagnosis = heard.get()
        if not name:
            break
        if diagnosis is None:
            waiting.discard(name)
        else:
            results[name].append(diagnosis)
    timer.set()
    for name in waiting:
        results[name].append(found("out-of-time", f"{name} was not ready after {seconds:g} s"))
    for name, findings in results.items():
        if not findings:
            findings.append(fine(f"{name}: nothing is wrong"))
    return [Placed(name, each) for name, findings in results.items() for each in findings]


def _run(name: str, part: _Part, heard: "queue.SimpleQueue[tuple[str, Diagnosis | None]]") -> None:
    try:
        for diagnosis in part():
            heard.put((name, diagnosis))
    except Exception as error:  # noqa: BLE001 - the other parts must be heard; the finding says what failed
        heard.put((name, found("examination-failed", f"{name}: {type(error).__name__}: {error}")))
    heard.put((name, None))


def _ring(over: threading.Event, seconds: float, heard: "queue.SimpleQueue[tuple[str, Diagnosis | None]]") -> None:
    if not over.wait(seconds):
        heard.put(("", None))


def _without(diagnosis: Diagnosis, hidden: list[str]) -> Diagnosis:
    texts = {"what": diagnosis.what, "remedy": diagnosis.remedy}
    for secret in hidden:
        texts = {name: text.replace(secret, "***") for name, text in texts.items()}
    return replace(diagnosis, **texts)
