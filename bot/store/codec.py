"""Orders and decisions as text in the database and back, without loss.

Decimals and fractions are written as strings; it decides nothing and touches no database.
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from bot.orders.model import (
    Decision,
    DecisionAction,
    DraftOrder,
    GuardHit,
    Money,
    OrderEvent,
    OrderLine,
    OrderState,
    PurchaseOrder,
    StoredOrder,
    Verdict,
)
from bot.store.codec_known import load_known


def dump_draft(draft: DraftOrder) -> str:
    """Write a draft as JSON."""
    order = draft.order
    return json.dumps(
        {
            "order": {
                "order_key": order.order_key,
                "revision": order.revision,
                "system": order.system,
                "supplier": order.supplier,
                "location": order.location,
                "currency": order.currency,
                "order_date": order.order_date.isoformat(),
                "lines": [_dump_line(line) for line in order.lines],
            },
            "verdict": draft.verdict.value,
            "value": None if draft.value is None else [str(draft.value.amount), draft.value.currency],
            "guards": [[hit.guard, hit.found, hit.limit, hit.source] for hit in draft.guards],
            "rules": list(draft.rules),
            "evidence": {str(number): figures for number, figures in draft.evidence.items()},
        }
    )


def _dump_line(line: OrderLine) -> dict[str, str | int]:
    return {
        "number": line.number,
        "item": line.item,
        "location": line.location,
        "quantity": str(line.quantity),
        "unit": line.unit,
        "price": str(line.price),
        "need_date": line.need_date.isoformat(),
        "need_key": line.need_key,
        "price_unit": str(line.price_unit),
        "order_unit": line.order_unit,
        "unit_factor": str(line.unit_factor),
        "description": line.description,
    }


def load_draft(text: str) -> DraftOrder:
    """Inverse of `dump_draft`."""
    content = json.loads(text)
    order = content["order"]
    value = content["value"]
    return DraftOrder(
        order=PurchaseOrder(
            order_key=order["order_key"],
            revision=order["revision"],
            system=order["system"],
            supplier=order["supplier"],
            location=order["location"],
            currency=order["currency"],
            order_date=date.fromisoformat(order["order_date"]),
            lines=tuple(_load_line(line) for line in order["lines"]),
        ),
        verdict=Verdict(content["verdict"]),
        value=None if value is None else Money(Decimal(value[0]), value[1]),
        guards=tuple(GuardHit(*hit) for hit in content["guards"]),
        rules=tuple(content["rules"]),
        evidence={int(number): figures for number, figures in content["evidence"].items()},
    )


def _load_line(line: Mapping[str, Any]) -> OrderLine:
    return OrderLine(
        number=line["number"],
        item=line["item"],
        location=line["location"],
        quantity=Decimal(line["quantity"]),
        unit=line["unit"],
        price=Decimal(line["price"]),
        need_date=date.fromisoformat(line["need_date"]),
        need_key=line["need_key"],
        price_unit=Decimal(line["price_unit"]),
        order_unit=line["order_unit"],
        unit_factor=Fraction(line["unit_factor"]),
        description=line["description"],
    )


def stored(row: sa.RowMapping) -> StoredOrder:
    """An order from its row."""
    return StoredOrder(
        draft=load_draft(row["draft"]),
        state=OrderState(row["state"]),
        version=row["version"],
        run_id=row["run_id"],
        plan_id=row["plan_id"],
        erp_number=row["erp_number"],
        content_hash=row["content_hash"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        attempts=row["attempts"],
        note=row["note"],
        known=load_known(row["known"]),
    )


def event(row: sa.RowMapping) -> OrderEvent:
    """An event from its row."""
    return OrderEvent(
        sequence=row["sequence"],
        order_key=row["order_key"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        from_state=OrderState(row["from_state"]) if row["from_state"] else None,
        to_state=OrderState(row["to_state"]),
        reason=row["reason"],
        details=json.loads(row["details"]),
        previous=row["previous"],
        digest=row["digest"],
    )


def decision(row: sa.RowMapping) -> Decision:
    """A decision from its row."""
    quantities = json.loads(row["quantities"])
    return Decision(
        decision_id=row["decision_id"],
        order_key=row["order_key"],
        content_hash=row["content_hash"],
        action=DecisionAction(row["action"]),
        actor=row["actor"],
        reason=row["reason"],
        decided_at=row["decided_at"],
        quantities={int(number): Decimal(quantity) for number, quantity in quantities.items()},
    )


def dump_quantities(quantities: Mapping[int, Decimal]) -> str:
    """Changed quantities by line number as JSON."""
    return json.dumps({str(number): str(quantity) for number, quantity in sorted(quantities.items())})
