"""Runs `restock …` commands as processes of their own, forked from one that has loaded the program already.

It reads one JSON line per command (words, environment, file for the output) and answers with the wait status.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

from tests.scenarios.company import next_day


def main() -> None:
    """Serve until standard input ends."""
    for module in ("bot.cli.run", "bot.jobs.runner"):
        import_module(module)
    # the composition root of these processes stands on the scenario's day: by today's date its orders are too old
    import_module("bot.wiring.app").SystemClock = next_day
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(wanted)
        sys.stdout.write(f"{os.waitpid(child, 0)[1]}\n")
        sys.stdout.flush()


def _become(wanted: dict[str, object]) -> None:
    """Be the command: its output goes to a file, its end is the end of the process."""
    from bot.cli.root import run

    output = os.open(Path(str(wanted["output"])), os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(wanted["environment"])  # type: ignore[call-overload]
    code = 1
    try:
        code = run(wanted["words"])  # type: ignore[arg-type]
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
