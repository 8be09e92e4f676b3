"""A system that answers `rows` from lists; what was not selected is not there, and what was asked is remembered."""

from collections.abc import Iterator
from typing import Any, cast

import pandas as pd

from connectors.sap.odata import ODataSession, Query, Row, Service
from connectors.sap.s4_base import S4
from connectors.sap.settings import S4Settings
from tests.fakes import ManualClock

PLANT = {"company_code": "1000", "purchasing_organisation": "1000", "purchasing_group": "001"}


def settings(**values: Any) -> S4Settings:
    given = {"base_url": "https://s4.example", "user": "U", "password": "p", "plants": {"1010": PLANT}, **values}
    return S4Settings.model_validate(given)


class StubOData:
    def __init__(self, sets: dict[str, list[Row]]) -> None:
        self.sets = sets
        self.asked: list[Query] = []

    def rows(self, service: Service, query: Query) -> Iterator[Row]:
        self.asked.append(query)
        kept = [name for name in query.select if "/" not in name]
        expanded = [part.partition("(")[0] for part in _split(query.expand) if "/" not in part.partition("(")[0]]
        for row in self.sets.get(query.entity_set, []):
            yield {name: row[name] for name in [*kept, *expanded]}


def _split(expand: str) -> list[str]:
    """Parts of an $expand at the commas outside brackets."""
    parts, depth = [""], 0
    for letter in expand:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part]


def system(sets: dict[str, list[Row]], clock: ManualClock | None = None, **values: Any) -> S4:
    return S4(settings(**values), clock or ManualClock(), cast("ODataSession", StubOData(sets)))


def records(frames: Iterator[pd.DataFrame] | list[pd.DataFrame]) -> list[dict[str, Any]]:
    """Rows of all frames; empty cells are left out."""
    return [
        {name: value for name, value in row.items() if not pd.isna(value)}
        for frame in frames
        for row in frame.to_dict("records")
    ]
