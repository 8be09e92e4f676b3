"""A first extract of a large company from the Fusion-like server, killed in the middle and resumed, as whole processes.

Items, stock, open orders, receipts and a year of movements of 100,000 item-locations by BI Publisher reports, short
lists by REST; it prints rows a second beside a bare reader of one report, peak memory, and reports run twice.
"""

import argparse
import hashlib
import io
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
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.jobs.pull import joined
from bot.store.pages import FilePages
from bot.wiring.world import SystemClock
from connectors.oracle.fusion import CONNECTOR
from connectors.oracle.reports import ReportService
from connectors.oracle.settings import FusionSettings
from connectors.sandbox.company import make_company
from connectors.sandbox.fusion import create_fusion_app, load_fusion
from connectors.sandbox.serve import serve

AS_OF = date(2026, 3, 2)
TABLES = ("locations", "items", "demand", "receipts", "open_orders", "stock", "suppliers", "sourcing")
FOLDER = "/Custom/Restock"
PATHS = {
    "demand": f"{FOLDER}/Transactions.xdo", "open_orders": f"{FOLDER}/Schedules.xdo",
    "receipts": f"{FOLDER}/Receipts.xdo", "items": f"{FOLDER}/Items.xdo", "stock": f"{FOLDER}/Stock.xdo",
}  # fmt: skip
PLACE = {"procurement_bu": "US1 Business Unit", "buyer": "buyer@company.example"}


class Standing:
    """A clock that stands on the company's morning; waiting is real."""

    def __init__(self) -> None:
        self._real = SystemClock()
        self.monotonic, self.sleep = self._real.monotonic, self._real.sleep

    def now(self) -> datetime:
        """The morning."""
        return datetime(AS_OF.year, AS_OF.month, AS_OF.day, 6, tzinfo=UTC)

    def today(self, timezone: str) -> date:  # noqa: ARG002 - the port's argument
        """The day."""
        return AS_OF


def make(path: Path, places: int) -> int:
    """Write the company into the server's database: per place one stock and 30 issues; returns its rows."""
    load_fusion(make_company(AS_OF, scale=0.1), path)
    connection = sqlite3.connect(path, isolation_level=None)
    for text in ("PRAGMA foreign_keys=OFF", "PRAGMA synchronous=OFF", "BEGIN"):
        connection.execute(text)
    item, orders, issues = "printf('B%06d', {0} / 2)", places // 2, places * 30
    organization = "(SELECT {0} FROM inventoryOrganizations WHERE OrganizationCode = 'M' || (1 + {1} % 2))"
    code, place = "'M' || (1 + {0} % 2)", organization.format("LocationCode", "n.i")
    at, moved = item.format("n.i"), f"(n.i * 7 % {places})"
    day, due = (f"date('{when}', '-' || (n.i % 365) || ' days')" for when in ("2026-02-27", "2026-03-10"))
    is_open, key = "n.i % 5 = 0", "500000000000000 + n.i"
    unit = organization.format("OrganizationId", "n.i")
    counts = [
        _many(connection, "itemsV2", places, ItemId=key, ItemNumber=at, OrganizationCode=code.format("n.i"),
              OrganizationId=unit),
        _many(connection, "onhandQuantityDetails", places, InventoryItemId=key, ItemNumber=at,
              OrganizationCode=code.format("n.i"), OrganizationId=unit),
        _many(connection, "inventoryCompletedTransactions", issues, TransactionId=key, Item=item.format(moved),
              Organization=code.format(moved), TransactionDate=f"{day} || 'T12:00:00+00:00'",
              TransactionQuantity="-(1 + n.i % 9)"),
        _many(connection, "purchaseOrders", orders, POHeaderId=key, OrderNumber="'46' || n.i", OrderDate=day,
              CreationDate=day),
        _many(connection, "purchaseOrderLines", orders, POLineId=key, POHeaderId=key, Item=at),
        _many(connection, "purchaseOrderSchedules", orders, LineLocationId=key, POHeaderId=key, POLineId=key,
              OrderNumber="'46' || n.i", ItemNumber=at, DueDate=due, RequestedDeliveryDate=due, ShipToLocation=place,
              ScheduleStatusCode=f"iif({is_open}, 'OPEN', 'CLOSED')", Quantity="42",
              ReceivedQuantity=f"iif({is_open}, 1, 42)"),
        _many(connection, "purchaseOrderReceipts", orders, ReceiptId=key, LineLocationId=key, POHeaderId=key,
              POLineId=key, ReceiptDate=f"{day} || 'T12:00:00+00:00'", ReceivedQuantity=f"iif({is_open}, 1, 42)"),
    ]  # fmt: skip
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()
    return sum(counts)


def _many(connection: sqlite3.Connection, table: str, count: int, **columns: str) -> int:
    """Copy the first row so `count` times, with these SQL expressions over `n.i` for its own values."""
    names = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
    own = {"key_": f"'{table}' || n.i", **columns}
    values = ", ".join(own.get(name, f't."{name}"') for name in names)
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1})"  # noqa: S608
    source = f'(SELECT * FROM "{table}" LIMIT 1) t'  # noqa: S608 - own names
    connection.execute(f'INSERT INTO "{table}" {numbers} SELECT {values} FROM n, {source}')  # noqa: S608 - own names
    return count


