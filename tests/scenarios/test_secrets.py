"""No secret in any output: seeded passwords, tokens and cookies, echoed by the servers, are searched for everywhere.

Servers that note every secret that crosses the wire, and now and then throw it back in an error; then everything that
Restock wrote is searched: output, logs, mails, database, files, pages kept, traces, reports.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from connectors import trace
from connectors.sandbox.fusion import create_fusion_app
from connectors.sandbox.fusion_auth import Credentials
from connectors.sandbox.s4 import create_s4_app
from connectors.sandbox.serve import serve
from tests.scenarios.company import SYSTEMS, Company, World, copy_database, install

pytestmark = [pytest.mark.servers, pytest.mark.contracts]
PASSWORDS = {"s4": "s4/Pass+w0rd=Qz81", "fusion": "fusion&Pass w0rd%Kx27"}
CLIENT_SECRET = "cl1ent+Secret/Vb93"
OAUTH = {
    "s4": """[systems.s4.oauth]
token_url = "{url}/sap/bc/sec/oauth2/token"
client_id = "RESTOCK"
client_secret = "{secret}"
""",
    "fusion": """[systems.fusion.oauth]
token_url = "{url}/oauth2/v1/token"
client_id = "restock-client"
client_secret = "{secret}"
scope = "urn:opc:resource:consumer::all"
""",
}
ECHO_EVERY = 9


class Echoing:
    """WSGI: notes secrets that come and go, and answers every ninth call with an error that repeats them."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.secrets: set[str] = set()
        self.echoed = 0
        self._calls = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        told = [environ.get(f"HTTP_{name}", "") for name in ("AUTHORIZATION", "COOKIE", "X_CSRF_TOKEN")]
        self.secrets.update(told[0].split(" ")[1:])
        self.secrets.update(part.partition("=")[2] for part in told[1].split("; ") if "SESSION" in part)
        self.secrets.add(told[2])
        self._calls += 1
        if self._calls % ECHO_EVERY == 0:
            self.echoed += 1
            return self._throw_back(environ, start, told)
        return self._noting(environ, start)

    def _throw_back(self, environ: dict[str, Any], start: Callable[..., Any], told: list[str]) -> Iterable[bytes]:
        scheme, _, text = told[0].partition(" ")
        plain = base64.b64decode(text).decode() if scheme == "Basic" else text
        message = f"failed for {told[0]} ({plain}; {quote(plain, safe='')}) with {told[1]} {told[2]}"
        size = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"].read(size)
        body = {"error": {"code": "X/001", "message": message}, "title": message, "detail": message}
        start("500 Internal Server Error", [("Content-Type", "application/json"), ("X-Told", told[0] or "-")])
        return [json.dumps(body).encode()]

    def _noting(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        def noted(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            for name, value in headers:
                if name.lower() == "set-cookie" and "SESSION" in value:
                    self.secrets.add(value.partition("=")[2].partition(";")[0])
                if name.lower() == "x-csrf-token" and value.lower() not in {"required", "fetch"}:
                    self.secrets.add(value)
            return start(status, headers, *more)

        for piece in self._app(environ, noted):
            if b"access_token" in piece:
                self.secrets.add(json.loads(piece)["access_token"])
            yield piece


@pytest.fixture(params=["basic", "oauth"])
def seeded(request: pytest.FixtureRequest, company: Company, tmp_path: Path) -> Iterator[tuple[World, list[Echoing]]]:
    for system in SYSTEMS:
        copy_database(company.folder / "pristine" / f"{system}.db", tmp_path / f"{system}.db")
    secrets = CLIENT_SECRET if request.param == "oauth" else PASSWORDS["s4"]
    credentials = Credentials(password=PASSWORDS["fusion"], client_secret=CLIENT_SECRET)
    apps = {
        "s4": Echoing(create_s4_app(tmp_path / "s4.db", password=secrets)),
        "fusion": Echoing(create_fusion_app(tmp_path / "fusion.db", credentials=credentials)),
    }
    world = install(company, tmp_path / "bot")
    with ExitStack() as running:
        for system, app in apps.items():
            server = serve(app)
            running.callback(server.close)
            sign_on(world, system, server.base_url, oauth=request.param == "oauth")
        yield world, list(apps.values())


def sign_on(world: World, system: str, url: str, *, oauth: bool) -> None:
    """Point the settings at a server, with the seeded password or client."""
    world.set(f'base_url = "{getattr(world.company.running, system)}"', f'base_url = "{url}"')
    path = world.folder / "restock.toml"
    head, mark, tail = path.read_text("utf-8").partition(f"[systems.{system}]")
    mine, following, rest = tail.partition(f"[systems.{system}.")
    if oauth:
        mine = "\n".join(line for line in mine.splitlines() if not line.startswith(("user", "password"))) + "\n\n"
        mine += OAUTH[system].format(url=url, secret=CLIENT_SECRET) + "\n"
    else:
        mine = mine.replace("restock-demo", PASSWORDS[system])
    path.write_text(head + mark + mine + following + rest, "utf-8")


def spellings(secrets: Iterable[str]) -> list[bytes]:
    """Every form in which a secret may hide; short and empty ones are none."""
    found: set[bytes] = set()
    for secret in secrets:
        if len(secret) >= 8:
            raw = secret.encode()
            found |= {raw, quote(secret, safe="").encode(), base64.b64encode(raw), json.dumps(secret)[1:-1].encode()}
    return sorted(found)


def test_no_secret_is_in_anything_that_was_written(
    seeded: tuple[World, list[Echoing]], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, servers = seeded
    monkeypatch.setenv(trace.VARIABLE, str(world.folder / "trace"))
    before = set((world.company.folder / "mails").glob("*"))
    said = [world.command("doctor", "--json").output]
    with caplog.at_level("DEBUG"):
        for job in ("plan", "approve", "submit", "submit", "submit"):
            outcome = world.run(job)
            said += [outcome.message, json.dumps(outcome.report, default=str)]
            world.clock.advance(90)
    said += [world.command(*words).output for words in (("orders", "list"), ("run", "submit", "--json"), ("doctor",))]
    assert sum(app.echoed for app in servers) > 10
    secrets = {*PASSWORDS.values(), CLIENT_SECRET}.union(*(app.secrets for app in servers))
    assert len(secrets) > 5
    wanted = spellings(secrets)
    written = {path: path.read_bytes() for path in world.folder.rglob("*") if path.is_file()}
    written.pop(world.folder / "restock.toml")
    mails = set((world.company.folder / "mails").glob("*")) - before
    written |= {path: path.read_bytes() for path in mails}
    written |= {Path(f"output-{number}"): text.encode() for number, text in enumerate((*said, caplog.text))}
    assert {".sqlite", ".jsonl", ".parquet"} <= {path.suffix for path in written}
    assert any("failed for" in text for text in said)
    assert [(str(path), secret) for path, content in written.items() for secret in wanted if secret in content] == []
