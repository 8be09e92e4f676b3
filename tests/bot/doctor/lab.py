"""A healthy installation that a test can spoil before the doctor looks at it; real files, real servers on loopback."""

import json
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import run_wsgi_app

from bot.doctor.examine import Examination, examine
from bot.doctor.world import World
from bot.orders.model import Person
from bot.ports import Clock
from bot.settings import load
from bot.wiring.app import open_store
from bot.wiring.world import SystemClock

ZONE = "Europe/Berlin"
PASSWORD = "s3cr3t-of-the-lab-0815"
PLANT = {"company_code": "1000", "purchasing_organisation": "1000", "purchasing_group": "001"}
ORGANIZATION = {"procurement_bu": "US1 Business Unit", "buyer": "buyer@company.example", "currency": "EUR"}
POLICY = """\
version: 1
owner: supply@example.com
defaults:
  mode: suggest
limits:
  order_value_max: 50000 EUR
"""
Application = Callable[..., Any]


class ShiftedClock(SystemClock):
    """The machine's clock, wrong by so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._shift = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return super().now() + self._shift


@dataclass
class Rule:
    """What to do with requests whose path and query contain `match`: answer a status, or change the answer."""

    match: str
    status: int = 0
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    change: Callable[[str], str] = lambda text: text
    drop_header: str = ""


class Twisted:
    """An application in front of another that breaks some answers and remembers every request."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.rules: list[Rule] = []
        self.got: list[tuple[str, str]] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        request = Request(environ)
        place = f"{request.path}?{request.query_string.decode()}"
        self.got.append((request.method, place))
        for rule in self.rules:
            if rule.match in place:
                return self._ruled(rule, environ)(environ, start_response)
        return self.app(environ, start_response)

    def _ruled(self, rule: Rule, environ: dict[str, Any]) -> Response:
        if rule.status:
            headers = {"Content-Type": "application/json", **rule.headers}
            return Response(rule.body or "{}", rule.status, headers)
        parts, status, headers = run_wsgi_app(self.app, environ)
        text = rule.change(b"".join(parts).decode())
        kept = [(k, v) for k, v in headers if k.lower() not in {"content-length", rule.drop_header}]
        return Response(text, int(status.split()[0]), kept)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Stay quiet."""


@contextmanager
def served(app: Application, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve on a free loopback port, with TLS if a context is given."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet, ssl_context=tls)
    server.daemon_threads = True  # type: ignore[attr-defined]
    server.handle_error = lambda *_args: None  # type: ignore[attr-defined] # clients that hang up are the point
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Post:
    """An SMTP handler that must never get a mail; `sender` is its answer to MAIL FROM."""

    def __init__(self, sender: str = "") -> None:
        self.sender = sender
        self.mails = 0
        self.port = 0

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, _server: Any, _session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.sender:
            return self.sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, *_args: Any) -> str:  # noqa: N802 - the library's name
        self.mails += 1
        return "250 OK"


@dataclass
class Lab:
    """One installation: change `tree`, `policy`, `world`, then `examine`; `later` runs when the files are there."""

    folder: Path
    stack: ExitStack
    sources: dict[str, Path]
    ca: trustme.CA
    post: Post
    tree: dict[str, Any] = field(default_factory=dict)
    policy: str | None = POLICY
    people: list[Person] = field(default_factory=list)
    world: dict[str, Any] = field(default_factory=dict)
    later: list[Callable[[], object]] = field(default_factory=list)
    clock: Clock = field(default_factory=SystemClock)
    secrets: dict[str, str] = field(default_factory=dict)
    twisted: dict[str, Twisted] = field(default_factory=dict)
    database: bool = True
    seconds: float = 30.0

    def __post_init__(self) -> None:
        self.people = [
            Person("ana@company.example", "Ana", frozenset({"buyer"})),
            Person("ida@company.example", "Ida", frozenset({"admin"})),
        ]
        self.tree = {
            "installation": {"name": "lab", "timezone": ZONE},
            "console": {"url": "https://restock.company.example"},
            "mail": {"port": self.post.port, "sender": "restock@company.example"},
            "systems": {},
        }

    @property
    def path(self) -> Path:
        return self.folder / "restock.toml"

    @property
    def db(self) -> Path:
        return self.folder / "var" / "restock.sqlite"

    def smtp(self, handler: Post, **options: Any) -> int:
        port = free_port()
        controller = Controller(handler, hostname="127.0.0.1", port=port, **options)
        controller.start()
        self.stack.callback(controller.stop)
        return port

    def tls(self, *names: str, **options: Any) -> ssl.SSLContext:
        """A server context with a certificate of the lab's authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*(names or ("localhost",)), **options).configure_cert(context)
        return context

    def bundle(self) -> str:
        path = self.folder / "ca.pem"
        self.ca.cert_pem.write_to_path(str(path))
        return str(path)

    def s4(self, context: ssl.SSLContext | None = None, name: str = "s4") -> dict[str, Any]:
        """Add an S/4-like system; returns its section."""
        from connectors.sandbox.s4 import create_s4_app

        app = self.twisted[name] = Twisted(create_s4_app(self.sources["s4"]))
        port = self.stack.enter_context(served(app, context))
        self.secrets["s4"] = "restock-demo"
        keys: dict[str, Any] = {
            "connector": "sap-s4", "user": "RESTOCK", "password_file": "secrets/s4", "timezone": ZONE,
            "system_id": "S4D",
            "base_url": f"https://localhost:{port}" if context else f"http://127.0.0.1:{port}",
            "plants": {"1010": dict(PLANT), "1020": dict(PLANT)}, "requests_per_second": 0,
        }  # fmt: skip
        if context:
            keys["ca_bundle"] = self.bundle()
        self.tree["systems"][name] = keys
        return keys

    def fusion(self) -> dict[str, Any]:
        """Add a Fusion-like system; returns its section."""
        from connectors.sandbox.fusion import create_fusion_app

        app = self.twisted["fusion"] = Twisted(create_fusion_app(self.sources["fusion"]))
        port = self.stack.enter_context(served(app))
        self.secrets["fusion"] = "restock-demo"
        keys: dict[str, Any] = {
            "connector": "oracle-fusion", "user": "restock", "password_file": "secrets/fusion", "timezone": ZONE,
            "base_url": f"http://127.0.0.1:{port}",
            "organizations": {"M1": dict(ORGANIZATION), "M2": dict(ORGANIZATION)}, "requests_per_second": 0,
        }  # fmt: skip
        self.tree["systems"]["fusion"] = keys
        return keys

    def files(self) -> dict[str, Any]:
        """Add a folder of tables; returns its section."""
        texts = {
            "items": "item,unit\nbolt,EA\n",
            "locations": "location\nL1\n",
            "stock": "item,location,on_hand\nbolt,L1,3\n",
            "demand": f"item,location,date,quantity\nbolt,L1,{self.clock.today(ZONE) - timedelta(days=1)},5\n",
            "sourcing": "item,location,supplier,price,currency,lead_time_days\nbolt,L1,acme,0.50,EUR,7\n",
        }
        data = self.folder / "data"
        data.mkdir()
        for name, text in texts.items():
            (data / f"{name}.csv").write_text(text, "utf-8")
        keys: dict[str, Any] = {"connector": "files", "folder": "data", "orders_folder": "var/orders"}
        self.tree["systems"]["files"] = keys
        return keys

    def build(self) -> None:
        """Write everything down."""
        secrets = self.folder / "secrets"
        secrets.mkdir(exist_ok=True)
        for name, text in self.secrets.items():
            (secrets / name).write_text(text, "utf-8")
            (secrets / name).chmod(0o600)
        if self.policy is not None:
            (self.folder / "policies").mkdir(exist_ok=True)
            (self.folder / "policies").chmod(0o755)
            (self.folder / "policies" / "policy.yaml").write_text(self.policy, "utf-8")
        (self.folder / "var").mkdir(exist_ok=True)
        self.path.write_text('[installation]\nname = "lab"\n', "utf-8")
        if self.database:
            self._fill()
        self.path.write_text(toml(self.tree), "utf-8")
        self.path.chmod(0o644)
        for each in self.later:
            each()

    def _fill(self) -> None:
        shutil.copy(self.sources["database"], self.db)
        store = open_store(load(self.path), self.clock, migrate=False)
        for person in self.people:
            store.people.put(person)
            store.accounts.set(person.email, password_hash="h", totp_secret="JBSWY3DPEHPK3PXP")
        run = store.runs.open("plan", self.clock.today(ZONE))
        if run is not None:
            store.runs.close(run.run_id, "done", {})
        store.engine.dispose()

    def examine(self) -> Examination:
        self.build()
        return self.again()

    def again(self) -> Examination:
        world = World(self.clock, **{"packages": (), **self.world})
        return examine(self.path, world, self.seconds)


def toml(tree: dict[str, Any], place: str = "") -> str:
    """The tree as TOML; inner tables become sections."""
    flat = "".join(f"{_key(k)} = {json.dumps(v)}\n" for k, v in tree.items() if not isinstance(v, dict))
    head = f"[{place}]\n" if place and (flat or not tree) else ""
    inner = "".join(toml(v, f"{place}.{_key(k)}" if place else _key(k)) for k, v in tree.items() if isinstance(v, dict))
    return f"{head}{flat}{inner}"


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)


NOW = datetime.now(UTC)  # noqa: TID251 - certificates are judged by the machine's clock
