"""Two years of buying at the demo company: stock, sales cut by stock-outs, orders, promises and receipts.

A simple buyer (reorder point, lot) decides per item-location day by day; it knows no documents of an ERP.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from connectors.sandbox.catalog import Catalog
from connectors.sandbox.demand import Wanted

Array = np.ndarray[Any, Any]
HANDOVER_DAYS = 9  # the old buyer stopped this many days before: Restock finds real work


@dataclass(frozen=True, slots=True)
class Supplied:
    """Outcome: `sold` and `open_share` are pairs x days, `stock` per pair; lines are order lines with receipts."""

    sold: Array
    open_share: Array
    stock: Array
    reorder_point: Array
    order_up_to: Array
    lines: pd.DataFrame
    arrivals: pd.DataFrame  # line, day, quantity, rejected


@dataclass(slots=True)
class _Books:
    """Running state of the simulation; arrivals are keyed by day."""

    stock: Array
    on_order: Array
    lines: list[dict[str, Array]] = field(default_factory=list)
    due: dict[int, list[tuple[Array, Array, Array, Array]]] = field(default_factory=dict)
    arrivals: list[tuple[int, Array, Array, Array]] = field(default_factory=list)
    count: int = 0


def simulate(rng: np.random.Generator, catalog: Catalog, wanted: Wanted) -> Supplied:
    """Run the old buyer over all days; arrays are pairs x days, quantities in base units."""
    n, days = wanted.quantity.shape
    terms = _Terms.of(catalog)
    level, lot = _levels(wanted.quantity, terms)
    books = _Books(stock=level[:, 0] + lot * rng.random(n), on_order=np.zeros(n))
    books.stock = np.round(books.stock)
    sold, share = np.zeros((n, days)), np.ones((n, days))
    for day in range(days):
        if day < days - HANDOVER_DAYS:
            _order(rng, books, terms, level[:, day], lot, _Day(day, int(wanted.days[day].dayofweek), day / days))
        _receive(books, day)
        want = wanted.quantity[:, day]
        sold[:, day] = np.minimum(want, books.stock)
        share[:, day] = np.where(want > 0, sold[:, day] / np.maximum(want, 1.0), (books.stock > 0).astype(float))
        books.stock = books.stock - sold[:, day]
    lines = {name: np.concatenate([chunk[name] for chunk in books.lines]) for name in books.lines[0]}
    arrived = [np.concatenate([np.atleast_1d(part) for part in parts]) for parts in zip(*books.arrivals, strict=True)]
    arrivals = pd.DataFrame(dict(zip(("day", "line", "quantity", "rejected"), arrived, strict=True)))
    return Supplied(sold, share, books.stock, level[:, -1], level[:, -1] + lot, pd.DataFrame(lines), arrivals)


@dataclass(frozen=True, slots=True)
class _Terms:
    """Per pair: who supplies it first and how that supplier behaves."""

    supplier: Array
    habit: Array
    quoted: Array
    pack: Array
    moq: Array
    order_days: Array  # pairs x 7
    cost: Array
    location: Array

    @classmethod
    def of(cls, catalog: Catalog) -> "_Terms":
        pairs, items, suppliers = catalog.pairs, catalog.items, catalog.suppliers
        item = pairs["_item"].to_numpy()
        first = items["_supplier"].to_numpy()[item]
        own = [set(text.split(",")) if text else {"1", "2", "3", "4", "5"} for text in suppliers["order_days"]]
        table = np.array([[str(day + 1) in days for day in range(7)] for days in own])
        pack = items["_pack"].to_numpy()[item].astype(float)
        return cls(
            first, suppliers["_habit"].to_numpy()[first], suppliers["_quoted"].to_numpy()[first].astype(float), pack,
            pack * (1 + item % 3), table[first], items["unit_cost"].to_numpy()[item], pairs["_location"].to_numpy(),
        )  # fmt: skip


def _levels(quantity: Array, terms: _Terms) -> tuple[Array, Array]:
    """Reorder point per day (from the demand of the 120 days before) and lot, as an average buyer sets them."""
    days = quantity.shape[1]
    total = np.concatenate([np.zeros((len(quantity), 1)), np.cumsum(quantity, axis=1)], axis=1)
    back = np.maximum(np.arange(days) - 120, 0)
    span = np.maximum(np.arange(days) - back, 1)
    mean = (total[:, np.arange(days)] - total[:, back]) / span
    mean[:, :60] = mean[:, 60:61]
    spread = quantity.std(axis=1)[:, None]
    horizon = terms.quoted[:, None] + 3.0
    point = np.ceil(mean * horizon + 1.5 * spread * np.sqrt(horizon) * np.minimum(mean / (spread + 1e-9) * 2, 1.0))
    yearly = np.maximum(mean[:, -1], quantity.mean(axis=1)) * 365.0
    eoq = np.sqrt(2 * yearly * 25.0 / np.maximum(0.25 * terms.cost, 1e-3))
    lot = np.clip(eoq, yearly / 365.0 * 7.0, yearly / 365.0 * 60.0)
    lot = np.maximum(np.ceil(lot / terms.pack) * terms.pack, terms.moq)
    return point, lot


@dataclass(frozen=True, slots=True)
class _Day:
    number: int
    weekday: int
    progress: float  # 0 at the start of the history, 1 at its end


def _order(rng: np.random.Generator, books: _Books, terms: _Terms, level: Array, lot: Array, now: _Day) -> None:
    day = now.number
    position = books.stock + books.on_order
    who = np.flatnonzero((position <= level) & (level > 0) & terms.order_days[:, now.weekday])
    if not len(who):
        return
    quantity = lot[who] * np.maximum(1.0, np.ceil((level[who] - position[who]) / lot[who]))
    delay = _delay(rng, terms, who, now.progress)
    quoted = terms.quoted[who]
    closed = rng.random(len(who)) < 0.008
    moved = (rng.random(len(who)) < 0.2) | (delay > quoted * 0.6)
    promise = day + quoted
    last = np.where(
        moved, np.maximum(promise, day + quoted + np.round(delay * rng.uniform(0.5, 1.0, len(who)))), promise
    )
    number = books.count + np.arange(len(who))
    books.count += len(who)
    books.lines.append(
        {
            "line": number, "pair": who, "supplier": terms.supplier[who], "day": np.full(len(who), day),
            "quantity": quantity, "first_promise": promise, "last_promise": last, "closed": closed,
            "closed_day": day + quoted + 20,
        }
    )  # fmt: skip
    books.on_order[who] += quantity
    _plan_arrivals(rng, books, who, number, quantity, day + np.maximum(1.0, quoted + delay), closed)


def _delay(rng: np.random.Generator, terms: _Terms, who: Array, progress: float) -> Array:
    """Days late (negative = early) by the supplier's habit; a worsening one slips over the two years."""
    habit, quoted = terms.habit[who], terms.quoted[who]
    tame = np.round(rng.normal(0.0, 1.1, len(who)))
    wild = np.round((rng.lognormal(-0.2, 0.75, len(who)) - 0.8) * quoted * 0.6)
    slow = np.round(rng.gamma(2.0, 0.07, len(who)) * quoted)
    worse = np.round(np.maximum(progress - 0.45, 0.0) * quoted * rng.uniform(0.4, 1.8, len(who)) + tame)
    return np.select([habit == "erratic", habit == "slow", habit == "worsening"], [wild, slow, worse], tame)


