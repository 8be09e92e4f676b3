"""Taking a plan's drafts over into the order book, in one transaction.

It never touches an order that is approved or beyond: such an order counts as supply, so a draft for
the same need is the missing rest, and it waits until the ERP holds the first one. Only the line waits:
what else the draft holds becomes an order of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import sqlalchemy as sa

from bot.orders import keys, machine
from bot.orders.draft import rest_of
from bot.orders.model import DraftOrder, OrderState, PurchaseOrder, StoredOrder, Verdict
from bot.ports_orders import Adoption
from bot.store import codec, orders_supply
from bot.store.orders_steps import Change, Steps, load
from bot.store.schema import NEEDS, ORDERS

ACTOR = "plan"
STATE_BY_VERDICT = {
    Verdict.AUTO: OrderState.APPROVED,
    Verdict.APPROVE: OrderState.AWAITING_APPROVAL,
    Verdict.BLOCK: OrderState.HELD,
}
_KEEPABLE = frozenset({OrderState.HELD, OrderState.AWAITING_APPROVAL, OrderState.APPROVED})


_WAITING = frozenset({OrderState.HELD, OrderState.AWAITING_APPROVAL})


@dataclass(frozen=True)
class Book:
    """The orders of one system inside one transaction; `installation` is part of every order key."""

    connection: sa.Connection
    system: str
    installation: str

    @cached_property
    def revisions(self) -> Mapping[str, tuple[int, str]]:
        """Newest revision by needs digest."""
        return orders_supply.revisions(self.connection, self.system)

    @cached_property
    def replaceable(self) -> list[StoredOrder]:
        """Orders that a plan may replace, by key."""
        states = [state.value for state in machine.REPLACEABLE]
        query = sa.select(ORDERS).where(ORDERS.c.system == self.system, ORDERS.c.state.in_(states))
        rows = self.connection.execute(query.order_by(ORDERS.c.order_key)).mappings()
        return [stored for stored in map(codec.stored, rows) if machine.is_replaceable(stored.state, stored.erp_number)]

    @cached_property
    def waiting(self) -> dict[str, PurchaseOrder]:
        """Drafts that a person has not decided yet, by the digest of their needs."""
        found = [stored.order for stored in self.replaceable if stored.state in _WAITING]
        return {keys.needs_digest(line.need_key for line in order.lines): order for order in found}

    def without_taken(self, draft: DraftOrder) -> DraftOrder | None:
        """The draft without lines whose need another order already serves; None when no line is left."""
        needs = {line.need_key for line in draft.order.lines}
        rows = self.connection.execute(
            sa.select(NEEDS.c.need_key, ORDERS.c.state, ORDERS.c.erp_number)
            .join_from(NEEDS, ORDERS, NEEDS.c.order_key == ORDERS.c.order_key)
            .where(NEEDS.c.need_key.in_(needs))
        )
        taken = {need for need, state, number in rows if not machine.is_replaceable(OrderState(state), number)}
        if not taken:
            return draft
        return rest_of(draft, taken, self.installation, self.revisions, self.waiting)


@dataclass(slots=True)
class _Sorted:
    """A plan's drafts by what is to happen to them."""

    new: list[DraftOrder] = field(default_factory=list)
    keep: list[tuple[StoredOrder, DraftOrder]] = field(default_factory=list)
    refused: list[DraftOrder] = field(default_factory=list)
    cut: int = 0


def adopt(book: Book, steps: Steps, drafts: Sequence[DraftOrder], run_id: str, plan_id: str) -> Adoption:
    """Keep, replace and insert; orders of the system that the plan no longer wants and nobody approved end here."""
    connection, heap = book.connection, _sort(book, drafts)
    kept = {stored.order.order_key for stored, _ in heap.keep}
    successor = {line.need_key: draft.order.order_key for draft in heap.new for line in draft.order.lines}
    orphaned = {line.need_key for draft in heap.refused for line in draft.order.lines} - successor.keys()
    superseded = 0
    for old in book.replaceable:
        if old.order.order_key not in kept and not _heirless(old, successor, orphaned):
            steps.take(connection, old, OrderState.SUPERSEDED, _why(old, successor))
            superseded += 1
    for stored, draft in heap.keep:
        _judge_again(connection, steps, stored, draft)
    for draft in heap.new:
        new = steps.insert(connection, draft, run_id, plan_id, ACTOR)
        steps.take(connection, new, STATE_BY_VERDICT[draft.verdict], verdict_change(draft, ACTOR))
    return Adoption(
        new=len(heap.new), kept=len(heap.keep), superseded=superseded, refused=len(heap.refused), cut=heap.cut
    )


def _heirless(old: StoredOrder, successor: Mapping[str, str], orphaned: set[str]) -> bool:
    """Whether the plan still wants what waits here, but its draft was refused: then the old one goes on waiting."""
    needs = {line.need_key for line in old.order.lines}
    return old.state in _WAITING and not needs & successor.keys() and bool(needs & orphaned)


def verdict_change(draft: DraftOrder, actor: str) -> Change:
    """Why a proposal goes where it goes: the rules and guards that decided."""
    guards = ", ".join(hit.guard for hit in draft.guards)
    rules = ", ".join(draft.rules)
    details = {name: text for name, text in (("guards", guards), ("rules", rules)) if text}
    return Change(actor, guards or f"policy says {draft.verdict.value}", details=details)


def _sort(book: Book, drafts: Sequence[DraftOrder]) -> _Sorted:
    heap = _Sorted()
    for draft in drafts:
        _place(book, heap, draft)
    return heap


def _place(book: Book, heap: _Sorted, draft: DraftOrder) -> None:
    """Keep what is stored under the same key; else cut off what is under way and place the rest."""
    same = _same(book.connection, draft)
    if same is not None:
        _keep_or_refuse(heap, same, draft)
        return
    rest = book.without_taken(draft)
    if rest is None:
        heap.refused.append(draft)
        return
    heap.cut += len(draft.order.lines) - len(rest.order.lines)
    same = None if rest is draft else _same(book.connection, rest)
    if same is None:
        heap.new.append(rest)
    else:
        _keep_or_refuse(heap, same, rest)


def _keep_or_refuse(heap: _Sorted, same: StoredOrder, draft: DraftOrder) -> None:
    if same.state in _KEEPABLE:
        heap.keep.append((same, draft))
    else:
        heap.refused.append(draft)


def _same(connection: sa.Connection, draft: DraftOrder) -> StoredOrder | None:
    same = load(connection, draft.order.order_key)
    if same is not None and same.content_hash != draft.order.content_hash:
        raise machine.IllegalTransitionError(
            f"order {draft.order.order_key}: new content under an old key; its revision should have risen"
        )
    return same


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
