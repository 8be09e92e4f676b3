"""A person settles an order that is stuck: adopt its document, accept it as it is, replace it or give it up.

The ERP is only read: nothing is sent, changed or cancelled there; which steps exist stands in `bot.orders.machine`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.errors import NeedsAdmin
from bot.jobs.readback import DEAD, differences
from bot.orders import machine
from bot.orders.document import Document, DocumentState
from bot.orders.model import OrderState, Person, StoredOrder
from bot.orders.news import Sighting
from bot.orders.sighting import accepted
from bot.ports import App, ErpWriter

_S = OrderState
TARGETS = (_S.SENT, _S.VERIFIED, _S.SUPERSEDED, _S.CANCELLED)
ROLES = frozenset({"admin", "operator"})
VIA = "restock orders settle"
UNTOUCHED = "Nothing was sent to the ERP and nothing was cancelled there; that stays your action in the ERP."
_OTHERWISE = {
    _S.HELD: "decide it in the console: approve or reject",
    _S.AWAITING_APPROVAL: "decide it in the console: approve or reject",
    _S.APPROVED: "it has not been sent; the only step for a person is --to cancelled",
    _S.SENDING: "it is being sent right now; look again in some minutes",
    _S.UNKNOWN: "`restock run submit` searches for it by its key after the settle time and decides; look again later",
    _S.SENT: "`restock run submit` reads it back; look again later",
    **dict.fromkeys(
        (_S.VERIFIED, _S.RELEASED, _S.CONFIRMED, _S.PART_RECEIVED),
        "the ERP holds it; if it is not wanted, cancel it there, and Restock takes that over",
    ),
}


@dataclass(frozen=True, slots=True)
class Settled:
    """The order after its last step, the state that it came from, and sentences for the person."""

    order: StoredOrder
    before: OrderState
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """One order on the table: who decides about it, and why."""

    app: App
    stored: StoredOrder
    person: Person
    reason: str

    @property
    def key(self) -> str:
        return self.stored.order.order_key

    def refuse(self, what: str, remedy: str) -> NeedsAdmin:
        return NeedsAdmin(what, f"order {self.key}", remedy)

    def move(
        self, stored: StoredOrder, to: OrderState, reason: str, number: str | None = None, **details: str
    ) -> StoredOrder:
        """Take one step as this person; NeedsAdmin when somebody else was first."""
        told = {"via": VIA, **details}
        try:
            return self.app.orders.move(
                self.key, stored.state, to, actor=self.person.email, reason=reason, erp_number=number, details=told
            )
        except machine.StaleStateError as error:
            remedy = f"somebody else was first: `restock orders show {self.key}`"
            raise self.refuse(str(error), remedy) from error


def possible(state: OrderState) -> tuple[OrderState, ...]:
    """Where a person may settle an order of this state to; `sent` → `verified` is the read-back's alone."""
    by_person = machine.NEEDS_PERSON | {(_S.REFUSED, _S.SUPERSEDED)}
    return tuple(to for to in TARGETS if (state, to) in by_person)


def settle(
    app: App,
    key: str,
    to: OrderState,
    actor: str,
    reason: str,
    erp_number: str = "",
    *,
    accept_without_key: bool = False,
) -> Settled:
    """Take one stuck order to where a person wants it, after looking into the ERP.

    `sent` adopts document `erp_number` (default: the number that is stored) and compares it at once: the order ends
    `verified` or `mismatch`. `verified` accepts that document whatever it holds; admins only. `superseded` and
    `cancelled` need an ERP without a live document of the order. `accept_without_key` takes a document that does
    not carry the order key. Raises NeedsAdmin when a person must do something first, Retryable when the ERP gives
    no answer; nothing was changed then.
    """
    case = _opened(app, key, actor, reason)
    if to not in possible(case.stored.state):
        raise case.refuse(f"it is {case.stored.state.value}, which a person does not settle to {to.value}", _ways(case))
    if to is _S.VERIFIED and "admin" not in case.person.roles:
        raise case.refuse(
            f"{case.person.email} is no admin; only an admin accepts a document that differs from what was approved",
            "correct the document in the ERP and settle --to sent, or ask an admin",
        )
    if to in (_S.SUPERSEDED, _S.CANCELLED):
        return _give_up(case, to)
    number = erp_number.strip() or case.stored.erp_number
    document = _document(case, number)
    _only_document(case, number)
    keyless = _keyless(case, document, accept=accept_without_key)
    return _accept(case, document) if to is _S.VERIFIED else _adopt(case, document, keyless=keyless)


def _opened(app: App, key: str, actor: str, reason: str) -> _Case:
    stored, person = app.orders.get(key), app.people.find(actor)
    if stored is None:
        raise NeedsAdmin("there is no such order", f"order {key}", "`restock orders list` names those that wait")
    if not reason.strip():
        raise NeedsAdmin("a reason is missing", f"order {key}", "say why; the reason stays with the order")
    where = f"order {key}"
    if person is None or not person.active:
        raise NeedsAdmin(f"{actor} is not an active person here", where, "add people with `restock user add`")
    if not person.roles & ROLES:
        raise NeedsAdmin(f"{person.email} is neither admin nor operator", where, "ask somebody who is")
    if person.locations and stored.order.location not in person.locations:
        what = f"location {stored.order.location} is outside the scope of {person.email}"
        raise NeedsAdmin(what, where, "ask somebody who is responsible for it")
    return _Case(app, stored, person, reason.strip())


