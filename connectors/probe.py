"""Looks at the way to a host as an examination needs it: name, port, TLS, certificate, clock.

It sends no request and signs on nowhere; what lies behind the host is the business of the connector.
"""

import socket
import ssl
import urllib.request
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from bot.diagnoses.found import fine, found
from bot.ports import Clock, Diagnosis
from connectors.http import trusted_file

PATIENCE = 5.0  # seconds for the name, the connection and the handshake each
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SOON = timedelta(days=21)
_EXPIRED, _NOT_YET, _OTHER_NAME = 10, 9, 62  # OpenSSL's X509_V_ERR_*
_TOO_OLD = ("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "NO_PROTOCOLS", "UNSUPPORTED_SSL", "DH_KEY_TOO_SMALL")


@dataclass(frozen=True, slots=True)
class Way:
    """Where to: the address, the setting that holds it, a file with authorities to trust (empty: the usual ones)."""

    url: str
    setting: str
    ca_bundle: str = ""

    @property
    def host(self) -> str:
        """Name or address of the host."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Port of the host."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def place(self) -> str:
        """Host and port for people."""
        return f"{self.host}:{self.port}"


def look(way: Way, clock: Clock, patience: float = PATIENCE) -> Generator[Diagnosis, None, bool]:
    """Yield what stands between here and the host; returns whether a request is worth trying."""
    if urlsplit(way.url).scheme != "https" and way.host not in _LOOPBACK:
        yield found("unencrypted", f"{way.url} is http", setting=way.setting)
    if _proxied(way):
        yield found("through-proxy", f"{way.host} is reached through a proxy of the environment")
        return True
    try:
        stream = socket.create_connection((way.host, way.port), patience)
    except OSError as error:
        yield _unreachable(way, error)
        return False
    with stream:
        if urlsplit(way.url).scheme != "https":
            yield fine(f"{way.place} is reachable")
            return True
        return (yield from _handshake(way, stream, clock))


def _proxied(way: Way) -> bool:
    known = urllib.request.getproxies()
    return (
        way.host not in _LOOPBACK
        and urlsplit(way.url).scheme in known
        and not urllib.request.proxy_bypass(f"{way.host}:{way.port}")
    )


def _unreachable(way: Way, error: OSError) -> Diagnosis:
    if isinstance(error, socket.gaierror):
        return found("host-unknown", f"{way.host} is not a known host name", setting=way.setting)
    if isinstance(error, TimeoutError):
        what = f"{way.place} did not answer in time"
        return found("connection-timeout", what, setting=way.setting)
    return found("connection-refused", f"{way.place}: {error.strerror or error}", setting=way.setting)


def _handshake(way: Way, stream: socket.socket, clock: Clock) -> Generator[Diagnosis, None, bool]:
    try:
        context = ssl.create_default_context(cafile=trusted_file(way.ca_bundle))
    except (OSError, ssl.SSLError) as error:
        what = f"{way.ca_bundle} holds no certificates: {error}"
        yield found("certificate-file-unreadable", what, setting="ca_bundle")
        return False
    try:
        with context.wrap_socket(stream, server_hostname=way.host) as secure:
            version, certificate = secure.version(), secure.getpeercert() or {}
    except OSError as error:
        yield _refused(way, error)
        return False
    yield fine(f"{way.place} is reachable, {version}, certificate accepted")
    yield from _end(way, str(certificate.get("notAfter", "")), clock)
    return True


def _refused(way: Way, error: OSError) -> Diagnosis:
    if isinstance(error, ssl.SSLCertVerificationError):
        what = f"{way.place}: {error.verify_message}"
        if error.verify_code in {_EXPIRED, _NOT_YET}:
            return found("tls-expired", what)
        code = "tls-wrong-host" if error.verify_code == _OTHER_NAME else "tls-untrusted"
        return found(code, what, setting=way.setting)
    if isinstance(error, TimeoutError):
        what = f"{way.place} accepts connections and then says nothing"
        return found("connection-timeout", what, setting=way.setting)
    reason = getattr(error, "reason", None) or str(error)
    if any(word in reason for word in _TOO_OLD):
        return found("tls-too-old", f"{way.place}: {reason}")
    return found("tls-absent", f"{way.place}: {reason}", setting=way.setting)


def _end(way: Way, text: str, clock: Clock) -> Iterator[Diagnosis]:
    try:
        end = datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
    except ValueError:
        return
    if end - clock.now() < _SOON:
        yield found("tls-expires-soon", f"the certificate of {way.place} ends on {end.date()}")


def clocks(header: str, sent: datetime, received: datetime) -> Diagnosis | None:
    """Compare the Date of an answer with our clock around the call; None when the answer has no date.

    A Date counts whole seconds and was set somewhere between the two instants, so only what lies outside counts.
    """
    try:
        theirs = parsedate_to_datetime(header)
        early, late = (sent - theirs).total_seconds() - 1, (theirs - received).total_seconds()
    except (TypeError, ValueError):
        return None
    apart = max(early, late, 0.0)
    what = f"our clock is {apart:.0f} s {'ahead of' if early > late else 'behind'} the system's"
    if apart > 60:
        return found("clock-wrong", what)
    return found("clock-differs", what) if apart > 2 else fine("our clock and the system's agree")
