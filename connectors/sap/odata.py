"""Speaks OData V2 and V4 as an SAP Gateway does: reading page by page, tokens for writing, messages of errors.

It knows no entity: which sets and fields are read and written is the business of the s4 modules.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from bot.errors import NeedsAdmin, Refused, Retryable, StopRun
from connectors.http import Answer, HttpSession, Outcome, Problem, classify_write, plain_problem

Row = dict[str, Any]
_JSON = {"Accept": "application/json"}
_MOST_MESSAGES = 20


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


def problem(answer: Answer) -> Problem:
    """All messages of an error body of either version; a body that is no JSON is described by its start."""
    try:
        error = answer.json()["error"]
        message = error["message"]
        first = message["value"] if isinstance(message, dict) else message
        code = str(error.get("code", ""))
        inner = error.get("innererror") or {}
        details = [*(error.get("details") or ()), *(inner.get("errordetails") or ())]
    except (ValueError, KeyError, TypeError, AttributeError):
        return plain_problem(answer)
    lines = [f"{code}: {first}" if code else str(first)]
    for detail in details[:_MOST_MESSAGES]:
        line = f"{detail.get('code', '')}: {detail.get('message', '')}"
        if line not in lines and detail.get("message") != first:
            lines.append(line)
    return Problem("; ".join(lines), code)


def classifier(lock_codes: frozenset[str]) -> Any:
    """Refine the outcomes of writes: locks (409, 423, or 400 with a listed code) and a named wait did nothing."""

    def classify(result: Answer | Exception) -> Outcome:
        if isinstance(result, Exception):
            return classify_write(result)
        busy = result.status in {409, 423} or (result.status == 503 and "Retry-After" in result.headers)
        if busy or (result.status == 400 and problem(result).code in lock_codes):
            return Outcome.NOT_SENT
        return classify_write(result)

    return classify


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
    """Reads sets page by page and writes with a token; `params` (client, language) go with every call."""

    def __init__(self, http: HttpSession, params: Mapping[str, str]) -> None:
        self._http = http
        self._params = dict(params)
        self._token = ""

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

    def write(self, service: Service, method: str, path: str, payload: object = None, *, key: str) -> Answer:
        """Send one change; only a refused token, which the server judges before the change, sends it again once."""
        body = b"" if payload is None else encode(payload)
        headers = {**_JSON, "Content-Type": "application/json"}
        for token in (self._token or self._fetch_token(service), ""):
            sent = {**headers, "x-csrf-token": token or self._fetch_token(service)}
            answer = self._http.send_once(
                method,
                f"{service.path}/{path}",
                body,
                query=self._params,
                headers=sent,
                key=key,
                admit=_token_required if token else None,
            )
            if not _token_required(answer):
                return answer
        raise Retryable("the system refused a fresh token")  # pragma: no cover - the second pass returns or raises

    def _fetch_token(self, service: Service) -> str:
        answer = self._http.get(service.root, self._params, headers={**_JSON, "x-csrf-token": "Fetch"})
        self._token = answer.headers.get("x-csrf-token", "")
        self._http.redact.add(self._token)
        return self._token

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
        body = self._json(service, link)
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
        for _ in range(2):
            answer = self._http.get(link, headers=_JSON)
            if answer.content_type not in {"application/json", ""}:
                what = f"the service answers {answer.content_type} instead of JSON"
                raise NeedsAdmin(what, link.partition("?")[0], "Check the address of the service and any proxy.")
            try:
                return answer.json(exact=exact)
            except ValueError:
                continue
        raise Retryable(f"{link.partition('?')[0]}: the answer was cut off twice")

    def _stop(self, query: Query, what: str) -> StopRun:
        remedy = "Run again; if it repeats, tell the administrator of the system that paging is broken."
        return StopRun(f"reading {query.entity_set}: {what}", remedy)


def _token_required(answer: Answer) -> bool:
    return answer.status == 403 and answer.headers.get("x-csrf-token", "").lower() == "required"
