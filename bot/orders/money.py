"""Exact money: minor units of currencies, line amounts, conversion at a pinned rate.

It holds no rates of its own and never sees a float; how many decimals a currency has is the business of
`bot.tables.currency`.
"""

from decimal import ROUND_HALF_UP, Decimal

from bot.tables.currency import minor_digits


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round an amount half up to the currency's minor units."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), ROUND_HALF_UP)


def to_minor(amount: Decimal, currency: str) -> int:
    """Amount in minor units (cents), exact, as stored in columns and SQL."""
    return int(rounded(amount, currency).scaleb(minor_digits(currency)))


def from_minor(minor: int, currency: str) -> Decimal:
    """Inverse of `to_minor`."""
    return Decimal(minor).scaleb(-minor_digits(currency))


def line_amount(quantity: Decimal, price: Decimal, price_unit: Decimal, currency: str) -> Decimal:
    """Quantity [base units] times price [per price_unit base units], in minor units of the currency."""
    return rounded(quantity * price / price_unit, currency)
