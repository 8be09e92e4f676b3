"""Reads a set of an OData service page by page, so that a row that leaves it meanwhile takes no other one with it.

A page begins behind the key of the page before, not behind so many rows. How a question is sent is the business of the
session.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

from bot.errors import NeedsAdmin, Retryable, StopRun
from connectors.sap.odata_query import Query, text

Row = dict[str, Any]
_READINGS = 3  # of a set that is paged by the server's own links, until they agree


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one answer, the server's link to what follows, and how many rows it counts for the question."""

    rows: list[Row]
    following: str | None = None
    count: int | None = None


class Source(Protocol):
    """Asks one service; `again` takes nothing from pages that an earlier reading has kept."""

    def first(self, query: Query, *, again: bool) -> Page:
        """First page in the server's own order."""

    def ordered(self, query: Query, *, again: bool) -> Page | None:
        """First page in the order of the leading key; None where the service does not offer that."""

    def follow(self, query: Query, link: str, *, again: bool) -> Page:
        """The page behind a link."""

    def forget(self) -> None:
        """Forget the pages that were kept."""


def page_of(version: int, body: Any, link: str, root: str) -> Page:
    """Page in an answer to `link`; NeedsAdmin when there is none."""
    try:
        if version == 4:
            rows, following, count = body["value"], body.get("@odata.nextLink"), body.get("@odata.count")
        else:
            inner = body["d"]
            rows = inner if isinstance(inner, list) else inner["results"]
            following, count = (None, None) if isinstance(inner, list) else (inner.get("__next"), inner.get("__count"))
        return Page(rows, _absolute(following, link, root), None if count is None else int(count))
    except (KeyError, TypeError, ValueError) as error:
        what = "the answer is not the collection that the interface describes"
        raise NeedsAdmin(what, link.partition("?")[0], "Check the address of the service.") from error


def _absolute(following: str | None, link: str, root: str) -> str | None:
    """Next link as given; a relative one counts from the service root, an absolute path from the host."""
    if not following:
        return None
    if following.startswith("/"):
        parts = urlsplit(link)
        return f"{parts.scheme}://{parts.netloc}{following}"
    return urljoin(root, following)


def pages(source: Source, query: Query) -> Iterator[list[Row]]:
    """Rows of a set, page by page.

    Raises StopRun when an answer contradicts itself, a row comes twice or rows are missing, Retryable when the set
    does not hold still.
    """
    page = source.ordered(query, again=False)
    expected, read, seen = page.count if page else None, 0, set[str]()
    while page is not None and page.following is not None:
        lead = page.rows[-1].get(query.lead) if page.rows else None
        ready = [row for row in page.rows if row[query.lead] != lead]
        rest = query.but(f"{query.lead} {'ge' if ready else 'gt'} {text(str(lead))}")
        following = source.ordered(rest, again=False) if isinstance(lead, str) else None
        if following is None and read:
            raise stop(query, f"no page can be asked for behind {lead}")
        if following is not None:
            rows = ready or [
                row for part in linked(source, query.but(f"{query.lead} eq {text(str(lead))}")) for row in part
            ]
            read += len(rows)
            yield _unseen(query, rows, seen)
        page = following
    if page is None:
        yield from linked(source, query)
        return
    check_count(query, page)
    yield _unseen(query, page.rows, seen)
    _check_all(source, query, expected, read + len(page.rows))


def _unseen(query: Query, rows: list[Row], seen: set[str]) -> list[Row]:
    """The rows, whose leading keys must be new."""
    leads = {str(row.get(query.lead)) for row in rows}
    if not seen.isdisjoint(leads):
        raise stop(query, "the same page came twice")
    seen |= leads
    return rows


def check_count(query: Query, page: Page) -> None:
    """Nothing follows the page, so it has every row that it counts."""
    if page.count is not None and len(page.rows) < page.count:
        raise stop(query, f"{len(page.rows)} of {page.count} rows came")


def _check_all(source: Source, query: Query, expected: int | None, read: int) -> None:
    """Fewer rows than were counted at first came: others left, or the pages do not hold what is counted."""
    if expected is None or read >= expected:
        return
    now = source.ordered(query, again=True)
    if now is None or now.count is None or read >= now.count:
        return
    source.forget()
    if now.count == expected:
        raise stop(query, f"{read} of {expected} rows came")
    raise Retryable(f"reading {query.entity_set}: {read} rows came, of {expected} and then {now.count}")


def linked(source: Source, query: Query) -> Iterator[list[Row]]:
    """Rows of a set by the server's own links, which may count rows: it is read until nothing changes meanwhile."""
    before: list[list[Row]] | None = None
    for reading in range(_READINGS):
        found, expected = _linked(source, query, again=reading > 0)
        if len(found) == 1 or _held_still(source, query, found, expected, before):
            yield from found
            return
        before = found
    source.forget()
    raise Retryable(f"reading {query.entity_set}: it changed {_READINGS} times while it was read")


def _linked(source: Source, query: Query, *, again: bool) -> tuple[list[list[Row]], int | None]:
    page = source.first(query, again=again)
    found, expected, links, firsts = [page.rows], page.count, set[str](), {repr(page.rows[:1])}
    while page.following is not None:
        if page.following in links:
            raise stop(query, "a page links back to one that was read")
        links.add(page.following)
        page = source.follow(query, page.following, again=again)
        if page.rows and repr(page.rows[:1]) in firsts:
            raise stop(query, "the same page came twice")
        firsts.add(repr(page.rows[:1]))
        found.append(page.rows)
    if not links:
        check_count(query, page)
    return found, expected


def _held_still(
    source: Source, query: Query, found: list[list[Row]], expected: int | None, before: list[list[Row]] | None
) -> bool:
    """Whether nothing left between the pages: the count stayed; of what changes by the minute, the rows themselves."""
    read = sum(map(len, found))
    now = source.first(query, again=True).count
    if expected is not None and read < expected == now:
        source.forget()
        raise stop(query, f"{read} of {expected} rows came")
    return read == expected == now if query.lasting and expected is not None else found == before


def stop(query: Query, what: str) -> StopRun:
    """What is wrong with the pages of a set."""
    remedy = "Run again; if it repeats, tell the administrator of the system that paging is broken."
    return StopRun(f"reading {query.entity_set}: {what}", remedy)
