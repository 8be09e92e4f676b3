"""Words kept as a table: what is in it, whom it is still good for, and that it comes back from files as it went."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bot.patterns.classify import classify
from bot.patterns.kept import HELD, OLDEST_DAYS, as_frame, as_said_today, beside, blank, usable
from bot.store.files import ParquetFiles
from tests.bot.forecast.panels import panel_of

DAY = date(2026, 3, 2)


def made() -> pd.DataFrame:
    values = np.asarray([[10.0, 11.0] * 45 + [3.0, 4.0] * 6, [10.0, 11.0] * 51, [0.0, 0.0, 9.0] * 34])
    return as_frame(classify(panel_of(values)), "W", DAY)


def test_one_row_per_series_with_words_and_shift() -> None:
    frame = made()
    assert frame["pattern"].tolist() == ["smooth", "smooth", "intermittent"]
    assert frame["shifted"].tolist() == [True, False, False]
    assert frame["memory_days"].tolist() == [84.0, np.inf, np.inf]
    assert frame["since"].isna().all()
    assert frame["shift_told_on"].isna().all()
    assert set(HELD) < set(frame.columns)
    assert frame.dtypes.equals(blank().dtypes)


@pytest.mark.parametrize("rows", [3, 0])
def test_it_comes_back_from_files_as_it_went(tmp_path: Path, rows: int) -> None:
    files, frame = ParquetFiles(tmp_path), made().iloc[:rows]
    name = files.put_frames("learned", {"patterns": frame, "held": frame[list(HELD)]}, {})
    back = files.frames("learned", name)
    pd.testing.assert_frame_equal(back["patterns"], frame)
    again = usable(back["held"], "W", DAY)
    panel = panel_of(np.tile([[5.0, 6.0, 5.0, 0.0]], (3, 26)))
    held = classify(panel, before=again)["pattern"].tolist()
    assert held == (["smooth", "smooth", "intermittent"] if rows else ["intermittent"] * 3)


@pytest.mark.parametrize(
    ("freq", "days", "count"),
    [("W", 0, 3), ("W", OLDEST_DAYS, 3), ("W", OLDEST_DAYS + 1, 0), ("W", -1, 0), ("D", 0, 0)],
)
def test_only_fresh_words_about_the_same_buckets_are_used(freq: str, days: int, count: int) -> None:
    assert len(usable(made(), freq, DAY + timedelta(days=days))) == count
    assert usable(pd.DataFrame(), freq, DAY).columns.tolist() == blank().columns.tolist()


def test_beside_follows_the_order_of_today() -> None:
    before, now = made(), made().iloc[[2, 0]]
    other = pd.concat([now, now.iloc[:1].assign(item="new")], ignore_index=True)
    found = beside(before, other)
    assert found["pattern"].iloc[:2].tolist() == ["intermittent", "smooth"]
    assert found["item"].isna().tolist() == [False, False, True]
    assert beside(blank(), other)["item"].isna().all()


def test_what_was_said_today_stays_said_and_other_days_do_not_count() -> None:
    values = np.asarray([[10.0, 11.0] * 45 + [3.0, 4.0] * 6, [10.0, 11.0] * 51, [0.0, 0.0, 9.0] * 34])
    patterns = classify(panel_of(values))
    held = made()[list(HELD)].iloc[[2, 0]]
    held["pattern"], held["memory_days"] = ["lumpy", "smooth"], [np.inf, 70.0]
    found = as_said_today(patterns, held, "W", DAY)
    assert found["pattern"].tolist() == ["smooth", "smooth", "lumpy"]
    assert found["memory_days"].tolist() == [70.0, np.inf, np.inf]
    assert found.dtypes.equals(patterns.dtypes)
    pd.testing.assert_frame_equal(as_said_today(patterns, held, "W", DAY + timedelta(days=1)), patterns)
    pd.testing.assert_frame_equal(as_said_today(patterns, blank(), "W", DAY), patterns)
