"""The planning cycle as a law: one answer per item-location, the same from the same data, never twice."""

import random
from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import StopRun
from bot.orders.plan import Memory, Plan
from bot.tables.plan import ANSWER, FIGURES, KEYS, ORDERED, REASONS
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


def test_every_figure_of_the_contract_is_there() -> None:
    company = Company.small(receipts=on_time())
    company.policy = AUTONOMOUS
    plan = company.cycle()
    assert set(KEYS) | set(ANSWER) | set(FIGURES) <= set(plan.decisions.columns)
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
