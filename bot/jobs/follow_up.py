"""What happens to our documents in the ERP after they were sent: releases, confirmations, goods, changes by people.

Everything new becomes an event of the order; nothing is written to the ERP, and no change by a person is undone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.errors import NeedsAdmin, RestockError
from bot.orders.document import Document
from bot.orders.machine import StaleStateError
from bot.orders.model import OrderState, StoredOrder
from bot.orders.news import ALARMING, TOLD, News, NewsKind
from bot.orders.sighting import FOLLOWED, Patience, sight
from bot.ports import App, ErpWriter

ACTOR = "follow_up"
CHUNK = 50  # documents asked for in one call
MOST_FAILURES = 8  # failed calls after which a system is left alone until the next run
SHORTEST_ABSENCE = timedelta(minutes=15)
TOLD_MOST = 200  # sentences in a report; the orders' events have all of them
LOST_LEASE = "the lease went to another process"


@dataclass(slots=True)
class FollowReport:
    """What a look at the ERP's documents brought: counts by kind of news, sentences, and what could not be read."""

    counts: dict[str, int] = field(default_factory=dict)
    news: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    stopped: str = ""
    interrupted: bool = False

    def add(self, what: str, count: int = 1) -> None:
        """Count something."""
        self.counts[what] = self.counts.get(what, 0) + count

    def tell(self, stored: StoredOrder, news: News) -> None:
        """Count news, and keep the sentences that a person may want to read."""
        self.add(news.kind.value)
        if news.kind in _WORTH_READING and len(self.news) < TOLD_MOST:
            self.news.append(f"order {stored.order.order_key} ({stored.erp_number}): {news.text}")

    def as_dict(self) -> dict[str, object]:
        """Render for the run ledger."""
        return {
            **self.counts,
            "news": list(self.news),
            "troubles": list(self.troubles),
            "stopped": self.stopped,
            "interrupted": self.interrupted,
        }


_WORTH_READING = ALARMING | TOLD | {NewsKind.PROMISE_MOVED, NewsKind.GOODS_BACK, NewsKind.FOUND}


def follow_up(app: App, *, epoch: int, should_stop: Callable[[], bool]) -> FollowReport:
    """Look at every document that the ERPs hold of our orders; safe to kill at any instruction and to start again."""
    report = FollowReport()
    look_after(app, FOLLOWED, report, epoch=epoch, should_stop=should_stop)
    return report


def look_after(
    app: App,
    states: Sequence[OrderState],
    report: FollowReport,
    *,
    epoch: int,
    should_stop: Callable[[], bool],
) -> set[str]:
    """Look at the documents of orders in `states`, many in one call; returns systems that need an administrator."""
    blocked: set[str] = set()
    for system, writer in sorted(app.writers.items()):
        orders = app.orders.select(*states, system=system)
        asking = _Asking(app, writer, report)
        for done, chunk in enumerate(_chunks(orders)):
            app.progress.step(f"{system}: following up", done * CHUNK, len(orders))
            if report.interrupted or should_stop():
                report.interrupted = True
                return blocked
            if not app.runs.renew_lease(app.holder, epoch, app.planning.lease_seconds):
                report.stopped = LOST_LEASE
                return blocked
            for stored, document in asking.documents(chunk):
                take_note(app, stored, document, report, writer)
        if asking.locked_out:
            blocked.add(system)
    return blocked


def take_note(
    app: App, stored: StoredOrder, document: Document | None, report: FollowReport, writer: ErpWriter
) -> StoredOrder | None:
    """Write down what a look at one order's document brought; None when somebody else moved the order first."""
    settle = timedelta(seconds=writer.settle_seconds)
    patience = Patience(timedelta(days=app.planning.pending_alarm_days), max(settle, SHORTEST_ABSENCE))
    sighting = sight(stored, document, app.clock.now(), patience)
    if not sighting.news and sighting.known == stored.known:
        return stored
    app.failpoints.reach("follow_up.before_note")
    try:
        after = app.orders.follow(stored, sighting, actor=ACTOR)
    except StaleStateError as error:
        report.troubles.append(str(error))
        return None
    app.failpoints.reach("follow_up.noted")
    for news in sighting.news:
        report.tell(stored, news)
    return after


@dataclass(slots=True)
class _Asking:
    """Calls to one ERP: a call that fails is made again in halves, so that one unreadable document spares the rest."""

    app: App
    writer: ErpWriter
    report: FollowReport
    failures: int = 0
    locked_out: bool = False

    def documents(self, orders: Sequence[StoredOrder]) -> Iterator[tuple[StoredOrder, Document | None]]:
        """Every order that the ERP answered about, with its document; None = the ERP shows none."""
        if not orders or self.failures >= MOST_FAILURES:
            self._unread(len(orders))
            return
        try:
            found = self._by_number(orders)
        except NeedsAdmin as error:
            self.failures, self.locked_out = MOST_FAILURES, True
            self.report.troubles.append(str(error))
            self._unread(len(orders))
        except RestockError as error:
            self.failures += 1
            if len(orders) == 1:
                self.report.troubles.append(f"{orders[0].erp_number} could not be read: {error}")
                self._unread(1)
                return
            middle = len(orders) // 2
            yield from self.documents(orders[:middle])
            yield from self.documents(orders[middle:])
        else:
            self.report.add("asked", len(orders))
            yield from ((stored, own(self.app, stored, found)) for stored in orders)

    def _by_number(self, orders: Sequence[StoredOrder]) -> Sequence[Document]:
        return self.writer.status([stored.erp_number for stored in orders])

    def _unread(self, count: int) -> None:
        if count:
            self.report.add("unread", count)


def own(app: App, stored: StoredOrder, found: Sequence[Document]) -> Document | None:
    """The order's document: of several with its number the one with its key, never that of another order of ours.

    One with a foreign key or none was taken over by a person, or lost its key since: it must be the only one.
    """
    numbered = [document for document in found if document.number == stored.erp_number]
    keyed = [document for document in numbered if document.order_key == stored.order.order_key]
    if keyed or len(numbered) != 1:
        return keyed[0] if keyed else None
    other = numbered[0].order_key
    return None if other and app.orders.get(other) else numbered[0]


def _chunks(orders: Sequence[StoredOrder]) -> Iterator[Sequence[StoredOrder]]:
    for first in range(0, len(orders), CHUNK):
        yield orders[first : first + CHUNK]
