import random
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sktime.forecasting.base import BaseForecaster

from bot.forecast.broadcast import LATE, NO_HISTORY, OTHER_PERIODS, Answer, Ask, Here, collected, pieces
from bot.forecast.catalog import named
from bot.patterns.buckets import bucket_range


def ask(text: str, history: Any, periods: int = 5, freq: str = "W", start: str = "2024-01-01") -> Ask:
    values = np.asarray(history, dtype=np.float64)
    starts = bucket_range(np.datetime64(start), values.shape[1], freq)
    level = np.nan_to_num(np.nanmean(np.where(np.isnan(values).all(axis=1)[:, None], 0.0, values), axis=1))
    return Ask(text, values, level, starts, freq, periods, np.arange(len(values)) + 11)


def run(given: Ask, find: Any = named) -> Answer:
    return Here(find)([given])[0]


class Recorder(BaseForecaster):  # type: ignore[misc]
    """Keeps what it is fitted to, then answers the last value."""

    _config = {"remember_data": False}  # noqa: RUF012 - sktime's form
    _tags = {"y_inner_mtype": "pd.Series", "requires-fh-in-fit": False, "capability:exogenous": False}  # noqa: RUF012

    def __init__(self, seen: list[Any]) -> None:
        self.seen = seen
        super().__init__()

    def _fit(self, y: Any, X: Any, fh: Any) -> "Recorder":  # noqa: N803 - sktime's names
        self.seen.append(y.copy())
        self._last = y.iloc[-1]
        return self

    def _predict(self, fh: Any, X: Any) -> Any:  # noqa: N803 - sktime's names
        return pd.Series(self._last, index=fh.to_absolute_index(self.cutoff))


def test_each_series_is_forecast_by_itself() -> None:
    found = run(ask("NaiveForecaster(sp=2)", [[1, 2, 3, 4], [9, 8, 7, 6]]))
    assert found.means.tolist() == [[3, 4, 3, 4, 3], [7, 6, 7, 6, 7]]
    assert found.why.tolist() == ["", ""]


@pytest.mark.parametrize(
    ("freq", "start", "frequency"),
    [("W", "2024-01-01", "W-SUN"), ("W", "2024-01-03", "W-TUE"), ("M", "2024-01-01", "M"), ("D", "2024-02-28", "D")],
)
def test_a_library_sees_the_calendar_and_no_unknown_bucket(freq: str, start: str, frequency: str) -> None:
    seen: list[Any] = []
    history = [[np.nan, np.nan, 4.0, np.nan, 6.0, np.nan]]
    found = run(ask("any", history, freq=freq, start=start), lambda _text: Recorder(seen))
    assert found.why.tolist() == [""]
    assert seen[0].tolist() == [4.0, 5.0, 6.0, 5.0]  # from its first sale on, the level where nothing is known
    assert seen[0].index.freqstr == frequency
    first = bucket_range(np.datetime64(start), 6, freq)[2]
    assert seen[0].index[0].start_time == pd.Timestamp(first)


def test_our_own_take_the_panel_in_one_call_with_what_is_unknown() -> None:
    calls: list[str] = []

    def find(text: str) -> Any:
        calls.append(text)
        return named(text)

    found = run(ask("PanelNaive", [[1, 2, np.nan, 4], [np.nan, np.nan, np.nan, np.nan], [9, 8, 7, 6]]), find)
    assert found.means[[0, 2]].tolist() == [[4] * 5, [6] * 5]
    assert found.why.tolist() == ["", NO_HISTORY, ""]
    assert len(calls) == 2  # to look at it and to run it


class PanelOdd(BaseForecaster):  # type: ignore[misc]
    """Answers a panel with its series turned round, one of them missing and one with another period."""

    _config = {"remember_data": False}  # noqa: RUF012 - sktime's form
    _tags = {"y_inner_mtype": ["pd.DataFrame", "pd-multiindex"], "capability:exogenous": False}  # noqa: RUF012

    def _fit(self, y: Any, X: Any, fh: Any) -> "PanelOdd":  # noqa: N803 - sktime's names
        self._last = y.groupby(level=0)["quantity"].last()
        return self

    def _predict(self, fh: Any, X: Any) -> Any:  # noqa: N803 - sktime's names
        ahead = fh.to_absolute_index(self.cutoff)
        parts = {k: pd.DataFrame({"quantity": v}, index=ahead) for k, v in list(self._last.items())[::-1] if k != 1}
        parts[2].index = parts[2].index + 1
        return pd.concat(parts, names=["series", "bucket"])


