"""Runs one measurement in a fresh process, pinned to one core if asked, and hands back what it printed as JSON.

A fresh process is what makes peak memory and thread settings mean something; it judges nothing.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".venv-benchmark" / "bin" / "python"
_ONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
MARK = "measured: "


def measure(module: str, *arguments: object, python: Path | None = None, cores: int = 1) -> dict[str, Any]:
    """Run `python -m benchmarks.forecasting.<module> <arguments>` and return what it `told`."""
    program = [str(python or sys.executable), "-m", f"benchmarks.forecasting.{module}", *map(str, arguments)]
    taskset = ["taskset", "--cpu-list", "0"] if cores == 1 and Path("/usr/bin/taskset").exists() else []
    # our own lock has no say in the peers' environment, and the working folder is on the path by itself
    surroundings = {**os.environ, **_ONE, "PYTHONWARNINGS": "ignore", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*taskset, *program], check=False, cwd=ROOT, env=surroundings, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode or not lines:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return {"error": f"{module} ended with {done.returncode}: {last}"}
    return dict(json.loads(lines[-1].removeprefix(MARK)))


def tell(figures: dict[str, Any]) -> None:
    """Hand figures to the process that started this one, with the peak memory so far."""
    print(MARK + json.dumps({**figures, "peak_gib": peak()}))


def peak() -> float:
    """Peak memory of this process in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """The result, and the seconds it took by the clock and of the processor: equal on an idle machine."""
    begun, used = time.perf_counter(), time.process_time()
    result = work()
    return result, {"clock": time.perf_counter() - begun, "cpu": time.process_time() - used}


def load() -> str:
    """What else ran: times taken on a busy machine are too long."""
    busy = f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return f"{busy}; when others work too, the clock runs longer than the processor"
