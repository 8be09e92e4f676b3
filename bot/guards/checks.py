"""The guards themselves: each takes columns and limits and says which lines it hits.

They are pure and know nothing of planning. A missing figure is a hit; a missing limit (NaN, `NO_LIMIT`) is not,
except for the value below which the bot may order alone, which somebody has to set.
"""

import numpy as np
import numpy.typing as npt

from bot.guards.measures import NO_LIMIT, Bools, Floats, Minor, change_pct, first_known, ratio

SLIPS = (10.0, 12.0, 24.0, 100.0, 144.0, 1000.0)  # factors between units: dozen, gross, hundred, thousand
SLIP_TOLERANCE = 0.03


def value_needs_person(order_minor: Minor, limit: Minor) -> Bools:
    """Order value above the limit, unknown, or no limit above zero set."""
    hit = (order_minor < 0) | (order_minor > limit) | (limit <= 0) | (limit == NO_LIMIT)
    return np.asarray(hit, dtype=bool)


def value_too_high(order_minor: Minor, limit: Minor) -> Bools:
    """Order value above the limit, or unknown where a limit is set."""
    return np.asarray((limit != NO_LIMIT) & ((order_minor < 0) | (order_minor > limit)), dtype=bool)


def above(figure: Floats, limit: Floats) -> Bools:
    """Figure above the limit, or missing where a limit is set."""
    return np.asarray(~np.isnan(limit) & ~(figure <= limit), dtype=bool)


def below(figure: Floats, limit: Floats) -> Bools:
    """Figure below the limit, or missing where a limit is set."""
    return np.asarray(~np.isnan(limit) & ~(figure >= limit), dtype=bool)


def quantity_unusual(quantity: Floats, usual: Floats, limit: Floats) -> Bools:
    """Quantity too many times the usual receipt."""
    return above(ratio(quantity, usual), limit)


def unit_slip(quantity: Floats, usual: Floats) -> Bools:
    """Quantity within 3 % of the usual receipt times or divided by a factor between units."""
    times = ratio(quantity, usual)
    hit = np.isnan(times)
    for factor in SLIPS:
        hit |= np.abs(times / factor - 1.0) <= SLIP_TOLERANCE
        hit |= np.abs(times * factor - 1.0) <= SLIP_TOLERANCE
    return hit


def price_rise(price: Floats, contract: Floats, last: Floats, limit: Floats) -> Bools:
    """Price above the contract price, else above the last price paid, by more than the limit [%]."""
    return above(change_pct(price, first_known(contract, last)), limit)


def price_collar(price: Floats, contract: Floats, last: Floats, limit: Floats) -> Bools:
    """Price further from the last price paid, else from the contract price, than the limit [%], up or down."""
    return above(np.abs(change_pct(price, first_known(last, contract))), limit)


def forecast_jump(interval: Floats, recent: Floats, limit: Floats) -> Bools:
    """Forecast of the interval too many times the recent demand over an interval of the same length."""
    quiet = (interval <= 0) & (recent <= 0)
    return above(ratio(interval, recent), limit) & ~quiet


def flagged(flag: Floats) -> Bools:
    """A flag that is set or missing."""
    return np.asarray(~(flag == 0), dtype=bool)


def vetoed(supplier_allows: Floats, item_allows: Floats) -> Bools:
    """The ERP forbids automatic orders for the supplier or the item, or does not say."""
    return np.asarray(~((supplier_allows == 1) & (item_allows == 1)), dtype=bool)


def frozen(state: npt.NDArray[np.int8], level: int) -> Bools:
    """A freeze or breaker of at least this strength: 1 = a person approves, 2 = held."""
    return np.asarray(state == level, dtype=bool)
