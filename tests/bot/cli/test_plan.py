"""`restock plan`: the contract of orders.csv, of time, of exit codes and of what a decision means."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bot.tables.plan import REASONS
from tests.bot.company import AS_OF, AUTONOMOUS, Company, days, history, on_time, orders, plan, quantity, restock, terms

COLUMNS = ["item", "location", "supplier", "from_location", "quantity", "need_date", "order_date", "decision", "reason"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_five_tables_are_enough(tmp_path: Path, form: str) -> None:
    table = Company.small().plan(tmp_path, form=form)
    assert list(table.columns[:9]) == COLUMNS
    row = table.loc["bolt@L1"]
    assert (row["supplier"], row["from_location"]) == ("acme", "")
    assert (row["decision"], row["reason"]) == ("approve", "below_reorder_point")
    assert (row["order_date"], row["need_date"]) == ("2026-03-02", "2026-03-07")
    assert 60 <= float(row["quantity"]) <= 75  # six days of ten, demand does not vary


def test_csv_and_parquet_give_the_same_bytes_and_so_does_a_second_run(tmp_path: Path) -> None:
    company = Company.small()
    written = []
    for name, form in (("a", "csv"), ("b", "parquet"), ("c", "csv")):
        company.plan(tmp_path / name, form=form)
        written.append((tmp_path / name / "orders.csv").read_bytes())
    assert written[0] == written[1] == written[2]


def test_every_item_location_has_one_row_and_one_reason(tmp_path: Path) -> None:
    company = Company.small(
        items=[{"item": name, "unit": "EA"} for name in ("bolt", "nut", "orphan", "still", "unseen")],
        stock=[
            {"item": "bolt", "location": "L1", "on_hand": 0},
            {"item": "nut", "location": "L1", "on_hand": 500},
            {"item": "orphan", "location": "L1", "on_hand": 0},
            {"item": "still", "location": "L1", "on_hand": 0},
        ],
        demand=[*history([10] * 100), *history([10] * 100, "nut"), *history([10] * 100, "orphan")],
        sourcing=[terms(), terms("nut"), terms("still"), terms("unseen")],
    )
    table = company.plan(tmp_path)
    assert dict(table["reason"]) == {
        "bolt@L1": "below_reorder_point",
        "nut@L1": "covered",
        "orphan@L1": "no_supplier",
        "still@L1": "no_history",
        "unseen@L1": "stock_unknown",
    }
    assert set(table["reason"]) <= set(REASONS)
    assert (table.drop("bolt@L1")["quantity"] == "0").all()
    assert (table.drop("bolt@L1")["decision"] == "none").all()


def test_nothing_is_ordered_for_what_never_moves(tmp_path: Path) -> None:
    company = Company.small(
        items=[{"item": "dead", "unit": "EA"}, {"item": "zero", "unit": "EA"}],
        stock=[{"item": name, "location": "L1", "on_hand": 0} for name in ("dead", "zero")],
        demand=[*history([0] * 100, "zero"), *history([5, *[0] * 700], "dead")],
        sourcing=[terms("dead"), terms("zero")],
    )
    table = company.plan(tmp_path)
    assert dict(table["reason"]) == {"dead@L1": "no_demand", "zero@L1": "no_demand"}
    assert (table["quantity"] == "0").all()


@pytest.mark.parametrize(
    ("mode", "decision", "reason"),
    [
        ("observe", "none", "mode_orders_nothing"),
        ("shadow", "none", "mode_orders_nothing"),
        ("suggest", "approve", "below_reorder_point"),
        ("assist", "auto", "below_reorder_point"),
        ("autonomous", "auto", "below_reorder_point"),
    ],
)
def test_the_mode_decides_and_never_the_quantity(tmp_path: Path, mode: str, decision: str, reason: str) -> None:
    company = Company.small(receipts=on_time())
    company.policy = AUTONOMOUS.replace("autonomous", mode)
    row = company.plan(tmp_path).loc["bolt@L1"]
    assert (row["decision"], row["reason"]) == (decision, reason)
    assert float(row["quantity"]) >= 60


def test_a_guard_blocks_but_the_quantity_stays(tmp_path: Path) -> None:
    company = Company.small(receipts=on_time())
    company.policy = AUTONOMOUS + "  \nfreeze:\n  - { id: f, until: 2026-04-01, reason: count, action: hold }\n"
    row = company.plan(tmp_path).loc["bolt@L1"]
    assert (row["decision"], row["reason"], row["guards"]) == ("block", "below_reorder_point", "freeze_hold")
    assert float(row["quantity"]) >= 60


def test_orders_below_the_suppliers_minimum_go_to_a_person(tmp_path: Path) -> None:
    company = Company.small(receipts=on_time(), suppliers=[{"supplier": "acme", "min_order_value": 1000}])
    company.policy = AUTONOMOUS
    row = company.plan(tmp_path).loc["bolt@L1"]
    assert (row["decision"], row["guards"]) == ("approve", "supplier_minimum")


def test_a_minimum_counts_what_goes_out_in_one_order(tmp_path: Path) -> None:
    """Lines that wait for a person do not lift the automatic order above the minimum."""
    company = Company.small(
        items=[{"item": "bolt", "unit": "EA"}, {"item": "nut", "unit": "EA"}],
        stock=[{"item": name, "location": "L1", "on_hand": 0} for name in ("bolt", "nut")],
        demand=[*history([10] * 100), *history([10] * 100, "nut")],
        sourcing=[terms(), terms("nut", price="5.00")],
        receipts=[*on_time(), *on_time(item="nut", price="5.00")],
        suppliers=[{"supplier": "acme", "min_order_value": 100}],
    )
    company.policy = AUTONOMOUS + "rules:\n  - { id: n, match: { item: nut }, set: { mode: suggest } }\n"
    table = company.plan(tmp_path)
    assert dict(table["decision"]) == {"bolt@L1": "approve", "nut@L1": "approve"}
    assert table.loc["bolt@L1", "guards"] == "supplier_minimum"


def test_moq_and_multiple_hold_for_every_order(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    names = [f"i{place:02}" for place in range(40)]
    lots = {name: (float(rng.choice([0, 1, 25, 130])), float(rng.choice([1, 6, 12.5, 0.1, 48]))) for name in names}
    company = Company.small(
        items=[{"item": name, "unit": "EA"} for name in names],
        stock=[{"item": name, "location": "L1", "on_hand": int(rng.integers(0, 80))} for name in names],
        demand=[row for name in names for row in history(rng.poisson(7, 80), name)],
        sourcing=[terms(name, moq=lots[name][0], order_multiple=lots[name][1]) for name in names],
    )
    table = company.plan(tmp_path)
    ordered = [pair for pair in table.index if quantity(table, pair) > 0]
    assert len(ordered) > 10
    for pair in ordered:
        least, step = lots[pair.removesuffix("@L1")]
        steps = quantity(table, pair) / step
        assert quantity(table, pair) >= least
        assert abs(steps - round(steps)) < 1e-9


class TestTime:
    def test_nothing_from_the_planning_day_on_is_used(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(1)
        past = history(rng.poisson(9, 120))
        receipts = on_time()
        ahead = [(AS_OF + timedelta(days=place)).isoformat() for place in range(30)]
        calm = [{"item": "bolt", "location": "L1", "date": day, "quantity": 9} for day in ahead]
        wild = [{"item": "bolt", "location": "L1", "date": day, "quantity": 9000} for day in reversed(ahead)]
        late = [
            {**receipts[0], "order_ref": f"F{place}", "price": "9.99", "quantity_ordered": 1, "quantity_received": 1,
             "ordered_on": AS_OF + timedelta(days=place), "received_on": AS_OF + timedelta(days=40 + place)}
            for place in range(12)
        ]  # fmt: skip
        written = []
        for name, demand, more in (("a", [*past, *calm], []), ("b", [*wild, *past], late), ("c", past, [])):
            company = Company.small(demand=demand, receipts=[*receipts, *more])
            company.policy = AUTONOMOUS
            company.plan(tmp_path / name)
            written.append((tmp_path / name / "orders.csv").read_text())
        assert written[0] == written[2]
        assert written[1] == written[2]

    def test_the_day_before_counts(self, tmp_path: Path) -> None:
        calm = Company.small().plan(tmp_path / "a")
        busy = Company.small(demand=history([10] * 80 + [40] * 20)).plan(tmp_path / "b")
        assert quantity(busy) > quantity(calm)

    def test_rows_may_come_in_any_order(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(2)
        names = ["bolt", "nut", "washer"]
        company = Company.small(
            items=[{"item": name, "unit": "EA"} for name in names],
            stock=[{"item": name, "location": "L1", "on_hand": 5} for name in names],
            demand=[row for name in names for row in history(rng.poisson(8, 90), name)],
            sourcing=[terms(name, supplier) for name in names for supplier in ("acme", "bestco")],
            receipts=[*on_time(), *on_time("bestco")],
        )
        company.plan(tmp_path / "a")
        for rows in company.tables.values():
            rng.shuffle(rows)
        company.plan(tmp_path / "b")
        assert (tmp_path / "a" / "orders.csv").read_bytes() == (tmp_path / "b" / "orders.csv").read_bytes()

    def test_open_orders_count_up_to_the_last_day_of_the_interval(self, tmp_path: Path) -> None:
        """Lead time 5, review 1: an order on Monday covers to Saturday, D + 5."""

        def arriving(day: date, name: str) -> tuple[str, float]:
            order = {"order_ref": "4500", "line": 1, "item": "bolt", "location": "L1", "quantity_open": 40,
                     "promised_on": day.isoformat(), "supplier": "acme"}  # fmt: skip
            table = Company.small(open_orders=[order]).plan(tmp_path / name)
            return str(table.loc["bolt@L1", "on_order"]), quantity(table)

        alone = quantity(Company.small().plan(tmp_path / "none"))
        assert arriving(AS_OF + timedelta(days=5), "in") == ("40", alone - 40)
        assert arriving(AS_OF + timedelta(days=6), "out") == ("0", alone)
        assert arriving(AS_OF - timedelta(days=2), "overdue") == ("40", alone - 40)

    def test_requirements_replace_the_forecast_or_add_to_it(self, tmp_path: Path) -> None:
        def with_need(kind: str, need: float, day: int = 3) -> float:
            row = {"item": "bolt", "location": "L1", "due_on": (AS_OF + timedelta(days=day)).isoformat(),
                   "quantity": need, "kind": kind}  # fmt: skip
            return quantity(Company.small(requirements=[row]).plan(tmp_path / f"{kind}{need}{day}"))

        alone = quantity(Company.small().plan(tmp_path / "alone"))
        for kind in ("reservation", "sales_order"):
            assert with_need(kind, 30) == alone
            assert with_need(kind, 200) == 200
        for kind in ("dependent", "one_off"):
            assert with_need(kind, 30) == alone + 30
            assert with_need(kind, 30, day=6) == alone

    @pytest.mark.parametrize(("step", "per_day"), [(7, 10.0), (1, 10.0)])
    def test_daily_and_weekly_histories_agree_when_demand_is_steady(
        self, tmp_path: Path, step: int, per_day: float
    ) -> None:
        company = Company.small(demand=history([per_day * step] * (210 // step), step=step))
        row = company.plan(tmp_path).loc["bolt@L1"]
        assert float(row["interval_mean"]) == pytest.approx(60, rel=0.05)

    def test_monthly_history(self, tmp_path: Path) -> None:
        months = pd.date_range("2024-03-01", "2026-02-01", freq="MS").strftime("%Y-%m-%d")
        rows = [{"item": "bolt", "location": "L1", "date": day, "quantity": 300} for day in months]
        row = Company.small(demand=rows).plan(tmp_path).loc["bolt@L1"]
        assert float(row["interval_mean"]) == pytest.approx(60, rel=0.08)

    def test_freq_overrides_what_would_be_inferred(self, tmp_path: Path) -> None:
        company = Company.small(demand=history([10] * 98))
        weekly = company.plan(tmp_path / "w", "--freq", "W")
        assert float(weekly.loc["bolt@L1", "interval_mean"]) == pytest.approx(60, rel=0.05)
        # on Thursday the week that began on Monday has not ended: its days are not known yet
        company.tables["demand"] += [
            {"item": "bolt", "location": "L1", "date": (AS_OF + timedelta(days=place)).isoformat(), "quantity": 500}
            for place in range(3)
        ]
        data = company.write(tmp_path / "f")
        assert plan(data, "--freq", "W", as_of=AS_OF + timedelta(days=3)) == 0
        assert float(orders(tmp_path / "f").loc["bolt@L1", "interval_mean"]) == pytest.approx(60, rel=0.05)

    def test_order_days_make_an_order_wait_and_last_longer(self, tmp_path: Path) -> None:
        tuesdays = Company.small(suppliers=[{"supplier": "acme", "order_days": "2"}]).plan(tmp_path / "a")
        row = tuesdays.loc["bolt@L1"]
        assert (row["reason"], row["decision"], row["quantity"]) == ("not_an_order_day", "none", "0")
        assert (row["order_date"], row["need_date"]) == ("2026-03-03", "2026-03-08")
        mondays = Company.small(suppliers=[{"supplier": "acme", "order_days": "1"}]).plan(tmp_path / "b")
        assert mondays.loc["bolt@L1", "order_date"] == "2026-03-02"
        assert quantity(mondays) >= quantity(Company.small().plan(tmp_path / "c")) + 55  # six days more

    def test_stock_counted_days_ago_is_shown_to_a_person(self, tmp_path: Path) -> None:
        def counted(back: int) -> pd.Series:
            stock = [{"item": "bolt", "location": "L1", "on_hand": 0,
                      "counted_on": (AS_OF - timedelta(days=back)).isoformat()}]  # fmt: skip
            company = Company.small(stock=stock, receipts=on_time())
            company.policy = AUTONOMOUS
            return company.plan(tmp_path / str(back)).loc["bolt@L1"]

        assert (counted(0)["decision"], counted(1)["decision"]) == ("auto", "auto")
        stale = counted(3)
        assert (stale["decision"], stale["guards"]) == ("approve", "stock_data_age_max_hours")


class TestDemand:
    def test_days_without_stock_are_not_days_without_demand(self, tmp_path: Path) -> None:
        sold = [0 if place % 4 == 0 else 10 for place in range(120)]
        plain = history(sold)
        flagged = [{**row, "in_stock": 0 if row["quantity"] == 0 else 1} for row in plain]
        low = Company.small(demand=plain).plan(tmp_path / "a").loc["bolt@L1"]
        high = Company.small(demand=flagged).plan(tmp_path / "b").loc["bolt@L1"]
        assert float(low["interval_mean"]) == pytest.approx(45, rel=0.1)
        assert float(high["interval_mean"]) == pytest.approx(60, rel=0.05)

    def test_returns_are_subtracted_and_one_offs_kept_apart(self, tmp_path: Path) -> None:
        sales = [{**row, "kind": "sale"} for row in history([10] * 100)]
        returns = [{**row, "kind": "return"} for row in history([4] * 100)]
        once = [{**history([5000])[0], "kind": "one_off"}]
        row = Company.small(demand=[*sales, *returns, *once]).plan(tmp_path).loc["bolt@L1"]
        assert float(row["interval_mean"]) == pytest.approx(36, rel=0.05)

    def test_a_missing_day_is_zero_and_an_empty_cell_unknown(self, tmp_path: Path) -> None:
        even = [row for place, row in enumerate(history([10] * 120)) if place % 2 == 0]
        gaps = Company.small(demand=even + history([10])).plan(tmp_path / "a").loc["bolt@L1"]
        blank = [{**row, "quantity": None} if place % 2 else row for place, row in enumerate(history([10] * 120))]
        unknown = Company.small(demand=blank).plan(tmp_path / "b").loc["bolt@L1"]
        assert float(gaps["interval_mean"]) == pytest.approx(30, rel=0.15)
        assert float(unknown["interval_mean"]) == pytest.approx(60, rel=0.05)


class TestSuppliers:
    def test_a_blocked_supplier_gets_nothing(self, tmp_path: Path) -> None:
        alone = Company.small(suppliers=[{"supplier": "acme", "blocked": "true"}]).plan(tmp_path / "a")
        assert (alone.loc["bolt@L1", "reason"], quantity(alone)) == ("supplier_blocked", 0)
        both = Company.small(
            suppliers=[{"supplier": "acme", "blocked": "true"}, {"supplier": "bestco", "blocked": "false"}],
            sourcing=[terms(), terms(supplier="bestco", price="0.90")],
        ).plan(tmp_path / "b")
        assert both.loc["bolt@L1", "supplier"] == "bestco"
        assert quantity(both) > 0

    def test_lapsed_terms(self, tmp_path: Path) -> None:
        old = terms(valid_from="2020-01-01", valid_to="2026-03-01")
        table = Company.small(sourcing=[old]).plan(tmp_path / "a")
        assert table.loc["bolt@L1", "reason"] == "terms_not_valid"
        last_day = terms(valid_from="2026-03-02", valid_to="2026-03-02")
        assert quantity(Company.small(sourcing=[last_day]).plan(tmp_path / "b")) > 0

    def test_two_currencies_with_and_without_rates(self, tmp_path: Path) -> None:
        company = Company.small(
            items=[{"item": "bolt", "unit": "EA"}, {"item": "chip", "unit": "EA"}, {"item": "nut", "unit": "EA"}],
            stock=[{"item": name, "location": "L1", "on_hand": 0} for name in ("bolt", "chip", "nut")],
            demand=[row for name in ("bolt", "chip", "nut") for row in history([10] * 100, name)],
            sourcing=[terms(), terms("nut"), terms("chip", "uschip", price="2", currency="USD")],
        )
        table = company.plan(tmp_path / "a")
        assert (table.loc["chip@L1", "decision"], quantity(table, "chip@L1") > 0) == ("approve", True)
        assert (table.loc["chip@L1", "amount_minor"], table.loc["chip@L1", "unit_price"]) == ("", "")  # unknown, not 0
        assert quantity(table) > 0
        company.tables["rates"] = [
            {"date": "2026-03-01", "from_currency": "USD", "to_currency": "EUR", "rate": 0.5},
            {"date": "2026-03-09", "from_currency": "USD", "to_currency": "EUR", "rate": 9},
        ]
        chip = company.plan(tmp_path / "b").loc["chip@L1"]
        assert (chip["reason"], chip["currency"], chip["unit_price"]) == ("below_reorder_point", "USD", "1")
        assert int(chip["amount_minor"]) == 100 * float(chip["quantity"])

    def test_amounts_follow_the_currency_even_if_no_policy_names_one(self, tmp_path: Path) -> None:
        yen = Company.small(sourcing=[terms(price="50", currency="JPY")]).plan(tmp_path).loc["bolt@L1"]
        assert int(yen["amount_minor"]) == 50 * float(yen["quantity"])


class TestWords:
    def test_codes_stay_as_they_are(self, tmp_path: Path) -> None:
        codes = ["0010", "NO", "1e5", "Schraube-Ö", "部品", "=1+1", "null", "NA", "10"]
        company = Company.small(
            items=[{"item": code, "unit": "EA"} for code in codes],
            locations=[{"location": "007"}],
            stock=[{"item": code, "location": "007", "on_hand": 0} for code in codes],
            demand=[row for code in codes for row in history([10] * 60, code, "007")],
            sourcing=[{**terms(code, "000123"), "location": "007"} for code in codes],
        )
        for form in ("csv", "parquet"):
            table = company.plan(tmp_path / form, form=form)
            assert sorted(table["item"]) == sorted(codes)
            assert set(table["location"]) == {"007"}
            assert set(table["supplier"]) == {"000123"}

    def test_explain(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        Company.small().plan(tmp_path, "--explain", "bolt@L1")
        told = capsys.readouterr().out
        assert "bolt@L1: ask a buyer to order" in told
        assert "from acme" in told
        assert plan(tmp_path / "data", "--explain", "nut@L1") == 2
        assert "'nut@L1' is not a planned item-location" in capsys.readouterr().err

    def test_the_summary_counts(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        Company.small().plan(tmp_path, "--quarantine", str(tmp_path / "aside.csv"))
        told = capsys.readouterr().out
        assert "1 item-locations planned as of 2026-03-02: 1 approve" in told
        assert f"Written: {tmp_path / 'orders.csv'}" in told
        assert (tmp_path / "aside.csv").read_text().startswith("table,row,")


class TestRefusals:
    def refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], code: int, *options: str) -> str:
        """The message of a plan that fails, which leaves an older orders.csv alone and no half of a new one."""
        (tmp_path / "orders.csv").write_text("old")
        assert plan(tmp_path / "data", *options) == code
        assert (tmp_path / "orders.csv").read_text() == "old"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "orders.csv", "policies"]
        return capsys.readouterr().err

    @pytest.mark.parametrize("name", ["items", "locations", "stock", "demand", "sourcing"])
    def test_a_missing_table(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
        company = Company.small()
        del company.tables[name]
        company.write(tmp_path)
        told = self.refused(tmp_path, capsys, 9)
        assert str(tmp_path / "data") in told
        assert f"the folder lacks the table {name}" in told
        assert f"add {name}.csv or {name}.parquet" in told

    def test_a_missing_column(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        company = Company.small(stock=[{"item": "bolt", "location": "L1", "onhand": 4}])
        company.write(tmp_path)
        told = self.refused(tmp_path, capsys, 9)
        assert "stock.csv" in told
        assert "on_hand" in told
        assert "restock tables stock" in told

    def test_an_ambiguous_comma(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        company = Company.small(stock=[{"item": "bolt", "location": "L1", "on_hand": "1,500"}])
        company.write(tmp_path)
        told = self.refused(tmp_path, capsys, 9)
        assert "stock.csv:2:3" in told
        assert "'1,500'" in told

    def test_an_unusable_snapshot(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        company = Company.small(stock=[{"item": "bolt", "location": "L1", "on_hand": -4}])
        company.write(tmp_path)
        told = self.refused(tmp_path, capsys, 9)
        assert "table stock has no usable row" in told
        assert "nothing was ordered" in told

    def test_an_invalid_policy(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        company = Company.small()
        company.policy = "version: 1\ndefaults: { moed: assist }\n"
        company.write(tmp_path)
        told = self.refused(tmp_path, capsys, 4)
        assert "policy.yaml:2:13: E104" in told

    def test_rules_that_contradict_each_other(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        company = Company.small()
        company.policy = (
            "version: 1\nrules:\n  - { id: a, match: { item: bolt }, set: { mode: observe } }\n"
            "  - { id: b, match: { item: bolt }, set: { mode: assist } }\n"
        )
        company.write(tmp_path)
        assert "E210" in self.refused(tmp_path, capsys, 4)

    @pytest.mark.parametrize("options", [("--freq", "Y"), ("--as-of", "2.3.2026"), ("--nonsense",)])
    def test_wrong_usage(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]) -> None:
        Company.small().write(tmp_path)
        self.refused(tmp_path, capsys, 2, *options)

    def test_an_output_that_cannot_be_written(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        Company.small().write(tmp_path)
        (tmp_path / "file").write_text("")
        assert plan(tmp_path / "data", "--out", str(tmp_path / "file" / "orders.csv")) == 2
        assert f"{tmp_path / 'file' / 'orders.csv'} cannot be written" in capsys.readouterr().err

    def test_in_a_process_of_its_own(self, tmp_path: Path) -> None:
        data = Company.small().write(tmp_path)
        (data / "stock.csv").unlink()
        arguments = ("--from", data, "--as-of", AS_OF, "--policies", tmp_path / "policies", "--out", tmp_path / "o.csv")
        done = restock("plan", *arguments)
        assert done.returncode == 9
        assert done.stdout == ""
        assert done.stderr.startswith(f"restock: {data}:1:1: E300 the folder lacks the table stock")
        assert not (tmp_path / "o.csv").exists()


def test_days_are_the_days_before(tmp_path: Path) -> None:
    assert days(2) == ["2026-02-28", "2026-03-01"]
    assert days(2, step=7) == ["2026-02-16", "2026-02-23"]


def test_no_text_that_is_written_is_run_by_a_spreadsheet(tmp_path: Path) -> None:
    company = Company.small(
        items=[{"item": "bolt", "unit": "EA", "description": '=HYPERLINK("x")'}],
        suppliers=[{"supplier": "acme", "name": "@acme"}],
        demand=[*history([10] * 100), {"item": "bolt", "location": "L1", "date": "2026-01-01", "quantity": "=1+1"}],
    )
    table = company.plan(tmp_path, "--quarantine", str(tmp_path / "aside.csv"))
    assert table.loc["bolt@L1", ["description", "supplier_name"]].tolist() == ['\'=HYPERLINK("x")', "'@acme"]
    aside = pd.read_csv(tmp_path / "aside.csv", dtype=str, keep_default_na=False)
    assert aside[["value", "item", "row"]].to_numpy().tolist() == [["'=1+1", "bolt", "101"]]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_in_stock_may_be_true_or_false(tmp_path: Path, form: str) -> None:
    company = Company.small(demand=[{**row, "in_stock": True} for row in history([10] * 100)])
    assert quantity(company.plan(tmp_path, form=form)) == quantity(Company.small().plan(tmp_path / "plain"))
