"""Forecasters in a process of their own: what hangs, dies or prints costs its own series only."""

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sktime.forecasting.base import BaseForecaster

from bot.errors import Retryable
from bot.forecast.broadcast import ENDED, LATE, Ask, Here
from bot.patterns.buckets import bucket_range
from bot.wiring.apart import Apart
from bot.wiring.world import SystemClock

HANGS, DIES, PRINTS = 99.0, 98.0, 97.0


class Troubled(BaseForecaster):  # type: ignore[misc]
    """The last value again, but trouble where it is one of those above; before it hangs it writes who it is."""

    _config = {"remember_data": False}  # noqa: RUF012 - sktime's form
    _tags = {"y_inner_mtype": "pd.Series", "requires-fh-in-fit": False, "capability:exogenous": False}  # noqa: RUF012

    def __init__(self, mark: str) -> None:
        self.mark = mark
        super().__init__()

    def _fit(self, y: Any, X: Any, fh: Any) -> "Troubled":  # noqa: N803 - sktime's names
        self._last = float(y.iloc[-1])
        if self._last == HANGS:
            Path(f"{self.mark}.draft").write_text(str(os.getpid()), "utf-8")
            Path(f"{self.mark}.draft").rename(self.mark)
            ctypes.CDLL(None).sleep(600)
        if self._last == DIES:
            os._exit(7)
        if self._last == PRINTS:
            sys.stdout.write("hello\n")
            os.write(2, b"there")
        return self

    def _predict(self, fh: Any, X: Any) -> Any:  # noqa: N803 - sktime's names
        return pd.Series(self._last, index=fh.to_absolute_index(self.cutoff))


class JumpingClock(SystemClock):
    """Stands a day later once a file is there."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def monotonic(self) -> float:
        return super().monotonic() + 86_400.0 * self._mark.exists()


def ask(text: str | Path, *last: float) -> Ask:
    history = np.tile(np.asarray(last)[:, None], (1, 8))
    starts = bucket_range(np.datetime64("2024-01-01"), 8, "W")
    return Ask(str(text), history, history[:, 0], starts, "W", 4, np.arange(len(last)))


def test_it_answers_what_this_process_would_and_lets_nothing_be_printed(capfd: pytest.CaptureFixture[str]) -> None:
    asks = [ask("TSB(alpha=0.3)", 1.0, 2.0), ask("NoSuch", 5.0)]
    for apart, here in zip(Apart(300.0)(asks), Here()(asks), strict=True):
        np.testing.assert_array_equal(apart.means, here.means)
        assert apart.why.tolist() == here.why.tolist()
    loud = Apart(300.0, find=Troubled)([ask("x", PRINTS)])[0]
    assert loud.means.tolist() == [[PRINTS] * 4]
    assert capfd.readouterr() == ("", "")


def test_what_hangs_is_killed_at_the_deadline_and_what_was_done_counts(tmp_path: Path) -> None:
    mark = tmp_path / "hangs"
    run = Apart(300.0, JumpingClock(mark), Troubled)
    done, late = run([ask(mark, 1.0, 2.0, HANGS, 3.0), ask("x", 4.0)])
    assert done.why.tolist() == ["", "", LATE, LATE]
    assert done.means[:2].tolist() == [[1.0] * 4, [2.0] * 4]
    assert np.isnan(done.means[2:]).all()
    assert late.why.tolist() == [LATE]
    assert not Path(f"/proc/{mark.read_text('utf-8')}").exists()


def test_a_process_that_dies_is_told_apart_from_one_that_is_slow() -> None:
    (found,) = Apart(300.0, find=Troubled)([ask("x", 1.0, DIES, 2.0)])
    assert found.why.tolist() == ["", ENDED, ENDED]


def test_it_ends_when_this_process_is_to_end(tmp_path: Path) -> None:
    mark = tmp_path / "hangs"
    with pytest.raises(Retryable, match="told to end"):
        Apart(300.0, find=Troubled)([ask(mark, HANGS)], mark.exists)
    assert not Path(f"/proc/{mark.read_text('utf-8')}").exists()
