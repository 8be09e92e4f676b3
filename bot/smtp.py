"""Sends mails over SMTP and looks whether a server would take them; the only home of smtplib.

It words nothing: what a mail says is `bot.mail`'s.
"""

import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime

from bot.diagnoses.found import fine, found
from bot.errors import NeedsAdmin, Refused, Retryable
from bot.ports import Clock, Diagnosis, Message
from bot.render import words


def mime(message: Message, sender: str, clock: Clock) -> EmailMessage:
    """The message as mixed{alternative{text, related{html, png}}, attachments}; refuses line breaks in headers."""
    mail = EmailMessage(policy=SMTP)
    headers = {
        "From": sender,
        "To": message.to,
        "Subject": message.subject,
        "Date": format_datetime(clock.now()),
        "Message-ID": message.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if message.in_reply_to:
        headers |= {"In-Reply-To": message.in_reply_to, "References": message.in_reply_to}
    for header, value in headers.items():
        mail[header] = value
    mail.set_content(message.text, charset="utf-8", cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", charset="utf-8", cte="quoted-printable")
    page = mail.get_payload(1)
    assert isinstance(page, MIMEPart)  # noqa: S101 - narrows the library's type: the part was added above
    for cid, png in message.inline:
        page.add_related(png, "image", "png", cid=f"<{cid}>", filename=f"{cid}.png", disposition="inline")
    for file_name, media_type, content in message.attachments:
        main, _, sub = media_type.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=file_name)
    mail["Content-Language"] = "en"  # last: earlier it would move into the first part with the other content headers
    return mail


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where mail goes; `security` is starttls, tls or none (loopback only), `timeout` in seconds."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 20.0


class SmtpMailer:
    """The port `Mailer` over SMTP; one connection per message."""

    def __init__(
        self, settings: SmtpSettings, clock: Clock, tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    ) -> None:
        self._settings, self._clock, self._tls = settings, clock, tls

    def send(self, message: Message) -> None:
        """Send one message.

        Raises:
            Retryable: no connection, or the server said 4xx; sending again is the same mail (same id).
            Refused: the server said 5xx about this message or its recipient.
            NeedsAdmin: sign-in or certificate was not accepted; no retry helps.
        """
        mail = mime(message, self._settings.sender, self._clock)
        try:
            with self._connection() as server:
                server.send_message(mail, from_addr=None, to_addrs=[message.to])
        except smtplib.SMTPRecipientsRefused as error:
            raise _by_code(*next(iter(error.recipients.values()))) from error
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as error:
            raise self._needs_admin(error) from error
        except smtplib.SMTPResponseException as error:
            raise _by_code(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Retryable(f"mail server {self._settings.host}:{self._settings.port}: {error}") from error

    def examine(self) -> Iterator[Diagnosis]:
        """Greet, sign on and ask whether the sender is welcome; nothing is sent."""
        place, sender = f"{self._settings.host}:{self._settings.port}", self._settings.sender
        try:
            with self._connection() as server:
                server.ehlo_or_helo_if_needed()
                code, said = server.mail(sender)
                server.rset()
        except (smtplib.SMTPException, OSError) as error:
            yield _diagnosed(place, self._settings.host, error)
            return
        if code >= 400:
            answer = words.name(said.decode(errors="replace"), 200)
            yield found("mail-sender-refused", f"{place} does not take mails from {sender}: {code} {answer}")
        else:
            yield fine(f"{place} takes mails from {sender}")

    def _connection(self) -> smtplib.SMTP:
        place = self._settings
        if place.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(place.host, place.port, timeout=place.timeout, context=self._tls())
        else:
            server = smtplib.SMTP(place.host, place.port, timeout=place.timeout)
        try:
            if place.security == "starttls":
                server.starttls(context=self._tls())
            if place.user:
                server.login(place.user, place.password)
        except BaseException:
            server.close()
            raise
        return server

    def _needs_admin(self, error: Exception) -> NeedsAdmin:
        where = f"mail server {self._settings.host}:{self._settings.port}"
        return NeedsAdmin(str(error), where, "check [mail] in restock.toml: security, user, password file, certificate")


def _diagnosed(place: str, host: str, error: Exception) -> Diagnosis:
    """Why no mail can leave, as a finding."""
    if isinstance(error, socket.gaierror):
        return found("mail-host-unknown", f"{host} is not a known host name")
    text = f"{place}: {words.name(str(error), 200)}"
    kinds: dict[type[Exception], str] = {
        smtplib.SMTPAuthenticationError: "mail-logon-refused",
        smtplib.SMTPNotSupportedError: "mail-no-starttls",
        ssl.SSLError: "mail-certificate",
    }
    return found(next((code for kind, code in kinds.items() if isinstance(error, kind)), "mail-unreachable"), text)


def _by_code(code: int, answer: bytes | str) -> Retryable | Refused:
    said = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    text = f"{code} {words.name(said, 200)}"
    return Refused(text, str(code)) if code >= 500 else Retryable(f"mail server said {text}")
