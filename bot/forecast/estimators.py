"""Croston, SBA, TSB, exponential smoothing and the bootstrap of sums as sktime estimators, each for a whole panel.

They fit by the functions of `intermittent`, `smoothing` and `bootstrap`; quantiles and paths come from the shared base.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from bot.forecast.bootstrap import bootstrap, sum_quantiles
from bot.forecast.forecasters import Bools, PanelForecaster, state_of
from bot.forecast.intermittent import ALPHAS, BETAS, Method, intermittent
from bot.forecast.model import DAMPING, State
from bot.forecast.moments import Floats
from bot.forecast.season import Season
from bot.forecast.smoothing import ALPHAS as LEVEL_ALPHAS
from bot.forecast.smoothing import TREND_ALPHAS, damped, simple
from bot.patterns import buckets
from bot.patterns.buckets import Days


class _PanelIntermittent(PanelForecaster):
    """Sizes and occurrences smoothed apart; gains given, or chosen per series."""

    _method: ClassVar[Method]

    def __init__(
        self,
        alpha: float | None = None,
        beta: float | None = None,
        *,
        season: bool = False,
        phi: float = 1.3,
        kappa: float = 2.0,
    ) -> None:
        self.alpha = alpha
        self.beta = beta
        self.season = season
        self.phi = phi
        self.kappa = kappa
        super().__init__()

    def _learn(self, values: Floats, starts: Days, season: Season, integer: Bools) -> State:
        fitted = intermittent(
            values,
            _factors(season, starts),
            season.group,
            method=self._method,
            alphas=ALPHAS if self.alpha is None else [self.alpha],
            betas=BETAS if self.beta is None else [self.beta],
        )
        return state_of(fitted, starts, season, integer, (self.phi, self.kappa))

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime's signature
        """Settings for sktime's own checks."""
        return [{}, {"alpha": 0.1, "beta": 0.05, "season": True}]


class PanelCroston(_PanelIntermittent):
    """Croston's method: `alpha` smooths sizes, `beta` intervals; None = chosen per series.

    Example:
        >>> import pandas as pd
        >>> from bot.forecast.estimators import PanelCroston
        >>> history = pd.Series([0.0, 6.0, 0.0, 6.0, 0.0])
        >>> float(PanelCroston().fit(history).predict(fh=[1]).iloc[0])
        3.0
    """

    _method = "croston"


class PanelSBA(_PanelIntermittent):
    """Croston's method corrected for its bias by 1 - beta / 2.

    Example:
        >>> import pandas as pd
        >>> from bot.forecast.estimators import PanelSBA
        >>> history = pd.Series([0.0, 6.0, 0.0, 6.0, 0.0])
        >>> float(PanelSBA(beta=0.2).fit(history).predict(fh=[1]).iloc[0])
        2.7
    """

    _method = "sba"


class PanelTSB(_PanelIntermittent):
    """Teunter, Syntetos and Babai's method: `beta` smooths the probability of demand, which fades when nothing sells.

    Example:
        >>> import pandas as pd
        >>> from bot.forecast.estimators import PanelTSB
        >>> history = pd.Series([8.0, 0.0])
        >>> round(float(PanelTSB(beta=0.5).fit(history).predict(fh=[1]).iloc[0]), 3)
        2.667
    """

    _method = "tsb"


class PanelSmoothing(PanelForecaster):
    """Exponential smoothing: simple or with a damped `trend`, with or without the panel's `season`.

    `alpha` (level) and `beta` (trend, relative to the level's gain) are chosen per series where None.

    Example:
        >>> import pandas as pd
        >>> from bot.forecast.estimators import PanelSmoothing
        >>> history = pd.Series([4.0, 8.0])
        >>> round(float(PanelSmoothing(alpha=0.5).fit(history).predict(fh=[1]).iloc[0]), 3)
        6.667
    """

    def __init__(
        self,
        alpha: float | None = None,
        beta: float | None = None,
        *,
        trend: bool = False,
        season: bool = False,
        phi: float = 1.3,
        kappa: float = 2.0,
    ) -> None:
        self.alpha = alpha
        self.beta = beta
        self.trend = trend
        self.season = season
        self.phi = phi
        self.kappa = kappa
        super().__init__()

    def _learn(self, values: Floats, starts: Days, season: Season, integer: Bools) -> State:
        factors = _factors(season, starts)
        grid = TREND_ALPHAS if self.trend else LEVEL_ALPHAS
        alphas: Sequence[float] = grid if self.alpha is None else [self.alpha]
        if self.trend:
            damping = float(DAMPING ** (buckets.DAYS_PER[season.freq] / 7.0))
            chosen = {} if self.beta is None else {"betas": [self.beta]}
            fitted = damped(values, factors, season.group, alphas=alphas, damping=damping, **chosen)
        else:
            fitted = simple(values, factors, season.group, alphas=alphas)
        return state_of(fitted, starts, season, integer, (self.phi, self.kappa))

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime's signature
        """Settings for sktime's own checks."""
        return [{}, {"alpha": 0.1, "trend": True, "season": True}]


class PanelBootstrap(PanelForecaster):
    """Moments of the sums over `length` neighbouring buckets, the recent ones weighing more (`half_life`, buckets).

    What makes neighbouring buckets move together is inside the spread. `sum_quantiles` gives the empirical law itself.

    Example:
        >>> import pandas as pd
        >>> from bot.forecast.estimators import PanelBootstrap
        >>> history = pd.Series([1.0, 3.0, 1.0, 3.0])
        >>> fitted = PanelBootstrap(length=2).fit(history)
        >>> float(fitted.predict(fh=[1]).iloc[0]), fitted.sum_quantiles([0.5, 0.9]).tolist()
        (2.0, [[4.0, 4.0]])
    """

    def __init__(
        self,
        length: int = 4,
        half_life: float = 52.0,
        *,
        season: bool = False,
        phi: float = 1.3,
        kappa: float = 2.0,
    ) -> None:
        self.length = length
        self.half_life = half_life
        self.season = season
        self.phi = phi
        self.kappa = kappa
        super().__init__()

    def _learn(self, values: Floats, starts: Days, season: Season, integer: Bools) -> State:
        self._panel = (values.astype(np.float32), _factors(season, starts))
        length = np.full(len(values), self.length, dtype=np.int64)
        fitted = bootstrap(values, self._panel[1], season.group, length, half_life=self.half_life)
        return state_of(fitted, starts, season, integer, (self.phi, self.kappa))

    def sum_quantiles(self, levels: Sequence[float]) -> Floats:
        """Quantiles [n, levels] of the sum of the next `length` buckets, as past sums were; rows as `sample_paths`."""
        self.check_is_fitted()
        values, factors = self._panel
        length = np.full(len(values), self.length, dtype=np.int64)
        group = self.state_.season.group
        found = sum_quantiles(values, factors, group, length, levels, half_life=self.half_life)
        return found * self.state_.reach(length[:, None].astype(np.float64)) / self.length

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime's signature
        """Settings for sktime's own checks."""
        return [{"length": 3}, {"length": 1, "half_life": 9.0, "season": True}]


def _factors(season: Season, starts: Days) -> Floats | None:
    """Factors of the known buckets; None where all are 1."""
    return None if season.flat else season.factors(starts)
