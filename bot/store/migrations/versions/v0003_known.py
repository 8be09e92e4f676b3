"""What the ERP was last seen to hold of an order, and what is still to come on its lines."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("known", sa.Text(), nullable=False, server_default=""))
    op.add_column("order_lines", sa.Column("coming", sa.Text(), nullable=True))
