"""Starts both sandbox servers as one process: `python -m connectors.sandbox --db DIR --as-of DATE`.

It prints one JSON line with the addresses and serves until it is stopped.
"""

import argparse
import json
import signal
import sys
import threading
from datetime import date
from pathlib import Path

from connectors.sandbox.company import make_company, write_side_folder
from connectors.sandbox.s4 import create_s4_app, load_s4
from connectors.sandbox.serve import Application, serve


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line, load what is not there yet, serve."""
    parser = argparse.ArgumentParser(prog="connectors.sandbox", description=__doc__)
    parser.add_argument("--db", type=Path, required=True, help="folder of the two databases; made when missing")
    parser.add_argument("--as-of", type=date.fromisoformat, required=True, help="planning day, an ISO date")
    parser.add_argument(
        "--ports", type=int, nargs=2, default=(0, 0), help="ports of the S/4-like and the Fusion-like server"
    )
    parser.add_argument("--seed", type=int, default=7, help="seed of the company")
    parser.add_argument("--scale", type=float, default=1.0, help="1 = about 700 item-locations")
    parser.add_argument(
        "--commit-delay", type=float, default=0.0, help="seconds before each commit of the S/4-like server"
    )
    options = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    sys.stdout.write(json.dumps(_start(options)) + "\n")
    sys.stdout.flush()
    stop.wait()


def _start(options: argparse.Namespace) -> dict[str, str]:
    from connectors.sandbox import fusion  # noqa: PLC0415 - loaded last: the other half may start alone in tests

    options.db.mkdir(parents=True, exist_ok=True)
    paths = {"s4": options.db / "s4.db", "fusion": options.db / "fusion.db"}
    loads = {"s4": load_s4, "fusion": fusion.load_fusion}
    if not all(path.exists() for path in paths.values()):
        company = make_company(options.as_of, options.seed, options.scale)
        for system, load in loads.items():
            load(company, paths[system])
            write_side_folder(company, system, options.db / f"{system}_side")
    apps: dict[str, Application] = {
        "s4": create_s4_app(paths["s4"], commit_delay=options.commit_delay),
        "fusion": fusion.create_fusion_app(paths["fusion"]),
    }
    return {
        system: serve(app, port=port).base_url for (system, app), port in zip(apps.items(), options.ports, strict=True)
    }


if __name__ == "__main__":
    main()
