"""The planning cycle as a law: one answer per item-location, the same from the same data, never twice."""

import random
from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import StopRun
from bot.orders.plan import Memory, Plan
from bot.tables.plan import ANSWER, EXPLANATION, FIGURES, KEYS, ORDERED, REASONS
from tests.bot.company import AS_OF, AUTONOMOUS, Company, Row, history, on_time, terms


def remembered(plan: Plan) -> Memory:
    """What the database remembers of a plan whose orders were all sent."""
    lines = [
        {
            "item": line.item, "location": line.location, "quantity": float(line.quantity),
            "need_date": pd.Timestamp(line.need_date), "order_key": draft.order.order_key, "erp_number": "",
        }
        for draft in plan.orders
        for line in draft.order.lines
    ]  # fmt: skip
    blank = Memory.blank()
    return Memory(pd.DataFrame(lines, columns=blank.in_flight.columns), blank.sequences, blank.rejections)


def quantities(plan: Plan) -> dict[tuple[str, str], tuple[float, str]]:
    table = plan.decisions.astype({"item": "str", "location": "str"})
    return {(row.item, row.location): (row.quantity, row.reason) for row in table.itertuples(index=False)}


def test_planning_twice_orders_nothing_twice() -> None:
    company = Company.small()
    first = company.cycle()
    assert len(first.orders) == 1
    second = company.cycle(remembered(first))
    assert second.orders == ()
    row = second.decisions.iloc[0]
    assert (row["reason"], row["in_flight"]) == ("covered_by_own_orders", float(first.decisions.iloc[0]["quantity"]))
    assert row["inventory_position"] >= row["reorder_point"]


def test_the_same_input_has_the_same_plan_id_and_another_input_another() -> None:
    company = Company.small()
    assert company.cycle().plan_id == company.cycle().plan_id
    changed = Company.small(stock=[{"item": "bolt", "location": "L1", "on_hand": 3}])
    assert changed.cycle().plan_id != company.cycle().plan_id
    suggested = Company.small()
    suggested.policy += "defaults: { service_level_pct: 99 }\n"
    assert suggested.cycle().plan_id != company.cycle().plan_id


def test_order_keys_know_no_run_and_no_row_order() -> None:
    company = Company.small(
        items=[{"item": name, "unit": "EA"} for name in ("bolt", "nut")],
        stock=[{"item": name, "location": "L1", "on_hand": 0} for name in ("bolt", "nut")],
        demand=[*history([10] * 90), *history([4] * 90, "nut")],
        sourcing=[terms(), terms("nut")],
    )
    first = company.cycle()
    for rows in company.tables.values():
        random.Random(4).shuffle(rows)  # noqa: S311 (an order of rows, no secret)
    second = company.cycle()
    assert quantities(first) == quantities(second)
    assert [draft.order for draft in first.orders] == [draft.order for draft in second.orders]
    assert len(first.orders[0].order.order_key) == 12
    assert company.cycle(installation="other").orders[0].order.order_key != first.orders[0].order.order_key


def test_an_unusable_snapshot_stops_the_run() -> None:
    company = Company.small()
    snapshot = company.snapshot(before={"demand": 1000})
    assert snapshot.health.grade == "unusable"
    empty = Company.small(stock=[{"item": "bolt", "location": "L1", "on_hand": -1}])
    with pytest.raises(StopRun, match="table stock has no usable row"):
        empty.cycle()


def test_a_doubt_about_open_orders_orders_nothing() -> None:
    torn = {
        "order_ref": "45",
        "line": "1",
        "item": "bolt",
        "location": "L1",
        "quantity_open": "many",
        "promised_on": None,
    }
    row = Company.small(open_orders=[torn]).cycle().decisions.iloc[0]
    assert (row["reason"], row["quantity"], row["decision"]) == ("open_orders_in_doubt", 0, "none")


def test_the_balance_of_a_position_adds_up() -> None:
    stock = [{"item": "bolt", "location": "L1", "on_hand": 5, "inspection": 4, "in_transit": 3, "reserved": 2,
              "backorders": 1, "blocked": 50}]  # fmt: skip
    order = {"order_ref": "45", "line": "1", "item": "bolt", "location": "L1", "quantity_open": 7,
             "promised_on": AS_OF + timedelta(days=1), "supplier": "acme"}  # fmt: skip
    row = Company.small(stock=stock, open_orders=[order]).cycle().decisions.iloc[0]
    assert row["inventory_position"] == 5 + 4 + 3 + 7 - 2 - 1


