"""Tables read by reports of BI Publisher: which reports are run for which days, and what is kept of them.

Reports give what thousands of pages would; without `report_paths` nothing here is used.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa

from bot.ports import Clock
from connectors.oracle import report_lists, report_moves, report_orders
from connectors.oracle.report_columns import check_apart, check_days, check_organization, parse
from connectors.oracle.reports import ReportService
from connectors.oracle.settings import FusionSettings, ReportedTable
from connectors.oracle.wire import Columns

# stock and open orders of a run before are never taken: what has left them since would be counted still
_LASTING: frozenset[ReportedTable] = frozenset({"items", "demand", "receipts"})
_FIRST, _LAST = date(1900, 1, 1), date(9999, 12, 1)


class Reported:
    """One extract by reports; `begin` starts the next one. Raises Retryable, NeedsAdmin or StopRun."""

    def __init__(self, settings: FusionSettings, clock: Clock) -> None:
        self.service = ReportService(settings, clock) if settings.report_paths else None
        self._settings, self._clock = settings, clock
        self._zone = ZoneInfo(settings.timezone)
        self._orders: tuple[date, pa.Table] | None = None
        self._lock = Lock()

    def begin(self) -> None:
        """Forget what was read."""
        self._orders = None

    def demand(self, since: date) -> Iterator[pd.DataFrame]:
        """Demand, one frame for every `report_days` days, so that memory does not grow with the history."""
        for rows in self._windows("demand", self._recent(since), {}):
            yield _frame(report_moves.demand(rows, self._settings, self._zone))

    def open_orders(self, since: date) -> pd.DataFrame:
        """Schedules from which something is still to come."""
        return _frame(report_orders.open_orders(self._schedules(since)))

    def receipts(self, since: date) -> pd.DataFrame:
        """Goods received per schedule and day, and lines that ended without goods."""
        rows = pa.concat_tables(list(self._windows("receipts", self._recent(since), {})))
        return _frame(report_orders.receipts(self._schedules(since), rows, self._settings, self._zone))

    def newest_prices(self, since: date) -> Columns:
        """Newest schedules by item, supplier and location."""
        return report_orders.newest(self._schedules(since), self._settings)

    def suppliers(self, since: date) -> frozenset[str]:
        """Numbers of suppliers that have an order."""
        return frozenset(filter(None, self._schedules(since)["supplier"].unique().to_pylist()))

    def raw(self, name: ReportedTable) -> Columns:
        """Items or stock as REST would give them, one organisation at a time."""
        tables = []
        for code in self._settings.organizations:
            rows = self.run(name, {"P_ORGANIZATIONS": code})
            check_organization(rows, name, code)
            tables.append(rows)
        return report_lists.raw(pa.concat_tables(tables), name)

    def _schedules(self, since: date) -> pa.Table:
        """All open schedules, and those asked for since `since`."""
        with self._lock:
            if self._orders is None or self._orders[0] != since:
                days = [(_FIRST, since), *self._recent(since)]
                days.append((days[-1][1], _LAST))
                windows = self._windows("open_orders", days, {"P_SINCE": since.isoformat()})
                rows = pa.concat_tables(list(windows))
                self._orders = since, report_orders.schedules(rows, self._settings, self._zone)
            return self._orders[1]

    def _recent(self, since: date) -> list[tuple[date, date]]:
        """Windows of days from `since` to tomorrow, the last day excluded."""
        end = self._clock.today(self._settings.timezone) + timedelta(days=2)
        step = timedelta(days=self._settings.report_days)
        found = []
        while since < end:
            found.append((since, min(since + step, end)))
            since += step
        return found

    def _windows(self, name: ReportedTable, days: list[tuple[date, date]], more: dict[str, str]) -> Iterator[pa.Table]:
        before: pa.Table | None = None
        for begin, end in days:
            asked = {
                "P_FROM": begin.isoformat(),
                "P_TO": end.isoformat(),
                "P_ORGANIZATIONS": ",".join(sorted(self._settings.organizations)),
            }
            rows = self.run(name, asked | more)
            check_days(rows, name, begin, end)
            check_apart(rows, before, name)
            before = rows
            yield rows

    def run(self, name: ReportedTable, parameters: dict[str, str]) -> pa.Table:
        """Rows of one run of a report."""
        if self.service is None:
            raise ValueError("there are no report_paths")
        path = self._settings.report_paths[name]
        return parse(self.service.csv(path, parameters, lasting=name in _LASTING), name)


def _frame(table: pa.Table) -> pd.DataFrame:
    found: pd.DataFrame = table.to_pandas()
    return found
