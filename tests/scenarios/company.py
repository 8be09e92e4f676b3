"""A small demo company on real servers, put back before every test; documents are counted past every connector."""

import json
import shutil
import sqlite3
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from bot.cli.demo_world import Servers, add_people, write_settings
from bot.jobs import runner
from bot.orders.model import OrderState
from bot.ports import App
from bot.settings import Loaded
from bot.store.db import open_engine, reading
from bot.store.schema import SPEND
from bot.wiring.app import build_app
from bot.wiring.progress import Silent
from bot.wiring.world import FAILPOINT_VARIABLE, KillingFailpoints, SystemClock
from tests.scenarios.commands import Commands, Ended

AS_OF = date(2025, 3, 3)  # a Monday
SCALE, SEED = 0.15, 7
SYSTEMS = ("s4", "fusion")
SETTLE = 2  # as the demo's settings say
UNSETTLED = (OrderState.APPROVED, OrderState.SENDING, OrderState.UNKNOWN, OrderState.SENT)

POLICY = """\
version: 1
owner: tests@example.com
currency: EUR
defaults:
  mode: assist
  service_level_pct: 98
  lead_time_buffer_days: 2
  holding_rate_pct_per_year: 20
  order_cost: 10 EUR
limits:
  auto_order_value_max: 9000 EUR
  order_value_max: 60000 EUR
  auto_spend_per_day_max: 200000 EUR
  auto_spend_per_week_max: 500000 EUR
  auto_orders_per_run_max: 60
  qty_vs_usual_max_ratio: 4
  price_rise_max_pct: 5
breakers:
  - { watch: stock_rows_drop_pct, above: 20, then: hold_all }
approvals:
  routes:
    - { id: all, up_to: 60000 EUR, need: [1 buyer] }
  on_timeout: hold
  undo_minutes: 0
"""

_DOCUMENTS = {
    "s4": """
        SELECT h."CorrespncInternalReference" AS order_key, h."PurchaseOrder" AS number, h."Supplier" AS supplier,
               i."Plant" AS location, i."Material" AS item,
               i."OrderQuantity" * i."OrderItemQtyToBaseQtyNmrtr" / i."OrderItemQtyToBaseQtyDnmntr" AS quantity
        FROM "PurchaseOrder" h JOIN "PurchaseOrderItem" i ON i."PurchaseOrder" = h."PurchaseOrder"
        WHERE h."_new" = 1
    """,
    "fusion": """
        SELECT substr(h."Description", 1, 12) AS order_key, h."OrderNumber" AS number, h."Supplier" AS supplier,
               o."OrganizationCode" AS location, l."Item" AS item, s."Quantity" AS quantity
        FROM "purchaseOrders" h JOIN "purchaseOrderLines" l ON l."POHeaderId" = h."POHeaderId"
        JOIN "purchaseOrderSchedules" s ON s."POLineId" = l."POLineId"
        LEFT JOIN "inventoryOrganizations" o ON o."LocationCode" = s."ShipToLocation"
        WHERE h.fresh_ = 1
        UNION ALL
        SELECT substr(h."Description", 1, 12), h."OrderNumber", h."Supplier", s."ShipToOrganizationCode", l."Item",
               s."Quantity"
        FROM "draftPurchaseOrders" h LEFT JOIN "draftLines" l ON l."POHeaderId" = h."POHeaderId"
        LEFT JOIN "draftSchedules" s ON s."POLineId" = l."POLineId"
    """,
}

Line = tuple[str, str, str, str, float]  # order key, supplier, location, item, base units


class MovedClock(SystemClock):
    """The machine's clock, begun on another instant and moved on by hand; waiting only moves it."""

    def __init__(self, start: datetime | None = None) -> None:
        real = super().now()
        self._shift = (start or real) - real

    def now(self) -> datetime:
        return super().now() + self._shift

    def advance(self, seconds: float) -> None:
        self._shift += timedelta(seconds=seconds)