def _ways(case: _Case) -> str:
    ways = ", ".join(to.value for to in possible(case.stored.state))
    return _OTHERWISE.get(case.stored.state) or (f"possible: {ways}" if ways else "nothing is left to settle")


def _give_up(case: _Case, to: OrderState) -> Settled:
    alive = _alive(case) if case.stored.attempts else []
    if alive:
        raise case.refuse(
            f"the ERP still holds {_named(alive)}; giving the order up now would order its need twice",
            "cancel the document in the ERP first; or adopt it: --to sent --erp-number NUMBER",
        )
    counted = case.stored.state in machine.SUPPLY
    moved = case.move(case.stored, to, case.reason)
    supply = "It no longer counts as supply." if counted else "It did not count as supply before either."
    again = "Its need is free: the next plan proposes again, under a new order key, what is still needed then."
    return Settled(moved, case.stored.state, (supply, again, UNTOUCHED))


def _accept(case: _Case, document: Document) -> Settled:
    found = differences(case.stored.order, document)
    accepted_differences = {"accepted": "; ".join(found)} if found else {}
    moved = case.move(case.stored, _S.VERIFIED, case.reason, document.number, **accepted_differences)
    moved = case.app.orders.follow(moved, Sighting((), accepted(moved.order, document)), actor=case.person.email)
    said = f"Accepted with {len(found)} differences: {'; '.join(found)}." if found else "It equals what was approved."
    return Settled(moved, case.stored.state, (said, _counts(document), UNTOUCHED))


def _adopt(case: _Case, document: Document, *, keyless: bool) -> Settled:
    """Adopt, then compare; a process that dies in between leaves `sent`, which submit reads back."""
    told = {"adopted": "yes", **({"without_key": "accepted"} if keyless else {})}
    sent = case.move(case.stored, _S.SENT, case.reason, document.number, **told)
    case.app.failpoints.reach("settle.adopted")
    found = differences(case.stored.order, replace(document, order_key=case.key))  # its key was judged before
    if not found:
        moved = case.move(sent, _S.VERIFIED, f"{document.number} read back, equal to what was approved")
        said = f"{document.number} was read back and equals what was approved."
        return Settled(moved, case.stored.state, (said, _counts(document), UNTOUCHED))
    moved = case.move(sent, _S.MISMATCH, "; ".join(found))
    said = f"{document.number} differs from what was approved: {'; '.join(found)}."
    todo = "Correct it in the ERP and settle --to sent again, or an admin accepts it with --to verified."
    return Settled(moved, case.stored.state, (said, todo, _counts(document), UNTOUCHED))


def _counts(document: Document) -> str:
    return (
        f"It counts as supply with the approved quantities until an extract shows {document.number}, "
        "then as the ERP shows it."
    )


def _writer(case: _Case) -> ErpWriter:
    system = case.stored.order.system
    if system not in case.app.writers:
        raise case.refuse(f"no system {system} is set up, so nobody can look there", f"add [systems.{system}] again")
    return case.app.writers[system]


def _document(case: _Case, number: str) -> Document:
    """The document with this number, alive and complete; NeedsAdmin when it cannot be the order's document."""
    if not number:
        raise case.refuse(
            "the number of the ERP's document is missing", f"search {case.key} in the ERP and name it: --erp-number"
        )
    _unclaimed(case, number)
    found = [document for document in _writer(case).status([number]) if document.number == number]
    if not found:
        raise case.refuse(f"the ERP shows no document {number}", "write the number as the ERP does, no leading zeros")
    if found[0].state in DEAD:
        raise case.refuse(f"{number} is {found[0].state.value} in the ERP", "settle it --to superseded or cancelled")
    if found[0].state is DocumentState.HELD:
        raise case.refuse(f"{number} is incomplete in the ERP", "complete it there first, then settle again")
    return found[0]


def _unclaimed(case: _Case, number: str) -> None:
    """Refuse a number that another order of ours stands behind."""
    for other in case.app.orders.select(*sorted(machine.UNDER_WAY), system=case.stored.order.system):
        if other.erp_number == number and other.order.order_key != case.key:
            raise case.refuse(f"{number} belongs to order {other.order.order_key} already", "look for another document")


def _keyless(case: _Case, document: Document, *, accept: bool) -> bool:
    """Whether the document lacks our key and is taken nevertheless."""
    carried = document.order_key
    if carried == case.key:
        return False
    if carried and case.app.orders.get(carried) is not None:
        raise case.refuse(f"{document.number} carries the key of order {carried}", "look for another document")
    if not accept:
        raise case.refuse(
            f"{document.number} carries {carried or 'no key'} in its reference, not {case.key}",
            "make sure that it is the right document, then add --accept-without-key",
        )
    return True


def _only_document(case: _Case, number: str) -> None:
    others = [document for document in _alive(case) if document.number != number]
    if others:
        raise case.refuse(
            f"the ERP also holds {_named(others)} for it", "cancel the surplus in the ERP first, then settle again"
        )


def _alive(case: _Case) -> list[Document]:
    """What the ERP holds of the order, by key and by the stored number, except cancelled and refused documents."""
    writer = _writer(case)
    found = {document.number: document for document in writer.find(case.key)}
    number = case.stored.erp_number
    if number and number not in found:
        found.update({document.number: document for document in writer.status([number]) if document.number == number})
    return [document for document in found.values() if document.state not in DEAD]


def _named(documents: Sequence[Document]) -> str:
    return ", ".join(f"{document.number} ({document.state.value})" for document in documents)
