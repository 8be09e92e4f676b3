"""Entry point that alembic calls with an open transaction; revisions stand in `versions`.

It opens no connection of its own: `bot.store.db.upgrade` hands one in.
"""

from alembic import context

from bot.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
context.run_migrations()
