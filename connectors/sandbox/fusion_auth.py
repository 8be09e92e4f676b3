"""Who may call the Fusion-like server: basic credentials, or bearer tokens that it gives out itself.

It knows one user and one client; roles and data access are not modelled.
"""

import base64
import binascii
import hmac
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """The user for basic sign-on and the confidential client for tokens; tokens live `token_life_s` seconds."""

    user: str = "restock"
    password: str = "restock-demo"  # noqa: S105 - a loopback server of the demo
    client_id: str = "restock-client"
    client_secret: str = "restock-client-demo"  # noqa: S105 - same
    token_life_s: int = 3600


@dataclass(slots=True)
class Gate:
    """Checks the Authorization header; `seconds` is a running clock."""

    credentials: Credentials
    seconds: Callable[[], float]
    _tokens: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admits(self, header: str) -> bool:
        """Whether the header carries the user's credentials or a living token."""
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "bearer":
            with self._lock:
                return self._tokens.get(rest.strip(), 0.0) > self.seconds()
        return self.knows(*basic(header))

    def knows(self, user: str, password: str) -> bool:
        """Whether these are the user's credentials."""
        return _same((user, password), (self.credentials.user, self.credentials.password))

    def token(self, header: str, form: Mapping[str, str]) -> dict[str, object] | None:
        """A new token for the client's credentials, None when they are wrong or the grant is another one."""
        known = (self.credentials.client_id, self.credentials.client_secret)
        if form.get("grant_type") != "client_credentials" or not _same(basic(header), known):
            return None
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[token] = self.seconds() + self.credentials.token_life_s
        return {"access_token": token, "token_type": "Bearer", "expires_in": self.credentials.token_life_s}


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
