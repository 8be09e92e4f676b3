"""Shows how far long work is: a live line with a bar on a terminal, one plain line per step elsewhere.

It measures nothing itself and never writes to standard output, which belongs to results.
"""

import sys
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Silent:
    """Shows nothing; implements `Progress`."""

    def step(self, name: str, done: int = 0, total: int | None = None) -> None:
        """Do nothing."""


class PlainProgress:
    """One line per step, and per tenth of a counted step; implements `Progress`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last = ("", -1)

    def step(self, name: str, done: int = 0, total: int | None = None) -> None:
        """Print a line when the step or its tenth changes."""
        tenth = 10 * done // total if total else 0
        if (name, tenth) == self._last:
            return
        self._last = (name, tenth)
        share = f" {10 * tenth} %" if total else ""
        self._stream.write(f"restock: {name}{share}\n")
        self._stream.flush()


class LiveProgress:
    """A bar per step on a terminal; implements `Progress`."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def step(self, name: str, done: int = 0, total: int | None = None) -> None:
        """Start or move the bar of the step; earlier steps are finished."""
        if name not in self._tasks:
            self._bars.start()
            for task in self._tasks.values():
                self._bars.update(task, total=1, completed=1)
            self._tasks[name] = self._bars.add_task(name, total=None)
        self._bars.update(self._tasks[name], completed=done, total=total)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._bars.stop()


def progress(*, quiet: bool = False) -> Silent | PlainProgress | LiveProgress:
    """The way of showing progress that fits where standard error goes."""
    if quiet:
        return Silent()
    return LiveProgress() if sys.stderr.isatty() else PlainProgress(sys.stderr)
