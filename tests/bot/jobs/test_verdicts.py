"""What becomes of a proposal: rejected before, breakers, exact money, price breaks, doubts, vetoes."""

from datetime import date, timedelta

import pandas as pd
import pytest

from bot.orders.news import IN_ERP
from bot.orders.plan import Memory, Plan
from tests.bot.company import AS_OF, AUTONOMOUS, Company, Row, history, on_time, terms

BREAKERS = (
    AUTONOMOUS
    + """breakers:
  - { watch: stock_rows_drop_pct, above: 20, then: hold_all }
  - { watch: forecast_total_change_pct, above: 40, then: approve_all }
"""
)


def company(**tables: list[Row]) -> Company:
    made = Company.small(**{"receipts": on_time(), **tables})
    made.policy = AUTONOMOUS
    return made


def first(plan: Plan) -> pd.Series:
    row: pd.Series = plan.decisions.iloc[0]
    return row


def rejected(quantity: float, on: date, item: str = "bolt", supplier: str = "acme", actor: str = "ann") -> Memory:
    blank = Memory.blank()
    row = {"item": item, "location": "L1", "supplier": supplier, "quantity": quantity,
           "rejected_on": pd.Timestamp(on), "actor": actor, "reason": "no"}  # fmt: skip
    frame = pd.DataFrame([row]).astype({"rejected_on": "datetime64[s]"})
    return Memory(blank.in_flight, blank.sequences, frame)


class TestRejections:
    def test_the_same_need_is_not_asked_for_again(self) -> None:
        asked = first(company().cycle())["quantity"]
        plan = company().cycle(rejected(asked, AS_OF - timedelta(days=3)))
        assert (first(plan)["reason"], first(plan)["quantity"], first(plan)["decision"]) == (
            "rejected_before",
            0,
            "none",
        )
        assert plan.orders == ()

    @pytest.mark.parametrize(
        ("share", "days", "more"),
        [
            (0.5, 3, {}),  # the need has doubled since
            (1.0, 15, {}),  # two weeks have passed
            (1.0, 3, {"supplier": "bestco"}),
            (1.0, 3, {"item": "nut"}),
        ],
    )
    def test_another_need_is(self, share: float, days: int, more: dict[str, str]) -> None:
        asked = first(company().cycle())["quantity"]
        plan = company().cycle(rejected(asked * share, AS_OF - timedelta(days=days), **more))
        assert (first(plan)["reason"], first(plan)["quantity"]) == ("below_reorder_point", asked)

    @pytest.mark.parametrize(("days", "decision"), [(20, "approve"), (91, "auto")])
    def test_what_was_undone_in_the_erp_comes_back_to_a_person_only(self, days: int, decision: str) -> None:
        plan = company().cycle(rejected(1, AS_OF - timedelta(days=days), supplier="bestco", actor=IN_ERP))
        row = first(plan)
        assert row["decision"] == decision
        assert ("somebody cancelled, refused or cut" in row["doubts"]) == (decision == "approve")

    def test_a_no_in_the_console_asks_nobody_twice(self) -> None:
        assert first(company().cycle(rejected(1, AS_OF - timedelta(days=20))))["decision"] == "auto"


class TestBreakers:
    def verdict(self, **before: float) -> tuple[str, str]:
        made = company(stock=[{"item": "bolt", "location": "L1", "on_hand": 1}])
        made.policy = BREAKERS
        now = made.cycle().notes["totals"]
        assert isinstance(now, dict)
        row = first(made.cycle(before={name: value * before.get(name, 1.0) for name, value in now.items()}))
        return str(row["decision"]), str(row["guards"])

    def test_closed_while_little_moved(self) -> None:
        assert self.verdict() == ("auto", "")
        assert self.verdict(forecast_per_day=1.3) == ("auto", "")

    def test_a_fall_of_stock_rows_holds_everything(self) -> None:
        assert self.verdict(stock_rows=2.0) == ("block", "breaker_hold")

    @pytest.mark.parametrize("factor", [2.0, 0.5])
    def test_a_forecast_that_jumped_either_way_asks_a_person(self, factor: float) -> None:
        assert self.verdict(forecast_per_day=factor) == ("approve", "breaker_approve")

    def test_a_first_run_opens_none(self) -> None:
        made = company()
        made.policy = BREAKERS
        assert first(made.cycle())["decision"] == "auto"


