"""What is known of a document survives the database without loss, and always has the same text."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from bot.orders.document import DocumentState
from bot.orders.known import Known
from bot.orders.sighting import expected
from bot.store.codec_known import dump_known, load_known
from tests.makers import make_draft


def test_round_trip() -> None:
    plain = expected(make_draft({"bolt": "100", "nüt": "0.125"}).order)
    line = replace(
        plain.lines[0], due_on=None, promised_on=date(2026, 3, 1), first_promised_on=date(2026, 2, 1), moves=2,
        received=Decimal("33.333"), ended=True, gone=True, ref="10",
    )  # fmt: skip
    full = Known(
        DocumentState.HELD, "acme", (line, plain.lines[1]), ("x@L1",), ("x@L1",),
        datetime(2026, 3, 2, 5, tzinfo=UTC), True, datetime(2026, 3, 3, 5, 6, 7, tzinfo=UTC), True,
    )  # fmt: skip
    for known in (plain, full):
        text = dump_known(known)
        assert load_known(text) == known
        assert dump_known(load_known(text)) == text
    assert load_known(dump_known(None)) is None
