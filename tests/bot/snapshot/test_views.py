import numpy as np
import pandas as pd

from bot.snapshot import views
from bot.snapshot.dataset import Snapshot, planned
from tests.bot.snapshot.frames import company, frame, pairs, snapshot

RECEIPT = (
    "order_ref line item location supplier quantity_ordered quantity_received ordered_on promised_on received_on"
    " price currency"
)


def chain(**tables: pd.DataFrame) -> Snapshot:
    """DC feeds L1; both buy 007, only DC buys 008."""
    return snapshot(
        company(
            **{
                "locations": frame("location supplied_from", "L1 DC", "DC ."),
                "stock": frame("item location on_hand", "007 L1 5", "007 DC 5", "008 DC 5"),
                "demand": frame(
                    "item location date quantity kind",
                    "007 DC 2026-02-01 9 transfer",
                    "008 DC 2026-02-01 8 transfer",
                    "007 DC 2026-02-01 7 sale",
                    "007 L1 2026-02-01 6 transfer",
                ),
                "sourcing": frame(
                    "item location supplier price currency lead_time_days",
                    "007 L1 S1 1 EUR 7",
                    "007 DC S1 1 EUR 7",
                    "008 DC S1 1 EUR 7",
                ),
                **tables,
            }
        )
    )


def test_transfers_are_left_out_where_the_receiver_buys_for_itself() -> None:
    assert views.demand_history(chain())["quantity"].tolist() == [8.0, 7.0, 6.0]


def test_receiver_that_is_not_planned_leaves_the_transfer_in() -> None:
    made = chain(item_locations=frame("item location", "007 DC", "008 DC"))
    assert views.demand_history(made)["quantity"].tolist() == [9.0, 8.0, 7.0, 6.0]


def test_history_without_kinds_transfers_or_locations_is_the_table() -> None:
    plain = snapshot()
    assert views.demand_history(plain) is plain["demand"]
    sales = chain(demand=frame("item location date quantity kind", "007 DC 2026-02-01 9 sale"))
    assert views.demand_history(sales) is sales["demand"]
    alone = snapshot({"demand": frame("item location date quantity kind", "007 DC 2026-02-01 9 transfer")}, needed=())
    assert len(views.demand_history(alone)) == 1


def test_rows_set_aside_are_counted_once_each_per_item_location() -> None:
    made = snapshot(
        company(
            demand=frame(
                "item location date quantity", "007 L1 03/04/05 x", "007 L1 2026-02-01 -1", "008 L1 2026-02-01 1"
            ),
            open_orders=frame("order_ref line item location quantity_open promised_on", "1 1 008 L1 5 0202-03-04"),
        )
    )
    rows = planned(made)
    assert pairs(rows) == [("007", "L1"), ("008", "L1")]
    assert views.set_aside(made, rows, "demand").tolist() == [2.0, 0.0]
    assert views.set_aside(made, rows, "demand", "open_orders").tolist() == [2.0, 1.0]
    assert views.set_aside(made, rows, "sourcing").tolist() == [0.0, 0.0]


def test_item_with_only_bad_master_data_is_known_as_such() -> None:
    made = snapshot(company(items=frame("item unit", "007 .", "008 EA")))
    assert views.items_set_aside(made, planned(made)).tolist() == [True, False]
    alone = snapshot({"demand": company()["demand"]}, needed=())
    assert views.items_set_aside(alone, planned(alone)).tolist() == [False, False]


def test_inactive_by_item_by_place_and_by_end_of_demand() -> None:
    rows = (
        "a EA active .",
        "b EA blocked .",
        "c EA phase_out .",
        "d EA discontinued .",
        "e EA . 2026-03-01",
        "f EA . 2026-03-02",
        "g EA . .",
    )
    made = snapshot(
        company(
            items=frame("item unit status ends_on", *rows),
            item_locations=frame(
                "item location status", *(f"{name} L1 {'blocked' if name == 'g' else '.'}" for name in "abcdefg")
            ),
            stock=frame("item location on_hand", "a L1 1"),
            demand=frame("item location date quantity", "a L1 2026-02-01 1"),
            sourcing=frame("item location supplier price currency lead_time_days", "a L1 S 1 EUR 7"),
        )
    )
    assert views.inactive(made, planned(made)).tolist() == [False, True, True, True, True, False, True]


def test_usual_order_is_the_median_of_the_last_twelve_and_the_price_of_the_last_three() -> None:
    old = [f"{n} 1 007 L1 S1 1000 1000 2024-01-{n:02} . . 9 EUR" for n in range(1, 6)]
    new = [f"{n} 1 007 L1 S1 {n} {n} 2025-01-{n:02} . . 2.5 EUR" for n in range(10, 22)]
    parts = [f"21 1 007 L1 S1 21 {n} 2025-01-21 . 2025-02-0{n} 3 EUR" for n in range(1, 9)]
    made = snapshot(company(receipts=frame(RECEIPT, *new[:-1], *parts, *old)))
    usual = views.usual_orders(made, made["sourcing"])
    assert usual["usual_quantity"].iloc[0] == 15.5
    assert np.isnan(usual["usual_quantity"].iloc[1])
    assert usual["last_price"].iloc[0] == 2.5  # the newest alone could be the slip


