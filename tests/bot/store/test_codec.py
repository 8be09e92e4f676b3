"""An order comes back from the database as it went in, to the last digit."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from bot.orders.model import GuardHit, Money
from bot.store import codec
from tests.makers import make_draft, make_line

decimals = st.decimals(min_value=Decimal("0.0001"), max_value=Decimal("1e9"), places=4)


@given(quantity=decimals, price=decimals, factor=st.fractions(min_value=Fraction(1, 1000)), text=st.text(max_size=20))
def test_a_draft_survives_the_round_trip(quantity: Decimal, price: Decimal, factor: Fraction, text: str) -> None:
    draft = make_draft(guards=(GuardHit("spend", text, "100 EUR", "policies/x.yaml:3"),))
    line = replace(make_line(), quantity=quantity, price=price, unit_factor=factor, description=text, item=text)
    draft = replace(draft, order=replace(draft.order, lines=(line,)), value=Money(price, "JPY"))
    back = codec.load_draft(codec.dump_draft(draft))
    assert back == draft
    assert back.order.content_hash == draft.order.content_hash


def test_an_unknown_value_stays_unknown() -> None:
    draft = replace(make_draft(), value=None)
    assert codec.load_draft(codec.dump_draft(draft)).value is None
