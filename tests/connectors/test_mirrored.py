"""Reading through a local copy gives what a whole reading gives, whatever happened in between."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import StopRun
from connectors.mirrored import Terms, form_of, read
from tests.fakes import MemoryMirror

BEGIN = date(2026, 1, 1)
COLUMNS = ("key", "document", "posted_on", "entered_on", "reverses", "cancelled", "quantity")
TERMS = Terms(overlap_days=7, full_read_days=30, form="a")


@dataclass
class Erp:
    """Documents of one row each; cancelling enters another one and marks the first."""

    rows: dict[str, tuple[date, date, str, str, int]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    name: str = "movements"
    lies: int = 0  # days before the asked one that come too

    def post(self, entered: date, posted: date, quantity: int = 1, reverses: str = "") -> str:
        number = f"{len(self.rows) + 1:04d}"
        self.rows[number] = (posted, entered, reverses, "", quantity)
        if reverses:
            first = self.rows[reverses]
            self.rows[reverses] = (*first[:3], "X", first[4])
        return number

    def _frame(self, kept: list[str]) -> pd.DataFrame:
        cells = [
            (f"{n}/1", n, str(posted), str(entered), f"{back}/1" if back else "", mark, str(quantity))
            for n, (posted, entered, back, mark, quantity) in self.rows.items()
            if n in kept
        ]
        return pd.DataFrame(cells, columns=list(COLUMNS), dtype="str")

    def whole(self, start: date) -> pd.DataFrame:
        self.asked.append("whole")
        return self._frame([n for n, row in self.rows.items() if row[0] >= start])

    def entered(self, since: date, start: date, known: pd.DataFrame) -> pd.DataFrame:
        self.asked.append(f"since {since}")
        edge = since - timedelta(days=self.lies)
        return self._frame([n for n, row in self.rows.items() if row[1] >= edge and row[0] >= start])

    def doubtful(self, old: pd.DataFrame, fresh: pd.DataFrame) -> "pd.Series[bool]":
        return old["key"].isin(set(fresh["reverses"]) - {""})

    def again(self, rows: pd.DataFrame) -> pd.DataFrame:
        self.asked.append(f"again {len(rows)}")
        return self._frame(list(rows["document"]))


def steady(days: int, erp: Erp | None = None) -> Erp:
    """One document a day."""
    erp = erp or Erp()
    for n in range(days):
        erp.post(BEGIN + timedelta(n), BEGIN + timedelta(n))
    return erp


def same(erp: Erp, mirror: MemoryMirror, today: date, start: date = BEGIN, terms: Terms = TERMS) -> None:
    """Read through the copy and compare with a whole reading, row by row."""
    found = read(erp, mirror, terms, start, today)
    asked = list(erp.asked)
    pd.testing.assert_frame_equal(found, read(erp, None, terms, start, today))
    erp.asked = asked


def test_a_second_reading_asks_for_the_overlap_only() -> None:
    erp, mirror = steady(40), MemoryMirror()
    same(erp, mirror, BEGIN + timedelta(39))
    erp.post(BEGIN + timedelta(40), BEGIN + timedelta(40), 9)
    same(erp, mirror, BEGIN + timedelta(40))
    assert erp.asked == ["whole", f"since {BEGIN + timedelta(32)}"]
    assert not mirror.findings


def test_a_late_posting_is_found_by_the_day_it_was_entered() -> None:
    erp, mirror = steady(40), MemoryMirror()
    same(erp, mirror, BEGIN + timedelta(39))
    erp.post(BEGIN + timedelta(40), BEGIN + timedelta(3))
    same(erp, mirror, BEGIN + timedelta(40))
    assert erp.asked[-1].startswith("since")


def test_an_old_document_that_is_cancelled_is_read_again() -> None:
    erp, mirror = steady(40), MemoryMirror()
    same(erp, mirror, BEGIN + timedelta(39))
    erp.post(BEGIN + timedelta(40), BEGIN + timedelta(40), reverses="0005")
    same(erp, mirror, BEGIN + timedelta(40))
    assert erp.asked[-1] == "again 1"


def test_what_vanishes_within_the_overlap_vanishes_here() -> None:
    erp, mirror = steady(40), MemoryMirror()
    same(erp, mirror, BEGIN + timedelta(39))
    del erp.rows["0039"]
    same(erp, mirror, BEGIN + timedelta(40))
    assert not mirror.findings
    assert erp.asked[-1].startswith("since")


@pytest.mark.parametrize("change", ["gone", "added"])
def test_another_past_is_told_and_read_whole(change: str) -> None:
    erp, mirror = steady(40), MemoryMirror()
    same(erp, mirror, BEGIN + timedelta(39))
    if change == "gone":  # the system was set back: everything since day 20 is gone
        erp.rows = {number: row for number, row in erp.rows.items() if row[1] < BEGIN + timedelta(20)}
    else:
        erp.post(BEGIN + timedelta(33), BEGIN + timedelta(2))
    same(erp, mirror, BEGIN + timedelta(40))
    assert erp.asked[-1] == "whole"
    assert "does not fit any more" in mirror.findings[0]


def test_a_system_that_does_not_sift_is_told_and_read_whole() -> None:
    erp, mirror = steady(40), MemoryMirror()
    same(erp, mirror, BEGIN + timedelta(39))
    erp.lies = 3
    same(erp, mirror, BEGIN + timedelta(40))
    assert erp.asked[-1] == "whole"
    assert "older documents came" in mirror.findings[0]


def test_a_document_entered_anew_under_its_number_is_told_and_read_whole() -> None:
    erp, mirror = steady(40), MemoryMirror()
    same(erp, mirror, BEGIN + timedelta(39))
    posted, _, *rest = erp.rows["0010"]
    erp.rows["0010"] = (posted, BEGIN + timedelta(39), *rest)  # type: ignore[assignment]
    same(erp, mirror, BEGIN + timedelta(40))
    assert erp.asked[-1] == "whole"
    assert "entered anew" in mirror.findings[0]


@pytest.mark.parametrize(
    ("terms", "start", "later"),
    [
        (Terms(7, 30, "b"), BEGIN, 1),  # settings or columns changed
        (TERMS, BEGIN - timedelta(1), 1),  # a longer history is wanted
        (TERMS, BEGIN, 30),  # a whole reading is due
        (TERMS, BEGIN, -1),  # the clock was set back
        (Terms(7, 0, "a"), BEGIN, 1),  # no copy is wanted
    ],
)
def test_what_a_copy_cannot_serve_is_read_whole(terms: Terms, start: date, later: int) -> None:
    erp, mirror = steady(40), MemoryMirror()
    same(erp, mirror, BEGIN + timedelta(39))
    same(erp, mirror, BEGIN + timedelta(39 + later), start, terms)
    assert erp.asked == ["whole", "whole"]


def test_a_whole_reading_comes_in_time_although_every_day_is_read_incrementally() -> None:
    erp, mirror = Erp(), MemoryMirror()
    for n in range(65):
        erp.post(BEGIN + timedelta(n), BEGIN + timedelta(n))
        if n == 10:
            del erp.rows["0001"]  # beyond any overlap: seen at the next whole reading
        read(erp, mirror, TERMS, BEGIN, BEGIN + timedelta(n))
    assert [n for n, text in enumerate(erp.asked) if text == "whole"] == [0, 30, 60]


def test_rows_without_a_day_of_entry_are_never_kept() -> None:
    erp, mirror = steady(3), MemoryMirror()
    posted, _, *rest = erp.rows["0002"]
    erp.rows["0002"] = (posted, "", *rest)  # type: ignore[assignment]
    read(erp, mirror, TERMS, BEGIN, BEGIN + timedelta(3))
    assert not mirror.kept
    assert "without a readable day" in mirror.findings[0]


def test_a_row_that_comes_twice_stops_the_run() -> None:
    class Twice(Erp):
        def whole(self, start: date) -> pd.DataFrame:
            rows = super().whole(start)
            return pd.concat([rows, rows.tail(1)], ignore_index=True)

    erp = Twice()
    steady(3, erp)
    with pytest.raises(StopRun, match="came twice"):
        read(erp, None, TERMS, BEGIN, BEGIN + timedelta(3))


def test_the_form_names_everything_a_copy_depends_on() -> None:
    assert form_of("a", ["x"]) == form_of("a", ["x"])
    assert len({form_of("a", ["x"]), form_of("b", ["x"]), form_of("a", ["x", "y"])}) == 3


events = st.lists(
    st.tuples(
        st.sampled_from(["post", "late", "cancel", "delete", "read", "skip"]), st.integers(0, 40), st.integers(1, 9)
    ),
    min_size=5,
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(events)
def test_any_history_reads_the_same_through_the_copy(history: list[tuple[str, int, int]]) -> None:
    erp, mirror, today = steady(20), MemoryMirror(), BEGIN + timedelta(20)
    same(erp, mirror, today)
    for what, number, quantity in history:
        open_ = [n for n, row in erp.rows.items() if not row[3] and not row[2]]
        recent = [n for n, row in erp.rows.items() if row[1] > today - timedelta(days=3)]
        if what == "post":
            erp.post(today, today, quantity)
        elif what == "late":
            erp.post(today, today - timedelta(days=number), quantity)
        elif what == "cancel" and open_:
            erp.post(today, today, quantity, reverses=open_[number % len(open_)])
        elif what == "delete" and recent:
            victim = recent[number % len(recent)]
            if not any(row[2] == victim for row in erp.rows.values()) and not erp.rows[victim][2]:
                erp.rows[victim] = (BEGIN - timedelta(days=400), *erp.rows[victim][1:])  # out of every window
        elif what == "skip":
            today += timedelta(days=number)
        if what == "read":
            today += timedelta(days=1)
            same(erp, mirror, today, BEGIN + timedelta(days=max(0, (today - BEGIN).days - 60)))
    same(erp, mirror, today)
