"""Logs as lines and metrics as a text file, both with closed lists of names.

It knows no job: what happened is handed in by the runner's callers. No item, supplier or person is ever a label.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog
from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

_SECRET = re.compile(r"pass|secret|token|authorization|cookie|csrf", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
HIDDEN = "***"

METRICS: dict[str, tuple[str, tuple[str, ...]]] = {
    "restock_run_last_success_timestamp_seconds": ("When the job last ended without a failure.", ("job",)),
    "restock_run_last_timestamp_seconds": ("When the job last ended.", ("job",)),
    "restock_run_exit_code": ("Exit code of the last run of the job.", ("job",)),
    "restock_run_duration_seconds": ("How long the last run of the job took.", ("job",)),
    "restock_orders": ("Orders by their present state.", ("state",)),
    "restock_orders_pending_in_erp": ("Orders that wait in the ERP's own approval.", ("system",)),
    "restock_orders_missing_in_erp": ("Orders whose document the ERP no longer shows.", ("system",)),
    "restock_promises_moved": ("How often promises of orders that are still open were moved.", ("system",)),
    "restock_item_locations": ("Item-locations of the last plan by outcome.", ("system", "reason")),
    "restock_quarantined_rows": ("Rows of the last plan that were set aside.", ("system", "table")),
    "restock_kill_switch": ("1 while nothing may be sent.", ()),
    "restock_build_info": ("Always 1; the version is the label.", ("version",)),
}


def configure_logs(stream: TextIO | None = None) -> None:
    """JSON lines for machines, coloured lines on a terminal; secrets are hidden and control characters removed.

    `stream` is standard error when left out.
    """
    stream = stream or sys.stderr
    renderer: Any = structlog.dev.ConsoleRenderer() if stream.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            harmless,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def harmless(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide values of secret keys and replace control and direction characters in every text, at any depth."""
    return {key: HIDDEN if _SECRET.search(key) else _cleaned(value) for key, value in event.items()}


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _CONTROL.sub("�", value)
    if isinstance(value, Mapping):
        return dict(harmless(None, "", dict(value)))
    if isinstance(value, (list, tuple)):
        return [_cleaned(entry) for entry in value]
    return value


def logger() -> Any:
    """The structured logger; event names are static texts, values go into fields."""
    return structlog.get_logger()


class Metrics:
    """The gauges of METRICS, written as one text file for a node exporter or any scraper of files."""

    def __init__(self, version: str) -> None:
        self._registry = CollectorRegistry()
        self._gauges = {
            name: Gauge(name, meaning, labels, registry=self._registry) for name, (meaning, labels) in METRICS.items()
        }
        self.set("restock_build_info", 1.0, version=version)

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set one gauge; KeyError for a name that METRICS does not list."""
        gauge = self._gauges[name]
        (gauge.labels(**labels) if labels else gauge).set(value)

    def clear(self, name: str) -> None:
        """Forget all labels of a gauge before it is set anew."""
        self._gauges[name].clear()

    def write(self, path: Path) -> None:
        """Write the file whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_to_textfile(str(path), self._registry)
