"""Fails when lines and branches of a pure package are covered to less than 95 %; prints all packages.

It reads the coverage data of the last test run and measures nothing itself.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

PURE = (
    "tables", "guards", "snapshot", "patterns", "forecast", "suppliers", "inventory", "policy", "orders",
)  # fmt: skip
LEAST = 95.0


def main() -> int:
    """Print one line per pure package; 1 when any is below the gate."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", str(target)], check=True)
        files = json.loads(target.read_text("utf-8"))["files"]
    low = 0
    for package in PURE:
        share = _share([data["summary"] for path, data in files.items() if path.startswith(f"bot/{package}/")])
        low += share < LEAST
        sys.stdout.write(f"bot/{package:<12} {share:6.1f} %{'  below the gate' if share < LEAST else ''}\n")
    return 1 if low else 0


def _share(summaries: list[dict[str, int]]) -> float:
    """Covered lines and branches over all of them, in percent."""
    covered = sum(s["covered_lines"] + s.get("covered_branches", 0) for s in summaries)
    total = sum(s["num_statements"] + s.get("num_branches", 0) for s in summaries)
    return 100.0 * covered / total if total else 100.0


if __name__ == "__main__":
    raise SystemExit(main())