def _plan_arrivals(
    rng: np.random.Generator, books: _Books, who: Array, number: Array, quantity: Array, arrival: Array, closed: Array
) -> None:
    split = (rng.random(len(who)) < 0.07) & ~closed & (quantity >= 2)
    head = np.where(split, np.ceil(quantity * 0.6), quantity)
    rejected = np.where(rng.random(len(who)) < 0.02, np.ceil(quantity * 0.04), 0.0)
    rest = arrival + rng.integers(3, 15, len(who))
    for k in np.flatnonzero(~closed):
        one = slice(k, k + 1)
        books.due.setdefault(int(arrival[k]), []).append((number[one], who[one], head[one], rejected[one]))
        if split[k]:
            late = (number[one], who[one], quantity[one] - head[one], np.zeros(1))
            books.due.setdefault(int(rest[k]), []).append(late)
    for k in np.flatnonzero(closed):
        one = slice(k, k + 1)
        gone = (number[one], who[one], -quantity[one], np.zeros(1))  # negative: the line is closed without goods
        books.due.setdefault(int(arrival[k]) + 20, []).append(gone)


def _receive(books: _Books, day: int) -> None:
    for number, who, quantity, rejected in books.due.pop(day, []):
        books.on_order[who] -= np.abs(quantity)
        if quantity[0] < 0:
            continue
        books.stock[who] += quantity - rejected
        books.arrivals.append((day, number, quantity, rejected))
