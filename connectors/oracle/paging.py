"""Where the reading of a Fusion list stands: which page comes next, and which of its rows are new.

A row that leaves a list between two pages must not take another one with it: the next page begins behind a key, or
with the last row of the page before. It asks for nothing itself.
"""

from collections.abc import Sequence
from typing import Any

from bot.errors import Retryable, StopRun
from connectors.oracle.query import term
from connectors.oracle.wire import Row, whole

REPORT = "Report the answer to the administrator of the Fusion system; nothing is ordered on doubtful lists."
_AGAIN = 2  # times that a list, or rows with one leading key, are read again from their start
Key = tuple[Any, ...]


class Walk:
    """One reading of a list ordered by `key`, which is unique; its first attribute is a number where `by_key` helps.

    `bound` is the condition on the key that the next page begins with, `offset` the rows to skip behind it, `again`
    says that pages of an earlier reading must not be used.
    """

    def __init__(self, resource: str, key: Sequence[str], *, newest_first: bool, by_key: bool) -> None:
        self._resource, self._key, self._by_key = resource, tuple(key), by_key
        self._newest_first = newest_first
        self.bound, self.offset, self.again, self.done = "", 0, False, False
        self._seen: set[Key] = set()
        self._last: Key | None = None  # the row that the next page must show again
        self._unknown = True  # whether no row of the next page can have been seen
        self._place: tuple[int, Key] | None = None  # where to go on if the first condition on the key is refused
        self._backs = 0

    @property
    def on_trial(self) -> bool:
        """Whether the next page is the first one with a condition on the key, which the pod may refuse."""
        return self._place is not None

    def without_key(self) -> None:
        """Go on by offset: the pod does not search this list by its key."""
        if self._place is None:  # pragma: no cover - asked only on trial
            raise ValueError("no condition is on trial")
        self._by_key, self.bound, self._unknown = False, "", False
        self.offset, self._last = self._place
        self._place = None

    def take(self, rows: list[Row], *, more: bool) -> list[Row]:
        """Rows of the page just read that are new; StopRun or Retryable when the pages do not fit together."""
        self._place = None
        keys = [tuple(row.get(name) for name in self._key) for row in rows]
        stuck = more and self._last is not None and keys[-1] == self._last
        if stuck or len(set(keys)) < len(keys) or (self._unknown and not self._seen.isdisjoint(keys)):
            place = f"offset {self.offset}{f' of {self.bound}' if self.bound else ''}"
            raise StopRun(f"{self._resource}: rows repeat at {place}", REPORT)
        if self._last is not None and self._last not in keys:
            self._back()
            return []
        self.done = not more
        counted = len(rows) if self.done else self._move(rows, keys)
        new = [row for key, row in zip(keys[:counted], rows[:counted], strict=True) if key not in self._seen]
        self._seen.update(keys[:counted])
        return new

    def _back(self) -> None:
        """Rows left in front of this page: read again from the start, what was taken is known."""
        self._backs += 1
        if self._backs > _AGAIN:
            raise Retryable(f"{self._resource}: rows left the list while it was read, {self._backs} times")
        self.offset, self._last, self._unknown, self.again = 0, None, False, True

    def _move(self, rows: list[Row], keys: list[Key]) -> int:
        """Set the beginning of the next page; returns how many rows of this one count, the rest comes again."""
        leads = self._leads(rows)
        single = len(self._key) == 1
        counted = len(rows) if single or not leads else leads.index(leads[-1])
        if not leads or not counted:
            self.offset, self._last, self._unknown = self.offset + len(rows) - 1, keys[-1], False
            return len(rows)
        if not self.bound:
            self._place = self.offset + counted - 1, keys[counted - 1]
        operator = ("<" if self._newest_first else ">") + ("" if single else "=")
        self.bound = term(self._key[0], operator, leads[-1])
        self.offset, self._last, self._unknown, self.again = 0, None, True, False
        return counted

    def _leads(self, rows: list[Row]) -> list[int]:
        """Values of the first key attribute; none where they are no ids in the order that was asked for."""
        found = [whole(row.get(self._key[0])) for row in rows] if self._by_key else []
        leads = [value for value in found if value is not None]
        ordered = len(leads) == len(rows) and leads == sorted(leads, reverse=self._newest_first)
        return leads if ordered else []
