"""Doors beside `ErpReader` for reading big systems: kept answers, local copies, several threads.

Nothing is implemented here; which of these doors a reader has is asked at run time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, runtime_checkable

import pandas as pd


class Pages(Protocol):
    """Answers of a reading under way, so that a killed run does not ask for them again; they hold business data."""

    def get(self, name: str) -> bytes | None: ...
    def put(self, name: str, content: bytes) -> None: ...
    def clear(self) -> None: ...


@runtime_checkable
class Resumable(Protocol):
    """A reader that keeps its answers in `pages` and takes from there what a run before has read; None ends that."""

    def resume(self, pages: Pages | None) -> None: ...


@dataclass(frozen=True, slots=True)
class Mirrored:
    """Rows of one list as the run before had them: posted since `start`, entered up to `cursor`.

    `whole_on` is the day of the last reading that took nothing from a mirror.
    """

    rows: pd.DataFrame
    start: date
    cursor: date
    whole_on: date


class Mirror(Protocol):
    """Local copies of big lists of documents; a copy that is damaged or of another `form` is thrown away and told."""

    def load(self, name: str, form: str) -> Mirrored | None: ...
    def save(self, name: str, form: str, kept: Mirrored) -> None: ...
    def tell(self, finding: str) -> None: ...


class ToldMirror(Mirror, Protocol):
    """A mirror together with what a person should know about this reading of it."""

    @property
    def findings(self) -> Sequence[str]: ...
    def forget(self) -> None: ...


@runtime_checkable
class Mirroring(Protocol):
    """A reader that takes settled documents from `mirror` and asks for the newer ones only; None ends that."""

    def mirror(self, mirror: Mirror | None) -> None: ...


@runtime_checkable
class Parallel(Protocol):
    """A reader that `threads` threads may pull at once; tables of one lane follow one another."""

    @property
    def threads(self) -> int: ...
    @property
    def lanes(self) -> Sequence[Sequence[str]]: ...
