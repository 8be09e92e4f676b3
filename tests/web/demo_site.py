"""The demo as a person starts it: `restock demo`, then `restock demo --serve`, both as processes of their own."""

import base64
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import tomllib
import urllib.parse
import urllib.request
from contextlib import closing
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from bot.wiring.world import SystemClock

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "bot")
SCALE = "0.12"
S4_ORDERS = "/sap/opu/odata4/sap/api_purchaseorder_2/srvd_a2x/sap/purchaseorder/0001/PurchaseOrder"
FUSION_ORDERS = "/fscmRestApi/resources/11.13.18.05/purchaseOrders"


class DemoSite:
    """A served demo; `folder` is what `restock demo` left, `told` what the serving process printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.used: set[str] = set()
        self.told: list[str] = []
        self.url = free_address()
        self.made = self.restock("demo", "--folder", str(folder), "--scale", SCALE, "--console", self.url)
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def restock(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run one command to its end."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [*COMMAND, *words], env=environment, capture_output=True, text=True, check=False, timeout=110
        )

    def serve(self) -> None:
        """Start serving and wait for the first one-time code."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        command = [*COMMAND, "demo", "--serve", "--folder", str(self.folder)]
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reader = threading.Thread(target=self._listen)
        self._reader.start()
        wait_for(self.code, "the one-time code")

    def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.told.append(line.rstrip())

    def code(self) -> str:
        """The newest one-time code that was printed."""
        codes = [line.split()[-1] for line in self.told if line.startswith("Code:")]
        return codes[-1] if codes else ""

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask the serving process to end; returns its exit code."""
        assert self._process is not None
        assert self._process.stdout is not None
        assert self._reader is not None
        self._process.send_signal(number)
        try:
            return self._process.wait(60)
        finally:
            self._process.kill()
            self._reader.join()
            self._process.stdout.close()

    def mails(self) -> dict[str, dict[str, str]]:
        """Requests for approval by order key: the link as it stands in the mail file, and the system."""
        found = {}
        for path in sorted((self.folder / "mails").glob("*.eml")):
            mail = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
            body: Any = mail.get_body(("plain",))
            text = body.get_content()
            link = re.search(r"http://\S+/a/([A-Z0-9]{12})\b", text)
            place = re.search(r"Order key [A-Z0-9]{12}, revision \d+, (\w+)", text)
            if link and place and str(mail["Subject"]).startswith("[Approve]"):
                found[link[1]] = {"link": link[0], "system": place[1]}
        return found

    def fresh(self, system: str | None = None) -> str:
        """Key of a draft that was mailed, waits, and no test has used; its value is known, so approval lets it go."""
        states, valued = self.states(), self.valued()
        for key, mail in self.mails().items():
            waits = states.get(key) == "awaiting_approval" and key not in self.used
            if waits and key in valued and system in {None, mail["system"]}:
                self.used.add(key)
                return key
        raise AssertionError("no draft is left")

    def states(self) -> dict[str, str]:
        """State of every order."""
        with closing(sqlite3.connect(f"file:{self.folder / 'restock.sqlite'}?mode=ro", uri=True)) as database:
            return dict(database.execute("select order_key, state from orders").fetchall())

    def valued(self) -> set[str]:
        """Orders whose value is known: without an exchange rate, a limit holds them even when they are approved."""
        with closing(sqlite3.connect(f"file:{self.folder / 'restock.sqlite'}?mode=ro", uri=True)) as database:
            query = "select order_key from orders where json_extract(draft, '$.value') is not null"
            return {row[0] for row in database.execute(query)}

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of our database (sessions left out: they are the access log) and of both ERPs."""
        found = {}
        for path in (self.folder / "restock.sqlite", *sorted((self.folder / "erp").glob("*.db"))):
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                names = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
                for name in names:
                    if name != "sessions":
                        rows = database.execute(f'select * from "{name}"').fetchall()  # noqa: S608 - names of the database itself
                        found[f"{path.name} {name}"] = rows
        return found

    def erp_number(self, key: str) -> str:
        """The number that our database holds for an order."""
        with closing(sqlite3.connect(f"file:{self.folder / 'restock.sqlite'}?mode=ro", uri=True)) as database:
            found = database.execute("select erp_number from orders where order_key = ?", [key]).fetchone()
            return str(found[0] or "")

    def purchase_orders(self, system: str, key: str) -> list[dict[str, Any]]:
        """An independent GET on the ERP: S/4 searches by our key, Fusion, which cannot, by the number we hold."""
        settings = tomllib.loads((self.folder / "restock.toml").read_text("utf-8"))["systems"][system]
        if system == "s4":
            query = {"$filter": f"CorrespncInternalReference eq '{key}'", "$expand": "_PurchaseOrderItem"}
            path, list_key = S4_ORDERS, "value"
        else:
            query = {"q": f"OrderNumber='{self.erp_number(key)}'", "expand": "lines"}
            path, list_key = FUSION_ORDERS, "items"
        address = f"{settings['base_url']}{path}?{urllib.parse.urlencode(query, quote_via=urllib.parse.quote)}"
        request = urllib.request.Request(address)  # noqa: S310 - our own server on loopback
        secret = base64.b64encode(f"{settings['user']}:{settings['password']}".encode()).decode()
        request.add_header("Authorization", f"Basic {secret}")
        request.add_header("REST-Framework-Version", "4")
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own server on loopback
            return list(json.loads(answer.read())[list_key])


def free_address() -> str:
    """An address on loopback that nobody uses yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def wait_for(ask: Any, what: str, seconds: float = 60) -> Any:
    """Ask until the answer is true."""
    clock = SystemClock()
    end = clock.monotonic() + seconds
    while clock.monotonic() < end:
        if found := ask():
            return found
        clock.sleep(0.3)
    raise AssertionError(f"waited in vain for {what}")
