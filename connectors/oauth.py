"""Access tokens by OAuth 2: asked for with client credentials, kept until shortly before they end.

It knows no vendor; what the token is for, and what a refused token means, is the connector's business.
"""

from collections.abc import Callable, Mapping
from threading import Lock
from urllib.parse import urlencode

from bot.errors import OutcomeUnknown, Retryable
from bot.ports import Clock
from connectors.answers import Limits
from connectors.http import Auth, HttpSession, basic_auth

_EARLY = 60.0  # seconds before its end at which a token is renewed


class TokenSource:
    """Tokens of one client; `form` is asked before every request, so that an assertion may be made anew."""

    def __init__(
        self,
        token_url: str,
        clock: Clock,
        auth: Auth,
        form: Callable[[], Mapping[str, str]],
        *,
        verify: bool | str = True,
    ) -> None:
        base, _, self._path = token_url.rpartition("/")
        self._clock, self._form = clock, form
        self._session = HttpSession(base, clock, auth, Limits(call=60.0), verify=verify)
        self._token, self._until = "", 0.0
        self._lock = Lock()

    def header(self) -> str:
        """Authorization header; Retryable or NeedsAdmin when no token can be had."""
        with self._lock:
            if self._clock.monotonic() >= self._until:
                self._renew()
            return f"Bearer {self._token}"

    def forget(self) -> None:
        """Ask for a new token next time."""
        self._until = 0.0

    def _renew(self) -> None:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            answer = self._session.send_once("POST", self._path, urlencode(self._form()).encode(), headers=headers)
            found = answer.json()
            self._token, seconds = str(found["access_token"]), float(found.get("expires_in", 300))
        except OutcomeUnknown as error:
            raise Retryable(error.what) from None
        except (ValueError, KeyError, TypeError):
            raise Retryable("the token service answered without an access token") from None
        self._until = self._clock.monotonic() + seconds - min(_EARLY, seconds / 2)


def client_credentials(
    token_url: str, client_id: str, secret: str, clock: Clock, *, scope: str = "", verify: bool | str = True
) -> TokenSource:
    """Tokens for a client that stands for itself."""
    form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    return TokenSource(token_url, clock, basic_auth(client_id, secret), lambda: form, verify=verify)
