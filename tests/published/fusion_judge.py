"""Judges recorded Fusion requests and answers by the OpenAPI contract; it knows nothing of connector or sandbox."""

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockResponse
from werkzeug.datastructures import Headers, ImmutableMultiDict

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / os.environ.get("RESTOCK_REFERENCE", "../shared")).resolve()
CONTRACT = REFERENCE / "contracts" / "oracle" / "fusion-scm-prc.openapi.json"
PREFIXES = ("/fscmRestApi/",)
_MEDIA = (
    "application/vnd.oracle.adf.resourceitem+json", "application/vnd.oracle.adf.action+json",
    "application/vnd.oracle.adf.batch+json", "application/vnd.oracle.adf.resourcecollection+json",
    "application/vnd.oracle.adf.error+json", "application/json",
)  # fmt: skip


@cache
def _api() -> OpenAPI:
    return OpenAPI.from_file_path(
        str(CONTRACT), config=Config(extra_media_type_deserializers=dict.fromkeys(_MEDIA, _json))
    )


def _json(value: bytes) -> Any:
    return json.loads(value)


class _Request:
    """A recorded request in the form that the library takes."""

    def __init__(self, method: str, url: str, headers: Mapping[str, str], body: str) -> None:
        parts = urlsplit(url)
        self.host_url, self.path, self.method = "https://pod.example.com", parts.path, method.lower()
        sent = {"authorization": "Basic eDp4", **headers}
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(parts.query, keep_blank_values=True)), header=Headers(sent)
        )
        self.content_type, self.body = headers.get("content-type", ""), body.encode() or None


def paths() -> list[str]:
    """Paths that the contract describes."""
    return list(json.loads(CONTRACT.read_text("utf-8"))["paths"])


def _undescribed(url: str) -> bool:
    """Whether this asks for the description of a resource, which the contract takes for a row of that name."""
    return url.partition("?")[0].endswith("/describe")


def request_violations(method: str, url: str, headers: Mapping[str, str], body: str) -> list[str] | None:
    """What the contract forbids in a request; None when it does not describe its path."""
    if _undescribed(url):
        return None
    return _told(lambda: _api().validate_request(_Request(method, url, headers, body)))


def answer_violations(
    method: str, url: str, headers: Mapping[str, str], body: str, answer: tuple[int, Mapping[str, str], str]
) -> list[str] | None:
    """What the contract forbids in an answer; None when it does not describe its path."""
    if _undescribed(url):
        return None
    status, told, text = answer
    media = told.get("content-type", "").partition(";")[0]
    response = MockResponse(text.encode(), status_code=status, content_type=media or "application/json")
    return _told(lambda: _api().validate_response(_Request(method, url, headers, body), response))


def _told(judge: Any) -> list[str] | None:
    try:
        judge()
    except OpenAPIError as error:
        name = type(error).__name__
        if name in {"PathNotFound", "ServerNotFound"}:
            return None
        return [f"{name}: {_cause(error)}"]
    return []


def _cause(error: BaseException) -> str:
    """The innermost reason, with the place in the body where one is known."""
    while error.__cause__ is not None:
        error = error.__cause__
    inner = getattr(error, "schema_errors", None)
    first = next(iter(inner), None) if inner else None
    return f"{'/'.join(map(str, first.absolute_path))}: {first.message}" if first is not None else str(error)
