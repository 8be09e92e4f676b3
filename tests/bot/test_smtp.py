"""Mails on their way: a real SMTP server that takes them, refuses them or is not there."""

import email
import email.policy
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from bot.errors import NeedsAdmin, Refused, Retryable
from bot.smtp import SmtpMailer, SmtpSettings, mime
from tests.bot.test_mail import LETTERS, request
from tests.bot.web.console import NOW
from tests.fakes import ManualClock


def test_line_breaks_in_headers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"linefeed|newline|CR|LF"):
        mime(replace(request(), subject="a\nBcc: x@y.example"), LETTERS.sender, ManualClock(NOW))


class Handler:
    """Keeps what arrives; answers what a test wants."""

    def __init__(self) -> None:
        self.received: list[Any] = []
        self.answer = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - the library's name
        if address.startswith("unknown"):
            return "550 no such user"
        if address.startswith("busy"):
            return "451 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        if self.answer.startswith("250"):
            self.received.append(envelope)
        return self.answer


@pytest.fixture
def smtp() -> Iterator[tuple[Handler, SmtpMailer]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    handler = Handler()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings = SmtpSettings("127.0.0.1", port, "Restock <restock@company.example>", security="none", timeout=5)
    yield handler, SmtpMailer(settings, ManualClock(NOW))
    controller.stop()


@pytest.mark.servers
def test_a_mail_arrives_whole(smtp: tuple[Handler, SmtpMailer]) -> None:
    handler, mailer = smtp
    mailer.send(request())
    [envelope] = handler.received
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert envelope.rcpt_tos == ["ana@company.example"]
    assert envelope.mail_from == "restock@company.example"
    assert mail["Subject"] == request().subject
    plain = mail.get_body(("plain",))  # type: ignore[attr-defined]
    assert plain.get_content().replace("\r\n", "\n") == request().text


@pytest.mark.servers
def test_no_is_refused_and_later_is_retryable(smtp: tuple[Handler, SmtpMailer]) -> None:
    handler, mailer = smtp
    with pytest.raises(Refused, match="no such user"):
        mailer.send(replace(request(), to="unknown@company.example"))
    with pytest.raises(Retryable, match="try later"):
        mailer.send(replace(request(), to="busy@company.example"))
    handler.answer = "554 too ugly"
    with pytest.raises(Refused, match="too ugly"):
        mailer.send(request())
    handler.answer = "452 disk full"
    with pytest.raises(Retryable, match="disk full"):
        mailer.send(request())
    assert handler.received == []


@pytest.mark.servers
def test_a_server_without_the_promised_tls_needs_an_admin(smtp: tuple[Handler, SmtpMailer]) -> None:
    _, mailer = smtp
    settings = replace(mailer._settings, security="starttls")
    with pytest.raises(NeedsAdmin, match="STARTTLS"):
        SmtpMailer(settings, ManualClock(NOW)).send(request())


def test_nobody_listening_is_retryable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = SmtpSettings("127.0.0.1", port, "restock@company.example", security="none", timeout=2)
    with pytest.raises(Retryable, match="mail server"):
        SmtpMailer(settings, ManualClock(NOW)).send(request())


def test_the_password_is_not_shown() -> None:
    assert "geheim" not in repr(SmtpSettings("h", 25, "a@b.example", password="geheim"))
