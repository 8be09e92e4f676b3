"""Sign-in with a local account (password and one-time code), sign-out, and the brake on guessing.

It gives no rights: roles and scope are looked up with every request.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from threading import Lock

from flask import Blueprint, current_app, g, redirect, request
from werkzeug.wrappers import Response

from bot.web.accounts import check_password, code_step, token_hash
from bot.web.deps import Deps
from bot.web.security import deps, page, require_token, safe_next

auth = Blueprint("auth", __name__)

WRONG = "Mail address, password or code is not right. A code works once; wait for the next one and try again."
SLOW_DOWN = "Too many failed tries. Wait a quarter of an hour, or ask your administrator."
PER_ADDRESS = 4  # an office shares one address: it may fail this many times as often as one account


class Brake:
    """Counts failed sign-ins per account and per address in this process; forgets them after the window."""

    def __init__(self, allowed: int, window: timedelta) -> None:
        self._allowed, self._window = allowed, window
        self._failures: dict[str, list[datetime]] = defaultdict(list)
        self._lock = Lock()

    def stops(self, who: str, now: datetime, factor: int = 1) -> bool:
        """Whether this account or address has failed too often lately."""
        with self._lock:
            recent = [at for at in self._failures.get(who, ()) if now - at < self._window]
            if recent:
                self._failures[who] = recent
            else:
                self._failures.pop(who, None)
            return len(recent) >= self._allowed * factor

    def failed(self, who: str, now: datetime) -> None:
        """Count one failure."""
        with self._lock:
            self._failures[who].append(now)

    def forget(self, who: str) -> None:
        """Start again after a success."""
        with self._lock:
            self._failures.pop(who, None)


@auth.get("/sign-in")
def sign_in_page() -> Response:
    """The form; a signed-in person goes straight on."""
    target = safe_next(request.args.get("next"))
    return redirect(target, 303) if g.person else page("sign_in", next=target, email="", problem="")


@auth.post("/sign-in")
def sign_in() -> Response:
    """Check password and code; begin a session and go to the page of the link."""
    given, brake = deps(), _brake()
    email, target = request.form.get("email", "").strip().lower()[:254], safe_next(request.form.get("next"))
    now, address = given.clock.now(), f"address {request.remote_addr}"
    if brake.stops(email, now) or brake.stops(address, now, PER_ADDRESS):
        refused = page("sign_in", 429, next=target, email=email, problem=SLOW_DOWN)
        refused.headers["Retry-After"] = str(int(given.settings.failure_window.total_seconds()))
        return refused
    if not _proves(given, email, now):
        brake.failed(email, now)
        brake.failed(address, now)
        return page("sign_in", 403, next=target, email=email, problem=WRONG)
    brake.forget(email)
    return _begin(given, email, now, target)


@auth.post("/sign-out")
def sign_out() -> Response:
    """End this browser's session."""
    require_token("sign-out", "")
    deps().sessions.close(g.session.token_hash)
    response = redirect("/sign-in", 303)
    response.delete_cookie(deps().settings.cookie, path="/", secure=deps().settings.secure, httponly=True)
    return response


def _proves(given: Deps, email: str, now: datetime) -> bool:
    """Whether password and code are right; both are always computed, so that time tells nothing."""
    right = check_password(given.accounts.password_hash(email), request.form.get("password", "")[:1024])
    step = code_step(given.accounts.totp_secret(email), request.form.get("code", "")[:12], now)
    someone = given.people.find(email)
    if not right or step is None or someone is None or not someone.active:
        return False
    return given.accounts.use_totp_step(email, step)


def _begin(given: Deps, email: str, now: datetime, target: str) -> Response:
    """A fresh session id with every sign-in; an earlier session of this browser ends."""
    settings, token = given.settings, given.new_token()
    if g.session is not None:
        given.sessions.close(g.session.token_hash)
    hours = timedelta(hours=settings.session_hours)
    given.sessions.open(token_hash(token), email, now, now + hours)
    response = redirect(target, 303)
    response.set_cookie(
        settings.cookie, token, max_age=hours, path="/", secure=settings.secure, httponly=True, samesite="Lax"
    )
    return response


def _brake() -> Brake:
    found: Brake = current_app.config["BRAKE"]
    return found
