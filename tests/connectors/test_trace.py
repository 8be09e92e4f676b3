"""Traces: a call leaves one line without what signs on, and nothing is kept when nobody asked."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors import trace

REQUEST = {
    "method": "POST",
    "url": "https://erp.example/orders?sap-client=100",
    "headers": {
        "Authorization": "Basic c2VjcmV0",
        "Cookie": "SAP_SESSIONID=secret",
        "Content-Type": "application/json",
    },
    "body": b'{"password": "secret", "Material": "000123"}',
}
ANSWER = {"status": 201, "headers": {"Set-Cookie": "secret", "Location": "/orders(1)"}, "body": b"\xff{}"}


def redact(text: str) -> str:
    return text.replace("secret", "***")


def kept(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in folder.glob("*.jsonl") for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def traced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(trace.VARIABLE, str(tmp_path / "trace"))
    return tmp_path / "trace"


def test_an_exchange_is_kept_without_what_signs_on(traced: Path) -> None:
    trace.http(REQUEST, ANSWER, redact)
    (line,) = kept(traced)
    assert line["headers"] == {"content-type": "application/json"}
    assert line["answer_headers"] == {"location": "/orders(1)"}
    assert "000123" in line["body"]
    assert "secret" not in json.dumps(line)


@pytest.mark.parametrize("url", ["https://erp.example/oauth2/v1/token", "https://erp.example/sap/OAuth/x"])
def test_calls_that_sign_on_are_never_kept(traced: Path, url: str) -> None:
    trace.http(REQUEST | {"url": url}, ANSWER, redact)
    assert not traced.exists()


def test_a_remote_call_keeps_the_types_of_its_values(traced: Path) -> None:
    trace.rfc("BAPI_PO_CREATE1", {"POHEADER": {"COMP_CODE": "1000"}, "LINES": [1]})
    (line,) = kept(traced)
    assert line["values"] == {
        "dict": {"POHEADER": {"dict": {"COMP_CODE": {"str": "1000"}}}, "LINES": {"list": [{"int": "1"}]}}
    }


def test_nothing_is_kept_when_nobody_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(trace.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    trace.http(REQUEST, ANSWER, redact)
    trace.rfc("BAPI_PO_CREATE1", {})
    assert list(tmp_path.iterdir()) == []
