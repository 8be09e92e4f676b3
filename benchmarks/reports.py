"""A year of stock movements through BI Publisher: 1,000,000 rows from the Fusion-like server, in one process each.

Prints rows per second and peak memory of the reader; the server's time is contained in it.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from connectors.oracle.fusion import reader
from connectors.oracle.settings import FusionSettings
from connectors.sandbox.company import make_company
from connectors.sandbox.fusion import Credentials, create_fusion_app, load_fusion
from connectors.sandbox.fusion_state import opened
from connectors.sandbox.serve import serve

AS_OF = date(2026, 3, 2)
ROWS = 1_000_000
SIGN_ON = Credentials().password


class _Still:
    """A clock that stands on the company's morning; waiting is real."""

    def now(self) -> datetime:
        return datetime(AS_OF.year, AS_OF.month, AS_OF.day, 6, tzinfo=UTC)

    def today(self, timezone: str) -> date:  # noqa: ARG002 - the port's argument
        return AS_OF

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: TID251 - a benchmark has no port


def fill(path: Path, rows: int) -> None:
    load_fusion(make_company(AS_OF, scale=0.2), path)
    with opened(path) as connection:
        connection.execute("BEGIN")
        connection.execute("DELETE FROM inventoryCompletedTransactions")
        sql = (
            "INSERT INTO inventoryCompletedTransactions (TransactionId, Organization, Item, TransactionDate, "
            "TransactionType, TransactionQuantity, key_) VALUES (?, ?, ?, ?, 'Sales Order Issue', ?, ?)"
        )
        days = [(AS_OF - timedelta(days=back)).isoformat() + "T12:00:00+00:00" for back in range(365)]
        connection.executemany(
            sql,
            (
                (900000000000000 + i, f"M{1 + i % 2}", f"IT-{i % 50000}", days[i % 365], -(i % 7 + 0.125), str(i))
                for i in range(rows)
            ),
        )
        connection.execute("COMMIT")


def read(url: str, sent: "multiprocessing.Queue[tuple[int, int, float, int]]") -> None:
    place = {"procurement_bu": "US1 Business Unit", "buyer": "buyer@company.example"}
    paths = {"demand": "/Custom/Restock/Transactions.xdo"}
    settings = FusionSettings(
        system="fusion", base_url=url, requests_per_second=0, user="restock", password=SIGN_ON,
        organizations={"M1": place, "M2": place}, history_days=366, report_paths=paths,
    )  # fmt: skip
    started, rows, total = time.monotonic(), 0, 0.0
    for frame in reader(settings, _Still()).pull("demand"):
        rows += len(frame)
        total += frame["quantity"].astype(float).sum()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sent.put((rows, int(total), time.monotonic() - started, peak))


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fusion.db"
        fill(path, rows)
        server = serve(create_fusion_app(path))
        context = multiprocessing.get_context("spawn")
        sent: multiprocessing.Queue[tuple[int, int, float, int]] = context.Queue()
        process = context.Process(target=read, args=(server.base_url, sent))
        process.start()
        found, total, seconds, peak = sent.get()
        process.join()
        server.close()
    print(f"{rows:,} rows in {seconds:.1f} s, {rows / seconds:,.0f} a second, server included")
    print(f"{found:,} rows of demand, {total:,} pieces; peak memory of the reader {peak / 1024:.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
