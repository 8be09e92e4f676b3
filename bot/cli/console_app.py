"""The console's dependencies from settings: the database and a signing secret, no ERP and no mail.

It opens no port.
"""

import secrets
from pathlib import Path

from flask import Flask

from bot.ports import Clock
from bot.settings import Loaded
from bot.web.app import create_app
from bot.web.deps import ConsoleSettings, Deps
from bot.wiring.app import open_store
from bot.wiring.world import RandomIds, SystemClock

SECRET_FILE = "console.secret"  # noqa: S105 - a file name


def build_console(loaded: Loaded, clock: Clock | None = None) -> Flask:
    """The console as a WSGI application on the settings' database; refuses a database of another version."""
    clock = clock or SystemClock()
    store = open_store(loaded, clock, migrate=False)
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
            clock=clock,
            ids=RandomIds(),
            secret_key=_secret(loaded),
            settings=settings,
        )
    )


def _secret(loaded: Loaded) -> bytes:
    """The secret of the settings, else one that is made once and kept beside the database, mode 0600."""
    if loaded.settings.console.secret:
        return loaded.settings.console.secret.encode()
    path: Path = loaded.at(loaded.settings.paths.database).parent / SECRET_FILE
    if not path.is_file():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), "utf-8")
    return path.read_text("utf-8").strip().encode()
