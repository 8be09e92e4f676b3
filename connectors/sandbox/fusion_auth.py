"""Who may call the Fusion-like server: basic credentials, bearer tokens that it gives out, statements it trusts.

It knows one user, one client and one key; roles and data access are not modelled.
"""

import base64
import binascii
import hmac
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


@dataclass(frozen=True, slots=True)
class Credentials:
    """The user for basic sign-on and the confidential client for tokens; tokens live `token_life_s` seconds.

    With a `public_key` (PEM) statements signed by it are accepted: of the client about the user for a token, and of
    `issuer` about the user (`prn`) by themselves.
    """

    user: str = "restock"
    password: str = "restock-demo"  # noqa: S105 - a loopback server of the demo
    client_id: str = "restock-client"
    client_secret: str = "restock-client-demo"  # noqa: S105 - same
    token_life_s: int = 3600
    public_key: str = ""
    issuer: str = "restock-issuer"
    audience: str = "https://identity.oraclecloud.com/"


@dataclass(slots=True)
class Gate:
    """Checks the Authorization header; `seconds` is a running clock, `epoch` the time of day as seconds since 1970."""

    credentials: Credentials
    seconds: Callable[[], float]
    epoch: Callable[[], float]
    _tokens: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admits(self, header: str) -> bool:
        """Whether the header carries the user's credentials or a living token."""
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "bearer":
            with self._lock:
                known = self._tokens.get(rest.strip(), 0.0) > self.seconds()
            return known or self._trusts(rest.strip())
        return self.knows(*basic(header))

    def knows(self, user: str, password: str) -> bool:
        """Whether these are the user's credentials."""
        return _same((user, password), (self.credentials.user, self.credentials.password))

    def token(self, header: str, form: Mapping[str, str]) -> dict[str, object] | None:
        """A new token for the client's credentials, None when they are wrong or the grant is another one."""
        known = (self.credentials.client_id, self.credentials.client_secret)
        if not _same(basic(header), known) or not self._granted(form):
            return None
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[token] = self.seconds() + self.credentials.token_life_s
        return {"access_token": token, "token_type": "Bearer", "expires_in": self.credentials.token_life_s}

    def _granted(self, form: Mapping[str, str]) -> bool:
        if form.get("grant_type") == "client_credentials":
            return True
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return False
        wanted = {"iss": self.credentials.client_id, "sub": self.credentials.user, "aud": self.credentials.audience}
        return self._stated(form.get("assertion", ""), wanted)

    def _trusts(self, text: str) -> bool:
        return self._stated(text, {"iss": self.credentials.issuer, "prn": self.credentials.user})

    def _stated(self, text: str, wanted: Mapping[str, str]) -> bool:
        """Whether a statement is signed by the key we know, is of now, and says what is wanted."""
        found = claims(text, self.credentials.public_key) if self.credentials.public_key else {}
        begin, end, now = found.get("iat"), found.get("exp"), self.epoch()
        if not isinstance(begin, int) or not isinstance(end, int):
            return False
        timely = begin <= now + 60 and now < end <= begin + 3600
        return timely and all(found.get(name) == text for name, text in wanted.items())


def claims(text: str, public_key: str) -> dict[str, object]:
    """Claims of a statement that the key has signed by RS256; none when it has not."""
    parts = text.split(".")
    if len(parts) != 3:
        return {}
    key = serialization.load_pem_public_key(public_key.encode())
    try:
        header, content, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
        if json.loads(header)["alg"] != "RS256" or not isinstance(key, rsa.RSAPublicKey):
            return {}
        key.verify(signature, ".".join(parts[:2]).encode(), padding.PKCS1v15(), hashes.SHA256())
        found = json.loads(content)
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return {}
    return found if isinstance(found, dict) else {}


def basic(header: str) -> tuple[str, str]:
    """User and password of a basic header; two empty texts when it is none."""
    scheme, _, rest = header.partition(" ")
    try:
        text = base64.b64decode(rest, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    user, _, password = text.partition(":")
    return user, password


def _same(given: tuple[str, str], known: tuple[str, str]) -> bool:
    return hmac.compare_digest("\0".join(given).encode(), "\0".join(known).encode())
