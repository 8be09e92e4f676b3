"""Mails as words and as bytes: structure, headers, limits, hostile names."""

import csv
import email
import email.policy
import io
import re
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage

import pytest

from bot.mail import LARGEST_HTML, OrderLetters, harmless, preview
from bot.orders.model import DraftOrder, OrderState, Person, StoredOrder
from bot.ports import Message
from bot.smtp import mime
from tests.bot.golden import same_as_kept
from tests.bot.web.console import NOW, draft, line
from tests.fakes import ManualClock

PERSON = Person("ana@company.example", "Ana", frozenset({"buyer"}))
LETTERS = OrderLetters("https://restock.company.example/", "Restock <restock@company.example>", "Europe/Berlin")


def stored(made: DraftOrder, state: OrderState = OrderState.AWAITING_APPROVAL, note: str = "") -> StoredOrder:
    return StoredOrder(made, state, 1, "run", "plan", "", made.order.content_hash, NOW, NOW, note=note)


def request(made: DraftOrder | None = None) -> Message:
    return LETTERS.approval_request(stored(made or draft()), PERSON)


def long_draft(count: int, description: str = "Hex bolt") -> DraftOrder:
    made = draft()
    lines = tuple(line(n, f"1{n:07d}", f"{description} {n}", "100", "1.23") for n in range(1, count + 1))
    rows = {n: made.evidence[1 if n == 1 else 2] for n in range(1, count + 1)}
    return replace(made, order=replace(made.order, lines=lines), evidence=rows)


def parsed(message: Message) -> EmailMessage:
    raw = mime(message, LETTERS.sender, ManualClock(NOW)).as_bytes()
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return read


def test_the_request_is_as_kept() -> None:
    message = request()
    same_as_kept("mail/approval_request.txt", f"{message.subject}\n\n{message.text}")
    same_as_kept("mail/approval_request.html", message.html)


@pytest.mark.parametrize("topic", ["withdrawn", "confirmation", "alarm"])
def test_the_short_mails_are_as_kept(topic: str) -> None:
    write: Callable[[StoredOrder, Person], Message] = getattr(LETTERS, topic)
    state = {"withdrawn": OrderState.SUPERSEDED, "confirmation": OrderState.APPROVED}.get(topic, OrderState.REFUSED)
    message = write(stored(draft(), state, "ME 083: enter a tax code" if topic == "alarm" else ""), PERSON)
    same_as_kept(f"mail/{topic}.txt", f"{message.subject}\n\n{message.text}")
    assert message.in_reply_to == request().message_id
    assert message.message_id != request().message_id


def test_structure_and_headers() -> None:
    mail = parsed(request())
    assert mail.get_content_type() == "multipart/mixed"
    body, table = mail.iter_parts()
    assert [part.get_content_type() for part in body.iter_parts()] == ["text/plain", "multipart/related"]  # type: ignore[attr-defined]
    related = list(list(body.iter_parts())[1].iter_parts())  # type: ignore[attr-defined]
    assert [part.get_content_type() for part in related] == ["text/html", "image/png"]
    assert f"cid:{related[1]['Content-ID'].strip('<>')}" in related[0].get_content()
    assert table.get_content_type() == "text/csv"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Content-Language"] == "en"
    assert mail["Message-ID"] == request().message_id
    assert mail["Message-ID"].endswith("@company.example>")


def test_the_same_mail_again_has_the_same_id_and_another_reader_another() -> None:
    other = LETTERS.approval_request(stored(draft()), replace(PERSON, email="bo@company.example"))
    assert request().message_id == request().message_id != other.message_id


def test_the_plain_part_carries_every_number_of_the_html_part() -> None:
    message = request()
    shown = re.sub(r"<[^>]+>", " ", message.html)
    numbers = set(re.findall(r"\d[\d,.]*\d|\d", shown))
    assert {number for number in numbers if number not in message.text} == set()


def test_the_link_is_a_short_locator() -> None:
    message = request()
    [link] = set(re.findall(r"https://[^\s\"<]+", message.html))
    assert link == f"https://restock.company.example/a/{draft().order.order_key}"
    assert len(link) <= 200
    assert "<form" not in message.html
    assert "<script" not in message.html


@pytest.mark.parametrize("count", [1, 5, 25, 26, 500])
def test_sizes_hold_for_any_number_of_lines(count: int) -> None:
    message = request(long_draft(count))
    raw = mime(message, LETTERS.sender, ManualClock(NOW)).as_bytes()
    html = parsed(message).get_body(("html",))
    assert html is not None
    assert len(html.as_bytes()) <= LARGEST_HTML
    assert len(raw) <= 2_000_000
    assert ("more line" in message.text.split("LINES")[1]) == (count > 25)
    rows = list(csv.reader(io.StringIO(message.attachments[0][2].decode("utf-8-sig"))))
    assert len(rows) == count + 1


def test_long_texts_shorten_the_list_before_the_mail_grows() -> None:
    message = request(long_draft(25, "é" * 110))
    html = parsed(message).get_body(("html",))
    assert html is not None
    assert len(html.as_bytes()) <= LARGEST_HTML


@pytest.mark.parametrize(
    "name", ["A" * 300, "Kö\u202enig", "x\r\nBcc: evil@evil.example", "<script>alert(1)</script>", "{{ 7*7 }}"]
)
def test_hostile_supplier_names_stay_names(name: str) -> None:
    made = draft()
    rows = {number: {**row, "supplier_name": name} for number, row in made.evidence.items()}
    message = request(replace(made, evidence=rows))
    assert len(message.subject) <= 90
    assert message.subject.endswith(f"#{made.order.order_key[:4]}")
    assert "<script>" not in message.html
    assert "\u202e" not in message.html + message.text + message.subject
    assert "Bcc" not in parsed(message)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\0=1", "\r=1", "  =1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert harmless(text).startswith("'")


def test_ordinary_cells_stay_as_they_are() -> None:
    assert harmless("Hex bolt = M8") == "Hex bolt = M8"


def test_numbers_stand_bare_in_the_table() -> None:
    rows = list(csv.DictReader(io.StringIO(request().attachments[0][2].decode("utf-8-sig"))))
    assert (rows[0]["quantity"], rows[0]["price"], rows[0]["amount"]) == ("1000", "1.25", "1250.00")


def test_a_preview_carries_its_picture() -> None:
    page = preview(request())
    assert "cid:" not in page
    assert "data:image/png;base64," in page
