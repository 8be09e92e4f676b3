"""Any history of a document leads an order forward only, is told once, and keeps its totals."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.orders.document import Document, DocumentLine, DocumentState
from bot.orders.machine import TRANSITIONS
from bot.orders.model import OrderState, StoredOrder
from bot.orders.news import NewsKind
from bot.orders.sighting import FOLLOWED, Patience, accepted, sight
from tests.makers import NEED_DATE, make_draft

S, D, K = OrderState, DocumentState, NewsKind
START = datetime(2026, 3, 2, 5, tzinfo=UTC)
PATIENCE = Patience(timedelta(days=2), timedelta(minutes=15))
Changes = dict[str, object]
DRAFT = make_draft({"bolt": "100", "nut": "7"})


def stored(state: S = S.VERIFIED) -> StoredOrder:
    return StoredOrder(DRAFT, state, 1, "r", "p", "4711", DRAFT.order.content_hash, START, START)


def document(
    state: D = D.OPEN, bolt: dict[str, object] | None = None, nut: dict[str, object] | None = None
) -> Document:
    lines = [
        replace(
            DocumentLine(line.item, line.location, line.quantity, line.price, line.price_unit, NEED_DATE),
            **(changes or {}),  # type: ignore[arg-type]  # any field
        )
        for line, changes in zip(DRAFT.order.lines, (bolt, nut), strict=True)
    ]
    return Document("4711", DRAFT.order.order_key, "acme", "EUR", state, tuple(lines))


def look(order: StoredOrder, found: Document | None, hours: float = 0) -> tuple[StoredOrder, list[NewsKind]]:
    """Take the steps of one look as the store does."""
    sighting = sight(order, found, START + timedelta(hours=hours), PATIENCE)
    for news in sighting.news:
        if news.to is not None:
            assert news.to in TRANSITIONS[order.state]
            order = replace(order, state=news.to)
    return replace(order, known=sighting.known), [news.kind for news in sighting.news]


def history(*documents: Document | None, state: S = S.VERIFIED) -> tuple[StoredOrder, list[list[NewsKind]]]:
    order, told = stored(state), []
    for hours, found in enumerate(documents):
        order, kinds = look(order, found, hours)
        told.append(kinds)
        if order.state not in FOLLOWED:
            break
    return order, told


ALL: Changes = {"received": Decimal(100)}
ALL_NUTS: Changes = {"received": Decimal(7)}
PROMISED: Changes = {"promised_on": date(2026, 3, 25)}


def test_from_release_to_the_last_receipt() -> None:
    order, told = history(
        document(D.PENDING),
        document(),
        document(bolt=PROMISED),
        document(bolt=PROMISED, nut=PROMISED),
        document(bolt={**PROMISED, "received": Decimal(40)}, nut=PROMISED),
        document(bolt={**PROMISED, **ALL}, nut={**PROMISED, **ALL_NUTS}),
    )
    assert told == [[], [K.RELEASED], [K.CONFIRMED], [K.CONFIRMED], [K.GOODS], [K.GOODS, K.GOODS, K.RECEIVED]]
    assert order.state is S.RECEIVED


def test_everything_at_once_takes_every_step() -> None:
    order, told = history(document(D.CLOSED, bolt=ALL, nut=ALL_NUTS))
    assert told == [[K.RELEASED, K.GOODS, K.GOODS, K.RECEIVED]]
    assert order.state is S.RECEIVED


def test_an_order_is_confirmed_once_all_its_lines_are() -> None:
    assert history(document(bolt=PROMISED))[0].state is S.RELEASED
    assert history(document(bolt=PROMISED, nut=PROMISED))[0].state is S.CONFIRMED
    late = history(document(bolt={"received": Decimal(1)}), document(bolt=PROMISED, nut=PROMISED))
    assert late[0].state is S.PART_RECEIVED, "goods that came are not forgotten by a confirmation"


def test_a_pending_release_alarms_once() -> None:
    order, quiet = look(stored(), document(D.PENDING), 47)
    order, alarm = look(order, document(D.PENDING), 48)
    order, again = look(order, document(D.PENDING), 480)
    assert (quiet, alarm, again) == ([], [K.PENDING], [])
    assert look(order, document(), 481)[1] == [K.RELEASED]


def test_the_erps_own_rejection() -> None:
    order, told = history(document(D.PENDING), document(D.REFUSED))
    assert (order.state, told[-1]) == (S.REFUSED, [K.REJECTED])
    later, told = history(document(), document(D.REFUSED), document(D.REFUSED))
    assert (later.state, told) == (S.RELEASED, [[K.RELEASED], [K.REJECTED], []])


def test_a_change_can_send_an_order_back_into_approval() -> None:
    order, told = history(
        document(), document(D.PENDING, bolt={"quantity": Decimal(90)}), document(bolt={"quantity": Decimal(90)})
    )
    assert told == [[K.RELEASED], [K.PENDING_AGAIN, K.CHANGED], [K.RELEASED]]
    assert order.state is S.RELEASED


def test_a_draft_that_a_person_takes_back() -> None:
    assert history(document(D.PENDING), document(D.HELD), document(D.HELD))[1] == [[], [K.INCOMPLETE], []]


@pytest.mark.parametrize("state", FOLLOWED)
def test_a_cancelled_document_ends_the_order(state: S) -> None:
    order, told = history(document(D.CANCELLED), state=state)
    assert (order.state, told) == (S.CANCELLED, [[K.CANCELLED]])


def test_a_document_closed_without_goods_is_cancelled() -> None:
    order, told = history(document(D.CLOSED))
    assert order.state is S.CANCELLED
    assert told == [[K.RELEASED, K.CLOSED_SHORT, K.CLOSED_SHORT, K.CANCELLED]]


def test_a_document_closed_short_is_received_with_less() -> None:
    order, told = history(document(), document(D.CLOSED, bolt={"received": Decimal(60)}, nut=ALL_NUTS))
    assert order.state is S.RECEIVED
    assert told[-1] == [K.GOODS, K.CLOSED_SHORT, K.GOODS, K.RECEIVED]


def test_taken_out_lines_end_nothing_but_themselves() -> None:
    one_line = replace(document(), lines=document().lines[:1])
    order, told = history(document(), one_line)
    assert (order.state, told[-1]) == (S.RELEASED, [K.LINE_CANCELLED])
    assert order.known is not None
    assert [line.coming for line in order.known.lines] == [100, 0]


def test_a_document_whose_lines_did_not_come_frees_nothing_and_alarms() -> None:
    bare = replace(document(), lines=())
    order, told = history(document(), bare, bare, document())
    assert (order.state, told) == (S.RELEASED, [[K.RELEASED], [], [K.MISSING], [K.FOUND]])
    assert order.known is not None
    assert [line.coming for line in order.known.lines] == [100, 7]


def test_an_exchanged_item_is_doubt_and_goes_on_counting() -> None:
    """Lines under another name or address: exchanged, or not recognised any more, which must free no need."""
    swapped = replace(document(), lines=tuple(replace(line, location="Gate 4") for line in document().lines))
    order, told = history(document(), swapped, swapped)
    assert (order.state, told) == (S.RELEASED, [[K.RELEASED], [K.LINE_ADDED, K.LINE_ADDED], []])
    assert order.known is not None
    assert [line.coming for line in order.known.lines] == [100, 7]
    again, back = look(order, document(), 5)
    assert (again.state, back) == (S.RELEASED, [])


def test_only_a_closed_or_cancelled_document_ends_an_order_without_goods() -> None:
    ended: Changes = {"ended": True}
    assert history(document(), document(bolt=ended, nut=ended))[0].state is S.RELEASED
    assert history(document(), document(D.CLOSED, bolt=ended, nut=ended))[0].state is S.CANCELLED
    assert history(document(), document(D.CANCELLED))[0].state is S.CANCELLED


def test_what_a_person_accepted_is_no_news_any_more() -> None:
    swapped = replace(document(), lines=(document().lines[0], replace(document().lines[1], item="screw")))
    order = replace(stored(), known=accepted(DRAFT.order, swapped))
    order, kinds = look(order, swapped)
    assert (order.state, kinds) == (S.RELEASED, [K.RELEASED])
    assert order.known is not None
    assert [line.coming for line in order.known.lines] == [100, 0], "the exchanged line comes no more"
    delivered = replace(swapped, lines=tuple(replace(line, received=line.quantity) for line in swapped.lines))
    assert look(order, delivered, 1)[0].state is S.RECEIVED


def test_a_line_of_somebody_else_is_told_once() -> None:
    more = replace(document(), lines=(*document().lines, replace(document().lines[0], item="screw")))
    assert history(document(), more, more)[1] == [[K.RELEASED], [K.LINE_ADDED], []]


def test_another_supplier_is_told() -> None:
    assert history(document(), replace(document(), supplier="other"))[1][-1] == [K.CHANGED]


def test_a_document_out_of_sight_alarms_when_it_stays_away() -> None:
    order, told = history(document(), None, None, None, document())
    assert told == [[K.RELEASED], [], [K.MISSING], [], [K.FOUND]]
    assert order.state is S.RELEASED
    assert history(document(), None, document(), None)[1] == [[K.RELEASED], [], [], []], "a short absence is no news"


def test_orders_from_before_this_was_kept_are_taken_up_quietly() -> None:
    assert history(document(), state=S.RELEASED)[1] == [[]]
    assert history(document(bolt=ALL), state=S.PART_RECEIVED)[1] == [[K.GOODS]]


lines = st.fixed_dictionaries(
    {
        "quantity": st.sampled_from([Decimal(50), Decimal(100)]),
        "received": st.sampled_from([Decimal(n) for n in (0, 10, 50, 100, 120)]),
        "promised_on": st.sampled_from([None, date(2026, 3, 25), date(2026, 4, 2)]),
        "due_on": st.sampled_from([NEED_DATE, date(2026, 3, 27)]),
        "ended": st.booleans(),
    }
)
documents = st.none() | st.builds(document, st.sampled_from(sorted(D)), lines, lines)


@given(st.lists(documents, min_size=1, max_size=8), st.sampled_from(FOLLOWED))
def test_any_history_goes_forward_is_told_once_and_keeps_its_totals(seen: list[Document | None], state: S) -> None:
    order, rank = stored(state), [*FOLLOWED, S.RECEIVED, S.CANCELLED, S.REFUSED]
    firsts: dict[int, date] = {}
    for hours, found in enumerate(seen):
        before = order
        order, _ = look(order, found, hours)
        assert rank.index(order.state) >= rank.index(before.state)
        if order.state not in FOLLOWED:
            break
        assert look(order, found, hours)[1] in ([], [K.MISSING]), "the same look twice has no news"
        assert order.known is not None
        for line in order.known.lines:
            if line.first_promised_on:
                firsts.setdefault(line.number, line.first_promised_on)
            assert line.first_promised_on == firsts.get(line.number)
            assert 0 <= line.coming <= line.quantity
        if found is not None and found.state in (D.OPEN, D.PENDING, D.HELD):
            shown = {line.item: line for line in found.lines}
            for line in order.known.lines:
                held = shown[line.item]
                rest = Decimal(0) if held.ended else max(held.quantity - held.received, Decimal(0))
                assert line.coming == rest
