from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NeedsAdmin, Refused
from bot.orders.model import OrderLine, PurchaseOrder
from connectors.sap.s4_payload import payload, wire_price
from tests.connectors.sap.stub import settings


def line(**values: Any) -> OrderLine:
    base = OrderLine(1, "TG11", "1010", Decimal(24), "EA", Decimal("2.00"), date(2026, 12, 24), "need")
    return replace(base, **{"order_unit": "CAR", "unit_factor": Fraction(12), **values})


def order(*lines: OrderLine, **values: Any) -> PurchaseOrder:
    base = PurchaseOrder("7K3Q9X2MBDHC", 1, "s4", "17300001", "1010", "EUR", date(2026, 12, 1), lines or (line(),))
    return replace(base, **values)


def test_smallest_order() -> None:
    assert payload(order(), settings()) == {
        "PurchaseOrderType": "NB",
        "CompanyCode": "1000",
        "PurchasingOrganization": "1000",
        "PurchasingGroup": "001",
        "Supplier": "17300001",
        "DocumentCurrency": "EUR",
        "CorrespncInternalReference": "7K3Q9X2MBDHC",
        "_PurchaseOrderItem": [
            {
                "PurchaseOrderItem": "10",
                "Material": "TG11",
                "Plant": "1010",
                "OrderQuantity": Decimal(2),
                "PurchaseOrderQuantityUnit": "CAR",
                "OrderPriceUnit": "CAR",
                "NetPriceAmount": Decimal(24),
                "NetPriceQuantity": Decimal(1),
                "_PurchaseOrderScheduleLineTP": [
                    {"ScheduleLineDeliveryDate": "2026-12-24", "ScheduleLineOrderQuantity": Decimal(2)}
                ],
            }
        ],
    }


def test_reference_field_is_a_setting() -> None:
    made = payload(order(), settings(reference_field="CorrespncExternalReference"))
    assert made["CorrespncExternalReference"] == "7K3Q9X2MBDHC"
    assert "CorrespncInternalReference" not in made


@pytest.mark.parametrize(
    "wrong",
    [
        order(line(quantity=Decimal(1), unit_factor=Fraction(7))),  # 0.142857… order units
        order(line(quantity=Decimal(0))),
        order(line(quantity=Decimal("1e12"))),
        order(line(price=Decimal("0.0000001"))),
        order(line(location="1020")),
        order(order_key="THIRTEENCHARS"),
        order(order_key=""),
        replace(order(), lines=()),
    ],
)
def test_what_has_no_exact_form_is_refused(wrong: PurchaseOrder) -> None:
    with pytest.raises(Refused):
        payload(wrong, settings())


def test_location_without_settings_names_the_place() -> None:
    with pytest.raises(NeedsAdmin, match="1020"):
        payload(order(line(location="1020"), location="1020"), settings())


@pytest.mark.parametrize(
    ("price", "price_unit", "factor", "currency", "wire"),
    [
        ("2.00", "1", 12, "EUR", ("24", "1")),
        ("24.00", "120", 12, "EUR", ("24", "10")),  # the price unit of the info record is kept
        ("0.1234", "1", 1, "EUR", ("12.34", "100")),
        ("0.125", "1", 1, "JPY", ("125", "1000")),
        ("0.125", "1", 1, "KWD", ("0.125", "1")),
        ("1.00", "100000", 1, "EUR", ("0.01", "1000")),
    ],
)
def test_price_has_the_currencys_decimals(price: str, price_unit: str, factor: int, currency: str, wire: Any) -> None:
    made = line(price=Decimal(price), price_unit=Decimal(price_unit), unit_factor=Fraction(factor))
    assert wire_price(made, currency) == tuple(map(Decimal, wire))


@given(st.integers(1, 10**6), st.sampled_from([1, 10, 100, 1000]), st.integers(1, 50))
def test_price_on_the_wire_is_the_approved_price(cents: int, price_unit: int, factor: int) -> None:
    made = line(price=Decimal(cents).scaleb(-2), price_unit=Decimal(price_unit), unit_factor=Fraction(factor))
    try:
        amount, per = wire_price(made, "EUR")
    except Refused:
        return
    assert Fraction(amount) / Fraction(per) == Fraction(made.price) / price_unit * factor
    assert amount == amount.quantize(Decimal("0.01"))
