"""Speaks OData V2 and V4 as an SAP Gateway does: reading page by page, tokens for writing, messages of errors.

It knows no entity: which sets and fields are read and written is the business of the s4 modules.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from threading import local
from typing import Any
from urllib.parse import urljoin, urlsplit

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable, StopRun
from bot.ports import Pages
from connectors.http import Answer, HttpSession
from connectors.oauth import TokenSource
from connectors.sap.odata_batch import CONTENT_TYPE, Part, build, parse
from connectors.sap.odata_query import Change, Query, Service, day, encode, key_path, one_of, text

__all__ = ["ODataSession", "Query", "Row", "Service", "day", "encode", "key_path", "one_of", "text"]
Row = dict[str, Any]
_JSON = {"Accept": "application/json"}
_SESSION_COOKIE = re.compile(r"SAP_SESSIONID_([A-Z0-9]{3})_")


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
        self._local = local()  # a token belongs to the cookies of its thread
        self.batches = True  # until the system refuses one
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
        parts = self._parts(service, queries) if self.batches else None
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
            answer = self._sent(Change(service, "POST", "$batch", body=body, headers=headers))
            parts = parse(answer.headers.get("Content-Type", ""), answer.body)
        except (Refused, Retryable, OutcomeUnknown, ValueError):
            self.batches = False
            return None
        if len(parts) != len(queries):
            raise self._stop(queries[0], f"{len(parts)} answers came to {len(queries)} questions")
        return parts

    def _rest(self, service: Service, query: Query, part: Part) -> Iterator[list[Row]]:
        """Rows of one part and its further pages; a part that did not work is read alone, which waits or says why."""
        link = self._http.url(f"{service.path}/{query.entity_set}")
        answer = Answer(part.status, {"Content-Type": "application/json"}, part.body, link)
        try:
            body = answer.json(exact=_exact(service)) if part.status == 200 else None
        except ValueError:
            body = None
        if body is None:
            yield from self.pages(service, query)
            return
        rows, following, expected = self._taken(service, link, body)
        yield rows
        seen, rows_read = set[str](), len(rows)
        while following is not None:
            if following in seen:
                raise self._stop(query, "a page links back to one that was read")
            seen.add(following)
            rows, following, _ = self._page(service, following)
            rows_read += len(rows)
            yield rows
        if expected is not None and rows_read < expected:
            raise self._stop(query, f"{rows_read} of {expected} rows came")

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
        return self._sent(Change(service, method, path, key, body, sent))

    def change(
        self, service: Service, method: str, path: str, payload: object = None, *, key: str, select: str
    ) -> Answer:
        """Change one entity as it stands now: its ETag goes along where the system gives one.

        Retryable when somebody changed it meanwhile: read it again and decide again. `select` names one field of it.
        """
        etag = self._etag(service, path, select)
        return self.write(service, method, path, payload, key=key, headers={"If-Match": etag} if etag else None)

    def _etag(self, service: Service, path: str, select: str) -> str:
        """ETag of an entity; empty where there is none, or no such entity: the change itself will say so."""
        options: dict[str, str | int] = {**self._params, "$select": select}
        options |= {"$format": "json"} if service.version == 2 else {}
        answer = self._get(f"{service.path}/{path}", options, _JSON, (404,))
        try:
            body = answer.json()
            told = body["d"]["__metadata"].get("etag") if service.version == 2 else body.get("@odata.etag")
        except (ValueError, KeyError, TypeError, AttributeError):
            told = ""
        return str(answer.headers.get("ETag") or told or "")

    def _sent(self, change: Change) -> Answer:
        for token in (self._token() or self._fetch_token(change.service), ""):
            fresh = {"x-csrf-token": token or self._fetch_token(change.service)}
            answer = self._http.send_once(
                change.method,
                f"{change.service.path}/{change.path}",
                change.body,
                query=self._params,
                headers={**change.headers, **fresh},
                key=change.key,
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
        if self._system_id and not self._systems():
            what = f"the system does not say whether it is {self._system_id}, so nothing is sent to it"
            remedy = "Let the cookie SAP_SESSIONID_... through the proxy, or leave system_id empty."
            raise NeedsAdmin(what, self._http.base_url, remedy)
        token = self._local.token = answer.headers.get("x-csrf-token", "")
        self._http.redact.add(token)
        return token

    def _token(self) -> str:
        """The token that this thread has; empty before it asked for one."""
        return str(getattr(self._local, "token", ""))

    def _get(
        self,
        path: str,
        query: Mapping[str, str | int] | None,
        headers: Mapping[str, str],
        allow: tuple[int, ...] = (),
    ) -> Answer:
        """Read, once more with a fresh token of the sign-on where the old one is refused."""
        if self._tokens is None:
            answer = self._http.get(path, query, headers=headers, allow=allow)
        else:
            answer = self._http.get(path, query, headers=headers, allow=(*allow, 401))
            if answer.status == 401:
                self._tokens.forget()
                answer = self._http.get(path, query, headers=headers, allow=allow)
        self._check_system()
        return answer

    def _systems(self) -> set[str]:
        """Ids of the systems that gave this session a cookie."""
        return {match[1] for name in self._http.cookies() if (match := _SESSION_COOKIE.match(name))}

    def _check_system(self) -> None:
        """NeedsAdmin when the session belongs to another system than the pinned one."""
        found = self._systems()
        if self._system_id and found and found != {self._system_id}:
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
        known = self.kept.get(link) if self.kept else None
        if known is not None:
            return json.loads(known, parse_float=_exact(service))
        for _ in range(2):
            answer = self._get(link, None, _JSON)
            if answer.content_type not in {"application/json", ""}:
                what = f"the service answers {answer.content_type} instead of JSON"
                raise NeedsAdmin(what, link.partition("?")[0], "Check the address of the service and any proxy.")
            try:
                found = answer.json(exact=_exact(service))
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


def _exact(service: Service) -> type[Decimal] | None:
    """Version 4 writes decimals as numbers, version 2 as text."""
    return Decimal if service.version == 4 else None
