"""What an examination of an ECC-like system finds, and that it changes nothing."""

from pathlib import Path
from typing import Any

import pytest

from bot.ports import Diagnosis
from connectors.sap.ecc_examine import NOBODY, examine
from tests.connectors.sap.ecc_parts import System


@pytest.fixture(scope="module")
def ecc(tmp_path_factory: pytest.TempPathFactory) -> System:
    return System.load(tmp_path_factory.mktemp("ecc") / "ecc.db")


def found(ecc: System, **changes: Any) -> dict[str, Diagnosis]:
    return {each.code: each for each in examine(ecc.settings(**changes), ecc.clock)}


def test_a_healthy_system_has_no_error_and_is_left_as_it_was(ecc: System) -> None:
    before = ecc.path.read_bytes()[:100]
    codes = found(ecc)
    assert {each.grade for each in codes.values()} == {"ok"}
    assert {"RFC_LOGON_OK", "TABLE_READABLE", "MODULE_AS_EXPECTED", "REFERENCE_SEARCHABLE"} == set(codes)
    assert ecc.path.read_bytes()[:16] == before[:16]
    assert set(NOBODY) == {"0"}


@pytest.mark.parametrize(
    ("changes", "code", "advice"),
    [
        ({"rfc_library": "no_such_library"}, "RFC_LIBRARY_MISSING", "pyrfc 3.3.1"),
        ({"rfc_library": "json"}, "RFC_LIBRARY_MISSING", "saprfclib"),
        ({"password": "wrong"}, "RFC_LOGON_FAILED", "tried once"),
        ({"ashost": "/nowhere/ecc.db"}, "RFC_UNREACHABLE", "gateway port"),
        ({"system_id": "ECQ"}, "SYSTEM_ID_DIFFERS", "ashost or mshost"),
        ({"system_id": ""}, "SYSTEM_ID_NOT_PINNED", 'system_id = "ECP"'),
        ({"table_function": "Z_READER"}, "TABLE_NOT_READABLE", "S_TABU_NAM"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(ecc: System, changes: dict[str, Any], code: str, advice: str) -> None:
    each = found(ecc, **changes)[code]
    assert each.grade in {"error", "warning"}
    assert advice in each.remedy
    assert each.why


def test_a_search_that_fails_is_told(ecc: System, tmp_path: Path) -> None:
    own = ecc.copy(tmp_path / "ecc.db")
    own.faults.queue("RFC_READ_TABLE", "dump", 60)
    codes = found(own)
    assert "TABLE_NOT_READABLE" in codes
