"""Claiming an approved order for sending: lease, switch, window, caps and attempt in one transaction.

After it commits there is a record that a byte may leave; it talks to no ERP.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from bot.orders.model import OrderState, StoredOrder
from bot.orders.money import to_minor
from bot.ports_orders import SpendLimits
from bot.store.db import one_row
from bot.store.orders_steps import Change, Steps, load
from bot.store.schema import ATTEMPTS, LEASE, ORDERS, SPEND

ACTOR = "submit"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who claims (lease epoch, run), under which caps, on which business day."""

    epoch: int
    run_id: str
    limits: SpendLimits
    day: date


def claim(connection: sa.Connection, steps: Steps, order_key: str, wanted: Claim) -> StoredOrder | None:
    """Order in state sending with a fresh attempt, or None when it must not leave now.

    Over a cap the order is put to held with the cap as reason, so that it is not dropped silently.
    """
    order = load(connection, order_key)
    if order is None or order.state is not OrderState.APPROVED:
        return None
    if not _lease_holds(connection, steps, wanted.epoch) or not _window_is_over(connection, steps, order_key):
        return None
    over = _over_cap(connection, order, wanted)
    if over:
        steps.take(connection, order, OrderState.HELD, Change(ACTOR, over, details={"guards": "spend"}))
        return None
    attempt = order.attempts + 1
    _reserve(connection, order, attempt, wanted)
    connection.execute(
        sa.insert(ATTEMPTS).values(
            order_key=order_key,
            attempt=attempt,
            content_hash=order.content_hash,
            epoch=wanted.epoch,
            run_id=wanted.run_id,
            started_at=steps.clock.now(),
        )
    )
    connection.execute(sa.update(ORDERS).where(ORDERS.c.order_key == order_key).values(epoch=wanted.epoch))
    details = {"attempt": str(attempt), "epoch": str(wanted.epoch), "run_id": wanted.run_id}
    return steps.take(connection, order, OrderState.SENDING, Change(ACTOR, f"attempt {attempt}", details=details))


def orphans(connection: sa.Connection, steps: Steps, epoch: int) -> list[StoredOrder]:
    """Make every sending order of an older lease epoch unknown: nobody can say whether its document exists."""
    query = (
        sa.select(ORDERS.c.order_key, ORDERS.c.epoch)
        .where(ORDERS.c.state == OrderState.SENDING.value, ORDERS.c.epoch < epoch)
        .order_by(ORDERS.c.order_key)
    )
    found = []
    for key, old in connection.execute(query).all():
        order = load(connection, key)
        if order is not None and order.state is OrderState.SENDING:
            change = Change(ACTOR, f"the process of lease epoch {old} ended while sending")
            found.append(steps.take(connection, order, OrderState.UNKNOWN, change))
    return found


def _lease_holds(connection: sa.Connection, steps: Steps, epoch: int) -> bool:
    row = one_row(connection, sa.select(LEASE).with_for_update())
    return row is not None and row["epoch"] == epoch and row["until"] > steps.clock.now()


def _window_is_over(connection: sa.Connection, steps: Steps, order_key: str) -> bool:
    not_before = connection.execute(sa.select(ORDERS.c.not_before).where(ORDERS.c.order_key == order_key)).scalar_one()
    return bool(not_before <= steps.clock.now())


def _over_cap(connection: sa.Connection, order: StoredOrder, wanted: Claim) -> str:
    limits, value = wanted.limits, order.draft.value
    if limits.orders_per_run is not None and _claimed_of_run(connection, order) >= limits.orders_per_run:
        return f"more than {limits.orders_per_run} orders of one plan"
    if limits.per_day is None and limits.per_week is None:
        return ""
    if value is None or value.currency != limits.currency:
        return f"its value in {limits.currency} is not known, so it counts as over the spend cap"
    more = to_minor(value.amount, value.currency)
    week = wanted.day - timedelta(days=6)  # seven days with today; a calendar week would free a second cap on Mondays
    for cap, since, word in ((limits.per_day, wanted.day, "day"), (limits.per_week, week, "week")):
        if cap is not None:
            spent = _spent(connection, since, limits.currency)
            if spent + more > cap:
                return f"spend cap per {word}: {spent} reserved + {more} > {cap} minor units of {limits.currency}"
    return ""


def _claimed_of_run(connection: sa.Connection, order: StoredOrder) -> int:
    """Other orders of the same plan run that were claimed at least once."""
    query = (
        sa.select(sa.func.count())
        .select_from(ORDERS)
        .where(ORDERS.c.run_id == order.run_id, ORDERS.c.attempts > 0, ORDERS.c.order_key != order.order.order_key)
    )
    return int(connection.execute(query).scalar_one())


def _spent(connection: sa.Connection, since: date, currency: str) -> int:
    query = sa.select(sa.func.coalesce(sa.func.sum(SPEND.c.minor), 0)).where(
        SPEND.c.day >= since, SPEND.c.currency == currency, SPEND.c.state != "released"
    )
    return int(connection.execute(query).scalar_one())


def _reserve(connection: sa.Connection, order: StoredOrder, attempt: int, wanted: Claim) -> None:
    value = order.draft.value or order.order.total
    connection.execute(
        sa.insert(SPEND).values(
            order_key=order.order.order_key,
            attempt=attempt,
            day=wanted.day,
            currency=value.currency,
            minor=to_minor(value.amount, value.currency),
            state="reserved",
        )
    )
