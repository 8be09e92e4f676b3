"""The S/4-like server: a WSGI application over a SQLite file that behaves as the SAP gateway does.

Data come from `load_s4`; faults are injected through `faults` or POST /__faults; nothing here knows a connector.
"""

import json
import socket
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from werkzeug import Request, Response

from connectors.sandbox import odata_batch, s4_older
from connectors.sandbox.faults import Faults
from connectors.sandbox.odata_errors import ODataError, bad
from connectors.sandbox.odata_metadata import document, metadata
from connectors.sandbox.odata_model import Service
from connectors.sandbox.odata_read import Place, Reader, resolve
from connectors.sandbox.s4_load import load_s4
from connectors.sandbox.s4_orders import change, create_order, current, delete
from connectors.sandbox.s4_payload import parse_body
from connectors.sandbox.s4_requisitions import create_requisition
from connectors.sandbox.s4_services import NEWER, SERVICES
from connectors.sandbox.s4_session import Sessions, logon_page, token_required
from connectors.sandbox.s4_state import State

__all__ = ["S4_PASSWORD", "S4_USER", "create_s4_app", "load_s4"]
S4_USER, S4_PASSWORD = "RESTOCK", "restock-demo"
_CREATED: dict[str, tuple[Callable[..., str], str]] = {
    "PurchaseOrder": (create_order, "_PurchaseOrderItem($expand=_PurchaseOrderScheduleLineTP)"),
    "PurchaseReqn": (create_requisition, "_PurchaseRequisitionItem"),
    "A_PurchaseOrder": (create_order, "to_PurchaseOrderItem,to_PurchaseOrderItem/to_ScheduleLine"),
    "A_PurchaseRequisitionHeader": (create_requisition, "to_PurchaseReqnItem"),
}
_OLDER = {
    "API_PURCHASEORDER_PROCESS_SRV": "api_purchaseorder_2",
    "API_PURCHASEREQ_PROCESS_SRV": "api_purchaserequisition_2",
}
_WRITES = frozenset({"POST", "PATCH", "PUT", "MERGE", "DELETE"})
StartResponse = Callable[..., Any]


def create_s4_app(
    db_path: Path,
    *,
    commit_delay: float = 0.0,
    page_size: int = 500,
    user: str = S4_USER,
    password: str = S4_PASSWORD,
    faults: Faults | None = None,
) -> "S4App":
    """Make the application over a database that `load_s4` filled; `commit_delay` is in seconds."""
    faults = faults or Faults()
    if commit_delay:
        faults.delay_commit_s = commit_delay
    return S4App(State(db_path), Sessions(user, password), faults, page_size)


