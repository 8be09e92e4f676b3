"""The Oracle-Fusion-like server of the demo company: one WSGI application on its own SQLite database.

It follows the interface as documented and imitates no screen, no ledger and no approval chain of the product.
"""

import json
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from werkzeug.wrappers import Request, Response

from connectors.sandbox.fusion_auth import Credentials, Gate
from connectors.sandbox.fusion_describe import describe
from connectors.sandbox.fusion_errors import FusionError, error_body
from connectors.sandbox.fusion_faults import Faults, cut, drop
from connectors.sandbox.fusion_load import load_fusion
from connectors.sandbox.fusion_read import Read, catalog, versions
from connectors.sandbox.fusion_release import publish, set_status
from connectors.sandbox.fusion_reports import PATH as REPORTS
from connectors.sandbox.fusion_reports import Publisher
from connectors.sandbox.fusion_schema import RESOURCES, ROOT
from connectors.sandbox.fusion_state import next_number, opened, select, writing
from connectors.sandbox.fusion_write import Sent, Write, batch_parts, start_import

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Credentials", "create_fusion_app", "load_fusion"]

_LOGIN = "<html><head><title>Sign In</title></head><body><form method='post'>User ID</form></body></html>"
_UNAUTHORIZED = "<html><head><title>401 Authorization Required</title></head><body>Unauthorized</body></html>"
_BUSY = "<html><body>Service Unavailable</body></html>"
_IMPORT_STATUS = {"items": [{"RequestStatus": json.dumps({"JOBS": {"STATUS": "ERROR"}})}]}


def create_fusion_app(
    db_path: Path,
    *,
    credentials: Credentials | None = None,
    now: Callable[[], datetime] | None = None,
    approval_limit: Decimal | None = None,
    vanish_s: float = 0.0,
    page_cap: int = 500,
    default_framework: int | None = None,
) -> "WSGIApplication":
    """WSGI application on a database that `load_fusion` filled.

    `now` gives aware instants; without it the clock starts on the company's morning and runs on from there.
    Orders above `approval_limit` (in their own currency) wait as PENDING APPROVAL. A submitted draft moves to
    purchaseOrders after `vanish_s` seconds. `page_cap` is the largest page. Calls without
    REST-Framework-Version are refused unless `default_framework` names the version that then applies.
    """
    return _Fusion(db_path, credentials or Credentials(), now, approval_limit, vanish_s, page_cap, default_framework)


