"""The schema's history: one file per revision, applied by `bot.store.db.upgrade`."""
