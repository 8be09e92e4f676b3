"""The demo company is canonical, consistent with itself and the same for the same seed."""

from datetime import date

import pandas as pd
import pytest

from bot.tables.erp import TABLES
from bot.tables.spec import Kind
from connectors.sandbox.company import Company, make_company

AS_OF = date(2026, 3, 2)


@pytest.fixture(scope="module")
def company() -> Company:
    return make_company(AS_OF)


def _position(company: Company) -> pd.DataFrame:
    key = ["item", "location"]
    coming = company.tables["open_orders"].groupby(key)["quantity_open"].sum().rename("coming").reset_index()
    frame = company.tables["item_locations"].merge(company.tables["stock"], on=key).merge(coming, on=key, how="left")
    return frame.fillna({"coming": 0.0})


def test_every_table_and_column_is_canonical(company: Company) -> None:
    assert company.tables.keys() == TABLES.keys()
    for name, frame in company.tables.items():
        table = TABLES[name]
        assert set(frame.columns) <= set(table.names()), name
        assert set(table.names(required=True)) <= set(frame.columns), name
        for column in frame.columns:
            if table[column].kind is Kind.NUMBER:
                assert pd.api.types.is_numeric_dtype(frame[column]), (name, column)
            if table[column].kind is Kind.DATE:
                assert pd.api.types.is_datetime64_any_dtype(frame[column]), (name, column)


def test_the_company_has_the_promised_size(company: Company) -> None:
    assert 650 <= len(company.tables["item_locations"]) <= 760
    assert len(company.tables["suppliers"]) == 40
    assert 200_000 <= len(company.tables["demand"]) <= 300_000
    assert sorted(company.systems.values()) == ["fusion", "fusion", "s4", "s4", "s4"]
    assert set(company.tables["sourcing"]["currency"]) >= {"EUR", "USD"}


def test_history_is_two_years_that_end_the_day_before(company: Company) -> None:
    days = company.tables["demand"]["date"]
    assert days.max() == pd.Timestamp(2026, 3, 1)
    assert days.min() == pd.Timestamp(2024, 3, 2)


def test_the_same_seed_gives_the_same_company_and_another_seed_another() -> None:
    one, two, other = (make_company(AS_OF, seed, 0.1) for seed in (7, 7, 8))
    for name in one.tables:
        pd.testing.assert_frame_equal(one.tables[name], two.tables[name])
    assert one.dirt == two.dirt
    assert not one.tables["stock"].equals(other.tables["stock"])


def test_some_item_locations_need_an_order_and_most_do_not(company: Company) -> None:
    frame = _position(company)
    needy = (frame["on_hand"] + frame["coming"] <= frame["reorder_point"]) & (frame["reorder_point"] > 0)
    assert 60 <= needy.sum() <= 120


def test_stock_outs_censor_demand(company: Company) -> None:
    demand = company.tables["demand"]
    dry = demand[demand["in_stock"] == 0]
    assert len(dry) > 1000
    assert (dry["quantity"] == 0).all()
    partly = demand[(demand["in_stock"] > 0) & (demand["in_stock"] < 1)]
    assert (partly["quantity"] > 0).all()
    assert len(partly) > 100


def test_receipts_are_late_early_partial_moved_and_sometimes_missing(company: Company) -> None:
    receipts = company.tables["receipts"]
    came = receipts[receipts["received_on"].notna()]
    assert 0.1 < (came["received_on"] > came["first_promised_on"]).mean() < 0.8
    assert (came["received_on"] < came["first_promised_on"]).sum() > 100
    assert came.duplicated(["order_ref", "line"]).sum() > 100
    assert (came["promised_on"] > came["first_promised_on"]).sum() > 100
    never = receipts[receipts["received_on"].isna()]
    assert len(never) > 10
    assert (never["quantity_received"] == 0).all()
    assert never["closed_on"].notna().all()
    assert (receipts["quantity_rejected"] > 0).any()


def test_received_and_open_quantities_never_exceed_what_was_ordered(company: Company) -> None:
    key = ["order_ref", "line"]
    got = company.tables["receipts"].groupby(key)["quantity_received"].sum()
    rest = company.tables["open_orders"].set_index(key)
    both = rest["quantity_open"] + got.reindex(rest.index).fillna(0.0)
    pd.testing.assert_series_equal(both, rest["quantity_ordered"], check_names=False)


def test_suppliers_differ_in_the_way_that_a_score_can_see(company: Company) -> None:
    receipts = company.tables["receipts"]
    late = (receipts["received_on"] - receipts["first_promised_on"]).dt.days.groupby(receipts["supplier"]).mean()
    assert late.min() < 0.5
    assert late.max() > 5


def test_vetoes_blocked_suppliers_and_overdue_orders_exist(company: Company) -> None:
    assert (~company.tables["item_locations"]["auto_order"]).sum() >= 3
    assert company.tables["suppliers"]["blocked"].sum() == 1
    assert (company.tables["open_orders"]["promised_on"] < pd.Timestamp(AS_OF)).sum() >= 5
    assert set(company.tables["items"]["status"]) == {"active", "blocked", "phase_out", "discontinued"}


def test_order_multiples_fit_the_pack_and_the_box(company: Company) -> None:
    sourcing = company.tables["sourcing"]
    factor = sourcing["unit_factor"].astype(float)
    assert (sourcing["order_multiple"] % factor == 0).all()
    assert (sourcing["moq"] % sourcing["order_multiple"] == 0).all()
    assert (factor > 1).any()
