"""The members of the file import have the published columns, each at its place."""

import json
import os
from pathlib import Path

import pytest

from connectors.oracle.fbdi_columns import DISTRIBUTIONS, HEADERS, LINES, MEMBERS, SCHEDULES

ROOT = Path(__file__).parents[3]
FILE = (
    Path(os.environ.get("RESTOCK_REFERENCE", str(ROOT.parent / "shared")))
    / "contracts"
    / "oracle"
    / "fbdi-purchase-order.columns.json"
)


def test_the_loader_counts_so_many_columns() -> None:
    assert [(member, len(columns)) for member, columns in MEMBERS.items()] == [
        (HEADERS, 99), (LINES, 98), (SCHEDULES, 93), (DISTRIBUTIONS, 123),
    ]  # fmt: skip
    for columns in MEMBERS.values():
        assert len(set(columns)) == len(columns)


@pytest.mark.skipif(not FILE.is_file(), reason="the published columns are not there (RESTOCK_REFERENCE)")
def test_order_and_names_are_those_that_are_published() -> None:
    published = json.loads(FILE.read_text("utf-8"))
    assert list(MEMBERS) == published["zip_member_order"]
    for member, columns in MEMBERS.items():
        assert list(columns) == published["columns"][member]["names"]