class TestMoney:
    def test_amounts_are_exact(self) -> None:
        made = company(
            sourcing=[terms(price="0.105", price_unit=10, order_multiple=7)], receipts=on_time(price="0.0105")
        )
        row = first(made.cycle())
        exact = round(row["quantity"] * 0.105 / 10 * 100 + 1e-9)
        assert row["amount_minor"] == exact
        assert made.cycle().orders[0].order.total.amount * 100 == exact

    def test_a_break_lowers_the_price_from_its_quantity_on(self) -> None:
        breaks = [
            {"item": "bolt", "location": "L1", "supplier": "acme", "min_quantity": least, "price": price}
            for least, price in ((50, "0.49"), (500, "0.10"))
        ]
        made = company(price_breaks=breaks)
        row = first(made.cycle())
        assert row["price"] == 0.49
        assert row["amount_minor"] == 49 * row["quantity"]
        assert float(made.cycle().orders[0].order.lines[0].price) == 0.49

    def test_a_price_that_rose_is_shown_or_held(self) -> None:
        assert first(company(sourcing=[terms(price="0.52")]).cycle())["decision"] == "auto"
        risen = first(company(sourcing=[terms(price="0.55")]).cycle())
        assert (risen["decision"], risen["guards"]) == ("approve", "price_rise_max_pct")
        wild = first(company(sourcing=[terms(price="0.70")]).cycle())
        assert wild["decision"] == "block"
        assert "price_collar" in wild["guards"]

    def test_an_order_above_the_limit_waits_with_its_route(self) -> None:
        made = company()
        made.policy = AUTONOMOUS.replace("auto_order_value_max: 100000 EUR", "auto_order_value_max: 20 EUR")
        plan = made.cycle()
        assert first(plan)["guards"] == "auto_order_value_max"
        hit = plan.orders[0].guards[0]
        assert (hit.guard, "20" in hit.limit, "policy.yaml" in hit.source) == ("auto_order_value_max", True, True)
        assert plan.orders[0].verdict == "approve"

    def test_caps_of_the_run_let_the_riskiest_go_first(self) -> None:
        names = ("bolt", "nut")
        made = company(
            items=[{"item": name, "unit": "EA"} for name in names],
            locations=[{"location": "L1"}],
            stock=[{"item": "bolt", "location": "L1", "on_hand": 55}, {"item": "nut", "location": "L1", "on_hand": 0}],
            demand=[row for name in names for row in history([10, 12, 8, 10] * 25, name)],
            sourcing=[terms(), terms("nut", "bestco")],
            receipts=[*on_time(), *on_time("bestco", "nut")],
        )
        made.tables["sourcing"][0]["moq"] = 60
        made.policy = AUTONOMOUS.replace("auto_orders_per_run_max: 1000", "auto_orders_per_run_max: 1")
        table = made.cycle().decisions
        assert dict(zip(table["item"].astype(str), table["decision"], strict=True)) == {
            "bolt": "approve",
            "nut": "auto",
        }


class TestDoubt:
    def test_the_erp_may_forbid_automatic_orders(self) -> None:
        item = company(item_locations=[{"item": "bolt", "location": "L1", "auto_order": "false"}])
        supplier = company(suppliers=[{"supplier": "acme", "auto_order": "false"}])
        for made in (item, supplier):
            assert (first(made.cycle())["decision"], first(made.cycle())["guards"]) == ("approve", "erp_veto")

    def test_a_contradiction_of_currencies_asks_a_person(self) -> None:
        made = company(suppliers=[{"supplier": "acme", "currency": "USD"}])
        row = first(made.cycle())
        assert (row["decision"], row["guards"], row["currency"]) == ("approve", "data_doubt", "EUR")

    @pytest.mark.parametrize(("bad", "decision"), [(2, "auto"), (12, "approve")])
    def test_demand_rows_that_were_set_aside(self, bad: int, decision: str) -> None:
        rows = history([10] * 100)
        made = company(demand=[{**row, "quantity": "x"} if place < bad else row for place, row in enumerate(rows)])
        assert first(made.cycle())["decision"] == decision

    def test_bad_demand_rows_of_days_to_come_are_not_read(self) -> None:
        ahead = [{"item": "bolt", "location": "L1", "date": "2026-04-01", "quantity": "x"}] * 12
        assert first(company(demand=[*history([10] * 100), *ahead]).cycle())["decision"] == "auto"

    @pytest.mark.parametrize(
        "tables",
        [
            {"requirements": [{"item": "bolt", "location": "L1", "due_on": "2026-03-03", "quantity": -500}]},
            {"price_breaks": [{"item": "bolt", "location": "L1", "supplier": "acme", "min_quantity": 1, "price": "x"}]},
            {"sourcing": [terms(), terms(supplier="bestco", price="zz")]},
            {"suppliers": [{"supplier": "acme", "blocked": "maybe"}]},
            {"receipts": [*on_time(), {**on_time()[0], "order_ref": "R", "quantity_ordered": "x"}]},
        ],
        ids=lambda tables: next(iter(tables)),
    )
    def test_one_row_that_was_set_aside_calls_a_person(self, tables: dict[str, list[Row]]) -> None:
        row = first(company(**tables).cycle())
        assert (row["decision"], row["guards"]) == ("approve", "data_doubt")

    @pytest.mark.parametrize(
        "rows",
        [
            [{"auto_order": "false"}, {"auto_order": "true"}],
            [{"status": "active"}, {"status": "blocked"}],
            [{"status": "stopped"}],
            [{"auto_order": "false", "safety_stock": "-1"}],
        ],
        ids=["twins of a veto", "twins of a status", "unknown word", "slip beside a veto"],
    )
    def test_a_veto_that_was_set_aside_is_not_lost(self, rows: list[Row]) -> None:
        made = company(item_locations=[{"item": "bolt", "location": "L1", **row} for row in rows])
        row = first(made.cycle())
        assert (row["decision"], row["reason"], row["quantity"]) == ("none", "item_in_quarantine", 0)

    def test_a_new_supplier_or_item_where_policy_wants_to_see_it(self) -> None:
        made = company(receipts=[])
        del made.tables["receipts"]
        made.policy = AUTONOMOUS.replace("[price_above_limit]", "[new_supplier]")
        guards = str(first(made.cycle())["guards"]).split()
        assert "new_supplier" in guards


def test_rows_without_a_proposal_keep_their_answer() -> None:
    plan = company(stock=[{"item": "bolt", "location": "L1", "on_hand": 900}]).cycle()
    row = first(plan)
    assert (row["decision"], row["guards"], row["amount_minor"], row["guard_hits"]) == ("none", "", 0, ())
    assert plan.orders == ()
