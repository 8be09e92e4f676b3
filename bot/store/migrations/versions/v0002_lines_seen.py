"""Own supply is closed line by line: when an extract first showed a line."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_lines", sa.Column("seen_at", sa.String(length=27), nullable=True))
    op.execute(
        "UPDATE order_lines SET seen_at ="
        " (SELECT orders.seen_at FROM orders WHERE orders.order_key = order_lines.order_key)"
    )
