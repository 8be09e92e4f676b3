"""Quantities as suppliers accept them, exact to the decimal; prices by quantity."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.inventory.lots import broken_price, fit, unwritable, writable_multiple
from bot.orders.draft import exact
from tests.bot.suppliers.frames import AS_OF, example, needs_examples, pairs, typed

NAN = float("nan")


def lot(wanted: float, moq: float = 0.0, multiple: float = 1.0, most: float = NAN) -> float:
    return float(fit(*(np.array([each]) for each in (wanted, moq, multiple, most)))[0])


@pytest.mark.parametrize(
    ("wanted", "terms", "expected"),
    [
        (0.0, (50.0, 10.0, NAN), 0.0),
        (-5.0, (50.0, 10.0, NAN), 0.0),
        (1.0, (50.0, 12.0, NAN), 60.0),
        (61.0, (50.0, 12.0, NAN), 72.0),
        (72.0, (0.0, 12.0, NAN), 72.0),
        (500.0, (0.0, 12.0, 100.0), 96.0),
        (0.3, (0.0, 0.1, NAN), 0.3),
        (0.1 + 0.2, (0.0, 0.1, NAN), 0.3),
        (1e-9, (0.0, 1000.0, NAN), 1000.0),
        (1000.0004, (0.0, 1000.0, NAN), 2000.0),
        (1.0, (1000.0004, 1000.0, NAN), 2000.0),
        (5.0, (NAN, NAN, NAN), 5.0),
        (5.0, (0.0, 0.0, NAN), 5.0),
    ],
)
def test_known_lots(wanted: float, terms: tuple[float, float, float], expected: float) -> None:
    assert lot(wanted, *terms) == expected


@pytest.mark.parametrize(
    ("wanted", "terms"),
    [
        (5.0, (50.0, 1.0, 40.0)),
        (5.0, (0.0, 50.0, 40.0)),
        (5.0, (45.0, 40.0, 50.0)),
        (NAN, (0.0, 1.0, NAN)),
        (float("inf"), (0.0, 1.0, 10.0)),
    ],
)
def test_what_is_impossible_is_not_a_number_never_zero(wanted: float, terms: tuple[float, float, float]) -> None:
    assert np.isnan(lot(wanted, *terms))


THOUSANDTHS = st.integers(1, 10**7).map(lambda n: Decimal(n) / 1000)


@settings(deadline=None, max_examples=50)
@given(THOUSANDTHS, THOUSANDTHS, THOUSANDTHS, st.none() | THOUSANDTHS)
def test_lots_are_zero_or_allowed_and_exact(wanted: Decimal, moq: Decimal, step: Decimal, most: Decimal | None) -> None:
    quantity = lot(float(wanted), float(moq), float(step), NAN if most is None else float(most))
    least = max(math.ceil(Fraction(max(wanted, moq)) / Fraction(step)), 1) * step
    largest = None if most is None else most // step * step
    expected = least if largest is None else min(least, largest)
    if expected <= 0 or expected < moq:
        assert np.isnan(quantity)
    else:
        assert exact(quantity) == expected


@settings(deadline=None, max_examples=50)
@given(st.floats(0.01, 1e5), st.floats(0.01, 1e5), st.floats(0, 100), st.sampled_from([0.5, 1.0, 6.0]))
def test_more_is_never_rounded_to_less(one: float, other: float, moq: float, step: float) -> None:
    small, large = sorted((one, other))
    assert lot(small, moq, step) <= lot(large, moq, step)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 10**6), st.integers(0, 1000), st.integers(1, 100), st.sampled_from([0.001, 0.5, 2.0, 1000.0]))
def test_lots_scale_with_the_unit(wanted: int, moq: int, step: int, g: float) -> None:
    assert lot(wanted * g, moq * g, step * g) == pytest.approx(g * lot(wanted, moq, step), rel=1e-12)


@needs_examples
def test_the_rounding_anchor() -> None:
    """The anchor says 0 where an exception has to be raised; here the exception is NaN."""
    anchor = example("order-rounding")
    names = ("net_requirement", "moq", "multiple", "maximum")
    for case, answer in zip(anchor["inputs"]["cases"], anchor["expected"]["order_quantity"], strict=True):
        terms = [NAN if case[name] is None else float(case[name]) for name in names]
        impossible = case["maximum"] is not None and case["maximum"] < case["moq"]
        assert lot(*terms) == pytest.approx(NAN if impossible else answer, nan_ok=True, abs=1e-12)


def price_break(least: float, price: float, **more: object) -> dict[str, object]:
    row = {"item": "bolt", "location": "L1", "supplier": "acme", "min_quantity": least, "price": price}
    return row | more


def priced(quantity: float, *rows: dict[str, object], base: float = 10.0) -> float:
    asked = pairs("bolt@L1").assign(supplier=pd.Series(["acme"]).astype(typed("sourcing")["supplier"].dtype))
    breaks = typed("price_breaks", *rows)
    return float(broken_price(asked, breaks, np.array([quantity]), np.array([base]), AS_OF)[0])


@pytest.mark.parametrize(
    ("quantity", "expected"), [(0.0, 10.0), (99.0, 10.0), (100.0, 9.0), (499.0, 9.0), (500.0, 8.0), (9999.0, 8.0)]
)
def test_all_units_breaks_price_the_whole_quantity(quantity: float, expected: float) -> None:
    assert priced(quantity, price_break(500.0, 8.0), price_break(100.0, 9.0)) == expected


@pytest.mark.parametrize(
    ("quantity", "cost"), [(99.0, 990.0), (100.0, 1000.0), (150.0, 1450.0), (600.0, 1000 + 400 * 9 + 100 * 8)]
)
def test_incremental_breaks_price_only_what_lies_above(quantity: float, cost: float) -> None:
    rows = [price_break(100.0, 9.0, kind="incremental"), price_break(500.0, 8.0, kind="incremental")]
    assert priced(quantity, *rows) == pytest.approx(cost / quantity)


def test_an_incremental_break_from_zero_replaces_the_base_price() -> None:
    assert priced(0.0, price_break(0.0, 4.0, kind="incremental")) == 10.0
    assert priced(50.0, price_break(0.0, 4.0, kind="incremental")) == 4.0


def test_without_breaks_the_price_stays() -> None:
    assert priced(50.0) == 10.0
    assert priced(50.0, price_break(1.0, 1.0, supplier="best")) == 10.0


def test_breaks_of_the_newest_validity_replace_the_older_ones() -> None:
    old = [price_break(10.0, 7.0, valid_from="2025-01-01"), price_break(1000.0, 1.0, valid_from="2025-01-01")]
    new = [price_break(100.0, 9.0, valid_from="2026-01-01")]
    ahead = [price_break(1.0, 0.5, valid_from="2026-03-03")]
    undated = [price_break(1.0, 6.0)]
    assert priced(2000.0, *new, *old, *ahead, *undated) == 9.0
    assert priced(50.0, *old, *new) == 10.0
    assert priced(50.0, *undated, *ahead) == 6.0


def test_rows_are_priced_each_for_itself() -> None:
    supplier = typed("sourcing")["supplier"].dtype
    asked = pairs("nut@L1", "bolt@L1", "bolt@L2").assign(supplier=pd.Series(["acme"] * 3).astype(supplier))
    rows = [
        price_break(10.0, 1.0, location="L2"),
        price_break(10.0, 3.0, item="nut", kind="incremental"),
    ]
    prices = np.array([5.0, 6.0, 7.0])
    found = broken_price(asked, typed("price_breaks", *rows), np.array([20.0, 20.0, 20.0]), prices, AS_OF)
    assert found.tolist() == [4.0, 6.0, 1.0]
    assert prices.tolist() == [5.0, 6.0, 7.0]


@pytest.mark.parametrize(
    ("multiple", "factor", "expected"),
    [
        (1.0, "1", 1.0),
        (7.5, "1", 7.5),
        (1.0, None, 1.0),
        (float("nan"), None, float("nan")),
        (float("nan"), "12", 3.0),
        (1.0, "12", 3.0),
        (12.0, "12", 12.0),
        (1.0, "1000", 1.0),
        (1.0, "1000/3", 1.0),
        (0.1, "1000/3", 1.0),
        (0.5, "7", 3.5),
        (1.0, "7000", 7.0),
        (1.0, "0.5", 1.0),
    ],
)
def test_multiples_are_exact_in_the_order_unit(multiple: float, factor: str | None, expected: float) -> None:
    found = writable_multiple(np.array([3.0, multiple]), pd.Series(["1", factor], dtype="str"))
    assert found.tolist() == pytest.approx([3.0, expected], nan_ok=True)


def test_no_rows_have_no_multiples() -> None:
    assert writable_multiple(np.zeros(0), pd.Series([], dtype="str")).tolist() == []


@settings(deadline=None, max_examples=100)
@given(
    st.decimals("0.001", 500, places=3), st.fractions(Fraction(1, 50), 5000, max_denominator=60), st.floats(0, 10000)
)
def test_every_quantity_can_be_written(multiple: Decimal, factor: Fraction, wanted: float) -> None:
    step = writable_multiple(np.array([float(multiple)]), pd.Series([str(factor)], dtype="str"))
    quantity = fit(np.array([wanted]), np.zeros(1), step, np.array([np.nan]))[0]
    exact = Fraction(Decimal(repr(float(quantity))))
    assert (exact / Fraction(multiple)).denominator == 1
    assert (exact / factor * 1000).denominator == 1


@pytest.mark.parametrize(
    ("kind", "price", "currency", "base", "odd"),
    [
        ("incremental", 0.4925342, "EUR", 0.5, True),
        ("incremental", 0.49, "EUR", 0.5, False),
        ("incremental", 12345678.91, "EUR", 0.5, False),
        ("incremental", 0.492, "KWD", 0.5, False),
        ("incremental", 12.5, "JPY", 13.0, True),
        ("incremental", 0.495, "EUR", 0.495, False),  # no break reached
        ("all_units", 0.495, "EUR", 0.5, False),
    ],
)
def test_averages_that_no_document_takes(kind: str, price: float, currency: str, base: float, *, odd: bool) -> None:
    row = {"item": "bolt", "location": "L1", "supplier": "acme"}
    breaks = typed("price_breaks", {**row, "min_quantity": 7.0, "price": 0.49, "kind": kind})
    rows = typed("sourcing", {**row, "currency": currency})
    found = unwritable(rows, breaks, np.array([price]), np.array([base]), pd.Timestamp("2026-03-02"))
    assert found.tolist() == [odd]
