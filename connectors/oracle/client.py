"""The Fusion REST session: sign-on, headers, pages with checked invariants, documents, actions.

It knows resources by the name it is given and maps nothing; writes are sent once, no redirect leads to another host.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from bot.errors import OutcomeUnknown, Retryable, StopRun
from bot.ports import Clock
from bot.ports_reading import Pages
from connectors.answers import Answer, Limits
from connectors.http import HttpSession
from connectors.oracle.outcomes import classify
from connectors.oracle.paging import REPORT, Walk
from connectors.oracle.query import both
from connectors.oracle.settings import FusionSettings
from connectors.oracle.sign_on import auth, tokens
from connectors.oracle.wire import Columns, Row, describe, encode
from connectors.pace import pace_of

_SERVICES = "/fscmRestApi/"
ROOT = f"{_SERVICES}resources/11.13.18.05"
RESOURCE_TYPE = "application/vnd.oracle.adf.resourceitem+json"
ACTION_TYPE = "application/vnd.oracle.adf.action+json"
_IDS = re.compile(r"/[^/]+/(?=child/)")


class FusionClient:
    """One pod; rows are dicts with Decimal for fractions, ids are integers or text."""

    def __init__(self, settings: FusionSettings, clock: Clock, limits: Limits | None = None) -> None:
        self._tokens = tokens(settings, clock)
        self._refused = False  # whether the pod has refused a token, and no newer one has worked since
        headers = {
            "REST-Framework-Version": str(settings.framework_version),
            "Accept": "application/json",
            "Accept-Language": "en-US",
        }
        limits = limits or Limits(read=30.0, body=64 << 20)
        self._base = settings.base_url.rstrip("/")
        base = self._base + ROOT
        verify: bool | str = settings.ca_bundle or True
        sign_on = auth(settings, self._tokens)
        pace = pace_of(base, clock, settings.max_concurrent, settings.requests_per_second)
        self._session = HttpSession(base, clock, sign_on, limits, headers, describe, classify, verify=verify, pace=pace)
        self._page_size = settings.page_size
        self.kept: Pages | None = None  # pages of a reading under way
        self._unsearched: set[str] = set()  # lists that the pod does not search by their key

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
        lasting: bool = False,
    ) -> Iterator[list[Row]]:
        """Yield the pages of a list ordered by `key`, which is unique.

        With `fields`, rows hold these attributes and no links. Rows that others add or take away meanwhile hide no
        other row. Raises StopRun when pages contradict themselves or repeat a key, Retryable and NeedsAdmin as every
        read. `lasting` lists, histories and master data, may be taken from pages that a killed run has kept.
        """
        order = "desc" if newest_first else "asc"
        query: dict[str, str | int] = {"limit": self._page_size, "orderBy": ",".join(f"{name}:{order}" for name in key)}
        query |= {"fields": ",".join(fields), "onlyData": "true"} if fields else {}
        query |= {"expand": expand} if expand else {}
        kind = _IDS.sub("/", resource)
        walk = Walk(resource, key, newest_first=newest_first, by_key=kind not in self._unsearched)
        while not walk.done:
            where = both(q, walk.bound)
            asked = {**query, **({"q": where} if where else {}), "offset": walk.offset}
            found = self._page(resource, asked, walk, self.kept if lasting else None)
            if found is None:
                self._unsearched.add(kind)
                walk.without_key()
                continue
            if rows := walk.take(found[0], more=found[1]):
                yield rows

    def columns(
        self, resource: str, key: Sequence[str], fields: Sequence[str], q: str = "", *, lasting: bool = False
    ) -> Columns:
        """Read a whole list column by column; every column has the same length."""
        found: Columns = {name: [] for name in fields}
        for rows in self.pages(resource, key, fields=fields, q=q, lasting=lasting):
            for name, column in found.items():
                column.extend([row.get(name) for row in rows])
        return found

    def rows(
        self,
        resource: str,
        key: Sequence[str],
        q: str = "",
        *,
        fields: Sequence[str] = (),
        expand: str = "",
        lasting: bool = False,
    ) -> list[Row]:
        """Read a short list whole; attributes that were asked for and did not come are None."""
        blank = dict.fromkeys(name for field in fields for name in field.partition(";")[0].split(","))
        pages = self.pages(resource, key, q=q, fields=fields, expand=expand, lasting=lasting)
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
        self._write("DELETE", link, b"", RESOURCE_TYPE, key)

    def description(self, resource: str) -> Row:
        """What the pod says a resource takes and offers; empty when the answer is of another form."""
        headers = {"Accept": "application/vnd.oracle.adf.description+json"}
        found = self._json(self._get(f"{resource}/describe", {}, headers))
        described = found.get("Resources", {}).get(resource, {}) if isinstance(found, dict) else {}
        return described if isinstance(described, dict) else {}

    def self_link(self, row: Row) -> str:
        """Opaque address of a row; StopRun when there is none.

        Pods behind a gateway name themselves by another host: the path is theirs, the host is always the settings'.
        """
        for link in row.get("links") or []:
            path = urlsplit(str(link.get("href", ""))).path if isinstance(link, dict) else ""
            if _SERVICES in path and link.get("rel") == "self":
                return self._session.url(self._base + path[path.index(_SERVICES) :])
        raise StopRun("a row came without its self link", REPORT)

    def redact(self, text: str) -> str:
        """Take secrets out of a text."""
        return self._session.redact(text)

    def _page(
        self, resource: str, query: dict[str, str | int], walk: Walk, kept: Pages | None
    ) -> tuple[list[Row], bool] | None:
        """Rows of a page, and whether more follow; None when the pod refuses the condition that is on trial."""
        found = self._read(resource, query, walk, kept)
        if found is None:
            return None
        rows = found.get("items") or [] if isinstance(found, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise StopRun(f"{resource}: the answer is not a page", REPORT)
        count, more = found.get("count"), found.get("hasMore") is True
        if count != len(rows) or found.get("offset") != walk.offset or (more and not rows):
            stated = f"count {count}, offset {found.get('offset')}, hasMore {found.get('hasMore')}"
            raise StopRun(f"{resource}: {len(rows)} rows at offset {walk.offset} came with {stated}", REPORT)
        return rows, more

    def _read(self, path: str, query: dict[str, str | int], walk: Walk, kept: Pages | None) -> Any:
        name = self._session.url(path, query)
        known = kept.get(name) if kept and not walk.again else None
        if known is not None:
            return json.loads(known, parse_float=Decimal)
        answer = self._get(path, query, allow=(400,) if walk.on_trial else ())
        if answer.status == 400:
            return None
        found = self._json(answer)
        if kept:
            kept.put(name, answer.body)
        return found

    def _get(
        self,
        path: str,
        query: dict[str, str | int],
        headers: Mapping[str, str] | None = None,
        allow: tuple[int, ...] = (),
    ) -> Answer:
        """Read; the sign-on page, here or on another host, is NeedsAdmin by the session's own rules."""
        if self._tokens is None:
            return self._session.get(path, query, headers=headers, allow=allow)
        answer = self._session.get(path, query, headers=headers, allow=(*allow, 401))
        if answer.status == 401:
            self._tokens.forget()
            answer = self._session.get(path, query, headers=headers, allow=allow)
        self._refused = False
        return answer

    def _json(self, answer: Answer) -> Any:
        try:
            return answer.json(exact=Decimal)
        except ValueError:
            raise Retryable(f"{answer.url.partition('?')[0]}: the answer is not JSON") from None

    def _send(self, method: str, path: str, media: str, body: Row, key: str) -> Row:
        answer = self._write(method, path, encode(body), media, key)
        try:
            found = answer.json(exact=Decimal)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise OutcomeUnknown(key, f"{method} {answer.url}: the answer cannot be read")
        return found

    def _write(self, method: str, path: str, body: bytes, media: str, key: str) -> Answer:
        """Write once; a token that is refused did nothing, and a newer one is asked for before the next attempt."""

        def expired(answer: Answer) -> bool:
            return answer.status == 401 and self._tokens is not None and not self._refused

        answer = self._session.send_once(method, path, body, headers={"Content-Type": media}, key=key, admit=expired)
        if answer.status == 401 and self._tokens is not None:
            self._refused = True
            self._tokens.forget()
            raise Retryable(f"{method} {answer.url.partition('?')[0]}: the token was refused, nothing was done")
        self._refused = False
        return answer


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
