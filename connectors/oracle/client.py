"""The Fusion REST session: sign-on, headers, pages with checked invariants, documents, actions.

It knows resources by the name it is given and maps nothing; writes are sent once, no redirect leads to another host.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

from bot.errors import OutcomeUnknown, Retryable, StopRun
from bot.ports import Clock, Pages
from connectors.answers import Answer, Limits, Outcome
from connectors.http import Auth, HttpSession, basic_auth, classify_write
from connectors.oracle.settings import FusionSettings, OAuthClient
from connectors.oracle.wire import Columns, Row, describe, encode

_SERVICES = "/fscmRestApi/"
ROOT = f"{_SERVICES}resources/11.13.18.05"
RESOURCE_TYPE = "application/vnd.oracle.adf.resourceitem+json"
ACTION_TYPE = "application/vnd.oracle.adf.action+json"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_EARLY = 60.0  # seconds before its end at which a token is renewed
_REPORT = "Report the answer to the administrator of the Fusion system; nothing is ordered on doubtful lists."


def classify(result: Answer | Exception) -> Outcome:
    """Outcome of a write: as everywhere, and a redirect is the sign-on page, shown before anything is done."""
    if isinstance(result, Answer) and result.status in _REDIRECTS:
        return Outcome.DENIED
    return classify_write(result)


class TokenSource:
    """Access tokens by client credentials, kept until a minute before they end."""

    def __init__(self, oauth: OAuthClient, clock: Clock, ca_bundle: str) -> None:
        self._oauth, self._clock = oauth, clock
        auth = basic_auth(oauth.client_id, oauth.client_secret.get_secret_value())
        base, _, self._path = oauth.token_url.rpartition("/")
        self._session = HttpSession(base, clock, auth, Limits(call=60.0), classify=classify, verify=ca_bundle or True)
        self._token, self._until = "", 0.0

    def header(self) -> str:
        """Authorization header; Retryable or NeedsAdmin when no token can be had."""
        if self._clock.monotonic() >= self._until:
            self._renew()
        return f"Bearer {self._token}"

    def forget(self) -> None:
        """Ask for a new token next time."""
        self._until = 0.0

    def _renew(self) -> None:
        form = urlencode({"grant_type": "client_credentials", "scope": self._oauth.scope}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            answer = self._session.send_once("POST", self._path, form, headers=headers)
            found = answer.json()
            self._token, seconds = str(found["access_token"]), float(found.get("expires_in", 300))
        except OutcomeUnknown as error:
            raise Retryable(error.what) from None
        except (ValueError, KeyError, TypeError):
            raise Retryable("the identity domain answered without an access token") from None
        self._until = self._clock.monotonic() + seconds - min(_EARLY, seconds / 2)


class FusionClient:
    """One pod; rows are dicts with Decimal for fractions, ids are integers or text."""

    def __init__(self, settings: FusionSettings, clock: Clock, limits: Limits | None = None) -> None:
        self._tokens = TokenSource(settings.oauth, clock, settings.ca_bundle) if settings.oauth else None
        auth = (
            Auth(self._tokens.header)
            if self._tokens
            else basic_auth(settings.user, settings.password.get_secret_value())
        )
        headers = {
            "REST-Framework-Version": str(settings.framework_version),
            "Accept": "application/json",
            "Accept-Language": "en-US",
        }
        limits = limits or Limits(read=30.0, body=64 << 20)
        self._base = settings.base_url.rstrip("/")
        base = self._base + ROOT
        verify: bool | str = settings.ca_bundle or True
        self._session = HttpSession(base, clock, auth, limits, headers, describe, classify, verify=verify)
        self._page_size = settings.page_size
        self.kept: Pages | None = None  # pages of a reading under way

    @property
    def http(self) -> HttpSession:
        """The session below, for an examination that wants to see every answer."""
        return self._session

    def pages(
        self,
        resource: str,
        key: Sequence[str],
        *,
        fields: Sequence[str] = (),
        q: str = "",
        expand: str = "",
        newest_first: bool = False,
    ) -> Iterator[list[Row]]:
        """Yield the pages of a list ordered by `key`, which is unique.

        With `fields`, rows hold these attributes and no links. Raises StopRun when pages contradict themselves
        or repeat a key, Retryable and NeedsAdmin as every read. Newest first, rows that others add meanwhile
        push known ones onto the next page: these repeats are dropped, nothing is lost.
        """
        order = "desc" if newest_first else "asc"
        query: dict[str, str | int] = {"limit": self._page_size, "orderBy": ",".join(f"{name}:{order}" for name in key)}
        query |= {"fields": ",".join(fields), "onlyData": "true"} if fields else {}
        query |= {"q": q} if q else {}
        query |= {"expand": expand} if expand else {}
        seen: set[tuple[Any, ...]] = set()
        offset = 0
        while True:
            rows, more = self._page(resource, {**query, "offset": offset}, offset)
            fresh = {tuple(row.get(name) for name in key): row for row in rows}
            repeated = len(fresh) < len(rows) or not seen.isdisjoint(fresh)
            if repeated and (not newest_first or seen.issuperset(fresh)):
                raise StopRun(f"{resource}: rows repeat between offset {offset} and {offset + len(rows)}", _REPORT)
            if rows:
                yield [row for values, row in fresh.items() if values not in seen] if repeated else rows
            seen.update(fresh)
            if not more:
                return
            offset += len(rows)

    def columns(self, resource: str, key: Sequence[str], fields: Sequence[str], q: str = "") -> Columns:
        """Read a whole list column by column; every column has the same length."""
        found: Columns = {name: [] for name in fields}
        for rows in self.pages(resource, key, fields=fields, q=q):
            for name, column in found.items():
                column.extend([row.get(name) for row in rows])
        return found

    def rows(
        self, resource: str, key: Sequence[str], q: str = "", *, fields: Sequence[str] = (), expand: str = ""
    ) -> list[Row]:
        """Read a short list whole; attributes that were asked for and did not come are None."""
        blank = dict.fromkeys(name for field in fields for name in field.partition(";")[0].split(","))
        pages = self.pages(resource, key, q=q, fields=fields, expand=expand)
        return [{**blank, **row} for page in pages for row in page]

    def create(self, resource: str, body: Row, key: str) -> Row:
        """Create a row; Retryable, Refused, NeedsAdmin or OutcomeUnknown(key) when it did not work."""
        return self._send("POST", resource, RESOURCE_TYPE, body, key)

    def act(self, link: str, action: str, body: Row, key: str) -> Any:
        """Run an action on a row and return its `result`, which says whether the business step worked."""
        answer = self._send("POST", f"{link}/action/{action}", ACTION_TYPE, body, key)
        if "result" not in answer:
            raise OutcomeUnknown(key, f"{action}: the answer has no result")
        return answer["result"]

    def delete(self, link: str, key: str) -> None:
        """Delete a row."""
        self._session.send_once("DELETE", link, headers={"Content-Type": RESOURCE_TYPE}, key=key)

    def self_link(self, row: Row) -> str:
        """Opaque address of a row; StopRun when there is none.

        Pods behind a gateway name themselves by another host: the path is theirs, the host is always the settings'.
        """
        for link in row.get("links") or []:
            path = urlsplit(str(link.get("href", ""))).path if isinstance(link, dict) else ""
            if _SERVICES in path and link.get("rel") == "self":
                return self._session.url(self._base + path[path.index(_SERVICES) :])
        raise StopRun("a row came without its self link", _REPORT)

    def redact(self, text: str) -> str:
        """Take secrets out of a text."""
        return self._session.redact(text)

    def _page(self, resource: str, query: dict[str, str | int], offset: int) -> tuple[list[Row], bool]:
        found = self._read(resource, query)
        rows = found.get("items") or [] if isinstance(found, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise StopRun(f"{resource}: the answer is not a page", _REPORT)
        count, more = found.get("count"), found.get("hasMore") is True
        if count != len(rows) or found.get("offset") != offset or (more and not rows):
            stated = f"count {count}, offset {found.get('offset')}, hasMore {found.get('hasMore')}"
            raise StopRun(f"{resource}: {len(rows)} rows at offset {offset} came with {stated}", _REPORT)
        return rows, more

    def _read(self, path: str, query: dict[str, str | int]) -> Any:
        name = self._session.url(path, query)
        known = self.kept.get(name) if self.kept else None
        if known is not None:
            return json.loads(known, parse_float=Decimal)
        answer = self._get(path, query)
        found = self._json(answer)
        if self.kept:
            self.kept.put(name, answer.body)
        return found

    def _get(self, path: str, query: dict[str, str | int]) -> Answer:
        """Read; the sign-on page, here or on another host, is NeedsAdmin by the session's own rules."""
        if self._tokens is None:
            return self._session.get(path, query)
        answer = self._session.get(path, query, allow=(401,))
        if answer.status == 401:
            self._tokens.forget()
            answer = self._session.get(path, query)
        return answer

    def _json(self, answer: Answer) -> Any:
        try:
            return answer.json(exact=Decimal)
        except ValueError:
            raise Retryable(f"{answer.url.partition('?')[0]}: the answer is not JSON") from None

    def _send(self, method: str, path: str, media: str, body: Row, key: str) -> Row:
        answer = self._session.send_once(method, path, encode(body), headers={"Content-Type": media}, key=key)
        try:
            found = answer.json(exact=Decimal)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise OutcomeUnknown(key, f"{method} {answer.url}: the answer cannot be read")
        return found


def take(
    pages: Iterator[list[Row]], most: int, keep: Callable[[Row], bool], enough: Callable[[Row, Row], bool]
) -> list[Row]:
    """Rows that `keep` accepts, from the first on: at least `most`, and on until `enough` of the first and the last."""
    found, read, first = [], 0, None
    for rows in pages:
        found += [row for row in rows if keep(row)]
        read, first = read + len(rows), first or rows[0]
        if read >= most and enough(first, rows[-1]):
            break
    return found
