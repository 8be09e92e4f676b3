"""A first extract of a large company from the S/4-like server, killed in the middle and resumed, as whole processes.

Stock, open orders, receipts and a year of goods movements of 100,000 item-locations, by server-driven pages over
loopback; it prints rows a second beside a bare reader of the same pages, peak memory, and pages asked for twice.
"""

import argparse
import json
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bot.jobs.pull import joined
from bot.store.pages import FilePages
from bot.wiring.world import SystemClock
from connectors.sandbox.company import make_company
from connectors.sandbox.s4 import create_s4_app, load_s4
from connectors.sandbox.serve import serve
from connectors.sap.s4 import CONNECTOR
from connectors.sap.s4_base import MOVEMENTS
from connectors.sap.settings import S4Settings

AS_OF = date(2026, 3, 2)
PLANTS = ("1010", "1020", "1030", "1040", "1050")
TABLES = ("demand", "receipts", "open_orders", "stock")
ANEW = ("/A_MatlStkInAcctMod?", "/PurchaseOrderItem?", "StockInTransitQuantity")
_DAY = 86_400_000
_END = round(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000)


def make(path: Path, places: int) -> int:
    """Write the company into the server's database: per place one stock and 30 issues; returns its wire rows."""
    load_s4(make_company(AS_OF, scale=0.3), path)
    connection = sqlite3.connect(path, isolation_level=None)
    for text in ("PRAGMA foreign_keys=OFF", "PRAGMA synchronous=OFF", "BEGIN"):
        connection.execute(text)
    material, plant = "printf('B%06d', {0} / 5)", "(1010 + 10 * ({0} % 5)) || ''"
    item, at = material.format("n.i"), plant.format("n.i")
    moved, gone = material.format(f"n.i * 7 % {places}"), plant.format(f"n.i * 7 % {places}")
    issue, arrival, issues, orders = "printf('60%08d', {0})", "printf('70%08d', {0})", places * 30, places // 2
    order, day = "printf('46%08d', n.i)", f"{_END} - (n.i % 365) * {_DAY}"
    ordered, due = (
        "date('2026-02-27', '-' || (n.i % 365) || ' days')",
        "date('2026-03-10', '-' || (n.i % 365) || ' days')",
    )
    is_open = "n.i % 5 = 0"
    counts = [
        _many(connection, "A_MatlStkInAcctMod", places, "1", Material=item, Plant=at),
        _many(connection, "A_MaterialDocumentHeader", issues // 5, "1", MaterialDocument=issue.format("n.i"),
              MaterialDocumentYear="'2025'", PostingDate=day),
        _many(connection, "A_MaterialDocumentItem", issues, "GoodsMovementType = '601'", Material=moved, Plant=gone,
              MaterialDocument=issue.format("n.i / 5"), MaterialDocumentYear="'2025'",
              MaterialDocumentItem="(n.i % 5 + 1) || ''"),
        _many(connection, "PurchaseOrder", orders, "1", PurchaseOrder=order, PurchaseOrderDate=ordered),
        _many(connection, "PurchaseOrderItem", orders, "1", PurchaseOrder=order, Material=item, Plant=at,
              IsCompletelyDelivered=f"NOT ({is_open})"),
        _many(connection, "PurchaseOrderScheduleLine", orders, "1", PurchaseOrder=order, ScheduleLineDeliveryDate=due,
              OpenPurchaseOrderQuantity=f"CASE WHEN {is_open} THEN 41 ELSE 0 END"),
        _many(connection, "A_MaterialDocumentHeader", orders, "1", MaterialDocument=arrival.format("n.i"),
              MaterialDocumentYear="'2025'", PostingDate=day),
        _many(connection, "A_MaterialDocumentItem", orders, "GoodsMovementType = '101'", PurchaseOrder=order,
              PurchaseOrderItem="'10'", MaterialDocument=arrival.format("n.i"), MaterialDocumentYear="'2025'",
              Material=item, Plant=at, QuantityInBaseUnit=f"CASE WHEN {is_open} THEN 1 ELSE 42 END"),
    ]  # fmt: skip
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()
    return sum(counts)


def _many(connection: sqlite3.Connection, table: str, count: int, like: str, **columns: str) -> int:
    """Copy one row that is `like` so `count` times, with these SQL expressions over `n.i` for its own values."""
    names = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
    values = ", ".join(columns.get(name, f't."{name}"') for name in names)
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1})"  # noqa: S608
    source = f'(SELECT * FROM "{table}" WHERE {like} LIMIT 1) t'  # noqa: S608 - own names
    connection.execute(f'INSERT INTO "{table}" {numbers} SELECT {values} FROM n, {source}')  # noqa: S608 - own names
    return count