def test_lots_that_no_earlier_order_respects_are_in_doubt() -> None:
    """Boxes of 100 counted as pieces: fault 44."""

    def doubt(moq: float, multiple: float, *ordered: int) -> bool:
        rows = [f"{n} 1 007 L1 S1 {q} {q} 2025-01-{n:02} . . 2 EUR" for n, q in enumerate(ordered, 1)]
        made = snapshot(company(receipts=frame(RECEIPT, *rows)))
        offers = made["sourcing"].head(1).assign(moq=moq, order_multiple=multiple)
        return bool(views.lots_in_doubt(made, offers)[0])

    assert doubt(200, 1, 70, 70, 90)
    assert doubt(1, 100, 70, 70, 90)
    assert doubt(1, 40, 100, 70, 90)
    assert not doubt(70, 10, 70, 70, 90)
    assert not doubt(80, 40, 10, 70, 80)
    assert not doubt(90, 40)


def test_last_price_counts_only_in_the_currency_of_the_offer_and_of_the_same_supplier() -> None:
    rows = (
        "1 1 007 L1 S1 5 5 2025-01-01 . . 2 EUR",
        "2 1 007 L1 S1 5 5 2025-01-02 . . . .",
        "3 1 008 L1 S1 5 5 2025-01-01 . . 9 USD",
        "4 1 007 L1 S2 5 5 2025-02-01 . . 7 EUR",
    )
    made = snapshot(company(receipts=frame(RECEIPT, *rows)))
    prices = views.usual_orders(made, made["sourcing"])["last_price"]
    assert prices.iloc[0] == 2.0
    assert np.isnan(prices.iloc[1])


def test_nothing_received_is_unknown_not_zero() -> None:
    made = snapshot()
    assert views.usual_orders(made, made["sourcing"]).isna().to_numpy().all()


def test_known_codes_for_policies() -> None:
    made = snapshot(
        company(items=frame("item unit category", "007 EA a/b", "008 EA ."), suppliers=frame("supplier", "S1", "S9"))
    )
    assert views.known_codes(made) == {
        "items": {"007", "008"},
        "locations": {"L1"},
        "suppliers": {"S1", "S9"},
        "categories": {"a/b"},
    }


def test_bad_demand_of_days_that_are_not_read_does_not_count() -> None:
    rows = (
        "007 L1 2026-03-01 x",
        "007 L1 2026-03-02 x",
        "007 L1 2027-01-01 -1",
        "007 L1 soon 1",
        "008 L1 2026-02-01 1",
    )
    made = snapshot(company(demand=frame("item location date quantity", *rows)))
    assert views.set_aside(made, planned(made), "demand").tolist() == [2.0, 0.0]


def test_a_row_of_the_item_at_the_location_that_was_set_aside_leaves_it_out() -> None:
    rows = ("007 L1 active", "007 L1 blocked", "008 L1 active")
    made = snapshot(company(item_locations=frame("item location status", *rows)))
    assert views.items_set_aside(made, planned(made)).tolist() == [True, False]


def test_suppliers_of_which_a_row_was_set_aside() -> None:
    made = snapshot(company(suppliers=frame("supplier blocked", "S1 maybe")))
    offers = pd.DataFrame({"supplier": ["S1", "S2", None]})
    assert views.suppliers_set_aside(made, offers).tolist() == [True, False, False]


def test_orders_of_one_day_stand_in_the_order_of_their_numbers() -> None:
    rows = [f"{n:02} 1 007 L1 S1 {n} {n} 2025-01-01 . . {n} EUR" for n in range(1, 21)]
    found = [
        views.usual_orders(made, made["sourcing"]).iloc[0].tolist()
        for made in (snapshot(company(receipts=frame(RECEIPT, *order))) for order in (rows, rows[::-1]))
    ]
    assert found == [[14.5, 19.0]] * 2


def test_a_signal_is_seen_from_the_morning_after_it_was_published_and_then_as_corrected() -> None:
    made = snapshot(
        company(
            signals=frame(
                "name date value available_on item",
                "price 2026-03-10 5 2026-02-01 007",
                "price 2026-03-10 6 2026-02-20 007",
                "price 2026-03-10 9 2026-02-01 008",
                "rain 2026-02-25 1 2027-01-01 .",
            )
        )
    )

    def seen(morning: str) -> list[tuple[str, float]]:
        known = views.known_signals(made, pd.Timestamp(morning))
        return list(zip(known["item"].astype("str"), known["value"], strict=True))

    assert seen("2026-02-01") == []
    assert seen("2026-02-02") == [("007", 5.0), ("008", 9.0)]
    assert seen("2026-02-21") == [("007", 6.0), ("008", 9.0)]
    assert len(views.known_signals(made)) == 2
