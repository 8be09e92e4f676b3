"""The ECC-like library refuses what the real one refuses and forgets what was not committed."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from connectors.sandbox import ecc as lib
from connectors.sandbox.ecc_interfaces import FUNCTIONS, TABLES, WIDE, Field, Parameter
from tests.connectors.sap.ecc_parts import System

ROOT = Path(__file__).parents[3]
CONTRACT = (ROOT / os.environ.get("RESTOCK_REFERENCE", "../shared")).resolve() / "contracts/sap/rfc/rfc_interfaces.json"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> System:
    return System.load(tmp_path_factory.mktemp("ecc") / "ecc.db")


@pytest.fixture
def system(loaded: System, tmp_path: Path) -> System:
    return loaded.copy(tmp_path / "ecc.db")


def connect(system: System) -> lib.Connection:
    return lib.Connection(ashost=str(system.path), user="RESTOCK", passwd="secret", client="100", lang="EN")


def values(system: System, key: str = "AAAAAAAAAAAA", **changes: Any) -> dict[str, Any]:
    row = system.terms()
    material = row["item"].zfill(18) if row["item"].isdecimal() else row["item"]
    vendor = row["supplier"].zfill(10) if row["supplier"].isdecimal() else row["supplier"]
    header = {"COMP_CODE": "1000", "DOC_TYPE": "NB", "VENDOR": vendor, "PURCH_ORG": "1000", "PUR_GROUP": "001",
              "CURRENCY": "EUR", "OUR_REF": key}  # fmt: skip
    item = {"PO_ITEM": "00010", "MATERIAL": material, "PLANT": row["location"], "QUANTITY": Decimal("5.000"),
            "NET_PRICE": Decimal("1.25")}  # fmt: skip
    line = {"PO_ITEM": "00010", "SCHED_LINE": "0001", "DELIVERY_DATE": "20250401", "QUANTITY": Decimal("5.000")}
    made = {
        "POHEADER": header, "POHEADERX": dict.fromkeys(header, "X"), "POITEM": [item],
        "POITEMX": [{**dict.fromkeys(item, "X"), "PO_ITEM": "00010", "PO_ITEMX": "X"}], "POSCHEDULE": [line],
        "POSCHEDULEX": [{**dict.fromkeys(line, "X"), "PO_ITEM": "00010", "SCHED_LINE": "0001"}],
    }  # fmt: skip
    return made | changes


def count(system: System, key: str = "AAAAAAAAAAAA") -> int:
    with closing(sqlite3.connect(system.path)) as connection:
        return int(connection.execute("SELECT count(*) FROM EKKO WHERE UNSEZ = ?", (key,)).fetchone()[0])


def test_only_a_commit_on_the_same_connection_keeps_an_order(system: System) -> None:
    first, second = connect(system), connect(system)
    number = first.call("BAPI_PO_CREATE1", **values(system))["EXPPURCHASEORDER"]
    assert number
    second.call("BAPI_TRANSACTION_COMMIT", WAIT="X")
    assert count(system) == 0
    first.call("BAPI_TRANSACTION_COMMIT", WAIT="X")
    assert count(system) == 1


def test_a_connection_that_is_silently_opened_anew_has_lost_what_it_held(system: System) -> None:
    connection = connect(system)
    connection.call("BAPI_PO_CREATE1", **values(system))
    before = connection.handle
    system.faults.queue("RFC_PING", "dump")
    with pytest.raises(lib.ABAPRuntimeError):
        connection.ping()
    assert connection.alive
    assert connection.handle != before
    answer = connection.call("BAPI_TRANSACTION_COMMIT", WAIT="X")
    assert answer["RETURN"]["TYPE"] == ""  # answers as if all were well
    assert count(system) == 0


def test_a_rollback_forgets_and_a_test_run_keeps_nothing(system: System) -> None:
    connection = connect(system)
    connection.call("BAPI_PO_CREATE1", **values(system))
    connection.call("BAPI_TRANSACTION_ROLLBACK")
    connection.call("BAPI_PO_CREATE1", TESTRUN="X", **values(system))
    connection.call("BAPI_TRANSACTION_COMMIT", WAIT="X")
    assert count(system) == 0


def test_a_field_without_its_flag_is_ignored(system: System) -> None:
    given = values(system)
    given["POHEADERX"].pop("OUR_REF")
    connection = connect(system)
    connection.call("BAPI_PO_CREATE1", **given)
    connection.call("BAPI_TRANSACTION_COMMIT", WAIT="X")
    assert count(system) == 0
    assert count(system, "") > 0
    unmarked = values(system)
    unmarked["POITEMX"][0].pop("QUANTITY")
    answer = connection.call("BAPI_PO_CREATE1", **unmarked)
    assert answer["EXPPURCHASEORDER"] == ""
    assert "enter a quantity" in answer["RETURN"][-1]["MESSAGE"]


@pytest.mark.parametrize(
    ("function", "given", "key"),
    [
        ("BAPI_NOT_THERE", {}, "FU_NOT_FOUND"),
        ("BAPI_TRANSACTION_COMMIT", {"WATI": "X"}, "RFC_INVALID_PARAMETER"),
        ("BAPI_PO_CREATE1", {"POHEADER": {"COMPANY": "1000"}}, "RFC_INVALID_PARAMETER"),
        ("BAPI_PO_CREATE1", {}, "RFC_INVALID_PARAMETER"),
        ("BAPI_PO_CREATE1", {"EXPPURCHASEORDER": "1"}, "RFC_INVALID_PARAMETER"),
        ("BAPI_TRANSACTION_COMMIT", {"WAIT": "XX"}, "RFC_CONVERSION_FAILURE"),
        ("BAPI_PO_CREATE1", {"POHEADER": {}, "POITEM": [{"QUANTITY": Decimal("0.0001")}]}, "RFC_CONVERSION_FAILURE"),
        ("RFC_READ_TABLE", {"QUERY_TABLE": "NOPE", "OPTIONS": [], "FIELDS": []}, "TABLE_NOT_AVAILABLE"),
        ("RFC_READ_TABLE", {"QUERY_TABLE": "EKKO", "OPTIONS": [], "FIELDS": [{"FIELDNAME": "X"}]}, "FIELD_NOT_VALID"),
        ("RFC_READ_TABLE", {"QUERY_TABLE": "EKKO", "OPTIONS": [{"TEXT": "A IN"}], "FIELDS": []}, "OPTION_NOT_VALID"),
    ],
)  # fmt: skip
def test_calls_that_the_interface_does_not_allow(
    system: System, function: str, given: dict[str, Any], key: str
) -> None:
    with pytest.raises(lib.RFCLibError) as raised:
        connect(system).call(function, **given)
    assert raised.value.key == key


@pytest.mark.parametrize(
    "given",
    [
        {"POHEADER": {}, "POITEM": ({"PO_ITEM": "00010"},)},
        {"POHEADER": {}, "POITEM": [{"QUANTITY": 5}]},
        {"POHEADER": {}, "POITEM": [{"QUANTITY": np.float64(5)}]},
        {"POHEADER": {}, "POITEM": [{"QUANTITY": True}]},
        {"POHEADER": {"VENDOR": np.str_("1")}},
        {"POHEADER": {"VENDOR": 1}},
        {"POHEADER": {}, "POITEM": [{"PO_ITEM": "1A"}]},
        {"POHEADER": {"DOC_DATE": "2025-04-01"}},
        {"POHEADER": [("VENDOR", "1")]},
    ],
)
def test_wrong_python_types_are_type_errors_and_run_nothing(system: System, given: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        connect(system).call("BAPI_PO_CREATE1", **given)


def test_dates_decimals_floats_and_texts_are_taken_where_the_library_takes_them(system: System) -> None:
    given = values(system)
    given["POHEADER"]["DOC_DATE"] = date(2025, 3, 3)
    given["POHEADERX"]["DOC_DATE"] = "X"
    given["POITEM"][0]["QUANTITY"] = "5.000"
    given["POITEM"][0]["NET_PRICE"] = 1.25
    assert connect(system).call("BAPI_PO_CREATE1", **given)["EXPPURCHASEORDER"]


def test_rows_of_more_than_512_characters_are_refused_by_the_older_reader(system: System) -> None:
    fields = [{"FIELDNAME": name} for name in TABLES["LFA1"][1]] * 20
    with pytest.raises(lib.ABAPApplicationError) as raised:
        connect(system).call("RFC_READ_TABLE", QUERY_TABLE="LFA1", OPTIONS=[], FIELDS=fields)
    assert raised.value.key == "DATA_BUFFER_EXCEEDED"
    long = [{"TEXT": "X" * 73}]
    with pytest.raises(lib.ExternalRuntimeError):
        connect(system).call("RFC_READ_TABLE", QUERY_TABLE="LFA1", OPTIONS=long, FIELDS=[])


def test_logon_parameters_are_texts_and_right(system: System) -> None:
    with pytest.raises(lib.RFCError, match="not string"):
        lib.Connection(ashost=str(system.path), sysnr=0)
    with pytest.raises(lib.ExternalRuntimeError):
        lib.Connection(user="RESTOCK", passwd="secret")
    with pytest.raises(lib.LogonError):
        lib.Connection(ashost=str(system.path), user="RESTOCK", passwd="SECRET")
    connection = connect(system)
    connection.close()
    with pytest.raises(lib.RFCError, match="connection is closed"):
        connection.ping()


LETTERS = {"CHAR": "C", "NUMC": "N", "DATS": "D", "DEC": "P", "CURR": "P", "QUAN": "Q", "UNIT": "C", "CUKY": "C",
           "INT4": "I", "INT1": "I", "LANG": "C", "STRING": "S"}  # fmt: skip
DOUBTFUL = {"EINE-BPRME"}  # named by facts, not in the published columns


def differences(place: str, own: dict[str, Field], published: dict[str, Any], codes: frozenset[str]) -> Iterator[str]:
    """What differs from published fields; `codes` are 18 long here, the published system has long item numbers."""
    for name, field in own.items():
        other = published.get(name)
        if other is None:
            yield f"{place}-{name}"
            continue
        length = 18 if name in codes else other["len"]
        mine, theirs = (field.kind.upper(), field.length, field.decimals), (length, other.get("dec") or 0)
        kinds = {mine[0], LETTERS[other["t"]]}
        if mine[1:] != theirs or (len(kinds) > 1 and kinds != {"P", "Q"}):
            yield f"{place}-{name}: {mine} here, {LETTERS[other['t']], *theirs} published"


def parameter_differences(function: str, own: dict[str, Parameter], contract: dict[str, Any]) -> Iterator[str]:
    published = contract["functions"][function]["params"]
    for name, parameter in own.items():
        other = published.get(name)
        if other is None or other["dir"] != parameter.direction:
            yield f"{function}-{name}: {parameter.direction} here, {other and other['dir']} published"
            continue
        if parameter.kind == "scalar":
            yield from differences(f"{function}-{name}", parameter.fields, {"VALUE": other}, frozenset())
        elif other["struct"] in contract["structures"]:
            fields = contract["structures"][other["struct"]]["fields"]
            yield from differences(f"{function}-{name}", parameter.fields, fields, frozenset())
    needed = {n for n, p in published.items() if p.get("required") and p["dir"] == "import"}
    yield from (f"{function}-{n} is required" for n in needed if n in own and not own[n].required)


@pytest.mark.reference
def test_the_interfaces_are_those_that_were_published() -> None:
    if not CONTRACT.is_file():
        pytest.skip(f"no reference material at {CONTRACT}")
    contract = json.loads(CONTRACT.read_text("utf-8"))
    wrong = [
        text
        for function, own in {**FUNCTIONS, "RFC_READ_TABLE__WITH_ET_DATA": WIDE}.items()
        for text in parameter_differences(function, own, contract)
    ]
    for table, (_, fields) in TABLES.items():
        published = contract["tables"].get(table)
        if published is not None:
            wrong += differences(table, fields, published["fields"], frozenset({"MATNR"}))
    assert set(wrong) == DOUBTFUL
    assert sum(len(p.fields) for own in FUNCTIONS.values() for p in own.values()) > 200
