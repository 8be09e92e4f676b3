"""Lines are paired whatever the ERP calls them, and every difference is told once."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.orders.document import DocumentLine
from bot.orders.known import KnownLine
from bot.orders.line_news import after, news_of, pair, plain
from bot.orders.news import NewsKind
from bot.orders.sighting import expected
from tests.makers import NEED_DATE, make_draft

BOLT, NUT = expected(make_draft({"bolt": "100", "nut": "7"}).order).lines
MOVED = date(2026, 4, 1)


def held(item: str = "bolt", quantity: int = 100, **more: object) -> DocumentLine:
    line = DocumentLine(item, "L1", Decimal(quantity), Decimal("0.50"), Decimal(1), NEED_DATE)
    return replace(line, **more)  # type: ignore[arg-type]  # any field


def kinds(before: KnownLine, now: DocumentLine | None, *, closed: bool = False) -> list[NewsKind]:
    return [news.kind for news in news_of(before, after(before, now, closed=closed))]


def test_lines_are_paired_by_item_and_place_not_by_number() -> None:
    paired = pair((BOLT, NUT), [held("nut", 7, line="10"), held(line="30"), held("screw", line="20")])
    assert [(line.item, found and found.line) for line, found in paired.pairs] == [("bolt", "30"), ("nut", "10")]
    assert paired.strangers == ("screw@L1",)


def test_parts_of_a_line_are_added_up() -> None:
    parts = [
        held(quantity=60, received=Decimal(60), ended=True),
        held(quantity=40, due_on=MOVED, promised_on=MOVED, received=Decimal(5)),
    ]
    ((_, whole),) = pair((BOLT,), parts).pairs
    assert whole is not None
    assert (whole.quantity, whole.received, whole.due_on) == (100, 65, NEED_DATE)
    assert whole.promised_on == MOVED  # the part that is over needs no promise
    assert not whole.ended
    half_promised = [held(quantity=60, promised_on=MOVED), held(quantity=40)]
    ((_, whole),) = pair((BOLT,), half_promised).pairs
    assert whole is not None
    assert whole.promised_on is None


def test_several_lines_of_one_item_keep_their_names() -> None:
    early = replace(BOLT, ref="10")
    late = replace(BOLT, number=2, due_on=MOVED, quantity=Decimal(30), ref="20")
    document = [held(quantity=30, due_on=date(2026, 3, 1), line="20"), held(line="10", due_on=date(2026, 5, 1))]
    pairs = pair((early, late), document).pairs
    assert [(line.number, found and found.line) for line, found in pairs] == [(1, "10"), (2, "20")]
    fresh = pair((replace(early, ref=""), replace(late, ref="")), [held(quantity=30, due_on=MOVED), held()]).pairs
    assert [found and found.quantity for _, found in fresh] == [100, 30]
    only_late = pair((early, late), [held(quantity=30, line="20", due_on=MOVED)]).pairs
    assert [found is None for _, found in only_late] == [True, False]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"quantity": Decimal("100.000")}, []),
        ({"price": Decimal(50), "price_unit": Decimal(100)}, []),
        ({"quantity": Decimal(90)}, [NewsKind.CHANGED]),
        ({"price": Decimal("0.51")}, [NewsKind.CHANGED]),
        ({"due_on": MOVED}, [NewsKind.CHANGED]),
        ({"due_on": None}, [NewsKind.CHANGED]),
        ({"promised_on": MOVED}, [NewsKind.CONFIRMED]),
        ({"received": Decimal(40)}, [NewsKind.GOODS]),
        ({"received": Decimal(40), "ended": True}, [NewsKind.GOODS, NewsKind.CLOSED_SHORT]),
        ({"received": Decimal(100), "ended": True}, [NewsKind.GOODS]),
        ({"ended": True}, [NewsKind.CLOSED_SHORT]),
    ],
)
def test_every_difference_is_told(changes: dict[str, object], expected: list[NewsKind]) -> None:
    assert kinds(BOLT, held(**changes)) == expected
    known = after(BOLT, held(**changes), closed=False)
    assert kinds(known, held(**changes)) == [], "told twice"


def test_a_closed_document_ends_its_lines() -> None:
    assert kinds(BOLT, held(received=Decimal(60)), closed=True) == [NewsKind.GOODS, NewsKind.CLOSED_SHORT]


def test_the_first_promise_is_kept_and_moves_are_counted() -> None:
    line = BOLT
    for day in (date(2026, 3, 25), date(2026, 4, 1), None, date(2026, 4, 9)):
        line = after(line, held(promised_on=day), closed=False)
    assert line.first_promised_on == date(2026, 3, 25)
    assert line.promised_on == date(2026, 4, 9)
    assert line.moves == 3
    (news,) = news_of(line, after(line, held(promised_on=date(2026, 5, 2)), closed=False))
    assert news.kind is NewsKind.PROMISE_MOVED
    assert news.details["first"] == "2026-03-25"
    assert news.details["moves"] == "4"
    assert news.text.endswith("promise moved: 2026-04-09 → 2026-05-02; first promised 2026-03-25, moved 4 times")


def test_a_line_that_is_taken_out_and_comes_back() -> None:
    gone = after(BOLT, None, closed=False)
    assert kinds(BOLT, None) == [NewsKind.LINE_CANCELLED]
    assert kinds(gone, None) == []
    assert kinds(gone, held()) == [NewsKind.LINE_BACK]


def test_a_reversed_receipt_is_told_as_such() -> None:
    line = after(BOLT, held(received=Decimal(40)), closed=False)
    (news,) = news_of(line, after(line, held(received=Decimal(10)), closed=False))
    assert news.kind is NewsKind.GOODS_BACK
    assert "10 of 100 received, 40 before" in news.text


def test_figures_are_plain() -> None:
    assert [plain(Decimal(text)) for text in ("100", "100.500", "1E+2", "0.000")] == ["100", "100.5", "100", "0"]
