"""How a session signs on and whom it trusts; a provider may renew what it shows before every call.

It makes no calls and asks for no tokens.
"""

import base64
import os
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar

import requests

_LONG_COOKIE = 12  # shorter ones are flags such as a language
_PLAIN_COOKIES = frozenset({"sap-usercontext"})  # repeats client and language, which every address shows


def secret_cookies(cookies: CookieJar) -> Iterator[str]:
    """Values of session cookies: secrets too, which error pages repeat."""
    for cookie in cookies:
        if cookie.value and len(cookie.value) >= _LONG_COOKIE and cookie.name not in _PLAIN_COOKIES:
            yield cookie.value


def trusted_file(ca_bundle: str) -> str:
    """File with the certificate authorities that a session trusts that was given this one, or none."""
    return ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE") or requests.utils.DEFAULT_CA_BUNDLE_PATH


class Auth(requests.auth.AuthBase):
    """Sets the Authorization header; `header` is asked before every call, so that a provider may renew a token."""

    def __init__(self, header: Callable[[], str] | None, secrets: tuple[str, ...] = ()) -> None:
        self._header = header
        self.secrets = secrets
        self.seen: Callable[[str], None] = lambda _secret: None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header; also keeps requests from reading a .netrc file."""
        if self._header is not None:
            header = self._header()
            self.seen(header.partition(" ")[2])
            request.headers["Authorization"] = header
        return request


def no_auth() -> Auth:
    """Send no Authorization header."""
    return Auth(None)


def basic_auth(user: str, password: str) -> Auth:
    """Logon by user and password, encoded as UTF-8."""
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return Auth(lambda: f"Basic {pair}", (password, pair))


def bearer_auth(token: Callable[[], str]) -> Auth:
    """Logon by a token that `token` returns, fresh enough for one call."""
    return Auth(lambda: f"Bearer {token()}")
