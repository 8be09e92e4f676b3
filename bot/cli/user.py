"""`restock user`: the people who may sign in and decide.

Passwords are read from the terminal or a file, never from the command line.
"""

import re
import sys
from pathlib import Path

import click

from bot.cli.run import settings_option
from bot.settings import load

MAIL = re.compile(r"[^@\s]+@[^@\s]+")
ROLES = ("buyer", "admin", "operator")


@click.group()
def user() -> None:
    """Add the people who approve."""


@user.command()
@click.argument("email")
@click.option("--name", default="", help="Name for greetings.")
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, default=("buyer",), show_default=True)
@click.option("--location", "locations", multiple=True, help="Only these locations; all if left out.")
@click.option(
    "--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with the password."
)
@settings_option
def add(
    email: str,
    name: str,
    roles: tuple[str, ...],
    locations: tuple[str, ...],
    password_file: Path | None,
    settings_path: Path,
) -> None:
    """Add or change a person; prints the address to scan with an authenticator app."""
    from bot.orders.model import Person
    from bot.web.accounts import hash_password, new_totp_secret, provisioning_uri, weakness
    from bot.wiring.app import open_store
    from bot.wiring.world import SystemClock

    email = email.strip().lower()  # people sign in with whatever case they like
    if not MAIL.fullmatch(email):
        raise click.UsageError(f"{email!r} is not a mail address such as ana@example.com")
    loaded = load(settings_path)
    password = password_file.read_text("utf-8").strip() if password_file else _ask()
    if weak := weakness(password):
        raise click.UsageError(f"the password is too weak: {weak}")
    store = open_store(loaded, SystemClock())
    store.people.put(Person(email, name or email, frozenset(roles), frozenset(locations)))
    secret = new_totp_secret()
    store.accounts.set(email, password_hash=hash_password(password), totp_secret=secret)
    click.echo(f"{email} may sign in as {', '.join(roles)}.")
    click.echo(f"Scan or enter in an authenticator app: {provisioning_uri(secret, email)}")


def _ask() -> str:
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask for the password: use --password-file FILE")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