class _Fusion:
    """The application; every request opens its own database connection."""

    def __init__(
        self,
        db_path: Path,
        credentials: Credentials,
        now: Callable[[], datetime] | None,
        approval_limit: Decimal | None,
        vanish_s: float,
        page_cap: int,
        default_framework: int | None,
    ) -> None:
        self._path = db_path
        self._now = now or _company_clock(db_path)
        self._gate = Gate(credentials, time.monotonic, lambda: self._now().timestamp())
        self._faults = Faults()
        self._publisher = Publisher(self._gate.knows)
        self._limit = approval_limit
        self._vanish_s = vanish_s
        self._cap = page_cap
        self._default_framework = default_framework

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        request.get_data()  # an unread body would spoil the connection of an early answer
        framework = 4
        try:
            response = self._outside(request)
            if response is None:
                framework = self._framework(request)
                response = self._inside(request, framework)
        except FusionError as error:
            text, media_type = error_body(error, framework)
            response = Response(text, error.status, content_type=media_type)
        return response(environ, start_response)

    def _outside(self, request: Request) -> Response | None:
        """What is answered before any resource is looked at; None when a resource is asked."""
        if request.path == "/__faults":
            return self._control(request)
        if request.path == "/oauth2/v1/authorize":
            return Response(_LOGIN, 200, content_type="text/html; charset=utf-8")
        if request.path == "/oauth2/v1/token" and request.method == "POST":
            token = self._gate.token(request.headers.get("Authorization", ""), request.form.to_dict())
            return _json(200, token) if token else _json(401, {"error": "invalid_client"})
        reads = request.method == "GET" or request.path == REPORTS
        if self._faults.strike("drop_reads" if reads else "drop_before"):
            drop(request.environ)
        struck = self._struck(write=not reads)
        if struck is None and request.path == REPORTS:
            return self._report(request)
        return struck or self._admitted(request)

    def _report(self, request: Request) -> Response:
        action = request.headers.get("SOAPAction", "")
        with opened(self._path) as connection:
            status, text = self._publisher.answer(connection, request.mimetype, action, request.get_data())
        return Response(text, status, content_type="text/xml; charset=utf-8")

    def _admitted(self, request: Request) -> Response | None:
        """The sign-on, and the context root that lists versions."""
        if not self._gate.admits(request.headers.get("Authorization", "")):
            challenge = {"WWW-Authenticate": 'Basic realm="fusion"'}
            return Response(_UNAUTHORIZED, 401, challenge, content_type="text/html; charset=utf-8")
        if request.path.rstrip("/") == ROOT.rsplit("/", 1)[0]:
            return _json(200, versions(request.host_url.rstrip("/")))
        return None

    def _struck(self, *, write: bool) -> Response | None:
        """An armed status or sign-on page."""
        if self._faults.strike("html_login"):
            headers = {"Location": "/oauth2/v1/authorize"}
            return Response(_LOGIN, 302, headers, content_type="text/html; charset=utf-8")
        status = self._faults.status(write=write)
        if status is None:
            return None
        code, retry_after = status
        headers = {"Retry-After": retry_after} if retry_after else {}
        if code in (429, 500):
            text, media_type = error_body(FusionError(code, "Try again later."), 4)
            return Response(text, code, headers, content_type=media_type)
        return Response(_BUSY, code, headers, content_type="text/html; charset=utf-8")

    def _control(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._faults.clear()
        elif request.method == "POST":
            wanted: dict[str, Any] = request.get_json(force=True)
            unknown = self._faults.arm(wanted)
            if unknown:
                return _json(400, {"unknown": unknown})
            self._set_statuses(wanted.get("set_status", {}))
        return _json(200, self._faults.shown())

    def _set_statuses(self, wanted: dict[str, str]) -> None:
        """Play the approver or the supplier: give orders a status by number."""
        with opened(self._path) as connection, writing(connection):
            for number, code in wanted.items():
                for order in select(connection, "purchaseOrders", OrderNumber=number):
                    set_status(connection, order["POHeaderId"], code, self._stamp())

    def _framework(self, request: Request) -> int:
        text = request.headers.get("REST-Framework-Version", "")
        if not text and self._default_framework is not None:
            return self._default_framework
        if text not in tuple("123456789"):
            raise FusionError(400, f"The REST-Framework-Version {text or '(none)'} isn't valid; send 1 to 9.")
        return int(text)

    def _inside(self, request: Request, framework: int) -> Response:
        if not request.path.startswith(ROOT):
            raise FusionError(404, f"The path {request.path} was not found.")
        path = tuple(part for part in request.path[len(ROOT) :].split("/") if part)
        host = request.host_url.rstrip("/")
        with opened(self._path) as connection:
            read = Read(connection, request.args.to_dict(), host, framework, request.headers.get("Accept-Language", ""))
            if path and path[0] in ("draftPurchaseOrders", "purchaseOrders", "purchaseOrderSchedules"):
                self._publish(connection)
            if request.method == "GET":
                return self._get(read, path, host)
            if not path:
                return self._batch(connection, request, framework)
            return self._write(connection, read, request, path)

    def _publish(self, connection: Any) -> None:
        if connection.execute("SELECT 1 FROM draftPurchaseOrders WHERE submitted_ IS NOT NULL").fetchone():
            with writing(connection):
                publish(connection, self._now().timestamp(), self._vanish_s, self._stamp())

    def _get(self, read: Read, path: tuple[str, ...], host: str) -> Response:
        if path == ("describe",):
            return _json(200, catalog())
        if path and path[0] == "erpintegrations":
            return _json(200, _IMPORT_STATUS)
        resource = RESOURCES.get(path[0]) if path else None
        if resource is None:
            raise FusionError(404, f"The resource {'/'.join(path)} was not found.")
        if path[1:] == ("describe",):
            return _json(200, describe(resource))
        url: str | None = None
        row = None
        rest = path[1:]
        while rest:
            key, rest = rest[0], rest[1:]
            row = read.row(resource, key, row if url else None)
            if not rest:
                return self._item(read.one(resource, key, url), row)
            child = resource.child(rest[1]) if len(rest) > 1 and rest[0] == "child" else None
            if child is None:
                raise FusionError(404, f"The resource {'/'.join(path)} was not found.")
            url = f"{url}/child/{resource.name}/{key}" if url else f"{host}{ROOT}/{resource.name}/{key}"
            resource, rest = child, rest[2:]
        if not resource.listed:
            raise FusionError(404, f"The resource {resource.name} has no list.")
        return _text(200, read.page(resource, url, row, self._cap, hide=self._faults.hides_orders and url is None))

    @staticmethod
    def _item(text: str, row: dict[str, Any]) -> Response:
        response = _text(200, text)
        response.headers["ETag"] = f'"{int(row["version_"]):05d}"'
        return response

    def _batch(self, connection: Any, request: Request, framework: int) -> Response:
        host = request.host_url.rstrip("/")
        parts = []
        for part in batch_parts(_sent(request, ())):
            address = urlsplit(part["path"])
            read = Read(connection, dict(parse_qsl(address.query)), host, framework, "")
            found = self._get(read, tuple(name for name in address.path.split("/") if name), host)
            parts.append(part | {"payload": json.loads(found.get_data())})
        return _json(200, {"parts": parts})

    def _write(self, connection: Any, read: Read, request: Request, path: tuple[str, ...]) -> Response:
        sent = _sent(request, path)
        late = self._faults.delay()
        lost = self._faults.strike("drop_after_commit")
        if late:
            if lost:
                cut(request.environ)
            threading.Event().wait(late)
        with writing(connection):
            if path == ("erpintegrations",):
                status, text = start_import(sent, 9763400 + next_number(connection, "import"))
            else:
                write = Write(
                    connection, read, self._stamp(), self._now().timestamp(), self._vanish_s, self._limit,
                    self._faults.word, f"{request.host_url.rstrip('/')}{ROOT}",
                )  # fmt: skip
                status, text = write.answer(sent)
        if lost:
            drop(request.environ)
        return _text(status, text)

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="seconds")


def _company_clock(db_path: Path) -> Callable[[], datetime]:
    with opened(db_path) as connection:
        as_of = select(connection, "facts", name="as_of")[0]["value"]
    morning = datetime.fromisoformat(f"{as_of}T06:00:00").replace(tzinfo=UTC)
    started = time.monotonic()
    return lambda: morning + timedelta(seconds=time.monotonic() - started)


def _sent(request: Request, path: tuple[str, ...]) -> Sent:
    return Sent(request.method, path, request.mimetype, request.get_data(), request.headers.get("If-Match", ""))


def _json(status: int, body: object) -> Response:
    return _text(status, json.dumps(body))


def _text(status: int, text: str) -> Response:
    return Response(text, status, content_type="application/json")
