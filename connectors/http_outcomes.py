"""What an answer, or none, means: of a write a refusal, provably nothing or doubt; who must act; how long to wait.

It makes no calls; connectors refine it by what their vendor documents.
"""

import re
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime

import requests
import urllib3

from bot.errors import NeedsAdmin
from connectors.answers import WRITE_OUTCOMES, Answer, Outcome, Problem

_LONGEST_RETRY_AFTER = 900.0

# of a certificate we judge ourselves, before the first byte of a request; other reasons come from the far side too,
# even after the whole request: a proxy that answers in clear text inside a session gives WRONG_VERSION
_OURS = "CERTIFICATE_VERIFY_FAILED"
# reasons for which no second attempt helps
HANDSHAKE = re.compile(
    r"CERTIFICATE_VERIFY_FAILED|WRONG_VERSION|HANDSHAKE_FAILURE|UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION"
)


def classify_write(result: Answer | Exception) -> Outcome:
    """Say what is known about a write; connectors wrap this function to add what their vendor documents."""
    if isinstance(result, Exception):
        return Outcome.NOT_SENT if _never_left(result) else Outcome.UNKNOWN
    if 200 <= result.status < 300:
        return Outcome.UNKNOWN if result.is_html else Outcome.OK
    return WRITE_OUTCOMES.get(result.status, Outcome.UNKNOWN)


def _never_left(error: BaseException) -> bool:
    """Whether no byte of the request can have left: name, connect, proxy or TLS handshake failed."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError | requests.exceptions.InvalidURL):
        return True
    if isinstance(error, requests.exceptions.SSLError):
        return _OURS in str(error)
    reasons = [getattr(arg, "reason", arg) for arg in error.args]
    return any(
        isinstance(r, urllib3.exceptions.NewConnectionError | urllib3.exceptions.NameResolutionError) for r in reasons
    )


def denied(answer: Answer, problem: Problem, redact: Callable[[str], str]) -> NeedsAdmin:
    """What a person must do about an answer that is no data."""
    what = redact(f"HTTP {answer.status}: {problem.message}")
    if 200 <= answer.status < 300:
        what = "a web page came instead of data; it is probably a sign-in page"
    remedies = {
        401: "Check user, password or token in the settings; it is not tried again, so that no user is locked.",
        403: "Give the technical user the authorisation for this interface.",
        404: "Check the address, and that the interface is activated in the system.",
    }
    remedy = remedies.get(answer.status, "Check address, logon and proxy in the settings.")
    return NeedsAdmin(what, redact(answer.url.partition("?")[0]), remedy)


def retry_after(answer: Answer, now: datetime) -> float | None:
    """Seconds that the other side asks to wait, capped; None when it says nothing readable."""
    text = answer.headers.get("Retry-After", "").strip()
    if not text:
        return None
    try:
        seconds = float(text) if text.isdigit() else (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)