class Counting:
    """WSGI: counts how often each address is asked for; `/__asked` tells."""

    def __init__(self, app: Any) -> None:
        self._app, self._asked = app, Counter[str]()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer or count."""
        if environ["PATH_INFO"] == "/__asked":
            start("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(self._asked).encode()]
        self._asked[f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"] += 1
        answered: Iterable[bytes] = self._app(environ, start)
        return answered


def settings(url: str) -> S4Settings:
    """Settings of the large system."""
    plant = {"company_code": "1000", "purchasing_organisation": "1000", "purchasing_group": "001"}
    return S4Settings(base_url=url, user="RESTOCK", password="restock-demo",  # noqa: S106 - the sandbox's own
                      plants=dict.fromkeys(PLANTS, plant), requests_per_second=0,
                      history_days=365, window_days=7)  # type: ignore[arg-type]  # fmt: skip


def read(url: str, folder: Path) -> None:
    """Extract as a run does, with pages kept; prints canonical rows and seconds per table, and the peak of memory."""
    reader = CONNECTOR.reader(settings(url), SystemClock())
    reader.resume(FilePages(folder, SystemClock().now()))  # type: ignore[attr-defined]
    raw: dict[str, Any] = {}
    for table in TABLES:
        began = time.perf_counter()
        raw[table] = joined(list(reader.pull(table)))
        print(f"  {table:<12} {len(raw[table]):>10,} canonical rows {time.perf_counter() - began:>7.1f} s", flush=True)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB", flush=True)


def bare(url: str) -> None:
    """Read one window of movements with nothing but a parser: the baseline; prints wire rows a second."""
    reader: Any = CONNECTOR.reader(settings(url), SystemClock())
    began, rows = time.perf_counter(), 0
    select = "MaterialDocumentYear,MaterialDocument,PostingDate,to_MaterialDocumentItem/Material"
    where = "PostingDate ge datetime'2026-02-20T00:00:00'"
    for header in reader._s4.rows(MOVEMENTS, "A_MaterialDocumentHeader", select, where, "to_MaterialDocumentItem"):  # noqa: SLF001 - the session is what is compared
        rows += 1 + len(header["to_MaterialDocumentItem"]["results"])
    print(f"  bare pages of 11 days: {rows / (time.perf_counter() - began):,.0f} wire rows a second", flush=True)


def main() -> int:
    """Serve, kill a reading after `--kill-after` pages, resume it, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=100_000)
    parser.add_argument("--kill-after", type=int, default=250, help="pages of histories")
    parser.add_argument("--part", choices=("serve", "read", "bare"), help="used by the benchmark itself")
    parser.add_argument("--url", default="")
    parser.add_argument("--folder", type=Path, default=Path())
    chosen = parser.parse_args()
    if chosen.part == "serve":
        print(serve(Counting(create_s4_app(chosen.folder, page_size=500))).base_url, flush=True)
        signal.pause()
    elif chosen.part == "read":
        read(chosen.url, chosen.folder)
    elif chosen.part == "bare":
        bare(chosen.url)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            _whole(Path(scratch), chosen.places, chosen.kill_after)
    return 0


def _part(part: str, **options: object) -> list[str]:
    named = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    return [sys.executable, __file__, "--part", part, *named]


def _whole(scratch: Path, places: int, kill_after: int) -> None:
    began = time.perf_counter()
    wire = make(scratch / "s4.db", places)
    print(
        f"{places:,} item-locations, {wire:,} rows on the wire, made in {time.perf_counter() - began:.0f} s", flush=True
    )
    server = subprocess.Popen(_part("serve", folder=scratch / "s4.db"), stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url, pages = server.stdout.readline().strip(), scratch / "pages"
        began = time.perf_counter()
        first = subprocess.Popen(_part("read", url=url, folder=pages))
        while first.poll() is None and (not pages.exists() or sum(1 for _ in pages.iterdir()) <= kill_after):
            SystemClock().sleep(0.05)
        first.kill()
        first.wait()
        kept = sum(1 for path in pages.iterdir() if path.name != "begun" and not path.name.startswith("."))
        print(f"killed after {time.perf_counter() - began:.0f} s with {kept} pages kept; resumed:", flush=True)
        resumed = time.perf_counter()
        subprocess.run(_part("read", url=url, folder=pages), check=True)
        spent = time.perf_counter() - began
        asked = json.load(urllib.request.urlopen(f"{url}/__asked"))  # noqa: S310 - loopback
        paged = {address: times for address, times in asked.items() if "filter" in address or "skiptoken" in address}
        twice = {address: times - 1 for address, times in paged.items() if times > 1}
        anew = sum(more for address, more in twice.items() if any(name in address for name in ANEW))
        size = sum(path.stat().st_size for path in pages.iterdir()) / 1e6
        print(f"{wire:,} rows in {spent:.0f} s: {wire / spent:,.0f} rows a second over both processes; "
              f"the second took {time.perf_counter() - resumed:.0f} s", flush=True)  # fmt: skip
        print(
            f"{len(paged):,} pages; {anew} of stock and open orders, which are never resumed, asked for twice; "
            f"{sum(twice.values()) - anew} of histories, the one under way when killed; {size:,.0f} MB kept"
        )
        subprocess.run(_part("bare", url=url), check=True)
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    raise SystemExit(main())