class S4App:
    """WSGI application; `faults` may be changed while it runs."""

    def __init__(self, state: State, sessions: Sessions, faults: Faults, page_size: int) -> None:
        self.faults = faults
        self.idempotent = False
        self._state = state
        self._sessions = sessions
        self._page_size = page_size

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; a dropped one closes the socket without an answer."""
        request = Request(environ)
        body = request.get_data()  # read always: an unread body would spoil the next request of the connection
        response = self._answer(request, body)
        if response is None:
            _hang_up(environ)
            response = Response(status=500)
        return response(environ, start_response)

    def _answer(self, request: Request, body: bytes) -> Response | None:
        if request.path == "/__faults":
            return self._control(request, body)
        if broken := self._broken(request):
            return broken
        if answered := self._sessions.sign_on(request, body):
            return answered
        service = next((one for one in SERVICES if f"{request.path}/".startswith(f"{one.path}/")), None)
        if service is None:
            return Response("<error><code>/IWFND/MED/170</code></error>", 404, mimetype="application/xml")
        if request.method in _WRITES:
            return self._write(request, body, service)
        return self._read(request, service)

    def _control(self, request: Request, body: bytes) -> Response:
        if request.method == "DELETE":
            self.faults.clear()
        elif request.method == "POST":
            try:
                self.faults.set(**json.loads(body))
            except (ValueError, TypeError) as error:
                return Response(str(error), 400)
        return Response(self.faults.as_json(), mimetype="application/json")

    def _broken(self, request: Request) -> Response | None:
        if self.faults.hit("html_login"):
            return logon_page()
        status = self.faults.next_status(request.path)
        if status is None and request.method in _WRITES:
            status = self.faults.next_write_status()
        if status is None:
            return None
        after = self.faults.retry_after
        headers = {} if after is None else {"Retry-After": f"{after:g}"}
        return Response(f"<html><body>Fault {status}</body></html>", status, headers, mimetype="text/html")

    def _read(self, request: Request, service: Service) -> Response:
        path = request.path[len(service.path) :].strip("/")
        try:
            response = self._get(request, path, service)
        except ODataError as error:
            response = _json(error.body(service.version, service.name), service, error.status)
        self._sessions.hand_out(request, response)
        return response

    def _get(self, request: Request, path: str, service: Service) -> Response:
        if path == "$metadata":
            return Response(metadata(service), mimetype="application/xml")
        if not path:
            return _json(json.dumps(document(service)), service)
        options = _options(request)
        place = resolve(path, service)
        if not (place.count or service.version == 4 or _wants_json(request, options)):
            return Response('<feed xmlns="http://www.w3.org/2005/Atom"/>', mimetype="application/atom+xml")
        text = self._reader(request, path, service).answer(place, options)
        return Response(text, mimetype="text/plain") if place.count else _json(text, service)

    def _reader(self, request: Request, path: str, service: Service) -> Reader:
        base = f"{request.host_url.rstrip('/')}{service.path}"
        return Reader(service, self._state.connection, base, f"{base}/{path}", self._page_size, self.faults.hide_orders)

    def _write(self, request: Request, body: bytes, service: Service) -> Response | None:
        if self.faults.hit("csrf_expire"):
            self._sessions.expire()
        if self._sessions.token_missing(request):
            return token_required()
        if request.path == f"{service.path}/$batch":
            return self._batch(request, body, service)
        if self.faults.hit("drop_before"):
            return None
        try:
            response = self._once(request, body, service)
        except ODataError as error:
            return _json(error.body(service.version, service.name), service, error.status)
        return None if self.faults.hit("drop_after_commit") else response

    def _batch(self, request: Request, body: bytes, service: Service) -> Response:
        def each(path: str) -> tuple[int, str]:
            address, _, query = path.partition("?")
            try:
                options = _options_of(query)
                return 200, self._reader(request, address, service).answer(resolve(address, service), options)
            except ODataError as error:
                return error.status, error.body(service.version, service.name)

        try:
            text = odata_batch.answer(request.headers.get("Content-Type", ""), body, each)
        except ODataError as error:
            return _json(error.body(service.version, service.name), service, error.status)
        return Response(
            text, 202 if service.version == 2 else 200, content_type=f"multipart/mixed; boundary={odata_batch.OUT}"
        )

    def _once(self, request: Request, body: bytes, service: Service) -> Response:
        """Carry a change out, or answer a repeated one as before where idempotent services are switched on."""
        key = request.headers.get("RequestID", "")
        if not (self.idempotent and key and service.version == 2):
            return self._change(request, body, service)
        found = self._state.connection.execute('SELECT status, body FROM "repeated" WHERE id = ?', (key,)).fetchone()
        if found is not None:
            response = _json(found[1], service, found[0])
        else:
            response = self._change(request, body, service)
            with self._state.writing() as connection:
                cells = (key, response.status_code, response.get_data(as_text=True))
                connection.execute('INSERT INTO "repeated" VALUES (?, ?, ?)', cells)
        response.headers["RepeatabilityResult"] = "accepted"
        return response

    def _change(self, request: Request, body: bytes, service: Service) -> Response:
        path = request.path[len(service.path) :].strip("/")
        place = resolve(path, service)
        if service.version == 2 and service.name not in _OLDER:
            raise ODataError(405, "/IWBEP/CM_MGW_RT/021", f"{request.method} is not allowed for {place.entity.name}")
        if request.method == "POST":
            return self._create(request, place, parse_body(body), service)
        if not place.single:
            raise bad(f"{request.method} needs a key")
        self.faults.wait()
        with self._state.writing() as connection:
            name = s4_older.TABLE.get(place.entity.name, place.entity.name)
            if request.method == "DELETE":
                delete(connection, name, place.where, place.values)
            elif service.version == 2:
                raise ODataError(405, "/IWBEP/CM_MGW_RT/021", f"{name} is not changed over this service here")
            else:
                current(connection, place.entity, place.where, place.values, request.headers.get("If-Match", ""))
                change(connection, name, place.where, place.values, parse_body(body), service)
        return Response(status=204)

    def _create(self, request: Request, place: Place, body: Mapping[str, Any], service: Service) -> Response:
        if place.single or place.entity.name not in _CREATED:
            raise ODataError(405, "/IWBEP/CM_MGW_RT/021", f"{place.entity.name} cannot be created on its own")
        create, expand = _CREATED[place.entity.name]
        rules = service
        if service.version == 2:
            body, rules = s4_older.newer(body, place.entity.name), NEWER[_OLDER[service.name]]
        with self._state.writing() as connection:
            number = create(connection, body, rules)
            self.faults.wait()
        if not number:
            return _json("{}", service)
        key = place.entity.key[0]
        path = f"{place.entity.name}('{number}')"
        made = Place(place.entity, f'"{key}"=?', (number,), single=True)
        text = self._reader(request, path, service).answer(made, {"$expand": expand})
        response = _json(text, service, 201)
        response.headers["Location"] = path
        return response


def _json(text: str, service: Service, status: int = 200) -> Response:
    headers = {"OData-Version": "4.0"} if service.version == 4 else {"DataServiceVersion": "2.0"}
    return Response(text, status, {**headers, "Cache-Control": "no-store"}, mimetype="application/json")


def _wants_json(request: Request, options: Mapping[str, str]) -> bool:
    return options.get("$format") == "json" or "json" in request.headers.get("Accept", "")


def _options(request: Request) -> dict[str, str]:
    """Query options; a plus sign stays a plus sign, as the gateway reads it."""
    return _options_of(request.query_string.decode())


def _options_of(query: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in query.split("&") if part]
    options = {unquote(name): unquote(value) for name, _, value in pairs}
    if len(options) != len(pairs):
        raise bad("A query option is given twice")
    return options


def _hang_up(environ: Mapping[str, Any]) -> None:
    """Cut the connection under the server's feet, as a lost network does."""
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
