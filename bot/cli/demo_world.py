"""The demo company on this machine: two ERP servers in a process of their own, a mail server, settings, people.

Everything lies in one folder and listens on loopback only; the jobs that run on it are the real ones.
"""

import base64
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from bot.orders.model import Person
from bot.ports import Clock
from bot.settings import Loaded, load
from bot.web.accounts import hash_password
from bot.wiring.app import open_store

BUYER = "buyer@demo.example"
ADMIN = "admin@demo.example"
PASSWORD = "restock-demo-2026"  # noqa: S105 - a made-up person on loopback
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - the same
SENDER = "restock@demo.example"


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of the running servers."""

    s4: str
    fusion: str
    smtp_port: int


class Mailbox:
    """An SMTP handler that keeps every mail as a file that a browser can open, and as the mail itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._count = len(list(folder.glob("*.eml")))  # mails of an earlier start stay

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        """Write the mail down and accept it."""
        mail = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(envelope.content)
        self._count += 1
        name = f"{self._count:03}"
        (self._folder / f"{name}.eml").write_bytes(envelope.content)
        body = mail.get_body(("html",))
        if body is not None:
            (self._folder / f"{name}.html").write_text(_with_pictures(body.get_content(), mail), "utf-8")
        return "250 kept"


def _with_pictures(html: str, mail: EmailMessage) -> str:
    """Put inline pictures into the page, so that a browser shows what a mail program would."""
    for part in mail.walk():
        content_id = str(part.get("Content-ID", "")).strip("<>")
        if content_id and part.get_content_maintype() == "image":
            data = base64.b64encode(part.get_payload(decode=True)).decode()  # type: ignore[arg-type]
            html = html.replace(f"cid:{content_id}", f"data:{part.get_content_type()};base64,{data}")
    return html


@contextmanager
def servers(folder: Path, as_of: date, scale: float = 1.0) -> Iterator[Servers]:
    """Start the ERP servers, on their kept state if there is one, and the mail server; stops them at the end."""
    command = [sys.executable, "-m", "connectors.sandbox", "--db", str(folder / "erp"), "--as-of", as_of.isoformat()]
    command += ["--scale", str(scale), "--commit-delay", "0"]
    # a session of its own: Ctrl-C is for us, the servers end after the job that talks to them
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:  # noqa: S603 - our own module
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise RuntimeError("the sandbox servers did not start; their message stands above")
            addresses = json.loads(line)
            mail = Controller(Mailbox(folder / "mails"), hostname="127.0.0.1", port=_free_port())
            mail.start()
            try:
                yield Servers(addresses["s4"], addresses["fusion"], int(mail.port))
            finally:
                mail.stop()
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_settings(folder: Path, running: Servers, console_url: str, policies: Path) -> Loaded:
    """Write the demo's restock.toml and load it."""
    port = console_url.rpartition(":")[2]
    text = SETTINGS.format(
        policies=policies.resolve(), smtp=running.smtp_port, console=console_url, port=port, sender=SENDER,
        s4=running.s4, fusion=running.fusion,
    )  # fmt: skip
    path = folder / "restock.toml"
    path.write_text(text, "utf-8")
    return load(path)


def add_people(loaded: Loaded, clock: Clock) -> None:
    """The buyer and the admin of the demo, with one password and second factor that are printed."""
    store = open_store(loaded, clock)
    store.people.put(Person(BUYER, "Demo Buyer", frozenset({"buyer"})))
    store.people.put(Person(ADMIN, "Demo Admin", frozenset({"admin", "operator"})))
    for email in (BUYER, ADMIN):
        store.accounts.set(email, password_hash=hash_password(PASSWORD), totp_secret=TOTP_SECRET)


SETTINGS = """\
# Written by `restock demo`: the demo company on loopback.
[installation]
name = "demo"
timezone = "Europe/Berlin"
currency = "EUR"

[paths]
database = "restock.sqlite"
files = "files"
policies = "{policies}"
metrics = "restock.prom"
stop_file = "STOP"

[orders]
undo_minutes = 0
lease_seconds = 5

[mail]
host = "127.0.0.1"
port = {smtp}
sender = "{sender}"

[console]
url = "{console}"
port = {port}

[systems.s4]
connector = "sap-s4"
side_folder = "erp/s4_side"
base_url = "{s4}"
user = "RESTOCK"
password = "restock-demo"
settle_seconds = 2
requests_per_second = 0
timezone = "Europe/Berlin"

[systems.s4.plants]
1010 = {{ company_code = "1000", purchasing_organisation = "1000", purchasing_group = "001" }}
1020 = {{ company_code = "1000", purchasing_organisation = "1000", purchasing_group = "001" }}
1030 = {{ company_code = "1000", purchasing_organisation = "1000", purchasing_group = "001" }}

[systems.s4.categories]
FASTSCREW = "fasteners/screws"
BEARBALL = "bearings/ball"
CHEMSOLVE = "chemicals/solvents"
TOOLHAND = "tools/hand"
PACKBOXES = "packaging/boxes"
ELECICS = "electronics/ics"

[systems.fusion]
connector = "oracle-fusion"
side_folder = "erp/fusion_side"
base_url = "{fusion}"
user = "restock"
password = "restock-demo"
settle_seconds = 2
requests_per_second = 0
timezone = "Europe/Berlin"

[systems.fusion.organizations.M1]
procurement_bu = "US1 Business Unit"
buyer = "buyer@company.example"
currency = "EUR"
excluded_subinventories = ["Quarantine"]

[systems.fusion.organizations.M2]
procurement_bu = "US1 Business Unit"
buyer = "buyer@company.example"
currency = "EUR"
excluded_subinventories = ["Quarantine"]
"""
