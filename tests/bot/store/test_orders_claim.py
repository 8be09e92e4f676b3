"""Claiming: one winner, and no byte may leave without lease, window, switch, caps and a committed attempt."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.orders.model import OrderState, StoredOrder
from bot.ports import App
from bot.ports_orders import SpendLimits
from bot.store.db import open_engine, reading, writing
from bot.store.orders import SqlOrders
from bot.store.schema import ATTEMPTS, SPEND
from tests.fakes import ManualClock
from tests.makers import database, make_app, make_draft

S = OrderState
NO_CAP = SpendLimits("EUR")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    with database(tmp_path / "restock.db") as engine:
        yield engine


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def app(engine: sa.Engine, tmp_path: Path, clock: ManualClock) -> App:
    return make_app(engine, tmp_path, clock=clock)


def approve(app: App, *items: str, run: str = "run-1", value: str | None = None, sequence: int = 0) -> list[str]:
    drafts = [make_draft([item], value=value, sequence=sequence) for item in items]
    app.orders.adopt(drafts, system="s4", run_id=run, plan_id="p")
    return [draft.order.order_key for draft in drafts]


def claim(app: App, key: str, epoch: int, limits: SpendLimits = NO_CAP) -> StoredOrder | None:
    return app.orders.claim(key, epoch=epoch, run_id="submit-1", limits=limits)


def test_a_claim_commits_the_attempt_and_reserves_the_money(app: App, engine: sa.Engine) -> None:
    (key,) = approve(app, "a")
    epoch = app.runs.take_lease("w", 60)
    assert epoch is not None
    claimed = claim(app, key, epoch)
    assert claimed is not None
    assert (claimed.state, claimed.attempts) == (S.SENDING, 1)
    with reading(engine) as connection:
        attempt = connection.execute(sa.select(ATTEMPTS)).mappings().one()
        spend = connection.execute(sa.select(SPEND)).mappings().one()
    assert (attempt["epoch"], attempt["content_hash"], attempt["ended_at"]) == (epoch, claimed.content_hash, None)
    assert (spend["minor"], spend["currency"], spend["state"]) == (5000, "EUR", "reserved")
    assert claim(app, key, epoch) is None


def test_no_claim_without_the_living_lease(app: App, clock: ManualClock) -> None:
    (key,) = approve(app, "a")
    assert claim(app, key, 1) is None
    first = app.runs.take_lease("w", 60)
    assert first == 1
    clock.advance(61)
    assert claim(app, key, first) is None
    second = app.runs.take_lease("v", 60)
    assert claim(app, key, first) is None
    assert second is not None
    assert claim(app, key, second) is not None


def test_no_claim_while_the_kill_switch_is_on(app: App, tmp_path: Path) -> None:
    (key,) = approve(app, "a")
    epoch = app.runs.take_lease("w", 60)
    assert epoch is not None
    app.runs.stop("wrong prices", "ann@example.com")
    assert claim(app, key, epoch) is None
    app.runs.start("ann@example.com")
    (tmp_path / "STOP").touch()
    assert claim(app, key, epoch) is None
    (tmp_path / "STOP").unlink()
    assert claim(app, key, epoch) is not None


def test_no_claim_before_the_undo_window_ends(engine: sa.Engine, tmp_path: Path, clock: ManualClock) -> None:
    app = make_app(engine, tmp_path, clock=clock, undo_minutes=10)
    (key,) = approve(app, "a")
    epoch = app.runs.take_lease("w", 3600)
    assert epoch is not None
    clock.advance(599)
    assert claim(app, key, epoch) is None
    clock.advance(1)
    assert claim(app, key, epoch) is not None


def test_a_back_off_delays_the_next_claim(app: App, clock: ManualClock) -> None:
    (key,) = approve(app, "a")
    epoch = app.runs.take_lease("w", 3600)
    assert epoch is not None
    claim(app, key, epoch)
    app.orders.move(key, S.SENDING, S.APPROVED, actor="submit", reason="429", details={"retry_after": "120"})
    clock.advance(119)
    assert claim(app, key, epoch) is None
    clock.advance(1)
    assert claim(app, key, epoch) is not None


@pytest.mark.parametrize(
    ("limits", "word"),
    [(SpendLimits("EUR", per_day=9_999), "day"), (SpendLimits("EUR", per_week=9_999), "week")],
)
def test_over_a_cap_the_order_is_held_with_the_cap_as_reason(app: App, limits: SpendLimits, word: str) -> None:
    first, second = approve(app, "a", "b")
    epoch = app.runs.take_lease("w", 60)
    assert epoch is not None
    assert claim(app, first, epoch, limits) is not None
    assert claim(app, second, epoch, limits) is None
    held = app.orders.get(second)
    assert held is not None
    assert held.state is S.HELD
    assert f"cap per {word}" in held.note


def test_exactly_at_the_cap_is_allowed(app: App) -> None:
    first, second = approve(app, "a", "b")
    epoch = app.runs.take_lease("w", 60)
    assert epoch is not None
    limits = SpendLimits("EUR", per_day=10_000)
    assert claim(app, first, epoch, limits) is not None
    assert claim(app, second, epoch, limits) is not None


def test_money_of_a_refused_order_is_free_again_and_a_new_day_begins_at_zero(app: App, clock: ManualClock) -> None:
    limits = SpendLimits("EUR", per_day=5_000, per_week=15_000)
    one, two, three, four = approve(app, "a", "b", "c", "d")
    epoch = app.runs.take_lease("w", 10**7)
    assert epoch is not None
    claim(app, one, epoch, limits)
    app.orders.move(one, S.SENDING, S.REFUSED, actor="submit", reason="no")
    assert claim(app, two, epoch, limits) is not None
    clock.advance(86_400)
    assert claim(app, three, epoch, limits) is not None
    clock.advance(86_400)
    assert claim(app, four, epoch, limits) is not None
    clock.advance(86_400)
    (five,) = approve(app, "e")
    assert claim(app, five, epoch, limits) is None  # the week is full
    clock.advance(4 * 86_400)
    (six,) = approve(app, "f")
    assert claim(app, six, epoch, limits) is not None


def test_the_weekly_cap_looks_back_seven_days_across_monday(app: App, clock: ManualClock) -> None:
    clock.advance(6 * 86_400)  # a Sunday
    limits = SpendLimits("EUR", per_week=5_000)
    sunday, monday, saturday, next_sunday = approve(app, "a", "b", "c", "d")
    epoch = app.runs.take_lease("w", 10**7)
    assert epoch is not None
    assert claim(app, sunday, epoch, limits) is not None
    clock.advance(86_400)
    assert claim(app, monday, epoch, limits) is None
    clock.advance(5 * 86_400)
    assert claim(app, saturday, epoch, limits) is None
    clock.advance(86_400)
    assert claim(app, next_sunday, epoch, limits) is not None


def test_an_unknown_value_counts_as_over_the_cap(app: App) -> None:
    (key,) = approve(app, "a")
    epoch = app.runs.take_lease("w", 60)
    assert epoch is not None
    assert claim(app, key, epoch, SpendLimits("USD", per_day=10**9)) is None
    held = app.orders.get(key)
    assert held is not None
    assert held.state is S.HELD


def test_orders_per_run_count_the_orders_of_one_plan(app: App) -> None:
    first, second = approve(app, "a", "b")
    (other,) = approve(app, "c", run="run-2")
    epoch = app.runs.take_lease("w", 60)
    assert epoch is not None
    limits = SpendLimits("EUR", orders_per_run=1)
    assert claim(app, first, epoch, limits) is not None
    assert claim(app, second, epoch, limits) is None
    assert claim(app, other, epoch, limits) is not None


def test_sending_orders_of_an_older_epoch_become_unknown(app: App, clock: ManualClock) -> None:
    old, new = approve(app, "a", "b")
    first = app.runs.take_lease("w", 60)
    assert first is not None
    claim(app, old, first)
    clock.advance(61)
    second = app.runs.take_lease("v", 60)
    assert second is not None
    claim(app, new, second)
    assert [stored.order.order_key for stored in app.orders.orphans(epoch=second)] == [old]
    assert app.orders.orphans(epoch=second) == []
    states = {stored.order.order_key: stored.state for stored in app.orders.select()}
    assert states == {old: S.UNKNOWN, new: S.SENDING}


def test_two_stores_racing_for_many_orders_claim_each_once(tmp_path: Path, engine: sa.Engine) -> None:
    clock = ManualClock()
    app = make_app(engine, tmp_path, clock=clock)
    keys = approve(app, *(f"item{number}" for number in range(30)))
    epoch = app.runs.take_lease("w", 60)
    assert epoch is not None
    won: list[tuple[int, str]] = []
    start = threading.Barrier(2)

    def race(number: int) -> None:
        own = open_engine(str(engine.url))
        store = SqlOrders(own, clock, undo_minutes=0)
        start.wait()
        won.extend((number, key) for key in keys if store.claim(key, epoch=epoch, run_id="r", limits=NO_CAP))
        own.dispose()

    threads = [threading.Thread(target=race, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key for _, key in won) == sorted(keys)
    assert all(stored.attempts == 1 for stored in app.orders.select(S.SENDING))
    assert app.orders.verify_chain()


def test_two_stores_racing_never_break_the_cap(tmp_path: Path, engine: sa.Engine) -> None:
    clock = ManualClock()
    app = make_app(engine, tmp_path, clock=clock)
    keys = approve(app, *(f"item{number}" for number in range(20)))
    epoch = app.runs.take_lease("w", 60)
    assert epoch is not None
    limits = SpendLimits("EUR", per_day=7 * 5_000 + 1)
    start = threading.Barrier(2)

    def race(mine: list[str]) -> None:
        own = open_engine(str(engine.url))
        store = SqlOrders(own, clock, undo_minutes=0)
        start.wait()
        for key in mine:
            store.claim(key, epoch=epoch, run_id="r", limits=limits)
        own.dispose()

    threads = [threading.Thread(target=race, args=(keys[half::2],)) for half in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(app.orders.select(S.SENDING)) == 7
    assert len(app.orders.select(S.HELD)) == 13


def test_a_claim_whose_attempt_cannot_be_written_claims_nothing(app: App, engine: sa.Engine) -> None:
    (key,) = approve(app, "a")
    epoch = app.runs.take_lease("w", 60)
    assert epoch is not None
    with writing(engine) as connection:
        connection.execute(
            sa.insert(ATTEMPTS).values(
                order_key=key, attempt=1, content_hash="x", epoch=epoch, run_id="x",
                started_at=app.clock.now() - timedelta(days=1),
            )
        )  # fmt: skip
    with pytest.raises(sa.exc.IntegrityError):
        claim(app, key, epoch)
    found = app.orders.get(key)
    assert found is not None
    assert found.state is S.APPROVED
    with reading(engine) as connection:
        assert connection.execute(sa.select(SPEND)).all() == []