class Counting:
    """WSGI: counts reports by their request and rows of REST lists; `/__asked` tells."""

    def __init__(self, app: Any) -> None:
        self._app, self._reports, self._lists = app, Counter[str](), Counter[str]()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer or count."""
        if environ["PATH_INFO"] == "/__asked":
            start("200 OK", [("Content-Type", "application/json")])
            return [json.dumps({"reports": self._reports, "lists": self._lists}).encode()]
        if environ["REQUEST_METHOD"] == "GET":
            body = b"".join(self._app(environ, start))
            name = environ["PATH_INFO"].split("/resources/11.13.18.05/")[-1]
            self._lists[name] += int(json.loads(body).get("count") or 0)
            return [body]
        content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(content)
        if b"reportAbsolutePath" in content:
            path = next((path for path in PATHS.values() if path.encode() in content), "")
            self._reports[f"{path} {hashlib.sha256(content).hexdigest()}"] += 1
        answered: Iterable[bytes] = self._app(environ, start)
        return answered


def settings(url: str) -> FusionSettings:
    """Settings of the large system."""
    return FusionSettings(
        system="fusion", base_url=url, user="restock", password="restock-demo",  # noqa: S106 - the sandbox's own
        organizations={"M1": PLACE, "M2": PLACE}, history_days=365, report_paths=PATHS,
        requests_per_second=0,
    )  # type: ignore[arg-type]  # fmt: skip


def read(url: str, folder: Path) -> None:
    """Extract as a run does, with reports kept; prints canonical rows and seconds per table, and the peak of memory."""
    reader = CONNECTOR.reader(settings(url), Standing())
    reader.resume(FilePages(folder, SystemClock().now()))  # type: ignore[attr-defined]
    for table in TABLES:
        began = time.perf_counter()
        rows = len(joined(list(reader.pull(table))))
        print(f"  {table:<12} {rows:>10,} canonical rows {time.perf_counter() - began:>7.1f} s", flush=True)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB", flush=True)


def bare(url: str) -> None:
    """Run the report of one month and do nothing with it: the baseline."""
    service, began = ReportService(settings(url), Standing()), time.perf_counter()
    days = {"P_FROM": (AS_OF - timedelta(days=31)).isoformat(), "P_TO": AS_OF.isoformat(), "P_ORGANIZATIONS": "M1,M2"}
    rows = service.csv(PATHS["demand"], days).count(b"\n")
    print(f"  bare report of a month: {rows / (time.perf_counter() - began):,.0f} rows a second", flush=True)


def main() -> int:
    """Serve, kill a reading after `--kill-after` reports, resume it, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=100_000)
    parser.add_argument("--kill-after", type=int, default=12, help="reports")
    parser.add_argument("--part", choices=("serve", "read", "bare"), help="used by the benchmark itself")
    parser.add_argument("--url", default="")
    parser.add_argument("--folder", type=Path, default=Path())
    chosen = parser.parse_args()
    if chosen.part == "serve":
        print(serve(Counting(create_fusion_app(chosen.folder))).base_url, flush=True)
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
    rows = make(scratch / "fusion.db", places)
    print(f"{places:,} item-locations, {rows:,} rows, made in {time.perf_counter() - began:.0f} s", flush=True)
    server = subprocess.Popen(_part("serve", folder=scratch / "fusion.db"), stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url, kept = server.stdout.readline().strip(), scratch / "kept"
        began = time.perf_counter()
        first = subprocess.Popen(_part("read", url=url, folder=kept))
        while first.poll() is None and sum(json.load(_ask(url))["reports"].values()) <= kill_after:
            SystemClock().sleep(0.1)
        first.kill()
        first.wait()
        print(f"killed after {time.perf_counter() - began:.0f} s; resumed:", flush=True)
        resumed = time.perf_counter()
        subprocess.run(_part("read", url=url, folder=kept), check=True)
        spent = time.perf_counter() - began
        asked = json.load(_ask(url))
        twice = {name: times - 1 for name, times in asked["reports"].items() if times > 1}
        anew = sum(more for name, more in twice.items() if name.startswith((PATHS["stock"], PATHS["open_orders"])))
        print(f"{rows:,} rows in {spent:.0f} s: {rows / spent:,.0f} rows a second over both processes; "
              f"the second took {time.perf_counter() - resumed:.0f} s", flush=True)  # fmt: skip
        most = max(asked["lists"].items(), key=lambda pair: pair[1], default=("none", 0))
        others = sum(twice.values()) - anew
        print(f"{len(asked['reports'])} reports; {anew} of stock and open orders, which are never resumed, run twice, "
              f"and {others} others; most rows of a REST list: {most[1]:,} ({most[0]})")  # fmt: skip
        subprocess.run(_part("bare", url=url), check=True)
    finally:
        server.kill()
        server.wait()


def _ask(url: str) -> Any:
    return urllib.request.urlopen(f"{url}/__asked")  # noqa: S310 - loopback


if __name__ == "__main__":
    raise SystemExit(main())