def receipts(*days: int, planned: int) -> list[Row]:
    """Lines of 100 at the usual price, one every five days, that took so many days."""
    rows: list[Row] = []
    for place, actual in enumerate(days):
        ordered = AS_OF - timedelta(days=60 + 5 * place)
        rows.append({
            "order_ref": f"R{place}", "line": 1, "item": "bolt", "location": "L1", "supplier": "acme",
            "quantity_ordered": 100, "quantity_received": 100, "price": "0.50", "currency": "EUR",
            "ordered_on": ordered, "promised_on": ordered + timedelta(days=planned),
            "received_on": ordered + timedelta(days=actual),
        })  # fmt: skip
    return rows


def opened(days: int, quantity: float, ref: str = "P") -> Row:
    """An open order promised so many days from now."""
    return {"order_ref": ref, "line": 1, "item": "bolt", "location": "L1", "quantity_open": quantity,
            "promised_on": AS_OF + timedelta(days=days), "supplier": "acme"}  # fmt: skip


def test_a_supplier_faster_than_planned_is_not_asked_again_every_day() -> None:
    """Planned 30 days, learned 8: own orders are promised after the interval, and still are on their way."""
    known: list[Row] = []
    for day in range(10):
        company = Company.small(
            stock=[{"item": "bolt", "location": "L1", "on_hand": 100 - 10 * day}],
            demand=history([10] * 100) + history([10] * day, until=AS_OF + timedelta(days=day)),
            sourcing=[terms(lead_time_days=30)], receipts=receipts(*[8] * 40, planned=30),
            open_orders=[opened(0, 0, "none"), *known],
        )  # fmt: skip
        row = company.cycle(as_of=AS_OF + timedelta(days=day)).decisions.iloc[0]
        if row["quantity"] > 0:
            wanted = (row["need_date"].date() - AS_OF).days
            known.append(opened(wanted, row["quantity"], f"P{day}"))
    total = sum(float(str(line["quantity_open"])) for line in known)
    assert 90 <= total <= 110, known


def test_supply_of_unlikely_days_does_not_hide_demand_of_likely_ones() -> None:
    """Two of six orders took 28 days instead of 5: the interval is 13 days long, not 35."""
    late = receipts(5, 5, 5, 5, 28, 28, planned=5)

    def row(day: int) -> pd.Series:
        found: pd.Series = Company.small(receipts=late, open_orders=[opened(day, 300)]).cycle().decisions.iloc[0]
        return found

    last = int(row(8)["interval_days"]) - 1
    assert (row(last)["on_order"], row(last)["quantity"]) == (300, 0)
    assert row(last + 2)["on_order_later"] == 300
    assert row(last + 2)["quantity"] > 0


def test_the_risk_counts_what_comes_before_a_new_order_would() -> None:
    company = Company.small(open_orders=[opened(6, 500)])
    company.policy += "defaults: { review_period_days: 14 }\n"
    row = company.cycle().decisions.iloc[0]
    assert (row["on_order"], row["reason"]) == (500, "covered")
    assert row["stockout_risk"] > 0.99
    company.tables["open_orders"] = [opened(5, 500)]
    assert company.cycle().decisions.iloc[0]["stockout_risk"] < 0.01


def test_an_order_overdue_for_months_hides_no_need_and_asks_a_person() -> None:
    company = Company.small(receipts=on_time(), open_orders=[opened(-91, 100)])
    company.policy = AUTONOMOUS
    row = company.cycle().decisions.iloc[0]
    assert (row["on_order"], row["on_order_in_doubt"], row["quantity"] > 60) == (0, 100, True)
    assert (row["decision"], row["guards"]) == ("approve", "data_doubt")
    assert row["doubts"] == "an open order is long overdue and does not count"
    company.tables["open_orders"] = [opened(-90, 100)]
    assert company.cycle().decisions.iloc[0]["reason"] == "covered"


def test_stock_counted_in_the_future_asks_a_person() -> None:
    def decision(ahead: int) -> tuple[str, str]:
        counted = AS_OF + timedelta(days=ahead)
        stock: list[Row] = [{"item": "bolt", "location": "L1", "on_hand": 0, "counted_on": counted}]
        company = Company.small(receipts=on_time(), stock=stock)
        company.policy = AUTONOMOUS
        row = company.cycle().decisions.iloc[0]
        return row["decision"], row["doubts"]

    assert decision(0) == ("auto", "")
    assert decision(1) == ("approve", "stock was counted after the day of the plan")


