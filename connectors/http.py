"""One pinned HTTP session for every connector: deadlines, size limits, retried reads, writes that are sent once.

It knows no vendor: error bodies are described, and outcomes of writes specialised, by the connector.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import NoReturn
from urllib.parse import quote, urlencode, urljoin, urlsplit

import requests
import tenacity
import urllib3
from requests.adapters import HTTPAdapter

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.ports import Clock
from connectors import trace
from connectors.answers import WRITE_OUTCOMES, Answer, AnswerLost, Limits, Outcome, Problem, Redactor, plain_problem
from connectors.http_auth import Auth, basic_auth, bearer_auth, no_auth, secret_cookies, trusted_file
from connectors.http_outcomes import HANDSHAKE, classify_write, denied, retry_after
from connectors.pace import Pace

__all__ = [
    "WRITE_OUTCOMES", "Answer", "Auth", "HttpSession", "Limits", "Outcome", "Problem", "Redactor", "TooLargeError",
    "TooSlowError", "basic_auth", "bearer_auth", "classify_write", "no_auth", "plain_problem", "trusted_file",
]  # fmt: skip

_LOG = logging.getLogger(__name__)
_CHUNK = 1 << 16
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_RETRIED_READS = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class TooSlowError(requests.Timeout):
    """The whole call took longer than its deadline although bytes kept coming."""


class TooLargeError(requests.RequestException):
    """The answer is larger than the session allows."""


class _AgainError(Exception):
    """A read that is worth another attempt."""

    def __init__(self, what: str, retry_after: float | None = None) -> None:
        super().__init__(what)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class _Read:
    """One question, and the statuses beside 2xx that its asker wants to see."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes = b""
    allow: frozenset[int] = frozenset()


