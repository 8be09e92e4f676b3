"""The first schema: orders and their life, runs, people."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('chain',
    sa.Column('chain_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('chain_id', name=op.f('pk_chain'))
    )
    op.create_table('lease',
    sa.Column('lease_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('holder', sa.Text(), server_default='', nullable=False),
    sa.Column('until', sa.String(length=27), nullable=False),
    sa.PrimaryKeyConstraint('lease_id', name=op.f('pk_lease'))
    )
    op.create_table('orders',
    sa.Column('order_key', sa.Text(), nullable=False),
    sa.Column('needs_digest', sa.Text(), nullable=False),
    sa.Column('system', sa.Text(), nullable=False),
    sa.Column('supplier', sa.Text(), nullable=False),
    sa.Column('location', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Text(), nullable=False),
    sa.Column('plan_id', sa.Text(), nullable=False),
    sa.Column('erp_number', sa.Text(), server_default='', nullable=False),
    sa.Column('content_hash', sa.Text(), nullable=False),
    sa.Column('draft', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('epoch', sa.Integer(), server_default='0', nullable=False),
    sa.Column('asked', sa.Integer(), server_default='0', nullable=False),
    sa.Column('missed', sa.Integer(), server_default='0', nullable=False),
    sa.Column('created_at', sa.String(length=27), nullable=False),
    sa.Column('changed_at', sa.String(length=27), nullable=False),
    sa.Column('not_before', sa.String(length=27), nullable=False),
    sa.Column('seen_at', sa.String(length=27), nullable=True),
    sa.PrimaryKeyConstraint('order_key', name=op.f('pk_orders'))
    )
    op.create_index(op.f('ix_orders_erp_number'), 'orders', ['erp_number'], unique=False)
    op.create_index(op.f('ix_orders_needs_digest'), 'orders', ['needs_digest'], unique=False)
    op.create_index(op.f('ix_orders_run_id'), 'orders', ['run_id'], unique=False)
    op.create_index(op.f('ix_orders_state'), 'orders', ['state'], unique=False)
    op.create_table('people',
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('roles', sa.Text(), server_default='[]', nullable=False),
    sa.Column('locations', sa.Text(), server_default='[]', nullable=False),
    sa.Column('active', sa.Integer(), server_default='1', nullable=False),
    sa.Column('password_hash', sa.Text(), server_default='', nullable=False),
    sa.Column('totp_secret', sa.Text(), server_default='', nullable=False),
    sa.Column('totp_step', sa.Integer(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('email', name=op.f('pk_people'))
    )
    op.create_table('runs',
    sa.Column('run_id', sa.Text(), nullable=False),
    sa.Column('job', sa.Text(), nullable=False),
    sa.Column('business_date', sa.Date(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('started_at', sa.String(length=27), nullable=False),
    sa.Column('ended_at', sa.String(length=27), nullable=True),
    sa.Column('report', sa.Text(), server_default='{}', nullable=False),
    sa.PrimaryKeyConstraint('run_id', name=op.f('pk_runs')),
    sa.UniqueConstraint('job', 'business_date', 'attempt', name=op.f('uq_runs_job'))
    )
    op.create_table('switches',
    sa.Column('switch_id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('at', sa.String(length=27), nullable=False),
    sa.PrimaryKeyConstraint('switch_id', name=op.f('pk_switches'))
    )
    op.create_index(op.f('ix_switches_name'), 'switches', ['name'], unique=False)
    op.create_table('attempts',
    sa.Column('order_key', sa.Text(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('content_hash', sa.Text(), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Text(), nullable=False),
    sa.Column('started_at', sa.String(length=27), nullable=False),
    sa.Column('ended_at', sa.String(length=27), nullable=True),
    sa.Column('outcome', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['order_key'], ['orders.order_key'], name=op.f('fk_attempts_order_key_orders')),
    sa.PrimaryKeyConstraint('order_key', 'attempt', name=op.f('pk_attempts'))
    )
    op.create_table('decisions',
    sa.Column('decision_id', sa.Text(), nullable=False),
    sa.Column('order_key', sa.Text(), nullable=False),
    sa.Column('content_hash', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('decided_at', sa.String(length=27), nullable=False),
    sa.Column('quantities', sa.Text(), server_default='{}', nullable=False),
    sa.Column('outcome', sa.Text(), server_default='', nullable=False),
    sa.Column('settled_at', sa.String(length=27), nullable=True),
    sa.ForeignKeyConstraint(['order_key'], ['orders.order_key'], name=op.f('fk_decisions_order_key_orders')),
    sa.PrimaryKeyConstraint('decision_id', name=op.f('pk_decisions'))
    )
    op.create_index(op.f('ix_decisions_order_key'), 'decisions', ['order_key'], unique=False)
    op.create_index(op.f('ix_decisions_outcome'), 'decisions', ['outcome'], unique=False)
    op.create_table('events',
    sa.Column('sequence', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('order_key', sa.Text(), nullable=False),
    sa.Column('at', sa.String(length=27), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('from_state', sa.Text(), nullable=True),
    sa.Column('to_state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('details', sa.Text(), server_default='{}', nullable=False),
    sa.Column('previous', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['order_key'], ['orders.order_key'], name=op.f('fk_events_order_key_orders')),
    sa.PrimaryKeyConstraint('sequence', name=op.f('pk_events'))
    )
    op.create_index(op.f('ix_events_order_key'), 'events', ['order_key'], unique=False)
    op.create_table('needs',
    sa.Column('need_key', sa.Text(), nullable=False),
    sa.Column('order_key', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['order_key'], ['orders.order_key'], name=op.f('fk_needs_order_key_orders')),
    sa.PrimaryKeyConstraint('need_key', name=op.f('pk_needs'))
    )
    op.create_index(op.f('ix_needs_order_key'), 'needs', ['order_key'], unique=False)
    op.create_table('order_lines',
    sa.Column('order_key', sa.Text(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('item', sa.Text(), nullable=False),
    sa.Column('location', sa.Text(), nullable=False),
    sa.Column('supplier', sa.Text(), nullable=False),
    sa.Column('quantity', sa.Text(), nullable=False),
    sa.Column('need_date', sa.Date(), nullable=False),
    sa.Column('bucket', sa.Text(), nullable=False),
    sa.Column('need_key', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['order_key'], ['orders.order_key'], name=op.f('fk_order_lines_order_key_orders')),
    sa.PrimaryKeyConstraint('order_key', 'line', name=op.f('pk_order_lines'))
    )
    op.create_index(op.f('ix_order_lines_need_key'), 'order_lines', ['need_key'], unique=False)
    op.create_table('outbox',
    sa.Column('outbox_id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('order_key', sa.Text(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('created_at', sa.String(length=27), nullable=False),
    sa.Column('not_before', sa.String(length=27), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('done_at', sa.String(length=27), nullable=True),
    sa.Column('error', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['order_key'], ['orders.order_key'], name=op.f('fk_outbox_order_key_orders')),
    sa.PrimaryKeyConstraint('outbox_id', name=op.f('pk_outbox'))
    )
    op.create_index(op.f('ix_outbox_order_key'), 'outbox', ['order_key'], unique=False)
    op.create_table('sessions',
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('created_at', sa.String(length=27), nullable=False),
    sa.Column('seen_at', sa.String(length=27), nullable=False),
    sa.Column('expires_at', sa.String(length=27), nullable=False),
    sa.ForeignKeyConstraint(['email'], ['people.email'], name=op.f('fk_sessions_email_people')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_sessions'))
    )
    op.create_index(op.f('ix_sessions_email'), 'sessions', ['email'], unique=False)
    op.create_table('spend',
    sa.Column('order_key', sa.Text(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('minor', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['order_key'], ['orders.order_key'], name=op.f('fk_spend_order_key_orders')),
    sa.PrimaryKeyConstraint('order_key', 'attempt', name=op.f('pk_spend'))
    )
    op.create_index(op.f('ix_spend_day'), 'spend', ['day'], unique=False)