@pytest.mark.parametrize(("moq", "decision", "reason"), [
    (60, "auto", "below_reorder_point"), (90, "approve", "below_reorder_point"), (200, "none", "cover_cap"),
])  # fmt: skip
@pytest.mark.parametrize("cap", [{"shelf_life_days": 6}, {"ends_on": AS_OF + timedelta(days=5)}])
def test_a_minimum_above_shelf_life_or_the_end_of_demand(
    cap: dict[str, object], moq: int, decision: str, reason: str
) -> None:
    usual = [{**row, "quantity_ordered": moq, "quantity_received": moq} for row in on_time()]
    company = Company.small(items=[{"item": "bolt", "unit": "EA", **cap}], sourcing=[terms(moq=moq)], receipts=usual)
    company.policy = AUTONOMOUS
    row = company.cycle().decisions.iloc[0]
    assert (row["decision"], row["reason"], row["quantity"] > 0) == (decision, reason, decision != "none")


def test_a_year_of_silence_orders_nothing_unless_asked() -> None:
    def reason(days: int, **tables: list[Row]) -> tuple[str, float]:
        silent = history([10] * 100, until=AS_OF - timedelta(days=days))
        row = Company.small(demand=silent, **tables).cycle().decisions.iloc[0]
        return row["reason"], row["quantity"]

    asked: list[Row] = [{"item": "bolt", "location": "L1", "due_on": AS_OF, "quantity": 7, "kind": "sales_order"}]
    assert reason(400) == ("no_demand", 0)
    assert reason(400, requirements=asked) == ("below_reorder_point", 7)
    assert reason(300)[0] == "below_reorder_point"


def test_a_year_without_stock_is_no_silence() -> None:
    out: list[Row] = [{**row, "in_stock": 0} for row in history([0] * 400)]
    sold: list[Row] = [{**row, "in_stock": 1} for row in history([10] * 200, until=AS_OF - timedelta(days=400))]
    assert Company.small(demand=sold + out).cycle().decisions.iloc[0]["reason"] == "below_reorder_point"


@pytest.mark.parametrize("kind", ["sales_order", "dependent", "one_off", "reservation"])
def test_known_requirements_are_ordered_without_history(kind: str) -> None:
    need: Row = {"item": "nut", "location": "L1", "due_on": AS_OF + timedelta(days=2), "quantity": 100, "kind": kind}
    company = Company.small(
        items=[{"item": name, "unit": "EA"} for name in ("bolt", "nut")], requirements=[need],
        stock=[{"item": name, "location": "L1", "on_hand": 0} for name in ("bolt", "nut")],
        sourcing=[terms(), terms("nut")],
    )  # fmt: skip
    assert quantities(company.cycle())["nut", "L1"] == (100, "below_reorder_point")
    need["due_on"] = AS_OF + timedelta(days=20)
    assert quantities(company.cycle())["nut", "L1"] == (0, "no_history")


@pytest.mark.parametrize(("factor", "quantity"), [("12", 75), ("1000/3", 73), ("1", 73)])
def test_quantities_can_be_written_in_the_order_unit(factor: str, quantity: int) -> None:
    plan = Company.small(sourcing=[terms(order_unit="BX", unit_factor=factor)]).cycle()
    assert plan.decisions.iloc[0]["quantity"] == quantity
    assert (plan.orders[0].order.lines[0].order_quantity * 1000).denominator == 1


def test_no_quantity_in_the_order_unit_is_lots_impossible() -> None:
    company = Company.small(sourcing=[terms(order_unit="BX", unit_factor="7000", max_quantity=6)])
    assert quantities(company.cycle())["bolt", "L1"] == (0, "lots_impossible")


@pytest.mark.parametrize(("least", "decision"), [(7, "approve"), (0, "auto")])
def test_an_average_price_that_no_document_takes_asks_a_person(least: int, decision: str) -> None:
    steps: list[Row] = [{"item": "bolt", "location": "L1", "supplier": "acme", "min_quantity": least, "price": "0.49",
                         "kind": "incremental"}]  # fmt: skip
    company = Company.small(receipts=on_time(), price_breaks=steps)
    company.policy = AUTONOMOUS
    row = company.cycle().decisions.iloc[0]
    assert (row["decision"], row["doubts"] != "") == (decision, decision == "approve")