def next_day() -> MovedClock:
    """The machine's clock on the day after the planning day, alike in every process: orders are still young then."""
    return MovedClock(datetime.combine(AS_OF + timedelta(days=1), SystemClock().now().timetz()))


def morning() -> MovedClock:
    """A clock that stands on the morning of the planning day."""
    return MovedClock(datetime(AS_OF.year, AS_OF.month, AS_OF.day, 5, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Company:
    """The running servers and the folder with their databases (live and as first loaded), mails and policies."""

    folder: Path
    running: Servers
    commands: Commands

    def put_back(self) -> None:
        """Give both servers the state that they started with, and no faults."""
        for system in SYSTEMS:
            copy_database(self.folder / "pristine" / f"{system}.db", self.database(system))
            self.control(system, "DELETE")

    def database(self, system: str) -> Path:
        """The live database of a server."""
        return self.folder / "erp" / f"{system}.db"

    def control(self, system: str, method: str, body: object = None) -> dict[str, Any]:
        """Call the server's fault switchboard."""
        url = f"{getattr(self.running, system)}/__faults"
        data = json.dumps(body).encode() if body is not None else None
        call = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310 - loopback
        with urllib.request.urlopen(call, timeout=10) as answer:  # noqa: S310 - loopback
            return dict(json.load(answer))


def copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite database as one transaction, also into one that a server has open."""
    with closing(sqlite3.connect(source, timeout=30)) as old, closing(sqlite3.connect(target, timeout=30)) as new:
        old.backup(new)


def table(path: Path, query: str) -> pd.DataFrame:
    """Rows of a server's database, read past the server."""
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        return pd.read_sql_query(query, connection)


@dataclass
class World:
    """One installation of the bot in a folder of its own, on the shared servers."""

    company: Company
    folder: Path
    clock: MovedClock = field(default_factory=morning)
    failpoints: Any = None

    @property
    def loaded(self) -> Loaded:
        """The settings, written once."""
        from bot.settings import load

        return load(self.folder / "restock.toml")

    def app(self, **changes: object) -> App:
        """A fresh App, as a newly started process has one."""
        app = build_app(self.loaded, Silent(), self.clock)
        return replace(app, failpoints=self.failpoints or KillingFailpoints(""), **changes)  # type: ignore[arg-type]

    def run(self, job: str, *, app: App | None = None, force: bool = True, **more: Any) -> runner.Outcome:
        """Run a job in this process."""
        return runner.run(job, app or self.app(), AS_OF if job == "plan" else None, force=force, wait=True, **more)

    def command(self, *words: str, failpoint: str = "") -> Ended:
        """Run `restock …` as a process of its own; with a failpoint it kills itself there."""
        return self.company.commands.run(
            [*words, "--settings", str(self.folder / "restock.toml")], {FAILPOINT_VARIABLE: failpoint}
        )

    def set(self, old: str, new: str) -> None:
        """Change the settings file."""
        path = self.folder / "restock.toml"
        text = path.read_text("utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new), "utf-8")

    def settle(self, rounds: int = 8) -> list[runner.Outcome]:
        """Start the sending job again and again, a minute apart, until no order is on its way."""
        outcomes = []
        for _ in range(rounds):
            if not self.app().orders.select(*UNSETTLED):
                break
            self.clock.advance(90)
            outcomes.append(self.run("submit"))
        return outcomes

    def fault(self, system: str, **faults: object) -> None:
        """Arm faults of a server."""
        self.company.control(system, "POST", faults)

    def calm(self) -> None:
        """Take all faults back."""
        for system in SYSTEMS:
            self.company.control(system, "DELETE")

    def change(self, system: str, statement: str, *values: object) -> int:
        """Change a server's data behind its back, as people in the ERP do; returns how many rows."""
        with closing(sqlite3.connect(self.company.database(system), timeout=30)) as connection, connection:
            return connection.execute(statement, values).rowcount

    def documents(self, system: str) -> list[Line]:
        """Lines of the documents made since the load, drafts included, straight from the server's database."""
        frame = table(self.company.database(system), _DOCUMENTS[system])
        columns = (frame[name] for name in ("order_key", "supplier", "location", "item", "quantity"))
        return sorted((k, s, p, i, round(float(q), 6)) for k, s, p, i, q in zip(*columns, strict=True))

    def numbers(self, system: str) -> Counter[str]:
        """How many documents carry each order key."""
        frame = table(self.company.database(system), _DOCUMENTS[system]).drop_duplicates("number")
        return Counter(frame["order_key"])

    def spend(self) -> dict[str, tuple[str, int]]:
        """Reserved or committed money per order: currency and minor units."""
        query = sa.select(SPEND.c.order_key, SPEND.c.currency, SPEND.c.minor).where(SPEND.c.state != "released")
        engine = open_engine(f"sqlite:///{self.folder / 'restock.sqlite'}")
        try:
            with reading(engine) as connection:
                rows = connection.execute(query).all()
        finally:
            engine.dispose()
        assert len({row[0] for row in rows}) == len(rows), "an order's money is reserved twice"
        return {key: (currency, minor) for key, currency, minor in rows}

    def decisions(self, outcome: runner.Outcome) -> pd.DataFrame:
        """The decisions of a plan run over all systems, one row per item-location."""
        systems: Any = outcome.report["systems"]
        files = self.app().files
        frames = [
            files.frames("plan", report["plan_frames"])["decisions"].assign(system=name)
            for name, report in systems.items()
            if "plan_frames" in report
        ]
        whole = pd.concat(frames, ignore_index=True)
        return whole.assign(item=whole["item"].astype("str"), location=whole["location"].astype("str"))

    def states(self, *systems: str) -> Counter[str]:
        """Orders by state."""
        wanted = systems or SYSTEMS
        return Counter(o.state.value for o in self.app().orders.select() if o.order.system in wanted)

    def mails(self) -> int:
        """Mails that arrived so far."""
        return len(list((self.company.folder / "mails").glob("*.eml")))

    def check_books(self, *, among: Sequence[str] = SYSTEMS) -> None:
        """What must hold whatever happened: one document per ordered key, none without an order, the chain intact."""
        app = self.app()
        assert app.orders.verify_chain(), "the audit chain is broken"
        for system in among:
            held = {o.order.order_key for o in app.orders.select(system=system) if o.erp_number}
            counts = self.numbers(system)
            assert set(counts) <= held, f"{system}: documents that the database does not know"
            twice = {key: n for key, n in counts.items() if n > 1}
            assert not twice, f"{system}: ordered more than once: {twice}"


def install(company: Company, folder: Path, policy: str = POLICY) -> World:
    """A fresh installation on the company's servers: settings, policies, side folders, people, empty database."""
    (folder / "policies").mkdir(parents=True)
    (folder / "policies" / "policy.yaml").write_text(policy, "utf-8")
    for system in SYSTEMS:
        shutil.copytree(company.folder / "erp" / f"{system}_side", folder / "erp" / f"{system}_side")
    loaded = write_settings(folder, company.running, "http://127.0.0.1:8484", folder / "policies")
    world = World(company, folder)
    add_people(loaded, world.clock)
    return world


def copy_of(company: Company, installation: Path, folder: Path) -> World:
    """A copy of an installation, on servers as they begin."""
    company.put_back()
    shutil.copytree(installation, folder)
    copy_database(installation / "restock.sqlite", folder / "restock.sqlite")
    text = (folder / "restock.toml").read_text("utf-8")
    (folder / "restock.toml").write_text(text.replace(str(installation), str(folder)), "utf-8")
    world = World(company, folder)
    world.clock.advance(3600)  # later than everything that the copied state remembers
    return world


def stop_after(count: int) -> Callable[[], bool]:
    """A stop request that comes after so many questions."""
    left = [count]

    def asked() -> bool:
        left[0] -= 1
        return left[0] < 0

    return asked
