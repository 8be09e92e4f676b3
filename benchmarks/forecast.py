"""Every figure that Restock's forecast is held to, with its peers, in one run.

`benchmarks/forecast.py [PART ...]`; without parts it takes them all. It only starts the parts and prints; what is
measured stands in benchmarks/forecasting.
"""

import argparse
import json
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from forecasting import accuracy, calibration, data, determinism, floor, hostile, scaling, speed, trees
from forecasting.table import Figure, Part, shown, summary

PARTS: dict[str, Callable[..., Part]] = {
    "carparts": accuracy.carparts,
    "manufacturing": accuracy.manufacturing,
    "retail": accuracy.retail,
    "juice": trees.juice,
    "calibration": calibration.run,
    "floor": floor.run,
    "speed": speed.run,
    "scaling": scaling.run,
    "trees": trees.run,
    "determinism": determinism.run,
    "hostile": hostile.run,
    "peers": speed.peers,
}
NEED_DATA = {"carparts", "manufacturing", "retail", "juice", "calibration", "floor"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)}; none = all")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it runs, not what holds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything as JSON too")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.parts) - set(PARTS))
    if unknown:
        parser.error(f"no part called {', '.join(unknown)}; there are {', '.join(PARTS)}")
    found = [taken(name, quick=arguments.quick) for name in arguments.parts or PARTS]
    print(f"\n{summary(found)}")
    if arguments.quick:
        print("\n--quick: the sizes are too small for the targets; the verdicts mean nothing")
    if arguments.json:
        arguments.json.write_text(json.dumps([part.plain() for part in found], indent=1, default=str), "utf-8")
    return 0


def taken(name: str, *, quick: bool) -> Part:
    """Take one part and print it at once; without reference data it is skipped and says so."""
    begun = time.perf_counter()
    if name in NEED_DATA and not data.present():
        part = Part(name, [Figure.skipped(name, "all", f"no reference data at {data.REFERENCE}")])
    else:
        try:
            part = PARTS[name](quick=quick)
        except Exception as error:  # noqa: BLE001 - one part that breaks must not hide what the others find
            traceback.print_exc()
            broken = f"{type(error).__name__}: {error}"
            part = Part(name, [Figure.must(name, "the part itself", "runs", measured=broken, held=False)])
    print(f"{shown(part)}\n({time.perf_counter() - begun:.1f} s)\n", flush=True)
    return part


if __name__ == "__main__":
    raise SystemExit(main())
