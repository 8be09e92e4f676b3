"""Answers to reads that lie: a page that comes twice, rows that are missing, a page for people instead of data."""

import json
from collections.abc import Callable
from typing import Any

from tests.faults.proxy import Request, answer

Tamper = Callable[[Request, bytes], bytes]


def rows_of(body: Any) -> list[Any] | None:
    """The list of rows in an answer of OData V2, OData V4 or Fusion."""
    if not isinstance(body, dict):
        return None
    inner = body.get("d")
    for held in (body.get("value"), body.get("items"), inner.get("results") if isinstance(inner, dict) else inner):
        if isinstance(held, list):
            return held
    return None


def _parts(given: bytes) -> tuple[int, Any]:
    head, _, body = given.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    try:
        return status, json.loads(body)
    except ValueError:
        return status, None


def short_page() -> Tamper:
    """The first page that holds more than one row loses its first one; what the page says about itself stays."""
    struck: list[str] = []

    def tamper(request: Request, given: bytes) -> bytes:
        status, body = _parts(given)
        rows = rows_of(body)
        if struck or status != 200 or rows is None or len(rows) < 2:
            return given
        struck.append(request.target)
        rows.pop(0)
        return answer(200, json.dumps(body).encode(), Content_Type="application/json")

    return tamper


def repeated_page() -> Tamper:
    """A later page of a list answers as its first page did, as a careless cache would."""
    first: dict[str, tuple[str, bytes]] = {}

    def tamper(request: Request, given: bytes) -> bytes:
        status, body = _parts(given)
        if status != 200 or not rows_of(body):
            return given
        path = request.target.partition("?")[0]
        target, kept = first.setdefault(path, (request.target, given))
        return given if target == request.target else kept

    return tamper


def page_for_people() -> Tamper:
    """Every answer is a sign-in page with status 200."""
    return lambda _request, _given: answer(200, b"<html><head><title>Sign in</title></head></html>")
