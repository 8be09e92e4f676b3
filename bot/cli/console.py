"""`restock console`: serves the web console with gunicorn threads.

It has no ERP credentials and sends no mail.
"""

from pathlib import Path
from typing import Any

import click

from bot.cli.run import settings_option
from bot.settings import load

THREADS = 8


@click.command()
@settings_option
@click.option("--bind", default=None, help="HOST:PORT; from the settings if left out.")
def console(settings_path: Path, bind: str | None) -> None:
    """Serve the web console until SIGTERM."""
    from gunicorn.app.base import BaseApplication

    from bot.cli.console_app import build_console

    loaded = load(settings_path)
    address = bind or f"{loaded.settings.console.host}:{loaded.settings.console.port}"

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options = {"bind": address, "workers": 1, "threads": THREADS, "accesslog": None, "worker_tmp_dir": None}
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return build_console(loaded)

    Server().run()
