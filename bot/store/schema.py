"""Every table of the database, in SQLAlchemy Core, as the newest migration leaves them.

It holds no queries; types are those that SQLite and PostgreSQL share, money is whole minor units.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.orders.chain import stamp

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(sa.types.TypeDecorator[datetime]):
    """UTC instant as text of fixed width, so that it sorts and compares alike in every database."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Write an aware datetime."""
        return None if value is None else stamp(value)

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Read an aware datetime in UTC."""
        return None if value is None else datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def _text(name: str, *, default: str | None = "", index: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default, index=index)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


def _order_key() -> sa.Column[str]:
    return sa.Column("order_key", sa.Text, sa.ForeignKey("orders.order_key"), nullable=False, index=True)


ORDERS = sa.Table(
    "orders",
    METADATA,
    sa.Column("order_key", sa.Text, primary_key=True),
    _text("needs_digest", default=None, index=True),
    _text("system", default=None),
    _text("supplier", default=None),
    _text("location", default=None),
    sa.Column("revision", sa.Integer, nullable=False),
    _text("state", default=None, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    _text("run_id", default=None, index=True),
    _text("plan_id", default=None),
    _text("erp_number", index=True),
    _text("content_hash", default=None),
    _text("draft", default=None),  # JSON, see codec
    _text("note"),
    _text("known"),  # JSON, see codec_known; empty = its ERP document was not looked at yet
    _count("attempts"),
    _count("epoch"),  # lease epoch of the last claim
    _count("asked"),  # 1 = a person was asked by mail
    _count("missed"),  # full extracts in a row that did not show it
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("not_before", Instant, nullable=False),  # end of the undo window or of a back-off
    sa.Column("seen_at", Instant),  # when extracts had shown all its lines
)

ORDER_LINES = sa.Table(
    "order_lines",
    METADATA,
    sa.Column("order_key", sa.Text, sa.ForeignKey("orders.order_key"), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    _text("item", default=None),
    _text("location", default=None),
    _text("supplier", default=None),
    _text("quantity", default=None),  # exact decimal, base units
    sa.Column("need_date", sa.Date, nullable=False),
    _text("bucket", default=None),
    _text("need_key", default=None, index=True),
    sa.Column("seen_at", Instant),  # when an extract first showed it
    sa.Column("coming", sa.Text),  # exact decimal still expected by the newest look at the document; NULL = all of it
)

# One live order per need: the primary key is the promise.
NEEDS = sa.Table(
    "needs",
    METADATA,
    sa.Column("need_key", sa.Text, primary_key=True),
    _order_key(),
)

EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    _order_key(),
    sa.Column("at", Instant, nullable=False),
    _text("actor", default=None),
    _text("action", default=None),
    sa.Column("from_state", sa.Text),
    _text("to_state", default=None),
    _text("reason"),
    _text("details", default="{}"),
    _text("previous", default=None),
    _text("digest", default=None),
)

# One row; writers change it in their own transaction, so two of them cannot fork the chain.
CHAIN = sa.Table(
    "chain",
    METADATA,
    sa.Column("chain_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    _text("digest", default=None),
)

ATTEMPTS = sa.Table(
    "attempts",
    METADATA,
    sa.Column("order_key", sa.Text, sa.ForeignKey("orders.order_key"), primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    _text("content_hash", default=None),
    sa.Column("epoch", sa.Integer, nullable=False),
    _text("run_id", default=None),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    _text("outcome"),
)

SPEND = sa.Table(
    "spend",
    METADATA,
    sa.Column("order_key", sa.Text, sa.ForeignKey("orders.order_key"), primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("day", sa.Date, nullable=False, index=True),
    _text("currency", default=None),
    sa.Column("minor", sa.BigInteger, nullable=False),
    _text("state", default=None),  # reserved | committed | released
)

DECISIONS = sa.Table(
    "decisions",
    METADATA,
    sa.Column("decision_id", sa.Text, primary_key=True),
    _order_key(),
    _text("content_hash", default=None),
    _text("action", default=None),
    _text("actor", default=None),
    _text("reason"),
    sa.Column("decided_at", Instant, nullable=False),
    _text("quantities", default="{}"),
    _text("outcome", index=True),
    sa.Column("settled_at", Instant),
)

OUTBOX = sa.Table(
    "outbox",
    METADATA,
    sa.Column("outbox_id", sa.Integer, primary_key=True, autoincrement=True),
    _order_key(),
    _text("topic", default=None),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("not_before", Instant, nullable=False),
    _count("attempts"),
    sa.Column("done_at", Instant),
    _text("error"),
)

RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("run_id", sa.Text, primary_key=True),
    _text("job", default=None),
    sa.Column("business_date", sa.Date, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    _text("state", default=None),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    _text("report", default="{}"),
    sa.UniqueConstraint("job", "business_date", "attempt"),
)

LEASE = sa.Table(
    "lease",
    METADATA,
    sa.Column("lease_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    _text("holder"),
    sa.Column("until", Instant, nullable=False),
)

SWITCHES = sa.Table(
    "switches",
    METADATA,
    sa.Column("switch_id", sa.Integer, primary_key=True, autoincrement=True),
    _text("name", default=None, index=True),
    _text("reason"),  # empty = off
    _text("actor", default=None),
    sa.Column("at", Instant, nullable=False),
)

PEOPLE = sa.Table(
    "people",
    METADATA,
    sa.Column("email", sa.Text, primary_key=True),
    _text("name", default=None),
    _text("roles", default="[]"),  # JSON list
    _text("locations", default="[]"),  # JSON list; empty = all
    sa.Column("active", sa.Integer, nullable=False, server_default="1"),
    _text("password_hash"),
    _text("totp_secret"),
    _count("totp_step"),  # newest one-time code that was used
)

SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("email", sa.Text, sa.ForeignKey("people.email"), nullable=False, index=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
)
