"""Answers POST, PATCH and DELETE of the Fusion-like server: media types, bodies, keys, and what they set off.

Business rules are in `fusion_orders`, `fusion_release` and `fusion_requests`; nothing commits here.
"""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from connectors.sandbox import fusion_bodies as bodies
from connectors.sandbox.fusion_errors import FusionError
from connectors.sandbox.fusion_orders import add_line, change_draft, create_draft, delete_draft, messages
from connectors.sandbox.fusion_read import Read
from connectors.sandbox.fusion_release import account, act_on_order, publish, submit
from connectors.sandbox.fusion_requests import (
    create_requisition,
    create_supply_request,
    submit_requisition,
    withdraw_requisition,
)
from connectors.sandbox.fusion_schema import DRAFT_LINES, DRAFTS, REQUISITIONS, RESOURCES, SUPPLY_REQUESTS, Resource
from connectors.sandbox.fusion_state import Row

_RESOURCE_TYPES = ("application/vnd.oracle.adf.resourceitem+json", "application/json")
_ACTION_TYPE = "application/vnd.oracle.adf.action+json"
_BATCH_TYPE = "application/vnd.oracle.adf.batch+json"
Answer = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a client sent: path below the root, media type, raw body, If-Match."""

    method: str
    path: tuple[str, ...]
    media_type: str
    raw: bytes
    if_match: str


@dataclass(frozen=True, slots=True)
class Write:
    """One writing request inside its transaction."""

    connection: sqlite3.Connection
    read: Read
    now: str
    moment: float
    vanish_s: float
    limit: Decimal | None
    word: Callable[[], str]
    base: str

    def answer(self, sent: Sent) -> Answer:
        """Status and JSON text of the answer; FusionError for everything that is refused."""
        match sent.path:
            case (name,) if sent.method == "POST":
                return self._create(name, sent)
            case (name, key) if sent.method in ("PATCH", "DELETE") and name == DRAFTS.name:
                return self._change(self.read.row(DRAFTS, key), sent)
            case (name, key, "child", "lines") if sent.method == "POST" and name == DRAFTS.name:
                return self._create_line(self.read.row(DRAFTS, key), sent)
            case (name, key, "action", action) if sent.method == "POST":
                return self._act(name, key, action, sent)
        raise FusionError(404 if sent.path and sent.path[0] not in RESOURCES else 405, "Invalid operation.")

    def _create(self, name: str, sent: Sent) -> Answer:
        creators: dict[str, tuple[Resource, bodies.Shape, Callable[..., Row]]] = {
            DRAFTS.name: (DRAFTS, bodies.DRAFT, create_draft),
            REQUISITIONS.name: (REQUISITIONS, bodies.REQUISITION, create_requisition),
            SUPPLY_REQUESTS.name: (SUPPLY_REQUESTS, bodies.SUPPLY, create_supply_request),
        }
        if name not in creators:
            status = 400 if name in RESOURCES else 404
            raise FusionError(status, "Invalid operation create for the specified resource.")
        resource, shape, create = creators[name]
        body = _body(sent, shape, _RESOURCE_TYPES)
        row = create(self.connection, body, self.now)
        return 201, self.read.one(resource, str(row["key_"]), None)

    def _create_line(self, draft: Row, sent: Sent) -> Answer:
        body = _body(sent, bodies.LINE, _RESOURCE_TYPES)
        if draft["StatusCode"] != "INCOMPLETE":
            raise FusionError(400, f"The purchase order {draft['OrderNumber']} was submitted and can't be changed.")
        row = add_line(self.connection, draft, body, self.now)
        return 201, self.read.one(DRAFT_LINES, str(row["key_"]), f"{self.base}/{DRAFTS.name}/{draft['key_']}")

    def _change(self, draft: Row, sent: Sent) -> Answer:
        version = f"{int(str(draft['version_'])):05d}"
        if sent.if_match and sent.if_match.strip().removeprefix("W/").strip('"') != version:
            raise FusionError(412, "The row was changed since it was read.")
        if sent.method == "DELETE":
            delete_draft(self.connection, draft)
            return 204, ""
        body = _body(sent, bodies.DRAFT_PATCH, _RESOURCE_TYPES)
        if not body:
            raise FusionError(400, "The request body has no attribute to change.")
        change_draft(self.connection, draft, body, self.now)
        return 200, self.read.one(DRAFTS, str(draft["key_"]), None)

    def _act(self, name: str, key: str, action: str, sent: Sent) -> Answer:
        resource = RESOURCES.get(name)
        if resource is None or action not in resource.actions:
            raise FusionError(404, f"The action {action} was not found.")
        _body(sent, bodies.ACTIONS[action], (_ACTION_TYPE,))
        row = self.read.row(resource, key)
        return 200, json.dumps({"result": self._result(row, action)})

    def _result(self, row: Row, action: str) -> object:
        match action:
            case "validateDocument":
                return [{"MESSAGE": text} for text in messages(self.connection, row)]
            case "calculateTaxAndAccounting":
                return account(self.connection, row)
            case "submit":
                word = submit(self.connection, row, self.word(), self.moment, self.limit)
                publish(self.connection, self.moment, self.vanish_s, self.now)
                return word
            case "submitRequisition":
                return submit_requisition(self.connection, row, self.word(), self.limit, self.now)
            case "withdraw":
                withdraw_requisition(self.connection, row, self.now)
                return {"STATUS": [{"CODE": "SUCCESS"}]}
        return act_on_order(self.connection, row, action, self.now)


def _body(sent: Sent, shape: bodies.Shape, allowed: tuple[str, ...]) -> dict[str, object]:
    """The checked body; 415 for another media type."""
    if sent.media_type not in allowed:
        raise FusionError(415, f"The media type {sent.media_type or 'none'} is not supported; use {allowed[0]}.")
    body = bodies.parse(sent.raw)
    bodies.check(shape, body)
    return body


def batch_parts(sent: Sent) -> list[dict[str, str]]:
    """Id and path of every part of a batch of reads."""
    body = _body(sent, bodies.BATCH, (_BATCH_TYPE,))
    parts = body["parts"]
    if not isinstance(parts, list) or any(part["operation"] != "get" for part in parts):
        raise FusionError(400, "This server takes batches of the operation get only.")
    return parts


def start_import(sent: Sent, number: int) -> Answer:
    """Accept an import file; the job will report ERROR, because this server imports nothing."""
    body = _body(sent, bodies.IMPORT, _RESOURCE_TYPES)
    if body["OperationName"] != "importBulkData":
        raise FusionError(400, f"The operation {body['OperationName']} isn't valid.")
    return 201, json.dumps({"OperationName": "importBulkData", "ReqstId": str(number)})
