"""Every call that the whole suite made, recorded, judged by published interfaces; prints what was judged.

The recording is made before by `make contracts` with RESTOCK_TRACE; RESTOCK_RECORDED names its folder.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.published import edmx_judge, fusion_judge, rfc_judge
from tests.published.edmx_model import EDMX, SERVICES

pytestmark = [pytest.mark.contracts, pytest.mark.reference]
FOLDER = Path(os.environ.get("RESTOCK_RECORDED", "var/contracts/recorded"))
OURS = "Werkzeug"  # servers of the sandbox name themselves so; scripted ones answer oddly on purpose
_TYPES: dict[str, Any] = {"str": str, "int": int, "float": float, "Decimal": Decimal}


@dataclass
class Verdict:
    """What came of judging one service."""

    distinct: int = 0
    answers: int = 0
    wrong: list[str] = field(default_factory=list)


def recorded(kind: str) -> Iterator[dict[str, Any]]:
    if not FOLDER.is_dir():
        pytest.skip(f"nothing was recorded in {FOLDER}: `make contracts` records")
    for path in sorted(FOLDER.glob(f"{kind}-*.jsonl")):
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                yield json.loads(line)


def told(title: str, found: dict[str, Verdict], apart: dict[str, int], capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"  {name:<62} {v.distinct:>6} requests {v.answers:>6} answers {len(v.wrong):>4} violations"
            for name, v in sorted(found.items())]  # fmt: skip
    rows += [f"  {name:<62} {count:>6} requests, no published interface" for name, count in sorted(apart.items())]
    total = sum(v.distinct for v in found.values())
    text = "\n".join([f"{title}: {total} distinct requests judged", *rows])
    with capsys.disabled():
        print(f"\n{text}")  # noqa: T201 - the figures are what the run is for
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    (FOLDER.parent / f"{title.split(maxsplit=1)[0].lower()}.txt").write_text(text + "\n", "utf-8")


def test_every_odata_request_keeps_to_the_published_metadata(capsys: pytest.CaptureFixture[str]) -> None:
    if not EDMX.is_dir():
        pytest.skip(f"no published metadata at {EDMX} (RESTOCK_REFERENCE)")
    found: dict[str, Verdict] = {}
    apart: dict[str, int] = {}
    seen: set[tuple[str, str, str]] = set()
    for each in recorded("http"):
        address = urlsplit(each["url"])._replace(scheme="", netloc="").geturl()
        key = (each["method"], address, each["body"])
        if "/sap/" not in address or key in seen:
            continue
        seen.add(key)
        service = edmx_judge.service_of(address)
        if not service:
            place = "/".join(urlsplit(address).path.split("/")[:6])
            apart[place] = apart.get(place, 0) + 1
            continue
        verdict = found.setdefault(SERVICES[service], Verdict())
        verdict.distinct += 1
        wrong = edmx_judge.violations(each["method"], address, each["headers"], each["body"])
        verdict.wrong += [f"{each['method']} {address[:200]}: {text}" for text in wrong]
    told("OData requests", found, apart, capsys)
    assert not [text for verdict in found.values() for text in verdict.wrong]
    assert len(found) == len(SERVICES)


def test_every_fusion_request_and_answer_keeps_to_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    if not fusion_judge.CONTRACT.is_file():
        pytest.skip(f"no contract at {fusion_judge.CONTRACT} (RESTOCK_REFERENCE)")
    found: dict[str, Verdict] = {}
    apart: dict[str, int] = {}
    seen: set[tuple[str, str, str, int]] = set()
    for each in recorded("http"):
        path = urlsplit(each["url"]).path
        key = (
            each["method"],
            urlsplit(each["url"])._replace(scheme="", netloc="").geturl(),
            each["body"],
            each["status"],
        )
        if not path.startswith(fusion_judge.PREFIXES) or key in seen:
            continue
        seen.add(key)
        place = path.split("/")[4] if path.count("/") > 3 else path
        wrong = fusion_judge.request_violations(each["method"], each["url"], each["headers"], each["body"])
        if wrong is None:
            apart[place] = apart.get(place, 0) + 1
            continue
        verdict = found.setdefault(place, Verdict())
        verdict.distinct += 1
        verdict.wrong += [f"{each['method']} {path}: {text}" for text in wrong]
        if OURS in each["answer_headers"].get("server", "") and 200 <= each["status"] < 300 and each["answer"]:
            answer = (each["status"], each["answer_headers"], each["answer"])
            bad = fusion_judge.answer_violations(each["method"], each["url"], each["headers"], each["body"], answer)
            verdict.answers += 1
            verdict.wrong += [f"answer to {each['method']} {path}: {text}" for text in bad or []]
    told("Fusion requests", found, apart, capsys)
    assert not [text for verdict in found.values() for text in verdict.wrong]
    assert found


def untyped(value: Any) -> Any:
    """Values as they were passed, from their names of types."""
    ((kind, inner),) = value.items()
    if kind == "dict":
        return {name: untyped(each) for name, each in inner.items()}
    if kind == "list":
        return [untyped(each) for each in inner]
    return _TYPES[kind](inner) if kind in _TYPES else inner


def test_every_rfc_call_keeps_to_the_published_interfaces(capsys: pytest.CaptureFixture[str]) -> None:
    if not rfc_judge.FILE.is_file():
        pytest.skip(f"no interfaces at {rfc_judge.FILE} (RESTOCK_REFERENCE)")
    judge = rfc_judge.RfcJudge.load()
    found: dict[str, Verdict] = {}
    seen: set[str] = set()
    apart: dict[str, int] = {}
    for each in recorded("rfc"):
        key = json.dumps(each, sort_keys=True)
        if key in seen:
            continue
        seen.add(key)
        name, values = each["function"], untyped(each["values"])
        if name not in judge.functions:
            apart[name] = apart.get(name, 0) + 1
            continue
        verdict = found.setdefault(name, Verdict())
        verdict.distinct += 1
        verdict.wrong += judge.violations(name, values)
    told("RFC calls", found, apart, capsys)
    assert not [text for verdict in found.values() for text in verdict.wrong]
    assert found
