"""What an examination of an ECC-like system finds, and that it changes nothing."""

from pathlib import Path
from typing import Any

import pytest

from bot.ports import Diagnosis
from connectors.sap.ecc_examine import NOBODY, examine
from tests.connectors.sap.ecc_parts import System

PLANT = {"company_code": "1000", "purchasing_organisation": "1000", "purchasing_group": "001", "currency": "EUR"}


@pytest.fixture(scope="module")
def ecc(tmp_path_factory: pytest.TempPathFactory) -> System:
    return System.load(tmp_path_factory.mktemp("ecc") / "ecc.db")


def found(ecc: System, **changes: Any) -> dict[str, Diagnosis]:
    return {each.code: each for each in examine(ecc.settings(**changes), ecc.clock)}


def test_a_healthy_system_has_no_error_and_is_left_as_it_was(ecc: System) -> None:
    before = ecc.path.read_bytes()[:100]
    codes = found(ecc)
    assert {each.grade for each in codes.values()} == {"ok", "note"}
    assert set(codes) == {"fine", "cannot-be-checked"}
    said = " ".join(each.what for each in examine(ecc.settings(), ecc.clock))
    assert all(text in said for text in ("logged on to ECP", "EKKO can be read", "BAPI_PO_CREATE1 has", "UNSEZ can be"))
    assert ecc.path.read_bytes()[:16] == before[:16]
    assert set(NOBODY) == {"0"}


@pytest.mark.parametrize(
    ("changes", "code", "advice"),
    [
        ({"rfc_library": "no_such_library"}, "library-missing", "pyrfc 3.3.1"),
        ({"rfc_library": "json"}, "library-missing", "saprfclib"),
        ({"password": "wrong"}, "logon-refused", "client"),
        ({"ashost": "/nowhere/ecc.db"}, "connection-refused", "gateway port"),
        ({"system_id": "ECQ"}, "system-other", 'system_id = "ECP"'),
        ({"system_id": ""}, "system-not-pinned", 'system_id = "ECP"'),
        ({"plants": {"9999": PLANT}}, "location-empty", "plants.9999"),
        ({"table_function": "Z_READER"}, "table-forbidden", "S_TABU_NAM"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(ecc: System, changes: dict[str, Any], code: str, advice: str) -> None:
    each = found(ecc, **changes)[code]
    assert each.grade in {"error", "warning"}
    assert advice in each.remedy
    assert each.why


def test_a_plant_that_is_not_there_is_told_with_those_that_are(ecc: System) -> None:
    assert "there are: 1010" in found(ecc, plants={"9999": PLANT})["location-empty"].what


def test_a_search_that_fails_is_told(ecc: System, tmp_path: Path) -> None:
    own = ecc.copy(tmp_path / "ecc.db")
    own.faults.queue("RFC_READ_TABLE", "dump", 60)
    codes = found(own)
    assert "table-forbidden" in codes
