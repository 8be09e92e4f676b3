"""Chooses memory, season and trend per pattern class and calibrates the spread, by replayed intervals.

The naive forecast is the floor: a class for which nothing beats it gets it. It fits no final state.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from bot.forecast.backtest import Cases, Sample, replay, seasons_at
from bot.forecast.fit import Spec
from bot.forecast.season import Season
from bot.patterns import buckets

HALF_LIVES = (60.0, 120.0, 240.0, 480.0, float("inf"))
ORIGINS = 4
_COARSE = tuple(product((1.0, 1.6, 2.5), (1.0, 4.0)))
_FINE = tuple(product((0.7, 0.85, 1.0, 1.2, 1.45, 1.75, 2.1, 2.5, 3.0), (0.5, 1.0, 2.0, 4.0, 8.0)))
_COVER = (0.9, 0.95, 0.98)
_LEAST_CASES = 40
DEFAULT = Spec(half_life=240.0)
_NAIVE_WINS = 0.98
_NAIVE_DAYS = 28.0  # shortest memory of the naive forecast: shorter ones take a quiet week for the end of demand
_BETTER = 0.995  # a more elaborate specification must win by this much


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for a class, its calibration, and the evidence: losses, coverage at 0.95, number of cases."""

    spec: Spec = DEFAULT
    phi: float = 1.3
    kappa: float = 2.0
    loss: float = float("nan")
    naive_loss: float = float("nan")
    coverage: float = float("nan")
    cases: int = 0

    @property
    def proven(self) -> bool:
        """Whether history was long enough to compare anything; the default for want of history is not."""
        return not np.isnan(self.loss)

    def note(self) -> dict[str, float | str]:
        """Figures for the run report."""
        return {
            "model": self.spec.name,
            "phi": self.phi,
            "kappa": self.kappa,
            "loss": self.loss,
            "naive_loss": self.naive_loss,
            "coverage_95": self.coverage,
            "cases": float(self.cases),
        }


def choose(sample: Sample, *, yearly: bool = True) -> Choice:
    """Return the best specification for the series of one class; the default where history is too short to tell."""
    origins = sample.origins(ORIGINS)
    if not origins:
        return Choice()
    plain = seasons_at(sample, origins, yearly=False)
    best, score = DEFAULT, float("inf")
    for spec in (Spec(half_life=half_life) for half_life in HALF_LIVES):
        cases = replay(sample, spec, plain)
        if len(cases.actual) < _LEAST_CASES:
            return Choice(cases=len(cases.actual))
        loss = _coarse_loss(cases)
        if loss < score * (_BETTER if score < float("inf") else 1.0):
            best, score = spec, loss
    used = plain
    for spec, seasons in _richer(sample, best, origins, plain, yearly=yearly):
        loss = _coarse_loss(replay(sample, spec, seasons))
        if loss < score * _BETTER:
            best, score, used = spec, loss, seasons
    return _against_naive(sample, best, used, plain)


def _richer(
    sample: Sample, base: Spec, origins: list[int], plain: dict[int, Season], *, yearly: bool
) -> Iterator[tuple[Spec, dict[int, Season]]]:
    """Variants of the best plain specification, with the seasons they need."""
    yield Spec(base.half_life, trend=True), plain
    seasons = seasons_at(sample, origins, yearly=True) if yearly else {}
    if seasons and all(season.year is not None for season in seasons.values()):
        yield Spec(base.half_life, yearly=True), seasons
        yield Spec(base.half_life, yearly=True, trend=True), seasons


def _against_naive(sample: Sample, best: Spec, seasons: dict[int, Season], plain: dict[int, Season]) -> Choice:
    """Calibrate the best specification and the naive one; keep the better."""
    least = np.ceil(_NAIVE_DAYS / buckets.DAYS_PER[sample.freq])
    window = int(max(1, least, np.median(sample.length)))
    candidates = []
    for spec, known in ((best, seasons), (Spec(window=window), plain)):
        cases = replay(sample, spec, known)
        phi, kappa = _calibrate(cases)
        candidates.append((cases.loss(phi, kappa), spec, phi, kappa, cases))
    naive_loss = candidates[1][0]
    # a tie goes to the model: the naive forecast of a quiet window is a flat zero that would order nothing
    loss, spec, phi, kappa, cases = candidates[1] if naive_loss < _NAIVE_WINS * candidates[0][0] else candidates[0]
    return Choice(spec, phi, kappa, loss, naive_loss, cases.coverage(phi, kappa, 0.95), len(cases.actual))


def _coarse_loss(cases: Cases) -> float:
    return min(cases.loss(phi, kappa) for phi, kappa in _COARSE)


def _calibrate(cases: Cases) -> tuple[float, float]:
    """Multipliers with the least loss at the high levels among those that cover; else those that cover best."""
    scored = []
    for phi, kappa in _FINE:
        gap = sum(max(0.0, level - cases.coverage(phi, kappa, level)) for level in _COVER)
        scored.append((cases.loss(phi, kappa, _COVER) * (1.0 + 2.0 * gap), phi, kappa))
    _, phi, kappa = min(scored)
    return phi, kappa
