"""`restock orders`: which orders need a person, everything about one of them, and what a person settles.

It decides nothing: `bot.jobs.settle` does; approving and rejecting happen in the console.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.run import settings_option
from bot.errors import NeedsAdmin
from bot.orders.model import OrderState
from bot.settings import Loaded, load

if TYPE_CHECKING:
    from bot.orders.model import StoredOrder
    from bot.store.orders import SqlOrders

_S = OrderState
WAITING = (_S.HELD, _S.AWAITING_APPROVAL, _S.UNKNOWN, _S.MANUAL, _S.MISMATCH, _S.DUPLICATE, _S.REFUSED)
TARGETS = (_S.SENT, _S.VERIFIED, _S.SUPERSEDED, _S.CANCELLED)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def orders() -> None:
    """List, show and settle orders that need a person."""


@orders.command("list")
@click.option(
    "--state", "states", type=click.Choice([state.value for state in OrderState]), multiple=True,
    help="Only these states; those that need a person if left out.",
)  # fmt: skip
@json_option
@settings_option
def list_orders(states: tuple[str, ...], settings_path: Path, *, as_json: bool) -> None:
    """List orders, oldest first, and the totals of every state."""
    from bot.cli.orders_text import aligned, fields, row
    from bot.render import words
    from bot.wiring.world import SystemClock

    everything = _book(load(settings_path)).select()
    wanted = {OrderState(state) for state in states} or set(WAITING)
    chosen = [stored for stored in everything if stored.state in wanted]
    counts = Counter(stored.state for stored in everything)
    totals = {state.value: counts[state] for state in OrderState if counts[state]}
    if as_json:
        _print_json({"orders": [fields(stored) for stored in chosen], "totals": totals})
        return
    now = SystemClock().now()
    rows = [row(stored, words.age(stored.changed_at, now)) for stored in chosen]
    for cells, stored in zip(aligned(rows), chosen, strict=True):
        click.echo(cells)
        if stored.note:
            click.echo(f"       {words.name(stored.note, 240)}")
    if not chosen:
        click.echo("no order in " + (", ".join(states) or "a state that needs a person"))
    click.echo("totals: " + (", ".join(f"{count:,} {state}" for state, count in totals.items()) or "no orders yet"))


@orders.command()
@click.argument("key")
@json_option
@settings_option
def show(key: str, settings_path: Path, *, as_json: bool) -> None:
    """Show one order: lines, guards, the figures behind it, its history. KEY: all of it, or its first or last 4."""
    from bot.cli.orders_text import details, fields, told

    book = _book(load(settings_path))
    stored = _find(book, key)
    events = book.events(stored.order.order_key)
    if as_json:
        _print_json({**fields(stored), **details(stored, events)})
    else:
        click.echo("\n".join(told(stored, events)))


@orders.command()
@click.argument("key")
@click.option(
    "--to",
    "target",
    type=click.Choice([state.value for state in TARGETS]),
    required=True,
    help="sent: adopt the document; verified: accept it as it is; superseded, cancelled: give the order up.",
)
@click.option("--actor", required=True, metavar="EMAIL", help="Who decides: an active admin or operator.")
@click.option("--reason", required=True, help="Why; it stays in the order's history.")
@click.option("--erp-number", default="", help="Number of the document in the ERP.")
@click.option("--accept-without-key", is_flag=True, help="Take the document although it does not carry the order key.")
@click.option("--yes", is_flag=True, help="Do not ask before an order is cancelled.")
@settings_option
def settle(
    key: str,
    target: str,
    actor: str,
    reason: str,
    erp_number: str,
    settings_path: Path,
    *,
    accept_without_key: bool,
    yes: bool,
) -> None:
    """Settle an order that is refused, mismatch, duplicate or manual, or cancel an approved one before it is sent.

    The ERP is only read: nothing is sent to it and nothing is cancelled there.
    """  # fmt: skip
    from bot.jobs.settle import settle as settled
    from bot.wiring.app import build_app
    from bot.wiring.progress import Silent

    loaded, to = load(settings_path), OrderState(target)
    if to in (_S.SUPERSEDED, _S.CANCELLED) and (erp_number or accept_without_key):
        raise click.UsageError(f"--erp-number and --accept-without-key have no meaning with --to {target}")
    stored = _find(_book(loaded), key)
    if to is _S.CANCELLED and not yes:
        _confirm(stored)
    done = settled(
        build_app(loaded, Silent()), stored.order.order_key, to, actor, reason, erp_number,
        accept_without_key=accept_without_key,
    )  # fmt: skip
    click.echo(f"{done.order.order.order_key}: {done.before.value} → {done.order.state.value}")
    for text in done.texts:
        click.echo(text)


def _confirm(stored: "StoredOrder") -> None:
    from bot.render import words

    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on: add --yes to cancel the order")
    order = stored.order
    what = f"{words.money(order.total)} from {words.name(order.supplier)} for {words.name(order.location)}"
    click.echo(f"Order {order.order_key}, {what}, {stored.state.value}: it ends here and stops counting as supply.")
    click.echo("Nothing is cancelled in the ERP by this.")
    click.confirm("Cancel it?", abort=True)


def _book(loaded: Loaded) -> "SqlOrders":
    """The order book of an existing database of this version."""
    from bot.store.db import NeedsMigration
    from bot.wiring.app import open_store
    from bot.wiring.world import SystemClock

    path = loaded.at(loaded.settings.paths.database)
    if not path.is_file():
        remedy = "`restock run plan` makes one; if there should be one, correct paths.database"
        raise NeedsMigration("there is no database", f"{path} (paths.database in {loaded.path})", remedy)
    return open_store(loaded, SystemClock(), migrate=False).orders


def _find(book: "SqlOrders", key: str) -> "StoredOrder":
    """Order by its whole key, or by the first or last characters when only one order has them."""
    from bot.cli.orders_text import SHORT

    wanted = key.strip().lstrip("#").upper()
    if whole := book.get(wanted):
        return whole
    keys = [stored.order.order_key for stored in book.select()] if len(wanted) >= SHORT else []
    found = [name for name in keys if name.startswith(wanted) or name.endswith(wanted)]
    if len(found) > 1:
        raise click.UsageError(f"{key!r} means {len(found)} orders: {', '.join(found[:5])}; write more of the key")
    stored = book.get(found[0]) if found else None
    if stored is None:
        remedy = f"write the key, or at least {SHORT} characters of its begin or end; `restock orders list` names them"
        raise NeedsAdmin("there is no such order", f"order {key}", remedy)
    return stored


def _print_json(values: dict[str, Any]) -> None:
    click.echo(json.dumps({"schema_version": 1, **values}, indent=1, ensure_ascii=False))
