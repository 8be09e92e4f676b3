"""From decided rows to drafted orders: grouping, keys, revisions, evidence; and drafts that a person changed."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.orders import keys
from bot.orders.draft import amended, draft_orders, exact, rest_of
from bot.orders.model import DraftOrder, GuardHit, Money, OrderState, StoredOrder, Verdict
from bot.orders.plan import Memory
from bot.tables.plan import EXPLANATION, FIGURES
from tests.makers import make_draft

HIT = GuardHit("cover_max_days", "90", "60", "base.yaml:3")


def row(item: str = "bolt", quantity: float = 100.0, decision: str = "auto", **more: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "item": item, "location": "L1", "supplier": "acme", "currency": "EUR", "quantity": quantity, "price": 0.5,
        "price_unit": 1.0, "unit": "EA", "order_unit": None, "unit_factor": None, "description": "a " + item,
        "need_date": pd.Timestamp("2026-03-20"), "order_date": pd.Timestamp("2026-03-02"), "decision": decision,
        "amount_minor": round(50 * quantity), "guard_hits": (), "rules": "r1 r2", "guards": "", "chart": "svg",
        "on_hand": 3.1234567, "recent_mean": float("nan"), "supplier_blocked": False, "item_auto_order": None,
    }  # fmt: skip
    return plain | more


def table(*rows: dict[str, object]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows) or [row()])
    return frame.astype(dict.fromkeys(["item", "location", "supplier", "currency"], "category"))


def drafts(*rows: dict[str, object], memory: Memory | None = None) -> tuple[DraftOrder, ...]:
    known = memory or Memory.blank()
    return draft_orders(table(*rows), system="s4", installation="test", currency="EUR", memory=known)


def remembering(draft: DraftOrder, revision: int = 0, content: str = "") -> Memory:
    needs = keys.needs_digest([line.need_key for line in draft.order.lines])
    return replace(Memory.blank(), revisions={needs: (revision, content or draft.order.content_hash)})


def test_only_rows_that_go_out_or_wait_become_orders() -> None:
    assert drafts(row(decision="none"), row("nut", 0.0), row("gear", decision="move")) == ()
    assert draft_orders(table().iloc[:0], system="s4", installation="t", currency="EUR", memory=Memory.blank()) == ()


def test_one_order_per_supplier_location_currency_and_verdict() -> None:
    rows = [row("bolt"), row("nut"), row("gear", decision="approve"), row("a", location="L2"),
            row("b", supplier="best"), row("c", currency="USD"), row("d", decision="block")]  # fmt: skip
    found = [
        (d.order.supplier, d.order.location, d.order.currency, d.verdict.value, [line.item for line in d.order.lines])
        for d in drafts(*rows)
    ]
    assert found == [
        ("acme", "L1", "EUR", "approve", ["gear"]),
        ("acme", "L1", "EUR", "auto", ["bolt", "nut"]),
        ("acme", "L1", "EUR", "block", ["d"]),
        ("acme", "L1", "USD", "auto", ["c"]),
        ("acme", "L2", "EUR", "auto", ["a"]),
        ("best", "L1", "EUR", "auto", ["b"]),
    ]
    assert [line.number for line in drafts(*rows)[1].order.lines] == [1, 2]


@settings(deadline=None, max_examples=20)
@given(st.permutations(["bolt", "gear", "nut", "pin"]))
def test_the_order_of_rows_changes_nothing(items: list[str]) -> None:
    assert repr(drafts(*map(row, items))) == repr(drafts(*map(row, sorted(items))))


def test_a_line_carries_what_the_row_says_exactly() -> None:
    terms = {"price": 1234.5678, "price_unit": 100.0, "order_unit": "BOX", "unit_factor": "1000/3"}
    order = drafts(row("0042", 0.3, **terms))[0].order
    line = order.lines[0]
    assert (line.item, str(line.quantity), str(line.price), str(line.price_unit)) == ("0042", "0.3", "1234.5678", "100")
    assert (line.order_unit, line.unit_factor, line.unit) == ("BOX", Fraction(1000, 3), "EA")
    assert (line.need_date, order.order_date, order.system) == (date(2026, 3, 20), date(2026, 3, 2), "s4")
    assert line.description == "a 0042"


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_without_an_order_unit_the_base_unit_is_ordered(missing: object) -> None:
    line = drafts(row(order_unit=missing, unit_factor=missing, description=missing))[0].order.lines[0]
    assert (line.order_unit, line.unit_factor, line.description) == ("EA", 1, "")


def test_keys_are_made_of_needs_and_planning_twice_makes_the_same() -> None:
    order = drafts(row(), row("nut"))[0].order
    needs = [keys.need_key(item, "L1", "acme", "2026-W12", 0) for item in ("bolt", "nut")]
    assert [line.need_key for line in order.lines] == needs
    assert order.order_key == keys.order_key("test", needs, 0)
    assert drafts(row("nut"), row())[0].order == order


def test_a_need_that_the_erp_holds_orders_for_counts_on() -> None:
    sequences = pd.DataFrame(
        {"item": ["bolt", "nut"], "location": "L1", "supplier": "acme", "bucket": ["2026-W12", "2026-W11"],
         "sequence": [2, 5]}
    )  # fmt: skip
    order = drafts(row(), row("nut"), memory=replace(Memory.blank(), sequences=sequences))[0].order
    assert order.lines[0].need_key == keys.need_key("bolt", "L1", "acme", "2026-W12", 2)
    assert order.lines[1].need_key == keys.need_key("nut", "L1", "acme", "2026-W12", 0)


def test_the_revision_rises_only_when_the_content_changes() -> None:
    first = drafts(row())[0]
    again = drafts(row(), memory=remembering(first))[0].order
    assert (again.revision, again.order_key) == (0, first.order.order_key)
    more = drafts(row(quantity=101.0), memory=remembering(first))[0].order
    assert (more.revision, more.order_key) == (1, keys.order_key("test", [more.lines[0].need_key], 1))
    kept = drafts(row(quantity=101.0), memory=remembering(first, 4, more.content_hash))[0].order
    assert kept.revision == 4
    assert kept.order_key not in {first.order.order_key, more.order_key}


def test_value_guards_and_rules_are_those_of_the_lines() -> None:
    draft = drafts(
        row(amount_minor=1001, guard_hits=(HIT,), rules="r2 r1"),
        row("nut", amount_minor=202, guard_hits=(HIT, GuardHit("x", "1", "2")), rules=None),
    )[0]
    assert draft.value == Money(Decimal("12.03"), "EUR")
    assert draft.guards == (HIT, GuardHit("x", "1", "2"))
    assert draft.rules == ("r2", "r1")
    assert draft.verdict is Verdict.AUTO


def test_without_a_rate_the_value_is_unknown_not_a_small_number() -> None:
    assert drafts(row(amount_minor=-1), row("nut"))[0].value is None


def test_evidence_names_every_figure_as_json_scalars() -> None:
    seen = pd.Timestamp("2026-03-01")
    evidence = drafts(row(), row("nut", on_hand=np.float64(2.0), item_auto_order=True, category=seen))[0].evidence
    assert set(evidence) == {1, 2}
    assert set(evidence[1]) == {*FIGURES, *EXPLANATION, "chart", "min_order_value"} - {"guards", "rules"}
    first, second = evidence[1], evidence[2]
    assert (first["on_hand"], first["recent_mean"], first["abc"]) == (3.123457, None, None)
    assert (first["supplier_blocked"], first["item_auto_order"], first["chart"]) == (False, None, "svg")
    assert (first["amount_minor"], first["currency"]) == (5000, "EUR")
    assert (second["item_auto_order"], second["category"], first["category"]) == (True, "2026-03-01", None)
    kinds = {type(value) for each in evidence.values() for value in each.values()}
    assert kinds <= {str, float, int, bool, type(None)}


@settings(deadline=None)
@given(st.decimals(0, 10**9, places=6))
def test_floats_become_the_decimals_that_were_meant(value: Decimal) -> None:
    assert exact(float(value)) == value


@pytest.mark.parametrize(
    ("value", "text"), [(5.0, "5"), (100, "100"), (0.1, "0.1"), (1e21, "1" + "0" * 21), (1e-7, "1E-7"), (-0.0, "0")]
)
def test_decimals_are_written_plainly(value: float, text: str) -> None:
    assert str(exact(value)) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_cannot_be_ordered(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be ordered"):
        exact(value)


def stored(draft: DraftOrder | None = None) -> StoredOrder:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    draft = draft or make_draft(("bolt", "nut"), value="200.00")
    return StoredOrder(draft, OrderState.AWAITING_APPROVAL, 1, "r", "p", "", draft.order.content_hash, now, now)


def test_a_changed_quantity_is_the_next_revision_with_a_scaled_value() -> None:
    old = stored()
    new = amended(old, {1: Decimal(50)}, "test")
    assert [str(line.quantity) for line in new.order.lines] == ["50", "100"]
    assert new.order.total.amount == Decimal("75.00")
    assert str(new.value) == "150.00 EUR"
    needs = [line.need_key for line in old.order.lines]
    assert (new.order.revision, new.order.order_key) == (1, keys.order_key("test", needs, 1))
    assert new.order.content_hash != old.order.content_hash
    assert (new.verdict, new.guards, new.rules) == (old.draft.verdict, old.draft.guards, old.draft.rules)


def test_zero_drops_the_line_and_its_evidence_and_keeps_the_numbers() -> None:
    new = amended(stored(), {1: Decimal(0)}, "test")
    assert [(line.number, line.item) for line in new.order.lines] == [(2, "nut")]
    assert new.evidence == {}
    assert new.order.order_key == keys.order_key("test", [new.order.lines[0].need_key], 1)
    assert set(amended(stored(), {2: Decimal(0)}, "test").evidence) == {1}


def test_an_unknown_or_worthless_value_stays() -> None:
    draft = make_draft()
    assert amended(stored(replace(draft, value=None)), {1: Decimal(7)}, "test").value is None
    free = replace(draft.order, lines=tuple(replace(line, price=Decimal(0)) for line in draft.order.lines))
    nothing = replace(draft, order=free, value=Money(Decimal("0.00"), "EUR"))
    assert amended(stored(nothing), {1: Decimal(7)}, "test").value == nothing.value


def test_values_round_to_minor_units_of_their_currency() -> None:
    draft = replace(make_draft(), value=Money(Decimal(100), "JPY"))
    assert str(amended(stored(draft), {1: Decimal("33.5")}, "test").value) == "34 JPY"


@pytest.mark.parametrize(
    ("quantities", "words"),
    [
        ({1: Decimal(0), 2: Decimal(0)}, "without lines"),
        ({1: Decimal(-1)}, "not a quantity"),
        ({1: Decimal("NaN")}, "not a quantity"),
        ({1: Decimal("Infinity")}, "not a quantity"),
        ({3: Decimal(5)}, "no line 3"),
    ],
)
def test_impossible_changes_are_refused(quantities: dict[int, Decimal], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        amended(stored(), quantities, "test")


def waiting_for(draft: DraftOrder) -> Memory:
    needs = keys.needs_digest([line.need_key for line in draft.order.lines])
    return replace(remembering(draft), waiting={needs: draft.order})


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, True),
        ({"quantity": 110.0}, True),
        ({"quantity": 111.0}, False),
        ({"need_date": pd.Timestamp("2026-03-21"), "order_date": pd.Timestamp("2026-03-03")}, True),
        ({"price": 0.51}, False),
        ({"order_unit": "BOX", "unit_factor": "10"}, False),
        ({"need_date": pd.Timestamp("2026-03-21"), "order_date": pd.Timestamp("2026-03-21")}, False),
    ],
)
def test_a_waiting_draft_is_kept_while_nothing_material_changes(change: dict[str, object], kept: bool) -> None:  # noqa: FBT001 - parametrised
    (before,) = drafts(row())
    (after,) = drafts(row(**{"quantity": 100.0, **change}), memory=waiting_for(before))  # type: ignore[arg-type]
    assert (after.order == before.order) is kept
    assert (after.order.order_key == before.order.order_key) is kept


def cut(draft: DraftOrder, *items: str) -> DraftOrder | None:
    """The draft without the lines of some items."""
    taken = {line.need_key for line in draft.order.lines if line.item in items}
    return rest_of(draft, taken, "test", {}, {})


def test_the_rest_of_a_draft_is_keyed_and_valued_as_if_planned_alone() -> None:
    whole = make_draft({"a": "20", "b": "100", "c": "60"}, value="99")
    amounts: dict[int, dict[str, str | float | int | bool | None]] = {
        1: {"amount_minor": 1000}, 2: {"amount_minor": 5100}, 3: {"amount_minor": 3000},
    }  # fmt: skip
    rest = cut(replace(whole, evidence=amounts), "a")
    assert rest is not None
    assert rest.order == make_draft({"b": "100", "c": "60"}).order
    assert rest.evidence == {1: {"amount_minor": 5100}, 2: {"amount_minor": 3000}}
    assert rest.value == Money(Decimal("81.00"), "EUR")
    assert rest.verdict is Verdict.AUTO
    assert cut(whole, "a", "b", "c") is None
    unknown = cut(replace(whole, value=None), "a")
    assert unknown is not None
    assert unknown.value is None


def test_the_rest_below_the_suppliers_minimum_goes_to_a_person() -> None:
    whole = make_draft({"a": "20", "b": "100"})
    figures = {number: {**whole.evidence[1], "min_order_value": 55.0} for number in (1, 2)}
    rest = cut(replace(whole, evidence=figures), "a")
    assert rest is not None
    assert rest.verdict is Verdict.APPROVE
    assert rest.guards == (GuardHit("supplier_minimum", "50.00", "55.00"),)
    figures = {number: {**whole.evidence[1], "min_order_value": 50.0} for number in (1, 2)}
    enough = cut(replace(whole, evidence=figures), "a")
    assert enough is not None
    assert enough.verdict is Verdict.AUTO