@dataclass(slots=True)
class HttpSession:
    """A session pinned to one base URL; each thread has connections and cookies of its own.

    `describe` turns a vendor's error body into a Problem, `classify` is `classify_write` or a
    connector's refinement of it, `verify` a CA bundle, `cert` a client certificate with its key, `pace` bounds calls of
    all sessions that share it.
    """

    base_url: str
    clock: Clock
    auth: Auth = field(default_factory=no_auth)
    limits: Limits = field(default_factory=Limits)
    headers: Mapping[str, str] = field(default_factory=dict)
    describe: Callable[[Answer], Problem] = plain_problem
    classify: Callable[[Answer | Exception], Outcome] = classify_write
    verify: bool | str = True
    cert: tuple[str, str] | None = None
    pace: Pace | None = None
    redact: Redactor = field(init=False)
    _local: threading.local = field(init=False, repr=False, default_factory=threading.local)

    def __post_init__(self) -> None:
        """Let the logon tell its secrets, so that no message shows them."""
        self.base_url = self.base_url.rstrip("/")
        self.redact = Redactor(self.auth.secrets)
        self.auth.seen = self.redact.add

    @property
    def _session(self) -> requests.Session:
        """This thread's session: no retries and no redirects below this class, no proxy for loopback."""
        found: requests.Session | None = getattr(self._local, "session", None)
        if found is None:
            found = self._local.session = requests.Session()
            adapter = HTTPAdapter(max_retries=urllib3.Retry(total=0, read=False, redirect=0, status=0))
            found.mount("https://", adapter)
            found.mount("http://", adapter)
            found.trust_env = urlsplit(self.base_url).hostname not in _LOOPBACK
            found.headers.update(self.headers)
        return found

    def close(self) -> None:
        """Close this thread's idle connections and forget its cookies; the session can be used again."""
        self._session.close()
        self._session.cookies.clear()

    def cookies(self) -> list[str]:
        """Names of the cookies that the server has set in this thread; their values are secrets."""
        return [str(name) for name in self._session.cookies.keys()]  # noqa: SIM118 - iterating a jar gives cookies

    def url(self, path: str, query: Mapping[str, str | int] | None = None) -> str:
        """Absolute URL below the base; an absolute `path` must point to the same host. Blanks become %20."""
        url = path if "://" in path else f"{self.base_url}/{path.lstrip('/')}"
        self._check_host(url)
        text = urlencode(dict(query or {}), quote_via=quote, safe="$,()'/:*")
        return url if not text else f"{url}{'&' if '?' in url else '?'}{text}"

    def get(
        self,
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        allow: Iterable[int] = (),
    ) -> Answer:
        """Read, again on the listed conditions; statuses in `allow` are returned beside 2xx.

        Raises Retryable when attempts or time are used up, NeedsAdmin for logon, authorisation,
        sign-in pages, foreign redirects and every other status.
        """
        url = self.url(path, query)
        return self._reading(_Read("GET", url, dict(headers or {}), allow=frozenset(allow)))

    def ask(self, path: str, body: bytes, *, headers: Mapping[str, str], allow: Iterable[int] = ()) -> Answer:
        """Read by POST, for services that offer no other way; it is asked again and raises as `get` does.

        For questions only: what changes anything on the other side is sent by `send_once`.
        """
        return self._reading(_Read("POST", self.url(path), dict(headers), body, frozenset(allow)))

    def _reading(self, read: _Read) -> Answer:
        started = self.clock.monotonic()
        backoff = tenacity.wait_random_exponential(multiplier=0.5, max=20)

        def wait(state: tenacity.RetryCallState) -> float:
            asked = getattr(state.outcome.exception() if state.outcome else None, "retry_after", None)
            return max(backoff(state), min(asked or 0.0, self.limits.longest_wait))

        def stop(state: tenacity.RetryCallState) -> bool:
            late = self.clock.monotonic() - started + state.upcoming_sleep > self.limits.total
            return late or state.attempt_number >= self.limits.attempts

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_AgainError),
            wait=wait,
            stop=stop,
            sleep=self.clock.sleep,
            reraise=True,
        )
        try:
            return retrying(self._read_once, read)
        except _AgainError as error:
            raise Retryable(self._place(read.method, read.url, str(error)), error.retry_after) from None

    def send_once(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        key: str = "",
        admit: Callable[[Answer], bool] | None = None,
    ) -> Answer:
        """Write exactly once; `key` names the order in OutcomeUnknown, answers that `admit` accepts are returned as is.

        Raises Retryable (provably not sent), Refused, NeedsAdmin (logon, authorisation) or OutcomeUnknown.
        """
        url = self.url(path, query)
        # an idle connection that the server has closed would make "not sent" look like "unknown"
        self._session.get_adapter(url).close()
        try:
            answer = self._call(method, url, dict(headers or {}), body)
        except requests.RequestException as error:
            outcome = self.classify(error)
            what = self._place(method, url, f"{type(error).__name__}: {error}")
            if outcome is Outcome.NOT_SENT:
                raise Retryable(what) from None
            broken = isinstance(error, requests.ConnectionError)  # a time-out may find the other side still at work
            raise (AnswerLost if broken else OutcomeUnknown)(key, what) from None
        if admit is not None and admit(answer):
            return answer
        outcome = self.classify(answer)
        return answer if outcome is Outcome.OK else self._fail_write(method, answer, outcome, key)

    def _fail_write(self, method: str, answer: Answer, outcome: Outcome, key: str) -> NoReturn:
        problem = self.describe(answer)
        what = self._place(method, answer.url, problem.message)
        if outcome is Outcome.REFUSED:
            raise Refused(self.redact(problem.message), problem.code)
        if outcome is Outcome.NOT_SENT:
            raise Retryable(what, retry_after(answer, self.clock.now()))
        if outcome is Outcome.DENIED:
            raise denied(answer, problem, self.redact)
        raise OutcomeUnknown(key, what)

    def _read_once(self, read: _Read, hops: int = 3) -> Answer:
        try:
            answer = self._call(read.method, read.url, read.headers, read.body)
        except TooLargeError as error:
            raise NeedsAdmin(str(error), read.url, "Ask for smaller pages or raise the size limit.") from None
        except requests.exceptions.SSLError as error:
            if not HANDSHAKE.search(str(error)):
                raise _AgainError(f"{type(error).__name__}: {error}") from None
            remedy = "Trust the server's certificate authority, or correct the address in the settings."
            raise NeedsAdmin(self.redact(str(error)), self.base_url, remedy) from None
        except requests.RequestException as error:
            raise _AgainError(f"{type(error).__name__}: {error}") from None
        if answer.status in _RETRIED_READS and answer.status not in read.allow:
            wait = retry_after(answer, self.clock.now())
            if self.pace and wait:
                self.pace.hold(min(wait, self.limits.longest_wait))
            raise _AgainError(self.describe(answer).message, wait)
        if answer.status in _REDIRECTS and read.method == "GET" and hops and "Location" in answer.headers:
            target = urljoin(read.url, answer.headers["Location"])
            self._check_host(target)
            return self._read_once(replace(read, url=target), hops - 1)
        if answer.status in read.allow:
            return answer
        if answer.status >= 300 or answer.is_html:
            raise denied(answer, self.describe(answer), self.redact)
        return answer

    def _call(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Make one call when it is its turn."""
        with self.pace.turn() if self.pace else nullcontext():
            return self._call_now(method, url, headers, body)

    def _call_now(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Make one call within its deadline and size limit."""
        limits, started = self.limits, self.clock.monotonic()
        with self._session.request(
            method,
            url,
            data=body or None,
            headers=headers,
            auth=self.auth,
            timeout=(limits.connect, min(limits.read, limits.call)),
            allow_redirects=False,
            stream=True,
            verify=self.verify,
            cert=self.cert,
        ) as response:
            for value in secret_cookies(response.cookies):
                self.redact.add(value)
            read = b"".join(self._pieces(response, started))
            _LOG.debug("%s %s -> %s, %s bytes", method, self.redact(url), response.status_code, len(read))
            answer = Answer(response.status_code, response.headers, read, url)
        request = {"method": method, "url": url, "headers": {**self.headers, **headers}, "body": body}
        told = {"status": answer.status, "headers": answer.headers, "body": answer.body}
        trace.http(request, told, self.redact)
        return answer

    def _pieces(self, response: requests.Response, started: float) -> Iterator[bytes]:
        """Yield the body as it arrives: waiting for a full chunk would let one byte a second defeat the deadline."""
        size = 0
        try:
            while piece := response.raw.read1(_CHUNK, decode_content=True):
                size += len(piece)
                if size > self.limits.body:
                    raise TooLargeError(f"the answer is larger than {self.limits.body} bytes")
                if self.clock.monotonic() - started > self.limits.call:
                    raise TooSlowError(f"the answer took longer than {self.limits.call:g} s")
                yield piece
        except urllib3.exceptions.HTTPError as error:
            raise requests.ConnectionError(f"the answer broke off: {error}") from error

    def _check_host(self, url: str) -> None:
        """Refuse a link that leads away from the base: credentials go to one host only."""
        base, other = urlsplit(self.base_url), urlsplit(url)
        if (base.scheme, base.netloc.lower()) != (other.scheme, other.netloc.lower()):
            place = f"{other.scheme}://{other.hostname}"
            what = f"the answer leads to another host ({place}), which is not followed"
            remedy = "Correct the address in the settings, or ask the administrator of the system or proxy."
            raise NeedsAdmin(what, self.base_url, remedy)

    def _place(self, method: str, url: str, what: str) -> str:
        return self.redact(f"{method} {url.partition('?')[0]}: {what}")
