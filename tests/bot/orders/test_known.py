"""What is known of a document before the first look, and what is still to come of it."""

from dataclasses import replace
from decimal import Decimal

from bot.orders.document import DocumentState
from bot.orders.sighting import expected
from tests.makers import make_draft

KNOWN = expected(make_draft({"bolt": "100", "nut": "7"}).order)


def test_the_first_expectation_is_the_order_as_it_was_approved() -> None:
    assert [(line.number, line.item, line.quantity, line.received) for line in KNOWN.lines] == [
        (1, "bolt", Decimal(100), Decimal(0)),
        (2, "nut", Decimal(7), Decimal(0)),
    ]
    assert KNOWN.state is DocumentState.PENDING
    assert KNOWN.supplier == "acme"


def test_what_came_or_ended_is_no_longer_to_come() -> None:
    line = KNOWN.lines[0]
    assert line.coming == 100
    assert replace(line, received=Decimal(40)).coming == 60
    assert replace(line, received=Decimal(130)).coming == 0
    assert replace(line, received=Decimal(40), ended=True).coming == 0
    assert replace(line, gone=True).complete
    assert not line.complete


def test_moves_of_all_lines_are_counted() -> None:
    moved = tuple(replace(line, moves=line.number) for line in KNOWN.lines)
    assert replace(KNOWN, lines=moved).moves == 3
