"""Cells, numbers, child shapes and error bodies as Fusion sends them."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NeedsAdmin, Refused
from connectors.answers import Answer
from connectors.oracle.keys import description, is_key, key_of
from connectors.oracle.query import both, either, equal, term
from connectors.oracle.states import delivers, document_state, ended
from connectors.oracle.wire import cell, children, day, describe, exact, messages, number, whole


def test_ids_of_18_digits_keep_every_digit_as_number_and_as_text() -> None:
    assert whole(json.loads("300100175278468999", parse_float=Decimal)) == 300100175278468999
    assert whole("300100175278468999") == 300100175278468999
    assert whole(Decimal("1.5")) is None
    assert whole(True) is None


def test_cells_keep_what_the_wire_gave() -> None:
    given = [None, "x", True, False, 12, Decimal("1E+2"), Decimal("0.10")]
    assert [cell(value) for value in given] == [None, "x", "true", "false", "12", "100", "0.10"]


@pytest.mark.parametrize(
    ("raw", "value"), [("250.125", Decimal("250.125")), ("abc", None), ("NaN", None), (None, None)]
)
def test_numbers_are_read_from_text_or_not_at_all(raw: object, value: Decimal | None) -> None:
    assert number(raw) == value


def test_days_follow_the_company_zone_only_for_timestamps() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    assert day("2026-09-14T02:00:00+00:00", zone) == date(2026, 9, 13)
    assert day("2026-09-14", zone) == date(2026, 9, 14)
    assert day("2026/09/14", zone) is None


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_written_numbers_read_back_exactly(value: Decimal) -> None:
    assert Fraction(json.dumps(exact(value, "quantity"))) == Fraction(value)


@pytest.mark.parametrize("value", [Fraction(1, 3), Fraction(10**20 + 1, 10**3)])
def test_numbers_without_a_decimal_form_are_refused(value: Fraction) -> None:
    with pytest.raises(Refused, match="quantity"):
        exact(value, "quantity")


def test_children_come_as_array_or_collection_and_a_cut_collection_is_not_taken_for_all() -> None:
    assert children({"lines": [{"POLineId": 1}]}, "lines") == [{"POLineId": 1}]
    assert children({"lines": {"items": [{"POLineId": 1}], "hasMore": False}}, "lines") == [{"POLineId": 1}]
    assert children({"lines": {"count": 0, "hasMore": False}}, "lines") == []
    assert children({"lines": {"items": [{}], "hasMore": True}}, "lines") is None
    assert children({}, "lines") is None


def _answer(status: int, body: object, kind: str = "application/json") -> Answer:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Answer(status, {"Content-Type": kind}, raw, "https://pod.example.com/x")


def test_error_bodies_of_every_generation() -> None:
    details = [{"detail": "one", "o:errorPath": "/lines/Item", "o:errorCode": "PO-1"}, {"detail": "two"}]
    new = describe(_answer(400, {"title": "Bad Request", "status": "400", "o:errorDetails": details}))
    assert (new.message, new.code) == ("HTTP 400 one (at /lines/Item); two", "PO-1")
    flat = describe(_answer(400, {"title": "Bad Request", "status": 400, "detail": "no", "o:errorCode": "X-2"}))
    assert (flat.message, flat.code) == ("HTTP 400 no", "X-2")
    assert describe(_answer(400, "Invalid operation.", "text/plain")).message == "HTTP 400 Invalid operation."
    assert describe(_answer(503, "<html><body>Busy</body></html>", "text/html")).message == "HTTP 503"
    assert describe(_answer(401, "", "text/html")).message == "HTTP 401"


@pytest.mark.reference
def test_error_samples_of_the_contract_are_understood(reference: Path) -> None:
    samples = json.loads((reference / "samples" / "responses.json").read_text(encoding="utf-8"))
    wanted = {
        "error, framework 4 and later": "The supplier site isn't valid.",
        "error, flat form": "The supplier site is not valid for the supplier.",
        "error, framework 1 to 3": "Invalid operation create for the specified resource.",
    }
    for sample in samples:
        if sample["name"] in wanted:
            body = sample.get("body", sample.get("text"))
            found = describe(_answer(sample["status"], body, sample["headers"]["Content-Type"]))
            assert wanted.pop(sample["name"]) in found.message
    assert not wanted


@pytest.mark.parametrize(
    ("result", "texts"),
    [([], []), ("SUCCESS", ["SUCCESS"]), ([{"MESSAGE": "a"}, {"TEXT": "b"}], ["a", "b"]), (None, []),
     ({"STATUS": [{"CODE": "SUCCESS"}]}, ["SUCCESS"])],
)  # fmt: skip
def test_results_of_actions_are_flattened(result: object, texts: list[str]) -> None:
    assert messages(result) == texts


def test_query_terms_quote_texts_and_refuse_control_characters() -> None:
    assert both(equal("SupplierId", 300), "", equal("Supplier", "O'Brien")) == "SupplierId=300 and Supplier='O''Brien'"
    assert either(equal("A", 1), equal("A", 2)) == "(A=1 or A=2)"
    assert term("OrderDate", ">=", date(2026, 1, 2)) == "OrderDate>='2026-01-02'"
    with pytest.raises(NeedsAdmin, match="control"):
        equal("Supplier", "a\nb")
    with pytest.raises(ValueError, match="not a comparison"):
        equal("Supplier;1", "a")


def test_keys_stand_first_in_the_description() -> None:
    text = description("ABCDEFGHJK23", "M1", "S" * 300)
    assert len(text) == 240
    assert key_of(text) == "ABCDEFGHJK23"
    assert key_of("ABCDEFGHJK23") == "ABCDEFGHJK23"
    assert key_of("ABCDEFGHJK234 x") == ""
    assert key_of("Replenishment M1") == ""
    assert key_of(None) == ""
    assert not is_key("abcdefghjk23")


def test_status_codes_have_states_and_unknown_ones_are_open() -> None:
    assert document_state("INCOMPLETE") == "held"
    assert document_state("PENDING APPROVAL") == document_state("Pending_Approval") == "pending"
    assert document_state("REJECTED") == "refused"
    assert document_state("CANCELED") == "cancelled"
    assert document_state("FINALLY CLOSED") == "closed"
    assert document_state("SOMETHING NEW") == "open"
    assert delivers("OPEN")
    assert delivers("CLOSED FOR INVOICING")
    assert not delivers("INCOMPLETE")
    assert ended("CLOSED FOR RECEIVING")
    assert not ended("CLOSED FOR INVOICING")
    assert not ended("REJECTED")
