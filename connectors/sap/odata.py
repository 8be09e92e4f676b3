"""Speaks OData V2 and V4 as an SAP Gateway does: reading page by page, tokens for writing, messages of errors.

It knows no entity: which sets and fields are read and written is the business of the s4 modules.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable, StopRun
from bot.ports import Pages
from connectors.http import Answer, HttpSession
from connectors.oauth import TokenSource
from connectors.sap.odata_batch import CONTENT_TYPE, Part, build, parse
from connectors.sap.odata_outcomes import problem

Row = dict[str, Any]
_JSON = {"Accept": "application/json"}
_SESSION_COOKIE = re.compile(r"SAP_SESSIONID_([A-Z0-9]{3})_")


@dataclass(frozen=True, slots=True)
class Service:
    """One OData service: its path below the host, and whether it speaks version 2 or 4."""

    path: str
    version: int = 2

    @property
    def root(self) -> str:
        """Path of the service root, with the trailing slash that a token needs."""
        return f"{self.path}/"


@dataclass(frozen=True, slots=True)
class Query:
    """What to read of an entity set; `select` is never empty, so that a release that adds fields changes nothing."""

    entity_set: str
    select: Sequence[str]
    where: str = ""
    expand: str = ""


def text(value: str) -> str:
    """Literal of a string in a filter, its quotes doubled."""
    return "'" + value.replace("'", "''") + "'"


def day(value: date, version: int) -> str:
    """Literal of a day in a filter of that OData version."""
    return f"datetime'{value.isoformat()}T00:00:00'" if version == 2 else value.isoformat()


def one_of(field: str, values: Sequence[str]) -> str:
    """Filter that holds when the field has one of the values (no `in`: version 2 has none)."""
    return "(" + " or ".join(f"{field} eq {text(value)}" for value in values) + ")"


def key_path(entity_set: str, key: str) -> str:
    """Path of one entity with a text key; quotes doubled, everything else percent-encoded."""
    return f"{entity_set}({quote(text(key), safe=chr(39))})"


def encode(payload: object) -> bytes:
    """JSON of a version 4 payload; decimals become numbers, Refused when one has more than 15 digits."""
    return json.dumps(payload, default=_number, separators=(",", ":")).encode()


def _number(value: object) -> float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no JSON form")
    number = float(value)
    if Decimal(repr(number)) != value or len(value.normalize().as_tuple().digits) > 15:
        raise Refused(f"the number {value} is too long for the interface")
    return number


class ODataSession:
    """Reads sets page by page and writes with a token; `params` (client, language) go with every call.

    `tokens` sign on by OAuth and are renewed once when one is refused. `system_id`, where given, is compared with the
    system's own in its session cookie.
    """

    def __init__(
        self, http: HttpSession, params: Mapping[str, str], *, tokens: TokenSource | None = None, system_id: str = ""
    ) -> None:
        self._http = http
        self._params = dict(params)
        self._tokens, self._system_id = tokens, system_id
        self._token, self._batches = "", True
        self.kept: Pages | None = None  # pages of a reading under way

    def pages(self, service: Service, query: Query) -> Iterator[list[Row]]:
        """Yield the rows of a set page by page and compare their number with the server's own count.

        Raises StopRun when a page comes twice or rows are missing: nothing may be ordered on half a table.
        """
        link: str | None = self._http.url(f"{service.path}/{query.entity_set}", self._options(service, query))
        seen_links, seen_rows, rows_read, expected = set[str](), set[str](), 0, None
        while link is not None:
            seen_links.add(link)
            rows, following, count = self._page(service, link)
            expected = count if expected is None else expected
            if rows and (first := repr(rows[0])) in seen_rows:
                raise self._stop(query, "the same page came twice")
            if rows:
                seen_rows.add(first)
                rows_read += len(rows)
                yield rows
            link = following
            if link in seen_links:
                raise self._stop(query, "a page links back to one that was read")
        if expected is not None and rows_read < expected:
            raise self._stop(query, f"{rows_read} of {expected} rows came")

    def rows(self, service: Service, query: Query) -> Iterator[Row]:
        """Yield the rows of a set one by one."""
        for page in self.pages(service, query):
            yield from page

    def batch(self, service: Service, queries: Sequence[Query]) -> Iterator[list[Row]]:
        """Rows of several queries of one service, read in one request; further pages follow one by one.

        Each part is judged by its own status; raises as `pages`. Where the system offers no batches, the queries are
        read one by one.
        """
        parts = self._parts(service, queries) if self._batches else None
        if parts is None:
            for query in queries:
                yield from self.pages(service, query)
            return
        for query, part in zip(queries, parts, strict=True):
            yield from self._rest(service, query, part)

    def _parts(self, service: Service, queries: Sequence[Query]) -> list[Part] | None:
        """Answers of a batch; None where the system offers none, which is remembered."""
        headers = {"Accept": "multipart/mixed, application/json", "Content-Type": CONTENT_TYPE}
        body = build([self._relative(service, query) for query in queries])
        try:
            answer = self._sent(service, "POST", "$batch", body, headers, "")
            parts = parse(answer.headers.get("Content-Type", ""), answer.body)
        except (Refused, Retryable, OutcomeUnknown, ValueError):
            self._batches = False
            return None
        if len(parts) != len(queries):
            raise self._stop(queries[0], f"{len(parts)} answers came to {len(queries)} questions")
        return parts

    def _rest(self, service: Service, query: Query, part: Part) -> Iterator[list[Row]]:
        link = self._http.url(f"{service.path}/{query.entity_set}")
        answer = Answer(part.status, {"Content-Type": "application/json"}, part.body, link)
        if part.status != 200:
            raise NeedsAdmin(problem(answer).message, link, "Check the authorisation for this interface.")
        rows, following, _ = self._taken(service, link, answer.json(exact=Decimal if service.version == 4 else None))
        yield rows
        while following is not None:
            rows, following, _ = self._page(service, following)
            yield rows

    def _relative(self, service: Service, query: Query) -> str:
        url = self._http.url(f"{service.path}/{query.entity_set}", self._options(service, query))
        return url.removeprefix(self._http.url(service.root))

    def write(
        self,
        service: Service,
        method: str,
        path: str,
        payload: object = None,
        *,
        key: str,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one change.

        Only a refused token, of the session or of the sign-on, is judged before the change and sends it again once.
        """
        body = b"" if payload is None else encode(payload)
        sent = {**_JSON, "Content-Type": "application/json", **(headers or {})}
        return self._sent(service, method, path, body, sent, key)

    def _sent(
        self, service: Service, method: str, path: str, body: bytes, headers: Mapping[str, str], key: str
    ) -> Answer:
        for token in (self._token or self._fetch_token(service), ""):
            sent = {**headers, "x-csrf-token": token or self._fetch_token(service)}
            answer = self._http.send_once(
                method,
                f"{service.path}/{path}",
                body,
                query=self._params,
                headers=sent,
                key=key,
                admit=self._refused if token else None,
            )
            if not self._refused(answer):
                return answer
            if self._tokens and answer.status == 401:
                self._tokens.forget()
        raise Retryable("the system refused a fresh token")  # pragma: no cover - the second pass returns or raises

    def _refused(self, answer: Answer) -> bool:
        """Whether a token was refused, which the server does before anything else."""
        return _token_required(answer) or (self._tokens is not None and answer.status == 401)

    def _fetch_token(self, service: Service) -> str:
        answer = self._get(service.root, self._params, {**_JSON, "x-csrf-token": "Fetch"})
        self._token = answer.headers.get("x-csrf-token", "")
        self._http.redact.add(self._token)
        return self._token

    def _get(self, path: str, query: Mapping[str, str | int] | None, headers: Mapping[str, str]) -> Answer:
        """Read, once more with a fresh token of the sign-on where the old one is refused."""
        if self._tokens is None:
            answer = self._http.get(path, query, headers=headers)
        else:
            answer = self._http.get(path, query, headers=headers, allow=(401,))
            if answer.status == 401:
                self._tokens.forget()
                answer = self._http.get(path, query, headers=headers)
        self._check_system()
        return answer

    def _check_system(self) -> None:
        """NeedsAdmin when the session belongs to another system than the pinned one."""
        found = {match[1] for name in self._http.cookies() if (match := _SESSION_COOKIE.match(name))}
        if self._system_id and found and self._system_id not in found:
            what = f"this is system {', '.join(sorted(found))}, not {self._system_id}"
            remedy = "Correct base_url; if the system was renamed, correct system_id."
            raise NeedsAdmin(what, self._http.base_url, remedy)

    def _options(self, service: Service, query: Query) -> dict[str, str | int]:
        options: dict[str, str | int] = {**self._params, "$select": ",".join(query.select)}
        if query.where:
            options["$filter"] = query.where
        if query.expand:
            options["$expand"] = query.expand
        if service.version == 2:
            return {**options, "$inlinecount": "allpages", "$format": "json"}
        return {**options, "$count": "true"}

    def _page(self, service: Service, link: str) -> tuple[list[Row], str | None, int | None]:
        return self._taken(service, link, self._json(service, link))

    def _taken(self, service: Service, link: str, body: Any) -> tuple[list[Row], str | None, int | None]:
        try:
            if service.version == 4:
                rows, following, count = body["value"], body.get("@odata.nextLink"), body.get("@odata.count")
            else:
                inner = body["d"]
                rows = inner if isinstance(inner, list) else inner["results"]
                following, count = (
                    (None, None) if isinstance(inner, list) else (inner.get("__next"), inner.get("__count"))
                )
            counted = None if count is None else int(count)
        except (KeyError, TypeError, ValueError) as error:
            what = "the answer is not the collection that the interface describes"
            raise NeedsAdmin(what, link.partition("?")[0], "Check the address of the service.") from error
        return rows, self._follow(service, link, following), counted

    def _follow(self, service: Service, link: str, following: str | None) -> str | None:
        """Next link as given; a relative one counts from the service root, an absolute path from the host."""
        if not following:
            return None
        if following.startswith("/"):
            parts = urlsplit(link)
            return f"{parts.scheme}://{parts.netloc}{following}"
        return urljoin(self._http.url(service.root), following)

    def _json(self, service: Service, link: str) -> Any:
        exact = Decimal if service.version == 4 else None
        known = self.kept.get(link) if self.kept else None
        if known is not None:
            return json.loads(known, parse_float=exact)
        for _ in range(2):
            answer = self._get(link, None, _JSON)
            if answer.content_type not in {"application/json", ""}:
                what = f"the service answers {answer.content_type} instead of JSON"
                raise NeedsAdmin(what, link.partition("?")[0], "Check the address of the service and any proxy.")
            try:
                found = answer.json(exact=exact)
            except ValueError:
                continue
            if self.kept:
                self.kept.put(link, answer.body)
            return found
        raise Retryable(f"{link.partition('?')[0]}: the answer was cut off twice")

    def _stop(self, query: Query, what: str) -> StopRun:
        remedy = "Run again; if it repeats, tell the administrator of the system that paging is broken."
        return StopRun(f"reading {query.entity_set}: {what}", remedy)


def _token_required(answer: Answer) -> bool:
    return answer.status == 403 and answer.headers.get("x-csrf-token", "").lower() == "required"
