"""Processes of `restock …` and how they ended; what they do is no business of this module."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: exit code, or minus the signal; and what it printed."""

    returncode: int
    output: str


class Commands:
    """Processes of `restock …`, forked from one that has loaded the program (see `forker`)."""

    def __init__(self, folder: Path) -> None:
        self._output = folder / "output"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.scenarios.forker"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, words: list[str], environment: dict[str, str]) -> Ended:
        """Run one command to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        wanted = {"words": words, "environment": environment, "output": str(self._output)}
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        status = int(self._process.stdout.readline())
        return Ended(os.waitstatus_to_exitcode(status), self._output.read_text("utf-8", "replace"))

    def close(self) -> None:
        """Let the loaded process end."""
        with self._process:
            pass
