"""Sign-in and x-csrf-token handshake of the S/4-like server.

It knows users and tokens, not data.
"""

import base64
import binascii
import json
import secrets
import threading
from hmac import compare_digest

from werkzeug import Request, Response

CLIENT = "100"
TOKEN_PATH = "/sap/bc/sec/oauth2/token"  # noqa: S105 - an address
TOKEN_SECONDS = 3600
_COOKIE = f"SAP_SESSIONID_S4D_{CLIENT}"
_LOGON_PAGE = (
    "<html><head><title>Logon Error Message</title></head><body><h1>Anmeldung fehlgeschlagen</h1></body></html>"
)


class Sessions:
    """Users who may sign in and the tokens given out, one per session cookie."""

    def __init__(self, user: str, password: str) -> None:
        self._expected = f"{user}:{password}".encode()
        self._tokens: dict[str, str] = {}
        self._bearers: set[str] = set()
        self._lock = threading.Lock()

    def sign_on(self, request: Request, body: bytes) -> Response | None:
        """What is answered before anything else: a token, the 401 page; None for who has signed on."""
        return self.give_token(request, body) if request.path == TOKEN_PATH else self.refuse(request)

    def refuse(self, request: Request) -> Response | None:
        """The 401 page for a request without right credentials, else None."""
        client = request.args.get("sap-client", CLIENT)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if client == CLIENT and (compare_digest(self._given(request), self._expected) or bearer in self._bearers):
            return None
        headers = {"WWW-Authenticate": 'Basic realm="SAP NetWeaver Application Server [S4D/100]"'}
        return Response(_LOGON_PAGE, 401, headers, mimetype="text/html")

    @staticmethod
    def _given(request: Request) -> bytes:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        try:
            return base64.b64decode(text, validate=True) if scheme.lower() == "basic" else b""
        except (binascii.Error, ValueError):
            return b""

    def give_token(self, request: Request, body: bytes) -> Response:
        """Token endpoint: user and password are those of the client."""
        form = dict(part.split("=", 1) for part in body.decode().split("&") if "=" in part)
        if not compare_digest(self._given(request), self._expected):
            return Response(json.dumps({"error": "invalid_client"}), 401, mimetype="application/json")
        if form.get("grant_type") != "client_credentials":
            return Response(json.dumps({"error": "unsupported_grant_type"}), 400, mimetype="application/json")
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._bearers.add(token)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return Response(json.dumps(answer), mimetype="application/json")

    def forget_bearers(self) -> None:
        """Let every access token end before its time."""
        with self._lock:
            self._bearers.clear()

    def hand_out(self, request: Request, response: Response) -> None:
        """Give a token with its cookies where the request asks for one."""
        if request.headers.get("x-csrf-token", "").lower() != "fetch":
            return
        with self._lock:
            session = request.cookies.get(_COOKIE, "")
            if session not in self._tokens:
                session = secrets.token_urlsafe(24)
                self._tokens[session] = secrets.token_urlsafe(16)
            response.headers["x-csrf-token"] = self._tokens[session]
        response.set_cookie(_COOKIE, session, httponly=True, path="/")
        response.set_cookie("sap-usercontext", f"sap-client={CLIENT}", path="/")

    def token_missing(self, request: Request) -> bool:
        """Whether a change comes without the token of its session."""
        token = self._tokens.get(request.cookies.get(_COOKIE, ""))
        return token is None or not compare_digest(token.encode(), request.headers.get("x-csrf-token", "").encode())

    def expire(self) -> None:
        """Forget all tokens."""
        with self._lock:
            self._tokens.clear()


def token_required() -> Response:
    """The 403 that asks for a (new) token; nothing was done."""
    return Response("CSRF token validation failed", 403, {"x-csrf-token": "Required"}, mimetype="text/plain")


def logon_page() -> Response:
    """A logon page that comes with 200, as some gateways do."""
    return Response(_LOGON_PAGE, 200, mimetype="text/html")