def test_a_panels_answer_is_read_by_its_keys() -> None:
    found = run(ask("odd", [[1, 1], [2, 2], [3, 3], [4, 4]]), lambda _text: PanelOdd())
    assert found.why.tolist() == ["", OTHER_PERIODS, OTHER_PERIODS, ""]
    assert found.means[0].tolist() == [1] * 5
    assert found.means[3].tolist() == [4] * 5
    assert np.isnan(found.means[1:3]).all()


class Chance(Recorder):
    """Answers what the common generators and its own give."""

    def __init__(self, seen: list[Any], random_state: int | None = None) -> None:
        self.random_state = random_state
        super().__init__(seen)

    def _predict(self, fh: Any, X: Any) -> Any:  # noqa: N803 - sktime's names
        own = np.random.default_rng(self.random_state).random()
        drawn = random.random() + np.random.random() + own  # noqa: NPY002, S311 - what libraries do
        return pd.Series(drawn, index=fh.to_absolute_index(self.cutoff))


def test_chance_is_settled_per_series_and_ours_goes_on() -> None:
    given = ask("chance", [[1, 2], [1, 2], [3, 4]])
    np.random.seed(1)  # noqa: NPY002, TID251 - to see that it is left alone
    before = np.random.get_state()[1]  # noqa: NPY002 - see above
    one = run(given, lambda _text: Chance([]))
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # type: ignore[arg-type] # noqa: NPY002 - see above
    two = run(replace(given, history=given.history[1:], level=given.level[1:], seeds=given.seeds[1:]),
              lambda _text: Chance([]))  # fmt: skip
    np.testing.assert_array_equal(one.means[1:], two.means)
    assert one.means[0, 0] != one.means[1, 0]


class Fussy(Recorder):
    """Fails where the last value is 2, at length."""

    def _predict(self, fh: Any, X: Any) -> Any:  # noqa: N803 - sktime's names
        if self._last == 2:
            raise ArithmeticError("no two\n  please" + "!" * 200)
        return super()._predict(fh, X)


def test_what_cannot_be_found_or_fails_is_a_reason_and_costs_no_other_series() -> None:
    unknown = run(ask("NoSuch", [[1, 2]]))
    assert unknown.why.tolist() == ["there is no forecaster 'NoSuch'"]
    mixed = run(ask("fussy", [[1, 2], [2, 1], [0, 2]]), lambda _text: Fussy([]))
    assert mixed.why[1] == ""
    assert mixed.means[1].tolist() == [1] * 5
    for row in (0, 2):
        assert mixed.why[row].startswith("failed: ArithmeticError no two please!")
        assert len(mixed.why[row]) <= 120
    assert np.isnan(mixed.means[[0, 2]]).all()


def test_fifty_series_of_a_library_warn_of_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    history = np.random.default_rng(1).poisson(2.0, (50, 30))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for text in ("NaiveForecaster(strategy='drift')", "Croston", "TSB"):
            assert (run(ask(text, history)).why == "").all()
    assert not seen
    assert capfd.readouterr() == ("", "")


def test_what_never_comes_has_its_reason() -> None:
    given = [ask("TSB", [[1, 2], [3, 4]]), ask("TSB", [[5, 6]])]
    first = next(pieces(given, named))
    found = collected(given, [first], LATE)
    assert [each.why.tolist() for each in found] == [["", LATE], [LATE]]
    assert np.isfinite(found[0].means[0]).all()


def test_the_order_of_series_and_their_neighbours_change_nothing() -> None:
    history: npt.NDArray[Any] = np.random.default_rng(2).poisson(1.0, (12, 40)) * 1.0
    given = ask("TSB", history)
    whole = run(given).means
    turn = np.random.default_rng(3).permutation(12)[:7]
    part = replace(given, history=history[turn], level=given.level[turn], seeds=given.seeds[turn])
    np.testing.assert_array_equal(run(part).means, whole[turn])
