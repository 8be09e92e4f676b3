"""Every call that the ECC connector makes is judged by the published interfaces; the judge is judged by bad calls."""

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.sap.ecc import examine
from tests.connectors.sap.ecc_parts import AS_OF, System
from tests.connectors.sap.test_ecc_write import transfer
from tests.published import rfc_recorder
from tests.published.rfc_judge import FILE, RfcJudge

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def judge() -> RfcJudge:
    if not FILE.is_file():
        pytest.skip(f"no reference material at {FILE}")
    return RfcJudge.load()


@pytest.fixture(scope="module")
def ecc(tmp_path_factory: pytest.TempPathFactory) -> System:
    return System.load(tmp_path_factory.mktemp("ecc") / "ecc.db")


@pytest.fixture
def calls(ecc: System, tmp_path: Path) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Every call of reading all tables both ways, ordering, moving, cancelling and examining."""
    rfc_recorder.CALLS.clear()
    for wide in (False, True):
        own = ecc.copy(tmp_path / f"ecc-{wide}.db")
        if wide:
            own = System.load(tmp_path / "wide.db", ecc.made, wide=True)
        changes = {"rfc_library": "tests.published.rfc_recorder"}
        reader, writer = own.reader(**changes), own.writer(**changes)
        for table in sorted(reader.tables):
            for _ in reader.pull(table, AS_OF.replace(month=1)):
                pass
        number = writer.create(own.draft(lines=3))
        writer.find("7K3Q9X2MBDHC")
        writer.cancel(number)
        writer.transfer_status([writer.request_transfer(transfer(own))])
        writer.find_transfer("7K3Q9X2MBDHC")
        list(examine(own.settings(**changes), own.clock))
    yield list(rfc_recorder.CALLS)
    rfc_recorder.CALLS.clear()


def test_no_call_breaks_a_published_interface(
    judge: RfcJudge, calls: list[tuple[str, dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    distinct = {json.dumps([name, values], default=str, sort_keys=True): (name, values) for name, values in calls}
    wrong = [text for name, values in distinct.values() for text in judge.violations(name, values)]
    counted = Counter(name for name, _ in distinct.values())
    with capsys.disabled():
        print(f"\nRFC: {len(distinct)} distinct calls judged, {len(wrong)} violations {dict(counted)}")  # noqa: T201
    assert not wrong, "\n".join(wrong)
    assert counted["BAPI_PO_CREATE1"] >= 2
    assert counted["BAPI_PR_CREATE"] >= 1
    assert counted["RFC_READ_TABLE"] > 30


HEADER = {"COMP_CODE": "1000"}


@pytest.mark.parametrize(
    ("function", "values", "words"),
    [
        ("BAPI_PO_CREATE9", {}, "not published"),
        ("BAPI_PO_CREATE1", {}, "POHEADER is required"),
        ("BAPI_PO_CREATE1", {"POHEADER": HEADER, "POHEAD": {}}, "does not exist"),
        ("BAPI_PO_CREATE1", {"POHEADER": HEADER, "EXPPURCHASEORDER": ""}, "is export"),
        ("BAPI_PO_CREATE1", {"POHEADER": {"COMPANY": "1"}}, "does not exist in BAPIMEPOHEADER"),
        ("BAPI_PO_CREATE1", {"POHEADER": {"COMP_CODE": "10000"}}, "longer than 4"),
        ("BAPI_PO_CREATE1", {"POHEADER": {"COMP_CODE": 1000}}, "must be str"),
        ("BAPI_PO_CREATE1", {"POHEADER": HEADER, "POITEM": ({},)}, "must be a list"),
        ("BAPI_PO_CREATE1", {"POHEADER": HEADER, "POITEM": [("PO_ITEM", "1")]}, "must be a dict"),
        ("BAPI_PO_CREATE1", {"POHEADER": HEADER, "POITEM": [{"PO_ITEM": "10"}]}, "must be 5 digits"),
        ("BAPI_PO_CREATE1", {"POHEADER": HEADER, "POITEM": [{"QUANTITY": 5}]}, "must be Decimal"),
        ("BAPI_PO_CREATE1", {"POHEADER": HEADER, "POITEM": [{"QUANTITY": Decimal("0.0001")}]}, "does not fit"),
        ("BAPI_PO_CREATE1", {"POHEADER": {"DOC_DATE": "2025-01-01"}}, "no day"),
        ("RFC_READ_TABLE", {"QUERY_TABLE": "X", "ROWCOUNT": "5"}, "must be int"),
    ],
)
def test_each_rule_finds_what_breaks_it(judge: RfcJudge, function: str, values: dict[str, Any], words: str) -> None:
    assert any(words in text for text in judge.violations(function, values))


def test_a_right_call_is_let_through(judge: RfcJudge) -> None:
    assert judge.violations("BAPI_TRANSACTION_COMMIT", {"WAIT": "X"}) == []