def test_every_figure_of_the_contract_is_there() -> None:
    company = Company.small(receipts=on_time())
    company.policy = AUTONOMOUS
    plan = company.cycle()
    assert set(KEYS) | set(ANSWER) | set(FIGURES) | set(EXPLANATION) <= set(plan.decisions.columns)
    row = plan.decisions.iloc[0]
    assert (row["lead_time_days"], row["lead_time_lines"], row["supplier_lines"]) == (5, 6, 6)
    assert 50 < row["supplier_score_pct"] < 100
    assert row["amount_minor"] == 50 * row["quantity"]
    assert plan.notes["rates"] == {"EUR": "1"}
    assert plan.orders[0].verdict == "auto"


companies = st.fixed_dictionaries(
    {
        "demand": st.lists(st.integers(0, 30), min_size=0, max_size=60),
        "on_hand": st.one_of(st.none(), st.integers(0, 300)),
        "moq": st.sampled_from([0, 1, 40]),
        "step": st.sampled_from([1, 6, 0.5]),
        "most": st.sampled_from([None, 24, 5]),
        "lead": st.integers(0, 40),
        "supplier": st.sampled_from(["acme", "bestco", None]),
        "price": st.sampled_from(["0.50", "0", "12.345"]),
        "currency": st.sampled_from(["EUR", "USD"]),
        "open": st.integers(0, 60),
    }
)


def random_company(specs: list[dict[str, object]]) -> Company:
    tables: dict[str, list[Row]] = {
        "items": [{"item": "filler", "unit": "EA"}], "locations": [{"location": "L1"}],
        "stock": [{"item": "filler", "location": "L1", "on_hand": 1}],
        "demand": history([1], "filler"), "sourcing": [terms("filler")], "open_orders": [],
    }  # fmt: skip
    for place, spec in enumerate(specs):
        item = f"i{place}"
        tables["items"].append({"item": item, "unit": "EA"})
        tables["demand"] += history(spec["demand"], item)  # type: ignore[arg-type]
        if spec["on_hand"] is not None:
            tables["stock"].append({"item": item, "location": "L1", "on_hand": spec["on_hand"]})
        if spec["supplier"]:
            tables["sourcing"].append(
                terms(
                    item, str(spec["supplier"]), price=spec["price"], currency=spec["currency"], moq=spec["moq"],
                    order_multiple=spec["step"], max_quantity=spec["most"], lead_time_days=spec["lead"],
                )
            )  # fmt: skip
        if spec["open"]:
            tables["open_orders"].append(
                {"order_ref": f"45{place}", "line": "1", "item": item, "location": "L1", "quantity_open": spec["open"],
                 "promised_on": AS_OF, "supplier": spec["supplier"] or "acme"}
            )  # fmt: skip
    if not tables["open_orders"]:
        del tables["open_orders"]
    return Company(tables)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(companies, min_size=1, max_size=12))
def test_laws_of_any_company(specs: list[dict[str, object]]) -> None:
    company = random_company(specs)
    plan = company.cycle()
    table = plan.decisions
    pairs = {(str(row["item"]), str(row["location"])) for name in ("stock", "demand", "sourcing")
             for row in company.tables[name]}  # fmt: skip
    assert set(zip(table["item"].astype(str), table["location"].astype(str), strict=True)) == pairs
    assert len(table) == len(pairs)
    assert set(table["reason"]) <= set(REASONS)
    ordered = table["quantity"] > 0
    assert (ordered == (table["reason"].map(lambda code: REASONS[code].part) == ORDERED)).all()
    assert ((table["decision"] == "approve") == ordered).all()
    due = table[ordered]
    assert (due["quantity"] >= due["moq"].fillna(0)).all()
    assert ((due["quantity"] / due["order_multiple"]) % 1 == 0).all()
    assert (due["quantity"] <= due["max_quantity"].fillna(float("inf"))).all()
    lines = {(line.item, line.location): float(line.quantity) for draft in plan.orders for line in draft.order.lines}
    assert lines == {key: found[0] for key, found in quantities(plan).items() if found[0] > 0}
    again = company.cycle(remembered(plan))
    uncapped = due[~(due["quantity"] < due["needed"] - 1e-9)]
    repeated = again.decisions.loc[uncapped.index]
    assert (repeated["quantity"] == 0).all(), "what one plan ordered in full, the next does not order again"
