"""Taking a plan's drafts over into the order book, in one transaction.

It never touches an order that is approved or beyond: such an order counts as supply, so a draft for
the same need is the missing rest, and it waits until the ERP holds the first one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from bot.orders import machine
from bot.orders.model import DraftOrder, OrderState, StoredOrder, Verdict
from bot.ports import Adoption
from bot.store import codec
from bot.store.orders_steps import Change, Steps, load
from bot.store.schema import NEEDS, ORDERS

ACTOR = "plan"
STATE_BY_VERDICT = {
    Verdict.AUTO: OrderState.APPROVED,
    Verdict.APPROVE: OrderState.AWAITING_APPROVAL,
    Verdict.BLOCK: OrderState.HELD,
}
_KEEPABLE = frozenset({OrderState.HELD, OrderState.AWAITING_APPROVAL, OrderState.APPROVED})


@dataclass(frozen=True, slots=True)
class _Sorted:
    """A plan's drafts by what is to happen to them."""

    new: list[DraftOrder] = field(default_factory=list)
    keep: list[tuple[StoredOrder, DraftOrder]] = field(default_factory=list)
    refused: list[DraftOrder] = field(default_factory=list)


def adopt(
    connection: sa.Connection, steps: Steps, drafts: Sequence[DraftOrder], system: str, run_id: str, plan_id: str
) -> Adoption:
    """Keep, replace and insert; orders of `system` that the plan no longer wants and nobody approved end here."""
    heap = _sort(connection, drafts)
    kept = {stored.order.order_key for stored, _ in heap.keep}
    successor = {line.need_key: draft.order.order_key for draft in heap.new for line in draft.order.lines}
    superseded = 0
    for old in _replaceable(connection, system):
        if old.order.order_key not in kept:
            steps.take(connection, old, OrderState.SUPERSEDED, _why(old, successor))
            superseded += 1
    for stored, draft in heap.keep:
        _judge_again(connection, steps, stored, draft)
    for draft in heap.new:
        new = steps.insert(connection, draft, run_id, plan_id, ACTOR)
        steps.take(connection, new, STATE_BY_VERDICT[draft.verdict], verdict_change(draft, ACTOR))
    return Adoption(new=len(heap.new), kept=len(heap.keep), superseded=superseded, refused=len(heap.refused))


def verdict_change(draft: DraftOrder, actor: str) -> Change:
    """Why a proposal goes where it goes: the rules and guards that decided."""
    guards = ", ".join(hit.guard for hit in draft.guards)
    rules = ", ".join(draft.rules)
    details = {name: text for name, text in (("guards", guards), ("rules", rules)) if text}
    return Change(actor, guards or f"policy says {draft.verdict.value}", details=details)


def _sort(connection: sa.Connection, drafts: Sequence[DraftOrder]) -> _Sorted:
    heap = _Sorted()
    for draft in drafts:
        same = load(connection, draft.order.order_key)
        if same is not None and same.content_hash != draft.order.content_hash:
            raise machine.IllegalTransitionError(
                f"order {draft.order.order_key}: new content under an old key; its revision should have risen"
            )
        if same is not None and same.state in _KEEPABLE:
            heap.keep.append((same, draft))
        elif same is not None or _need_is_taken(connection, draft):
            heap.refused.append(draft)
        else:
            heap.new.append(draft)
    return heap


def _need_is_taken(connection: sa.Connection, draft: DraftOrder) -> bool:
    needs = [line.need_key for line in draft.order.lines]
    states = connection.execute(
        sa.select(ORDERS.c.state)
        .join_from(NEEDS, ORDERS, NEEDS.c.order_key == ORDERS.c.order_key)
        .where(NEEDS.c.need_key.in_(needs))
    ).scalars()
    return any(OrderState(state) not in machine.REPLACEABLE for state in states)


def _replaceable(connection: sa.Connection, system: str) -> list[StoredOrder]:
    states = [state.value for state in machine.REPLACEABLE]
    query = sa.select(ORDERS).where(ORDERS.c.system == system, ORDERS.c.state.in_(states)).order_by(ORDERS.c.order_key)
    return [codec.stored(row) for row in connection.execute(query).mappings()]


def _why(old: StoredOrder, successor: dict[str, str]) -> Change:
    heirs = sorted({successor[line.need_key] for line in old.order.lines if line.need_key in successor})
    if heirs:
        return Change(ACTOR, f"replaced by {', '.join(heirs)}", details={"successor": ", ".join(heirs)})
    return Change(ACTOR, "the new plan does not need it")


def _judge_again(connection: sa.Connection, steps: Steps, stored: StoredOrder, draft: DraftOrder) -> None:
    """Follow a verdict that changed although the content did not; what waited is never approved this way."""
    wanted = OrderState.HELD if draft.verdict is Verdict.BLOCK else OrderState.AWAITING_APPROVAL
    if stored.state is OrderState.APPROVED or stored.state is wanted:
        return
    connection.execute(
        sa.update(ORDERS).where(ORDERS.c.order_key == draft.order.order_key).values(draft=codec.dump_draft(draft))
    )
    steps.take(connection, stored, wanted, verdict_change(draft, ACTOR))


def amend(connection: sa.Connection, steps: Steps, order_key: str, draft: DraftOrder, change: Change) -> StoredOrder:
    """Supersede a waiting order and store its new revision, approved by the person of `change`."""
    old = load(connection, order_key)
    if old is None or old.state not in (OrderState.AWAITING_APPROVAL, OrderState.HELD):
        raise machine.StaleStateError(order_key, OrderState.AWAITING_APPROVAL, old.state if old else None)
    if load(connection, draft.order.order_key) is not None:
        raise machine.IllegalTransitionError("these lines were an order before; reject it and the next plan asks again")
    told = dict(change.details or {})
    steps.take(
        connection, old, OrderState.SUPERSEDED, replace(change, details={**told, "successor": draft.order.order_key})
    )
    new = steps.insert(connection, draft, old.run_id, old.plan_id, change.actor)
    return steps.take(connection, new, OrderState.APPROVED, replace(change, details={**told, "predecessor": order_key}))
