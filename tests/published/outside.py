"""Servers that we did not write, as processes: an OData server of SAP's runtime, and a judge by an OpenAPI contract.

`make contracts` installs what they need below var/contracts; where something is missing the reason is told.
"""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Event
from urllib.error import HTTPError

import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / os.environ.get("RESTOCK_REFERENCE", "../shared")).resolve()
INSTALLED = Path(os.environ.get("RESTOCK_OUTSIDE", ROOT / "var" / "contracts")).resolve()
PAGE = 4


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def needed(*paths: Path) -> None:
    """Skip with the reason when something that a part needs is not there."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed: servers that we did not write cannot run")
    for path in paths:
        if not path.exists():
            pytest.skip(f"{path} is missing: run `make contracts`, with the reference material in RESTOCK_REFERENCE")


@contextmanager
def running(command: list[str], url: str, folder: Path, **variables: str) -> Iterator[str]:
    """Run a server until the block ends; fails when it does not answer within half a minute."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **variables}, stdout=log, stderr=log)
        try:
            _wait(process, url, folder / "server.log")
            yield url
        finally:
            process.terminate()
            process.wait(10)


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 - loopback
        except HTTPError as error:
            error.close()  # it answers, if only with a no
            return
        except OSError:
            Event().wait(0.1)
        else:
            return
    pytest.fail(f"the server did not start: {log.read_text('utf-8', 'replace')[-2000:]}")


@contextmanager
def cap() -> Iterator[str]:
    """The OData server with the published metadata; yields its address."""
    source, edmx, folder = REFERENCE / "contracts/sap/server", REFERENCE / "contracts/sap/edmx", INSTALLED / "cap"
    needed(source, edmx, folder / "node_modules" / "@sap" / "cds")
    for name in ("server.js", "edmx2csn.js"):
        shutil.copyfile(source / name, folder / name)
    port = free_port()
    variables = {"PORT": str(port), "PAGE_SIZE": str(PAGE), "EDMX_DIR": str(edmx)}
    with running(["node", "server.js"], f"http://localhost:{port}/__ping", folder, **variables):
        yield f"http://localhost:{port}"  # its links name localhost, and links to other hosts are not followed


@contextmanager
def prism(upstream: str = "") -> Iterator[str]:
    """The judge by contract: answers from the contract's examples, or stands before `upstream`; yields its address."""
    contract, folder = REFERENCE / "contracts/oracle/fusion-scm-prc.openapi.json", INSTALLED / "prism"
    binary = folder / "node_modules" / ".bin" / "prism"
    needed(contract, binary)
    port = free_port()
    mode = ["proxy", str(contract), upstream] if upstream else ["mock", str(contract)]
    command = [str(binary), mode[0], "-h", "127.0.0.1", "-p", str(port), "--errors", *mode[1:]]
    with running(command, f"http://127.0.0.1:{port}/", folder):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def sandbox(folder: Path, as_of: date) -> Iterator[str]:
    """Our Fusion-like server in a process of its own, with ids that a judge in JavaScript can hold."""
    port, other = free_port(), free_port()
    command = [sys.executable, "-m", "connectors.sandbox", "--db", str(folder / "db"), "--as-of", as_of.isoformat()]
    command += ["--scale", "0.3", "--ports", str(other), str(port)]
    url = f"http://127.0.0.1:{port}"
    with running(command, url, folder, RESTOCK_SANDBOX_SHORT_IDS="1", PYTHONPATH=str(ROOT)):
        yield url
