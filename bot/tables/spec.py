"""What a table and a column are: name, kind, unit, meaning and check, in one place.

The same objects drive parsing, checking, the last gate of a snapshot, `restock tables` and the page in
docs; this module mends no data and knows no vendor.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.errors import StopRun

if TYPE_CHECKING:
    import pandas as pd


class Kind(StrEnum):
    """How a column is written in a file and held in memory."""

    CODE = "code"  # identifier: text exactly as the ERP shows it, leading zeros kept
    TEXT = "text"  # free text for people
    NUMBER = "number"  # float64; NaN = unknown
    FRACTION = "fraction"  # exact ratio such as 12, 0.5 or 1000/3; kept as text until an order is written
    DATE = "date"  # ISO day
    FLAG = "flag"  # true or false
    CHOICE = "choice"  # one of a closed list of words
    CURRENCY = "currency"  # ISO 4217 code
    WEEKDAYS = "weekdays"  # ISO weekdays joined by commas: 1,4


MEMORY: dict[Kind, str] = {
    Kind.CODE: "category",
    Kind.TEXT: "str",
    Kind.NUMBER: "float64",
    Kind.FRACTION: "str",
    Kind.DATE: "datetime64[s]",
    Kind.FLAG: "bool",
    Kind.CHOICE: "category",
    Kind.CURRENCY: "category",
    Kind.WEEKDAYS: "str",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `minimum`/`maximum` are inclusive unless `above` (exclusive lower bound) is set."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = True
    minimum: float | None = None
    above: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    default: str = ""
    blank: bool = False  # a required column whose cell may be empty

    @property
    def dtype(self) -> str:
        """Memory type of the column in a checked snapshot."""
        return MEMORY[self.kind]

    @property
    def check(self) -> str:
        """The check in words, as printed by `restock tables`."""
        if self.choices:
            return " | ".join(self.choices)
        bounds = [
            f"> {self.above:g}" if self.above is not None else "",
            f">= {self.minimum:g}" if self.minimum is not None else "",
            f"<= {self.maximum:g}" if self.maximum is not None else "",
        ]
        return ", ".join(bound for bound in bounds if bound)


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table.

    Rows of an `additive` table with equal keys are summed, not refused. In a `sparse` table optional
    columns that were not given stay absent, because filling millions of rows would cost memory.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    additive: bool = False
    sparse: bool = False
    _by_name: dict[str, Column] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index the columns by name once."""
        self._by_name.update({column.name: column for column in self.columns})

    def __getitem__(self, name: str) -> Column:
        """Return the column called `name`; KeyError when the table has none."""
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        """Whether the table has a column called `name`."""
        return name in self._by_name

    def names(self, *, required: bool | None = None) -> list[str]:
        """Column names in order; only the required or only the optional ones when asked."""
        return [c.name for c in self.columns if required is None or c.required is required]

    def of_kind(self, *kinds: Kind) -> Iterator[Column]:
        """Columns of the given kinds, in order."""
        return (column for column in self.columns if column.kind in kinds)


def verify(table: Table, frame: "pd.DataFrame") -> None:
    """Last gate: StopRun when a checked frame breaks the table's own declaration.

    Bad data never gets here, it is set aside before; what this finds is a mistake of the program, and then
    nothing may be ordered.
    """
    # imported when a snapshot is built: `restock tables` and --help need neither pandera nor pandas
    import pandera.pandas as pa  # noqa: PLC0415 - see above

    columns = {
        column.name: pa.Column(
            None if column.dtype == "category" else column.dtype,  # pandera would copy every list of codes
            [pa.Check(_holds, column=column)],
            nullable=not column.default and (column.blank or not column.required),
            required=not table.sparse or column.required,
        )
        for column in table.columns
    }
    unique = None if table.additive else [name for name in table.key if name in frame]
    try:
        pa.DataFrameSchema(columns, unique=unique, name=table.name).validate(frame)
    except pa.errors.SchemaError as error:
        raise StopRun(
            f"the checked table {table.name} breaks its declaration: {str(error).splitlines()[0][:300]}",
            "this is a mistake in Restock, not in your data; report it together with the run",
        ) from error


def _holds(values: "pd.Series[Any]", column: Column) -> bool:
    """Whether all known values lie in the column's range or list of words; whole columns, so that it is cheap."""
    if column.dtype == "category" and values.dtype != "category":
        return False
    if column.choices:
        return set(values.cat.categories) <= set(column.choices)
    if column.kind is not Kind.NUMBER or not values.notna().any():
        return True
    low, high = values.min(), values.max()
    return bool(
        (column.minimum is None or low >= column.minimum)
        and (column.above is None or low > column.above)
        and (column.maximum is None or high <= column.maximum)
    )
