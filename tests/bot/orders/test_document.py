"""Documents of the ERP: values that others store, and what stands when an ERP says nothing."""

from dataclasses import FrozenInstanceError
from datetime import date
from decimal import Decimal

import pytest

from bot.orders.document import Document, DocumentLine, DocumentState


def test_states_are_words_that_events_and_reports_store() -> None:
    words = {"held", "pending", "open", "closed", "refused", "cancelled"}
    assert {state.value for state in DocumentState} == words


def test_an_erp_that_says_nothing_of_a_promise_has_promised_nothing() -> None:
    line = DocumentLine("A", "W1", Decimal(5), Decimal(2), Decimal(1), date(2026, 1, 5))
    assert line.promised_on is None
    assert line.received == 0
    assert not line.ended


def test_a_document_read_back_cannot_be_changed() -> None:
    document = Document("1", "K", "S", "EUR", DocumentState.OPEN, ())
    with pytest.raises(FrozenInstanceError):
        document.number = "2"  # type: ignore[misc]
