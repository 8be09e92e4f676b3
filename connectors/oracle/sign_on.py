"""How a pod is signed on to: user and password, tokens of its identity domain, or statements that we sign ourselves.

It decides nothing about refusals; the client asks for a new token once and then tells a person.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from bot.ports import Clock
from connectors.http import Auth, basic_auth
from connectors.oauth import TokenSource
from connectors.oracle.assertions import Signer
from connectors.oracle.settings import FusionSettings, OAuthClient, TrustedIssuer

_EARLY = 60  # seconds before its end at which a statement is made anew
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Tokens(Protocol):
    """Gives the Authorization header, and a new one after `forget`."""

    def header(self) -> str: ...  # noqa: D102 - the class docstring covers it
    def forget(self) -> None: ...  # noqa: D102 - same


def tokens(settings: FusionSettings, clock: Clock) -> Tokens | None:
    """Where tokens come from; None for user and password. NeedsAdmin when a key cannot be read."""
    if settings.trusted_issuer:
        return OwnTokens(settings.trusted_issuer, clock, f"settings of system {settings.system}, trusted_issuer")
    if settings.oauth:
        return _domain_tokens(settings.oauth, clock, settings)
    return None


def auth(settings: FusionSettings, source: Tokens | None) -> Auth:
    """Authorization for every call."""
    if source is None:
        return basic_auth(settings.user, settings.password.get_secret_value())
    return Auth(source.header)


def _domain_tokens(oauth: OAuthClient, clock: Clock, settings: FusionSettings) -> TokenSource:
    client = basic_auth(oauth.client_id, oauth.client_secret.get_secret_value())
    form = {"grant_type": "client_credentials", "scope": oauth.scope}
    make: Callable[[], Mapping[str, str]] = lambda: form  # noqa: E731 - one of two ways to fill a form
    if oauth.private_key.get_secret_value():
        make = _Assertions(oauth, clock, f"settings of system {settings.system}, oauth.private_key_file").form
    return TokenSource(oauth.token_url, clock, client, make, verify=settings.ca_bundle or True)


class _Assertions:
    """Forms with a fresh statement about the Fusion user."""

    def __init__(self, oauth: OAuthClient, clock: Clock, where: str) -> None:
        self._oauth, self._clock = oauth, clock
        self._signer = Signer(oauth.private_key.get_secret_value(), oauth.certificate, oauth.key_id, where)

    def form(self) -> Mapping[str, str]:
        """Return the form of one request for a token."""
        now = int(self._clock.now().timestamp())
        claims: dict[str, str | int] = {
            "iss": self._oauth.issuer or self._oauth.client_id,
            "sub": self._oauth.subject,
            "aud": self._oauth.audience,
            "iat": now,
            "exp": now + 300,
        }
        return {"grant_type": _GRANT, "assertion": self._signer.sign(claims), "scope": self._oauth.scope}


class OwnTokens:
    """Statements about the Fusion user that the pod accepts because it knows our certificate."""

    def __init__(self, issuer: TrustedIssuer, clock: Clock, where: str) -> None:
        self._issuer, self._clock = issuer, clock
        self._signer = Signer(issuer.private_key.get_secret_value(), issuer.certificate, "", where)
        self._header, self._until = "", 0.0

    def header(self) -> str:
        """Authorization header, made anew shortly before it ends."""
        if self._clock.monotonic() >= self._until:
            now = int(self._clock.now().timestamp())
            claims: dict[str, str | int] = {
                "iss": self._issuer.issuer,
                "prn": self._issuer.user,
                "iat": now,
                "exp": now + self._issuer.seconds,
            }
            self._header = f"Bearer {self._signer.sign(claims)}"
            self._until = self._clock.monotonic() + self._issuer.seconds - _EARLY
        return self._header

    def forget(self) -> None:
        """Make a new one next time."""
        self._until = 0.0
