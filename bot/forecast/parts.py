"""What the mean of every series was made of, kept beside the forecast so that it can be told afterwards.

It forecasts nothing and words nothing; `bot.forecast.explained` turns it into a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.choose import Board, Choice
from bot.forecast.moments import Floats

Ints = npt.NDArray[np.int64]
NAMES = ("common", "size", "seen", "memories")  # parts of the panel's correction
_PART_OF = (0, 1, 2, 3, 3, 3)  # for every feature of `bot.forecast.pool`


@dataclass(frozen=True, slots=True)
class Parts:
    """Per series [n]: `base`, the level per bucket that its own history shows, and `logs` [n, 4], the correction.

    `which` of `choices` it was fitted by, and `rivals`, the best other candidate of the class for each choice. The
    level after the correction is base * exp(sum of logs), in logarithms one column per name in NAMES.
    """

    base: Floats
    logs: Floats
    which: Ints
    choices: tuple[Choice, ...]
    rivals: tuple[Choice | None, ...]
    items: Any  # frame of `bot.forecast.items`: the champions of single series

    def take(self, rows: npt.NDArray[Any]) -> "Parts":
        """The parts of the given rows."""
        return replace(self, base=self.base[rows], logs=self.logs[rows], which=self.which[rows])


def grouped(shares: Floats) -> Floats:
    """Logarithms per part [n, 4] from those per feature [n, SIZE]."""
    out = np.zeros((len(shares), len(NAMES)))
    for feature, part in enumerate(_PART_OF):
        out[:, part] += shares[:, feature]
    return out


def rivals(board: Board, choices: Sequence[Choice]) -> tuple[Choice | None, ...]:
    """For every choice the best other candidate of its class, None where nothing else competes."""
    return tuple(_rival(board, choice) for choice in choices)


def _rival(board: Board, choice: Choice) -> Choice | None:
    for candidates in board.values():
        if any(each is choice for each in candidates):
            return next((each for each in candidates if each is not choice), None)
    return None
