"""The trees as an sktime estimator: one model for the whole panel, with what is known from outside as X.

It gives distributions per bucket; choosing between it and the other forecasters is not its business.
"""

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.draws import marks
from bot.forecast.exogenous import HOLIDAYS, PRICE, PROMOTION, SIGNALS, Dense, Exogenous
from bot.forecast.features import History
from bot.forecast.fit import Spec
from bot.forecast.forecasters import PanelForecaster, _calendar, learn, whole_numbers
from bot.forecast.model import State
from bot.forecast.season import Season
from bot.forecast.tree_path import tree_state
from bot.forecast.trees import LEAVES, ROUNDS, ROWS, Settings, Work, grow, means
from bot.patterns import buckets

Floats = npt.NDArray[np.floating[Any]]
_DRIVERS = {"price": PRICE, "promotion": PROMOTION, "holidays": HOLIDAYS, "holiday": HOLIDAYS}


class PanelTrees(PanelForecaster):
    """Gradient boosted trees over all series; negative binomial for counts, gamma for amounts around their means.

    Columns of X named price, promotion and holidays are read as such, others as signals; X of the horizon is what
    is known ahead. `rounds` trees with `leaves` leaves, `rows` bounds what is learnt from, `half_life` in
    buckets is the memory of the spread, `phi` and `kappa` scale the spread and the level's own error.

    Example:
        >>> import pandas as pd
        >>> from bot.forecast.tree_forecaster import PanelTrees
        >>> history = pd.Series([4.0, 4.0, 4.0, 4.0])
        >>> float(PanelTrees().fit(history, fh=[1]).predict().iloc[0])
        4.0
    """

    _tags = {  # noqa: RUF012 - sktime's own form of a class default
        "capability:exogenous": True,
        "capability:multivariate": False,
        "requires-fh-in-fit": True,
    }

    def __init__(
        self,
        *,
        rounds: int = ROUNDS,
        leaves: int = LEAVES,
        rows: int = ROWS,
        half_life: float = 30.0,
        phi: float = 1.3,
        kappa: float = 2.0,
        seed: int = 0,
    ) -> None:
        self.rounds = rounds
        self.leaves = leaves
        self.rows = rows
        self.half_life = half_life
        self.phi = phi
        self.kappa = kappa
        self.seed = seed
        super().__init__()

    def _fit(self, y: pd.DataFrame, X: Any, fh: Any) -> "PanelTrees":  # noqa: N803 - sktime's name
        values, self._times = self._taken(y)
        self._date(self._times)
        freq, starts = _calendar(self._times)
        steps = np.asarray(fh.to_relative(self.cutoff), dtype=np.int64)
        self._periods = int(max(1, steps.max(initial=1)))
        season = Season(freq or "W", np.zeros(len(values), dtype=np.int64))
        spec = Spec(self.half_life * buckets.DAYS_PER[season.freq])
        self._native = learn(spec, values, starts, season, whole_numbers(values), (self.phi, self.kappa))
        beyond = buckets.bucket_range(starts[-1], self._periods + 1, season.freq)[1:]
        mark = self._marks(len(values))
        history = History.of(values, np.concatenate([starts, beyond]), season.freq, np.argsort(mark, kind="stable"))
        self._drivers = () if X is None else tuple(str(column) for column in X.columns)
        self._past = self._tables(X, None)
        nothing = [np.full((len(values), self._periods), np.nan) for _ in self._past]
        self._work = Work.ready(history, self._outside(nothing), mark, self._periods)
        settings = Settings(rounds=self.rounds, leaves=self.leaves, rows=self.rows)
        self._trees = grow(self._work, settings)
        self.state_, self.reasons_ = self._guarded(self._native, values)
        return self

    def _predict(self, fh: Any, X: Any) -> pd.DataFrame:  # noqa: N803 - sktime's name
        return super(PanelTrees, self._seeing(fh, X))._predict(fh, X)

    def _predict_quantiles(self, fh: Any, X: Any, alpha: list[float]) -> pd.DataFrame:  # noqa: N803 - sktime's name
        return super(PanelTrees, self._seeing(fh, X))._predict_quantiles(fh, X, alpha)

    def _seeing(self, fh: Any, X: Any) -> "PanelTrees":  # noqa: N803 - sktime's name
        """A copy of this forecaster whose state knows X ahead; predicting must not change the original."""
        other = copy.copy(self)
        steps = np.asarray(fh.to_relative(self.cutoff), dtype=np.int64)
        ahead = [np.full((len(past), self._periods), np.nan) for past in self._past]
        for table, given in zip(ahead, self._tables(X, fh.to_absolute_index(self.cutoff)), strict=True):
            table[:, steps - 1] = given
        work = replace(self._work, exogenous=self._outside(ahead))
        state = tree_state(self._native, means(work, self._trees, self._periods))
        other.state_, other.reasons_ = self._guarded(state, self._work.history.values)
        return other

    def _seen(self, fh: Any, X: Any) -> State:  # noqa: N803 - sktime's name
        return self._seeing(fh, X).state_

    def _outside(self, ahead: list[Floats]) -> Exogenous:
        """X of the history with X ahead; the name of a column says what it is."""
        return Exogenous(
            tuple(
                Dense(name, _DRIVERS.get(name, SIGNALS), np.concatenate([past, future], axis=1))
                for name, past, future in zip(self._drivers, self._past, ahead, strict=True)
            )
        )

    def _tables(self, X: Any, times: Any) -> list[Floats]:  # noqa: N803 - sktime's name
        """A matrix [n, times] for every column of X; what X does not say is unknown."""
        columns = self._times if times is None else times
        n = 1 if self._series is None else len(self._series)
        out = [np.full((n, len(columns)), np.nan) for _ in self._drivers]
        if X is None or not self._drivers:
            return out
        when = pd.Index(columns).get_indexer(X.index if self._series is None else X.index.get_level_values(-1))
        row = (
            np.zeros(len(X), dtype=np.int64)
            if self._series is None
            else self._series.get_indexer(X.index.droplevel(-1))
        )
        used = (when >= 0) & (row >= 0)
        for number, name in enumerate(X.columns):
            out[number][row[used], when[used]] = X[name].to_numpy(dtype=np.float64)[used]
        return out

    def _marks(self, n: int) -> npt.NDArray[np.uint64]:
        if self._series is None:
            return np.zeros(n, dtype=np.uint64)
        frame = pd.DataFrame({k: self._series.get_level_values(k) for k in range(self._series.nlevels)})
        return marks(frame, self.seed)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime's signature
        """Settings for sktime's own checks."""
        return [{"rounds": 3}, {"rounds": 2, "leaves": 4, "rows": 500, "seed": 5}]
