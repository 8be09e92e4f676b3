"""Reads database tables through a remote function such as RFC_READ_TABLE, with its limits: 72 and 512 characters.

It joins what it had to split and stops on doubt; what the columns mean is the business of the ecc modules.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from bot.errors import NeedsAdmin, Retryable, StopRun
from bot.ports import Clock
from connectors.sap.rfc import Lease, RfcPool, RfcProblem, Trouble, Values, read_error

_LINE = 71
_WIDTH = 512
_TRIES = 3
_READINGS = 3  # of rows that must hold still
_TOKEN = re.compile(r"'(?:[^']|'')*'|[^\s']+")
_EMPTY = "TABLE_WITHOUT_DATA"
_AGAIN = frozenset({Trouble.COMMUNICATION, Trouble.TIMEOUT, Trouble.CLOSED})
_REPORT = "Run again; if it repeats, tell the administrator that the table reader of the system is not reliable."


def literal(value: str) -> str:
    """A text in a condition, its quotes doubled."""
    return "'" + value.replace("'", "''") + "'"


def equal(field: str, value: str) -> str:
    """Condition: the field has the value."""
    return f"{field} EQ {literal(value)}"


def one_of(field: str, values: Sequence[str]) -> str:
    """Condition: the field has one of the values; the reader knows no lists."""
    return "( " + " OR ".join(equal(field, value) for value in values) + " )"


def between(field: str, low: str, high: str) -> str:
    """Condition: the field lies from `low` to `high`."""
    return f"{field} GE {literal(low)} AND {field} LE {literal(high)}"


def option_lines(conditions: Sequence[str]) -> list[dict[str, str]]:
    """Rows of OPTIONS: all conditions hold; broken between words only. NeedsAdmin when one word is too long."""
    words = [word for n, text in enumerate(conditions) for word in [*(["AND"] if n else []), *_TOKEN.findall(text)]]
    lines: list[str] = []
    for word in words:
        if len(word) > _LINE:
            raise NeedsAdmin(f"the value {word} is too long to be searched for", "table reader", "Shorten the code.")
        if lines and len(lines[-1]) + 1 + len(word) <= _LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [{"TEXT": line} for line in lines]


@dataclass(frozen=True, slots=True)
class _Form:
    """What the reader of this system can do."""

    wide: bool  # whole rows without the limit of 512
    sorted: bool  # in the order of the key, so that pages can be trusted


class TableReader:
    """Reads tables of one system; raises Retryable, NeedsAdmin or StopRun."""

    def __init__(
        self, pool: RfcPool, clock: Clock, system: str, *, function: str, page_rows: int, seconds: float
    ) -> None:
        self._pool, self._clock, self._system = pool, clock, system
        self._function, self._page_rows, self._seconds = function, page_rows, seconds
        self._known: _Form | None = None
        self._widths: dict[tuple[str, str], int] = {}

    def read(self, table: str, key: Sequence[str], columns: Sequence[str], where: Sequence[str] = ()) -> pd.DataFrame:
        """Rows of a table as text, blanks at the end cut off; `key` is unique, comes first, and leads the table's key.

        All conditions of `where` hold. StopRun when a key comes twice, or parts of rows do not fit together.
        """
        names = [*key, *(name for name in columns if name not in key)]
        groups = self._groups(table, list(key), names)
        parts = [self._whole(table, key[0], group, where) for group in groups]
        for part in parts:
            if part.duplicated(list(key)).any():
                raise StopRun(f"{self._system}: rows of {table} came twice", _REPORT)
        found = parts[0]
        for part in parts[1:]:
            joined = found.merge(part, on=list(key), how="inner", validate="one_to_one")
            if len(joined) != len(found) or len(joined) != len(part):
                raise StopRun(f"{self._system}: {table} changed while it was read", _REPORT)
            found = joined
        return found[names]

    def attempt(self, table: str, columns: Sequence[str]) -> None:
        """Look whether the table and its columns can be read; raises as `read`."""
        self._call(table, columns, (), NO_DATA="X")

    def _groups(self, table: str, key: list[str], names: list[str]) -> list[list[str]]:
        """Columns in groups that fit into a row of the answer; each begins with the key."""
        if self._form().wide:
            return [names]
        unknown = [name for name in names if (table, name) not in self._widths]
        if unknown:
            fields = self._call(table, unknown, (), NO_DATA="X")["FIELDS"]
            self._widths |= {(table, each["FIELDNAME"]): int(each["LENGTH"]) for each in fields}
        base = sum(self._widths[table, name] for name in key)
        groups, room = [list(key)], _WIDTH - base
        for name in names[len(key) :]:
            width = self._widths[table, name]
            if width > room:
                groups.append(list(key))
                room = _WIDTH - base
            groups[-1].append(name)
            room -= width
        return groups

    def _form(self) -> _Form:
        if self._known is None:
            with self._leased() as lease:
                try:
                    parameters = lease.describe(self._function)
                except RfcProblem as problem:
                    raise read_error(problem, self._system) from problem
            wide = {"USE_ET_DATA_4_RETURN", "ET_DATA"} <= parameters.keys()
            self._known = _Form(wide, "GET_SORTED" in parameters)
        return self._known

    def _whole(self, table: str, lead: str, names: list[str], where: Sequence[str]) -> pd.DataFrame:
        """All rows; page by page only where the system sorts, else at once.

        A page begins behind the leading key of the page before, not behind so many rows: what leaves the table
        meanwhile takes no other row with it.
        """
        if not self._page_rows or not self._form().sorted:
            return self._page(table, names, where, {})
        size = max(self._page_rows, 2)  # a page that begins with the row before needs room for another one
        pages, bound, known = list[pd.DataFrame](), list[str](), set[str]()
        while True:
            page = self._page(table, names, [*where, *bound], _sorted(0, size))
            if page[lead].isin(known).any():
                raise StopRun(f"{self._system}: rows of {table} came twice", _REPORT)
            if len(page) < size:
                return pd.concat([*pages, page], ignore_index=True) if pages else page
            last = str(page[lead].iloc[-1])
            ready = page[page[lead] != last]
            known.update(ready[lead] if len(ready) else [last])
            bound = [f"{lead} {'GE' if len(ready) else 'GT'} {literal(last)}"]
            pages.append(ready if len(ready) else self._group(table, names, [*where, equal(lead, last)], size))

    def _group(self, table: str, names: list[str], where: Sequence[str], size: int) -> pd.DataFrame:
        """Rows that share one leading key and fill more than a page; Retryable when they do not hold still."""
        for _ in range(_READINGS):
            found = self._overlapping(table, names, where, size)
            if found is not None:
                return found
        raise Retryable(f"{self._system}: {table} changed {_READINGS} times while it was read")

    def _overlapping(self, table: str, names: list[str], where: Sequence[str], size: int) -> pd.DataFrame | None:
        """Rows by pages that begin with the last row of the page before; None when that row has moved."""
        page = self._page(table, names, where, _sorted(0, size))
        pages, skipped = [page], len(page) - 1
        while len(page) == size:
            last = page.iloc[-1]
            page = self._page(table, names, where, _sorted(skipped, size))
            if page.empty or not page.iloc[0].equals(last):
                return None
            pages.append(page.iloc[1:])
            skipped += len(page) - 1
        return pd.concat(pages, ignore_index=True)

    def _page(self, table: str, names: list[str], where: Sequence[str], extra: Values) -> pd.DataFrame:
        wide = {"USE_ET_DATA_4_RETURN": "X"} if self._form().wide else {}
        answer = self._call(table, names, where, **extra, **wide)
        lines = [row["LINE"] for row in answer["ET_DATA"]] if wide else [row["WA"] for row in answer["DATA"]]
        text = pd.Series(lines, dtype="str")
        spans = {each["FIELDNAME"]: (int(each["OFFSET"]), int(each["LENGTH"])) for each in answer["FIELDS"]}
        missing = [name for name in names if name not in spans]
        if missing:
            raise StopRun(f"{self._system}: {table} was answered without {', '.join(missing)}", _REPORT)
        cut = {name: text.str.slice(start, start + length).str.rstrip() for name, (start, length) in spans.items()}
        return pd.DataFrame({name: cut[name] for name in names}, dtype="str")

    def _call(self, table: str, names: Sequence[str], where: Sequence[str], **extra: object) -> Values:
        fields = [{"FIELDNAME": name} for name in names]
        values = {"QUERY_TABLE": table, "FIELDS": fields, "OPTIONS": option_lines(where), **extra}
        for tries_left in reversed(range(_TRIES)):
            try:
                with self._pool.lease(self._seconds) as lease:
                    return lease.call(self._function, **values)
            except RfcProblem as problem:
                if problem.key == _EMPTY:
                    return {"FIELDS": [], "DATA": [], "ET_DATA": []}
                if problem.trouble not in _AGAIN or not tries_left:
                    raise _named(read_error(problem, self._system), table) from problem
            self._clock.sleep(2.0 ** (_TRIES - tries_left))
        raise AssertionError("the last try returns or raises")  # pragma: no cover

    def _leased(self) -> "_Leased":
        return _Leased(self._pool, self._seconds, self._system)


def _sorted(skipped: int, size: int) -> Values:
    """Parameters of one page in the order of the key."""
    return {"GET_SORTED": "X", "ROWSKIPS": skipped, "ROWCOUNT": size}


class _Leased:
    """A lease whose opening troubles are those of a read."""

    def __init__(self, pool: RfcPool, seconds: float, system: str) -> None:
        self._manager, self._system = pool.lease(seconds), system

    def __enter__(self) -> Lease:
        try:
            return self._manager.__enter__()
        except RfcProblem as problem:
            raise read_error(problem, self._system) from problem

    def __exit__(self, *details: object) -> None:
        self._manager.__exit__(*details)  # type: ignore[arg-type]


def _named(error: Exception, table: str) -> Exception:
    """The same error with the table in it."""
    if isinstance(error, NeedsAdmin):
        return NeedsAdmin(f"table {table}: {error.what}", error.where, error.remedy)
    return error


def chunks(values: Sequence[str], size: int) -> Iterator[list[str]]:
    """The values in order, so many at a time."""
    for first in range(0, len(values), size):
        yield list(values[first : first + size])
