"""`restock console`: serves the web console with gunicorn threads.

It has no ERP credentials and sends no mail.
"""

import signal
from pathlib import Path
from typing import Any

import click

from bot.cli.run import settings_option
from bot.settings import load

THREADS = 8
TERMINATED = 143


@click.command()
@settings_option
@click.option("--bind", default=None, help="HOST:PORT; from the settings if left out.")
def console(settings_path: Path, bind: str | None) -> int:
    """Serve the web console until SIGTERM."""
    from gunicorn.app.base import BaseApplication
    from gunicorn.arbiter import Arbiter

    from bot.cli.console_app import build_console, existing_store

    loaded = load(settings_path)
    existing_store(loaded).engine.dispose()  # what is wrong is said once, here, before a process is forked
    address = bind or f"{loaded.settings.console.host}:{loaded.settings.console.port}"

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options = {"bind": address, "workers": 1, "threads": THREADS, "accesslog": None, "worker_tmp_dir": None}
            options |= {"loglevel": "warning", "control_socket_disable": True, "graceful_timeout": 20}
            for name, value in options.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            return build_console(loaded)

    class Master(Arbiter):  # type: ignore[misc]
        ended_by = signal.SIGINT

        def handle_term(self) -> None:
            Master.ended_by = signal.SIGTERM
            super().handle_term()

    click.echo(f"console on http://{address}, for people at {loaded.settings.console.url}", err=True)
    try:
        Master(Server()).run()
    except SystemExit as ended:
        if ended.code:
            raise
    return TERMINATED if Master.ended_by is signal.SIGTERM else 0
