"""The console's dependencies from settings: the database, the stored plans and a signing secret, no ERP and no mail.

It opens no port.
"""

import secrets
from pathlib import Path

from flask import Flask

from bot.ports import Clock
from bot.settings import Loaded
from bot.store.db import NeedsMigration
from bot.store.files import ParquetFiles
from bot.web.app import create_app
from bot.web.deps import ConsoleSettings, Deps
from bot.wiring.app import Store, open_store
from bot.wiring.world import RandomIds, SystemClock

SECRET_FILE = "console.secret"  # noqa: S105 - a file name


def build_console(loaded: Loaded, clock: Clock | None = None) -> Flask:
    """The console as a WSGI application on the settings' database; see `existing_store` for what it refuses."""
    clock = clock or SystemClock()
    store = existing_store(loaded, clock)
    templates = loaded.settings.paths.templates
    settings = ConsoleSettings(
        url=loaded.settings.console.url,
        timezone=loaded.settings.installation.timezone,
        templates=loaded.at(templates) if templates else None,
    )
    return create_app(
        Deps(
            orders=store.orders,
            people=store.people,
            accounts=store.accounts,
            sessions=store.sessions,
            runs=store.runs,
            files=ParquetFiles(loaded.at(loaded.settings.paths.files)),
            clock=clock,
            ids=RandomIds(),
            secret_key=_secret(loaded),
            settings=settings,
        )
    )


def existing_store(loaded: Loaded, clock: Clock | None = None) -> Store:
    """The database as it is: NeedsMigration when there is none or when it is another version's."""
    path = loaded.at(loaded.settings.paths.database)
    if not path.is_file():
        remedy = "`restock user add` or `restock run plan` makes one; if there should be one, correct paths.database"
        raise NeedsMigration("there is no database", f"{path} (paths.database in {loaded.path})", remedy)
    try:
        return open_store(loaded, clock or SystemClock(), migrate=False)
    except NeedsMigration as error:
        if "does not know" in error.what:
            raise
        remedy = "start the worker of this release once, it brings the database up to date; then start the console"
        raise NeedsMigration(error.what, str(path), remedy) from error


def _secret(loaded: Loaded) -> bytes:
    """The secret of the settings, else one that is made once and kept beside the database, mode 0600."""
    if loaded.settings.console.secret:
        return loaded.settings.console.secret.encode()
    path: Path = loaded.at(loaded.settings.paths.database).parent / SECRET_FILE
    if not path.is_file():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), "utf-8")
    return path.read_text("utf-8").strip().encode()
