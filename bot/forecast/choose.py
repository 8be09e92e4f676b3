"""Chooses for every class how its series are forecast, and calibrates what comes out, by replayed intervals.

The naive forecast is the floor: a class for which nothing beats it gets it. It fits no final state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.forecast.backtest import KAPPA, PHI, Cases, Sample, replay, seasons_at
from bot.forecast.candidates import DEFAULT, POOLED, SEASONAL, SINGLE, naive
from bot.forecast.fit import ORDINARY, PowerLaw, Spec
from bot.forecast.judge import Map, calibration, coverage, losses
from bot.forecast.levels import STATED
from bot.forecast.pool import UNCORRECTED, Pool
from bot.forecast.season import Season

ORIGINS = 4
LEAST_CASES = 40
_NAIVE_WINS = 0.98
_BETTER = 0.995  # a season must win by this much
_ELSEWHERE = 0.97  # and what knows a series by itself alone by this: it misses what all series share


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for a class, its calibration, and the evidence: losses, coverage at 0.95, number of cases.

    `pool` and `levels` as in `bot.forecast.pool` and `bot.forecast.levels`; `law` is the class's spread by level.
    """

    spec: Spec = DEFAULT
    phi: float = 1.3
    kappa: float = 2.0
    loss: float = float("nan")
    naive_loss: float = float("nan")
    coverage: float = float("nan")
    cases: int = 0
    pool: Pool = UNCORRECTED
    levels: Map = STATED
    law: PowerLaw = ORDINARY

    @property
    def proven(self) -> bool:
        """Whether history was long enough to compare anything; the default for want of history is not."""
        return not np.isnan(self.loss)

    def note(self) -> dict[str, float | str]:
        """Figures for the run report."""
        return {
            "model": self.spec.name,
            "loss": self.loss,
            "naive_loss": self.naive_loss,
            "coverage_95": self.coverage,
            "cases": float(self.cases),
        }


Board = Mapping[str, tuple[Choice, ...]]


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate replayed over the whole sample: its cases, corrected, and a calibration per class."""

    spec: Spec
    pool: Pool
    cases: Cases
    maps: list[Map]

    def of(self, label: int) -> Cases:
        """The cases of one class."""
        return self.cases.take(self.cases.label == label)


def choose(sample: Sample, classes: Sequence[str], *, yearly: bool = True) -> Board:
    """Return every candidate per class, calibrated, the class's champion first; the default where nothing can be told.

    `classes` are the names behind the sample's labels.
    """
    tried = trials(sample, len(classes), yearly=yearly)
    if not tried:
        return dict.fromkeys(classes, (Choice(),))
    return {name: _ranked(tried, label) for label, name in enumerate(classes)}


def trials(sample: Sample, classes: int, *, yearly: bool = True) -> list[Trial]:
    """Every candidate replayed, the pooled one first and the naive forecast last; none where history is too short."""
    origins = sample.origins(ORIGINS)
    if not origins:
        return []
    plain = seasons_at(sample, origins, yearly=False)
    candidates = [(POOLED, plain)]
    seasons = seasons_at(sample, origins, yearly=True) if yearly else {}
    if seasons and all(season.year is not None for season in seasons.values()):
        candidates.append((SEASONAL, seasons))
    candidates += [(spec, plain) for spec in (*SINGLE, naive(sample.freq, sample.length.astype(np.float64)))]
    return [_tried(sample, spec, known, classes) for spec, known in candidates]


def _tried(sample: Sample, spec: Spec, seasons: Mapping[int, Season], classes: int) -> Trial:
    cases = replay(sample, spec, seasons)
    pool = cases.pool()
    cases = cases.corrected(pool)
    return Trial(spec, pool, cases, calibration(cases, classes))


def _ranked(tried: Sequence[Trial], label: int) -> tuple[Choice, ...]:
    """The candidates of one class, the champion first: what loses least, simpler ones and models winning ties."""
    *models, floor = [_judged(trial, label) for trial in tried]
    if models[0].cases < LEAST_CASES:
        return (_borrowed(tried[0], label),)
    best = models[0]
    for other in models[1:]:
        best = other if other.loss < best.loss * (_BETTER if other.spec.pooled else _ELSEWHERE) else best
    # a tie goes to the model, because the naive forecast of a quiet window is a flat zero
    best = floor if floor.loss < _NAIVE_WINS * best.loss else best
    ranked = [best, *(choice for choice in (*models, floor) if choice is not best)]
    return tuple(replace(choice, naive_loss=floor.loss) for choice in ranked)


def _borrowed(trial: Trial, label: int) -> Choice:
    """What a class with too few cases of its own takes: the others' correction and calibration, if they have any."""
    count = int((trial.cases.label == label).sum())
    if len(trial.cases.actual) < LEAST_CASES:
        return Choice(cases=count)
    return Choice(trial.spec, PHI, KAPPA, cases=count, pool=trial.pool, levels=trial.maps[label])


def _judged(trial: Trial, label: int) -> Choice:
    cases, mapping = trial.of(label), trial.maps[label]
    count = len(cases.actual)
    loss = losses(cases, mapping) if count else float("nan")
    return Choice(
        trial.spec, PHI, KAPPA, loss, float("nan"), coverage(cases, mapping, 0.95), count, trial.pool, mapping
    )
