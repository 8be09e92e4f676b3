"""A console on a real SQLite store with three drafts and four people; shared by the tests of pages and browser."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from bot.orders.keys import order_key
from bot.orders.model import DraftOrder, GuardHit, Money, OrderLine, Person, PurchaseOrder, Verdict
from bot.store.db import open_engine, reading, upgrade
from bot.store.files import ParquetFiles
from bot.store.orders import SqlOrders
from bot.store.people import Accounts, Sessions, SqlPeople
from bot.store.runs import SqlRuns
from bot.web.accounts import current_code, hash_password
from bot.web.deps import ConsoleSettings, Deps
from tests.fakes import CountingIds, ManualClock

NOW = datetime(2026, 11, 23, 6, 2, tzinfo=UTC)
TODAY = date(2026, 11, 23)
PASSWORD = "seven tins of paint"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HASH = hash_password(PASSWORD, cost=2**10)  # cheap: tests sign in often
BUYER, FOREIGN, READER, ADMIN = (
    "ana@company.example",
    "bo@company.example",
    "kim@company.example",
    "root@company.example",
)


def chart_figures() -> str:
    """Forty weeks of history and eight of forecast, as the evidence carries them."""
    start = date(2026, 2, 16)
    history = [
        [(start + timedelta(weeks=week)).isoformat(), 80 + (week * 37) % 55 + (25 if week % 9 == 0 else 0)]
        for week in range(40)
    ]
    marks = [[history[30][0], "promotion"], [history[36][0], "hidden"]]
    fan = [[(TODAY + timedelta(weeks=w)).isoformat(), 70 - w, 108 + w, 150 + 3 * w] for w in range(8)]
    mean = [[day, 112 - week] for week, (day, *_) in enumerate(fan)]
    return json.dumps({"history": history, "fan": fan, "mean": mean, "marks": marks, "shift": history[12][0]})


def known() -> dict[str, object]:
    """What a plan says about the forecast of a line."""
    return {
        "champion": "pooled", "forecaster": "pooled", "runner_up": "tsb", "judged_on": "item", "score": 0.8,
        "runner_up_score": 0.824, "naive_score": 1.04, "value_added_pct": 23.1, "level_per_day": 22.0,
        "common_factor": 1.0, "size_factor": 0.98, "seen_factor": 1.0, "memories_factor": 1.06, "group_factor": 1.0,
        "season_factor": 1.167, "trend_factor": 1.0, "trend_pct_per_week": 0.0, "stated_level": 0.978,
        "class_covered_pct": 94.2, "class_cases": 1203, "own_covered": 4, "own_cases": 4, "bucket": "W",
        "before_on": "2026-11-20", "mean_before": 560.0, "days_before": 24.0, "service_before": 0.97,
        "forecaster_before": "pooled", "pattern_before": "smooth", "last_bucket": "2026-11-16", "last_buckets": 1,
        "last_quantity": 260.0, "last_expected": 131.0, "last_peak": 39,
    }  # fmt: skip


def line(number: int, item: str, description: str, quantity: str, price: str, days: int = 21) -> OrderLine:
    return OrderLine(
        number, item, "1010", Decimal(quantity), "PC", Decimal(price), TODAY + timedelta(days=days), f"need-{item}",
        description=description,
    )  # fmt: skip


def evidence(position: float, mean: float, reorder: float, target: float, **more: object) -> dict[str, object]:
    return {
        "supplier_name": "ACME Fasteners GmbH", "location_name": "Hamburg", "unit": "PC",
        "on_hand": position - 40, "on_order": 40, "in_flight": 0, "inventory_position": position,
        "reorder_point": reorder, "order_up_to": target, "needed": target - position, "interval_mean": mean,
        "interval_days": 24.0, "interval_q10": mean * 0.7, "interval_q90": mean * 1.35, "service_level": 0.97,
        "stockout_risk": 0.83, "moq": 100, "order_multiple": 50, "lead_time_days": 17.4, "supplier_score_pct": 91.0,
        "supplier_lines": 48, "pattern": "smooth", "forecaster": "theta", "mode": "assist", "cover_days_after": 41.0,
        **more,
    }  # fmt: skip


def draft(supplier: str = "17300001", location: str = "1010", system: str = "s4", **change: object) -> DraftOrder:
    """The draft of the example: five lines, 3,750.00 EUR, with reasons, guards and a chart."""
    lines = (
        line(1, "10000241", "Hex bolt M8 x 40, zinc plated", "1000", "1.25"),
        line(2, "10000305", "Washer M8", "2000", "0.0375", 23),
        line(3, "10000377", "Lock nut M8", "1500", "0.55", 23),
        line(4, "10000412", "Threaded rod M10, 1 m", "200", "4.50", 26),
        line(5, "10000450", "Anchor bolt M12 x 110", "500", "1.40", 28),
    )
    lines = tuple(replace(one, location=location, need_key=f"{one.need_key}-{supplier}-{location}") for one in lines)
    key = order_key("test", [one.need_key for one in lines], 0)
    order = PurchaseOrder(key, 0, system, supplier, location, "EUR", TODAY, lines)
    figures = {
        1: evidence(210, 640, 880, 1210, chart=chart_figures(), **known()),
        2: evidence(900, 1480, 2100, 2900), 3: evidence(400, 1100, 1450, 1900),
        4: evidence(60, 140, 190, 260), 5: evidence(120, 380, 470, 620),
    }  # fmt: skip
    hits = (
        GuardHit("auto_order_value_max", "3,750.00 EUR", "2,500.00 EUR", "policies/company.yaml:14"),
        GuardHit("price_rise_max_pct", "6.1 %", "5 %", "policies/company.yaml:22"),
    )
    made = DraftOrder(
        order, Verdict.APPROVE, Money(order.total.amount, "EUR"), hits, ("company.yaml:12", "bolts.yaml:4"), figures
    )
    return replace(made, **change)


@dataclass(frozen=True)
class Console:
    """The parts of a console that tests look at."""

    deps: Deps
    engine: sa.Engine
    clock: ManualClock
    orders: SqlOrders
    key: str
    small_key: str
    foreign_key: str

    def code(self) -> str:
        """The authenticator's present code."""
        return current_code(SECRET, self.clock.now())

    def content(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table, to compare; a used session's `seen_at` is the access log and left out."""
        tables = sa.MetaData()
        tables.reflect(self.engine)
        with reading(self.engine) as connection:
            return {
                name: [
                    tuple(value for column, value in row._mapping.items() if column != "seen_at")
                    for row in connection.execute(sa.select(table))
                ]
                for name, table in tables.tables.items()
            }


def console(
    folder: Path, *, url: str = "http://localhost", clock: ManualClock | None = None, **given: object
) -> Console:
    """Build the store, the people and the drafts; `url` is where people reach the console."""
    clock = clock or ManualClock(NOW)
    engine = open_engine(f"sqlite:///{folder / 'restock.db'}")
    upgrade(engine)
    ids, people, accounts = CountingIds(), SqlPeople(engine), Accounts(engine)
    orders = SqlOrders(engine, clock, undo_minutes=0)
    scopes = {
        BUYER: ({"buyer"}, {"1010"}),
        FOREIGN: ({"buyer"}, {"2020"}),
        READER: ({"operator"}, set()),
        ADMIN: ({"admin"}, set()),
    }
    for email, (roles, locations) in scopes.items():
        people.put(Person(email, email.split("@")[0].capitalize(), frozenset(roles), frozenset(locations)))
        accounts.set(email, password_hash=HASH, totp_secret=SECRET)
    big, foreign = draft(), draft("17300009", "2020")
    small = only(draft("17300002"), 4)
    orders.adopt([big, small, foreign], system="s4", run_id="run-1", plan_id="plan-1")
    settings = ConsoleSettings(url=url, timezone="Europe/Berlin")
    runs = SqlRuns(engine, clock, ids)
    files = ParquetFiles(folder / "files")
    deps = Deps(orders, people, accounts, Sessions(engine), runs, files, clock, ids, b"0" * 32, settings, **given)
    return Console(deps, engine, clock, orders, *(one.order.order_key for one in (big, small, foreign)))


def only(made: DraftOrder, number: int) -> DraftOrder:
    """The same draft with one line."""
    lines = tuple(one for one in made.order.lines if one.number == number)
    order = replace(made.order, lines=lines, order_key=order_key("test", [lines[0].need_key], 0))
    return replace(
        made, order=order, value=order.total, evidence={number: made.evidence[number]}, guards=made.guards[:1]
    )
