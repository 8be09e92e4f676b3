"""Speaks OData V2 and V4 as an SAP Gateway does: reading page by page, tokens for writing, messages of errors.

It knows no entity: which sets and fields are read and written is the business of the s4 modules.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from threading import local
from typing import Any

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.ports_reading import Pages
from connectors.http import Answer, HttpSession
from connectors.oauth import TokenSource
from connectors.sap.odata_batch import CONTENT_TYPE, Part, build, parse
from connectors.sap.odata_outcomes import nothing_changed, token_required
from connectors.sap.odata_pages import Page, Row, check_count, page_of, pages, stop
from connectors.sap.odata_query import Change, Query, Service, day, encode, key_path, one_of, text

__all__ = ["ODataSession", "Query", "Row", "Service", "day", "encode", "key_path", "one_of", "text"]
_NOT_OFFERED = (400, 501)  # answers to an order or a condition that a service does not know
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
        self.unordered: set[tuple[str, str]] = set()  # sets that are not paged by their key

    def pages(self, service: Service, query: Query) -> Iterator[list[Row]]:
        """Yield the rows of a set page by page, compared with the server's own count: see `odata_pages`."""
        return pages(_Source(self, service), query)

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
            raise stop(queries[0], f"{len(parts)} answers came to {len(queries)} questions")
        return parts

    def _rest(self, service: Service, query: Query, part: Part) -> Iterator[list[Row]]:
        """Rows of one part; a part that did not work, or is not the whole, is read alone, which waits or says why."""
        link = self._http.url(f"{service.path}/{query.entity_set}")
        answer = Answer(part.status, {"Content-Type": "application/json"}, part.body, link)
        try:
            body = answer.json(exact=_exact(service)) if part.status == 200 else None
        except ValueError:
            body = None
        if body is None:
            yield from self.pages(service, query)
            return
        page = self.page(service, link, body)
        if page.following is not None:
            yield from self.pages(service, query)
            return
        check_count(query, page)
        yield page.rows

    def _relative(self, service: Service, query: Query) -> str:
        return self.link(service, query).removeprefix(self._http.url(service.root))

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
                admit=partial(self._judged_here, change, token),
            )
            if change.guarded and nothing_changed(answer):
                what = self._http.redact(self._http.describe(answer).message)
                raise Retryable(f"{change.method} {change.path}: {what}")
            if not self._refused(answer):
                return answer
            if self._tokens and answer.status == 401:
                self._tokens.forget()
        raise Retryable("the system refused a fresh token")  # pragma: no cover - the second pass returns or raises

    def _judged_here(self, change: Change, token: str, answer: Answer) -> bool:
        return (token != "" and self._refused(answer)) or (change.guarded and nothing_changed(answer))

    def _refused(self, answer: Answer) -> bool:
        """Whether a token was refused, which the server does before anything else."""
        return token_required(answer) or (self._tokens is not None and answer.status == 401)

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

    def link(self, service: Service, query: Query, *, ordered: bool = False) -> str:
        """Address of the first page of a set."""
        options: dict[str, str | int] = {**self._params, "$select": ",".join(query.select)}
        if query.where:
            options["$filter"] = query.where
        if query.expand:
            options["$expand"] = query.expand
        if ordered:
            options["$orderby"] = query.lead
        counted = {"$inlinecount": "allpages", "$format": "json"} if service.version == 2 else {"$count": "true"}
        return self._http.url(f"{service.path}/{query.entity_set}", {**options, **counted})

    def page(self, service: Service, link: str, body: Any) -> Page:
        """Page in the body of an answer."""
        return page_of(service.version, body, link, self._http.url(service.root))

    def json(self, service: Service, link: str, kept: Pages | None, *, again: bool, allow: tuple[int, ...] = ()) -> Any:
        """Body of an answer, kept or asked for; None when its status is one of `allow`."""
        known = kept.get(link) if kept and not again else None
        if known is not None:
            return json.loads(known, parse_float=_exact(service))
        for _ in range(2):
            answer = self._get(link, None, _JSON, allow)
            if answer.status in allow:
                return None
            if answer.content_type not in {"application/json", ""}:
                what = f"the service answers {answer.content_type} instead of JSON"
                raise NeedsAdmin(what, link.partition("?")[0], "Check the address of the service and any proxy.")
            try:
                found = answer.json(exact=_exact(service))
            except ValueError:
                continue
            if kept:
                kept.put(link, answer.body)
            return found
        raise Retryable(f"{link.partition('?')[0]}: the answer was cut off twice")


class _Source:
    """One service of a session, as pages are asked of it."""

    def __init__(self, session: ODataSession, service: Service) -> None:
        self._session, self._service = session, service

    def first(self, query: Query, *, again: bool) -> Page:
        return self.follow(query, self._session.link(self._service, query), again=again)

    def ordered(self, query: Query, *, again: bool) -> Page | None:
        place = (self._service.path, query.entity_set)
        if place in self._session.unordered:
            return None
        link = self._session.link(self._service, query, ordered=True)
        body = self._session.json(self._service, link, self._kept(query), again=again, allow=_NOT_OFFERED)
        if body is None:
            self._session.unordered.add(place)
            return None
        return self._session.page(self._service, link, body)

    def follow(self, query: Query, link: str, *, again: bool) -> Page:
        body = self._session.json(self._service, link, self._kept(query), again=again)
        return self._session.page(self._service, link, body)

    def forget(self) -> None:
        if self._session.kept:
            self._session.kept.clear()

    def _kept(self, query: Query) -> Pages | None:
        return self._session.kept if query.lasting else None


def _exact(service: Service) -> type[Decimal] | None:
    """Version 4 writes decimals as numbers, version 2 as text."""
    return Decimal if service.version == 4 else None
