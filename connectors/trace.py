"""Keeps every call of the connectors for people who look for the cause of something, and for judges of interfaces.

Switched on by the environment variable RESTOCK_TRACE, which names a folder; off it costs nothing. What signs on never
gets into it; what is read and written does, so a trace holds business data.
"""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

VARIABLE = "RESTOCK_TRACE"
_LONGEST = 1 << 20
_KEPT = frozenset(
    {"accept", "accept-language", "content-type", "rest-framework-version", "requestid", "repeatabilitycreation",
     "if-match", "soapaction", "retry-after", "server", "location", "repeatabilityresult"}
)  # fmt: skip
_SIGNS_ON = ("token", "oauth")
_lock = Lock()


def folder() -> Path | None:
    """Where traces go; None when nothing is kept."""
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else None


def http(request: Mapping[str, Any], answer: Mapping[str, Any], redact: Callable[[str], str]) -> None:
    """Keep one exchange: method, url, headers and body of the request; status, headers and body of the answer."""
    place = folder()
    if place is None or any(word in str(request["url"]).lower().partition("?")[0] for word in _SIGNS_ON):
        return
    kept = {
        "kind": "http",
        "method": request["method"],
        "url": redact(str(request["url"])),
        "headers": _headers(request["headers"]),
        "body": _text(request["body"], redact),
        "status": answer["status"],
        "answer_headers": _headers(answer["headers"]),
        "answer": _text(answer["body"], redact),
    }
    _write(place, "http", kept)


def rfc(function: str, values: Mapping[str, Any]) -> None:
    """Keep one remote function call."""
    place = folder()
    if place is not None:
        _write(place, "rfc", {"kind": "rfc", "function": function, "values": _typed(values)})


def _headers(headers: Mapping[str, Any]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items() if str(name).lower() in _KEPT}


def _text(body: bytes, redact: Callable[[str], str]) -> str:
    return redact(body.decode("utf-8", "replace")) if len(body) <= _LONGEST else ""


def _typed(value: Any) -> Any:
    """Values with the names of their types, which JSON would lose."""
    if type(value) is dict:
        return {"dict": {name: _typed(each) for name, each in value.items()}}
    if type(value) is list:
        return {"list": [_typed(each) for each in value]}
    return {type(value).__name__: str(value)}


def _write(place: Path, name: str, kept: Mapping[str, Any]) -> None:
    line = json.dumps(kept, ensure_ascii=False) + "\n"
    with _lock:
        place.mkdir(parents=True, exist_ok=True)
        with (place / f"{name}-{os.getpid()}.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(line)
