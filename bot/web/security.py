"""What every request passes: host, origin, size and session on the way in, headers on the way out.

It knows no orders; who may see which order is decided in `orders`.
"""

import hashlib
import hmac
import re
from datetime import timedelta
from typing import NoReturn

from flask import Flask, Request, Response, abort, current_app, g, redirect, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from bot.orders.model import Person
from bot.render.templates import render
from bot.web.accounts import token_hash
from bot.web.deps import Deps, Session

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN = frozenset({"/sign-in", "/static/console.css", "/livez", "/readyz"})
PROBES = frozenset({"/livez", "/readyz"})
KEY = re.compile(r"\b[A-Z0-9]{12}\b")
_NEXT = re.compile(r"/(a/[A-Z0-9]{12}|runs|runs/[\w.-]{1,80})?")
_TOUCH = timedelta(minutes=1)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


def deps() -> Deps:
    """What the application was built with."""
    found: Deps = current_app.config["DEPS"]
    return found


def guard(app: Flask) -> None:
    """Install the checks and headers on every route of the application."""
    app.before_request(_check)
    app.after_request(_dress)
    app.register_error_handler(HTTPException, _explain)


def person() -> Person:
    """The signed-in person; only routes outside `OPEN` may ask."""
    found: Person = g.person
    return found


def page(template: str, status: int = 200, **context: object) -> Response:
    """One page of the console with what every page needs."""
    settings = deps().settings
    shared = {
        "person": g.get("person"),
        "timezone": settings.timezone,
        "now": deps().clock.now(),
        "sign_out_token": form_token("sign-out", "") if g.get("session") else "",
    }
    return Response(render(f"web/{template}.html.j2", {**shared, **context}, settings.templates), status)


def message(status: int, heading: str, text: str, link: tuple[str, str] | None = None) -> Response:
    """A page that only says something, with at most one link (address, text)."""
    target = {"href": link[0], "text": link[1]} if link else None
    return page("message", status, heading=heading, text=text, link=target)


def form_token(subject: str, content_hash: str) -> str:
    """Binds a form to the session, to what it is about and to the content that was shown."""
    session: Session = g.session
    said = f"{session.token_hash}\n{subject}\n{content_hash}".encode()
    return hmac.new(deps().secret_key, said, hashlib.sha256).hexdigest()


def form_fields(subject: str, content_hash: str) -> Markup:
    """The hidden fields of a bound form."""
    field = Markup('<input type="hidden" name="{}" value="{}">')
    token = field.format("token", form_token(subject, content_hash))
    return token + field.format("content_hash", content_hash)


def require_token(subject: str, content_hash: str) -> None:
    """Refuse a form that this session was not shown."""
    if not hmac.compare_digest(form_token(subject, content_hash).encode(), request.form.get("token", "").encode()):
        _refuse("This form was not made for your session. Open the page again and repeat what you did.")


def safe_next(target: str | None) -> str:
    """A page of this console to go to after sign-in; anything else becomes the inbox."""
    return target if target and _NEXT.fullmatch(target) else "/"


def _check() -> BaseResponse | None:
    settings = deps().settings
    if request.path not in PROBES and request.host not in settings.allowed_hosts:
        abort(400, f"This console does not answer for the host {request.host[:80]}.")
    if request.method not in SAFE and not _same_origin(request, settings.origin):
        _refuse("The request did not come from a page of this console. Open the console and repeat what you did.")
    g.session, g.person = _signed_in()
    if g.person is None and request.path not in OPEN:
        here = re.sub(r"^(/a/[A-Z0-9]{12})/.*$", r"\1", request.path)
        return redirect(f"/sign-in?next={safe_next(here)}", 303)
    return None


def _same_origin(asked: Request, origin: str) -> bool:
    """Browsers name the site of a request; without that, the origin must be ours. Neither means no."""
    site = asked.headers.get("Sec-Fetch-Site")
    return site == "same-origin" if site is not None else asked.headers.get("Origin") == origin


def _signed_in() -> tuple[Session | None, Person | None]:
    """Session and person of the cookie; both None when it is unknown, too old, idle, or the person is inactive."""
    given, cookie = deps(), request.cookies.get(deps().settings.cookie, "")
    session = given.sessions.find(token_hash(cookie)) if cookie else None
    if session is None:
        return None, None
    now, idle = given.clock.now(), timedelta(minutes=given.settings.idle_minutes)
    if now >= session.expires_at or now - session.seen_at >= idle:
        return None, None
    someone = given.people.find(session.email)
    if someone is None or not someone.active:
        return None, None
    if now - session.seen_at >= _TOUCH:
        given.sessions.touch(session.token_hash, now)
    return session, someone


def _dress(response: Response) -> Response:
    for header, value in HEADERS.items():
        response.headers[header] = value
    if deps().settings.secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


_SAID = {
    404: ("Nothing here", "There is no such page, or it is not for you."),
    405: ("Not possible", "This address does not answer that kind of request."),
    413: ("Too large", "The request was larger than 64 kB."),
    500: ("Something went wrong", "It was our mistake. Nothing was decided; try again, or tell your administrator."),
}


def _explain(error: HTTPException) -> Response:
    status = error.code or 500
    heading, text = _SAID.get(status, ("Refused", str(error.description)))
    response = message(status, heading, text)
    if status == 405 and error.response is None:
        allowed = [value for name, value in error.get_headers() if name == "Allow"]
        response.headers["Allow"] = ", ".join(allowed)
    return response


def _refuse(text: str) -> NoReturn:
    abort(403, text)
