"""News about a document in the ERP become events of its order, with what is known of it, in one transaction.

It compares nothing: what is new, and where it leads, stands in `bot.orders.sighting`.
"""

import pandas as pd
import sqlalchemy as sa

from bot.orders import machine
from bot.orders.known import Known, KnownLine
from bot.orders.model import StoredOrder
from bot.orders.news import ALARMING, KIND, TOLD, News, NewsKind, Sighting
from bot.store.codec_known import dump_known, load_known
from bot.store.orders_steps import Change, Steps, load
from bot.store.schema import ORDER_LINES, ORDERS


def follow(connection: sa.Connection, steps: Steps, before: StoredOrder, sighting: Sighting, actor: str) -> StoredOrder:
    """Append the news and keep what is known; StaleStateError when the order moved on since `before` was read."""
    key = before.order.order_key
    order = load(connection, key)
    if order is None or (order.state, order.version, order.known) != (before.state, before.version, before.known):
        raise machine.StaleStateError(key, before.state, order.state if order else None)
    mailed = set()
    for news in sighting.news:
        change = Change(actor, news.text, details={**news.details, KIND: news.kind.value})
        if news.to is None:
            steps.note(connection, order, change)
        else:
            mailed |= set(machine.topics(order.state, news.to))
            order = steps.take(connection, order, news.to, change)
    for topic in _topics(sighting.news) - mailed:
        steps.announce(connection, key, topic)
    _keep(connection, key, sighting)
    found = load(connection, key)
    assert found is not None  # noqa: S101 - narrows the type: the row is locked by this transaction
    return found


def _topics(news: tuple[News, ...]) -> set[str]:
    """Mails that the news sets off: at most one of each kind per look."""
    kinds = {each.kind for each in news}
    return {topic for topic, wanted in ((machine.ALARM, ALARMING), (machine.NEWS, TOLD)) if kinds & wanted}


def _keep(connection: sa.Connection, key: str, sighting: Sighting) -> None:
    values = {"known": dump_known(sighting.known)}
    if sighting.news:
        values["note"] = "; ".join(each.text for each in sighting.news)
    if any(news.kind is NewsKind.INCOMPLETE for news in sighting.news):
        _count_again(connection, key)
    connection.execute(sa.update(ORDERS).where(ORDERS.c.order_key == key).values(**values))
    for line in sighting.known.lines:
        own = (ORDER_LINES.c.order_key == key, ORDER_LINES.c.line == line.number)
        coming = str(line.coming) if line.coming else "0"
        connection.execute(sa.update(ORDER_LINES).where(*own).values(coming=coming))


def _count_again(connection: sa.Connection, key: str) -> None:
    """Extracts leave out what is blocked or taken back: until one shows it again, it counts here as supply."""
    for table in (ORDERS, ORDER_LINES):
        connection.execute(sa.update(table).where(table.c.order_key == key).values(seen_at=None))


def promises(connection: sa.Connection, system: str) -> pd.DataFrame:
    """First promises of own lines: order_ref, order_key, item, location, first_promised_on, moves."""
    query = sa.select(ORDERS.c.erp_number, ORDERS.c.order_key, ORDERS.c.known).where(
        ORDERS.c.system == system, ORDERS.c.known != ""
    )
    rows = [
        (number, key, line.item, line.location, line.first_promised_on, line.moves)
        for number, key, text in connection.execute(query.order_by(ORDERS.c.order_key)).all()
        for line in _promised(load_known(text))
    ]
    names = ["order_ref", "order_key", "item", "location", "first_promised_on", "moves"]
    types = {"first_promised_on": "datetime64[s]", "moves": "int64", **dict.fromkeys(names[:4], "str")}
    return pd.DataFrame(rows, columns=names).astype(types)


def _promised(known: Known | None) -> list[KnownLine]:
    return [line for line in known.lines if line.first_promised_on] if known else []
