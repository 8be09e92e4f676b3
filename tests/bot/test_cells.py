"""Cells as people write them: what is missing is unknown, never zero."""

import pandas as pd
import pytest

from bot import cells

NOTHING = [None, float("nan"), pd.NA, pd.NaT]


@pytest.mark.parametrize("missing", NOTHING)
def test_what_is_missing_is_unknown(missing: object) -> None:
    row = {"a": missing}
    assert not cells.known(row, "a")
    assert not cells.counts(row, "a")
    assert (cells.figure(row, "a"), cells.word(row, "a")) == ("unknown", "")
    assert (cells.day(row, "a"), cells.share(row, "a", 0)) == ("an unknown day", "unknown")


def test_what_is_there_is_written_out() -> None:
    row = {"n": 1250.0, "unit": "EA", "p": 0.0375, "day": pd.Timestamp("2026-11-23"), "s": 0.951, "zero": 0.0}
    assert cells.amount(row, "n") == "1,250 EA"
    assert cells.exact(row, "p") == "0.0375"
    assert cells.day(row, "day") == "2026-11-23"
    assert cells.share(row, "s", 1) == "95.1%"
    assert (cells.known(row, "zero"), cells.counts(row, "zero")) == (True, False)
    assert cells.share({"s": float("inf")}, "s", 0) == "unknown"
