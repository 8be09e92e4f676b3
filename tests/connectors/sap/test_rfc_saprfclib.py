"""The pure Python backend: its exceptions get our names, its dates become digits, its absence is told."""

from datetime import date

import pytest

from bot.errors import NeedsAdmin
from connectors.sap.rfc import Trouble
from connectors.sap.rfc_saprfclib import SaprfclibSession, _plain, problem


class AbapApplicationError(Exception):
    key = "NOT_FOUND"


class AbapSystemFailure(Exception):
    pass


class CommunicationError(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (AbapApplicationError("x"), Trouble.APPLICATION),
        (AbapSystemFailure("x"), Trouble.RUNTIME),
        (CommunicationError("x"), Trouble.COMMUNICATION),
        (TimeoutError("x"), Trouble.TIMEOUT),
        (ConnectionResetError("x"), Trouble.COMMUNICATION),
        (ValueError("unknown parameter"), Trouble.INTERFACE),
        (RuntimeError("x"), Trouble.COMMUNICATION),
    ],
)
def test_exceptions_of_the_library_get_our_names(error: Exception, trouble: Trouble) -> None:
    assert problem(error).trouble is trouble


def test_dates_become_eight_digits_wherever_they_stand() -> None:
    assert _plain({"A": date(2025, 3, 4), "B": [{"C": date(2025, 1, 2), "D": "x"}], "E": None}) == {
        "A": "20250304", "B": [{"C": "20250102", "D": "x"}], "E": None,
    }  # fmt: skip


def test_without_the_library_a_person_is_told() -> None:
    with pytest.raises(NeedsAdmin, match="saprfclib is not installed"):
        SaprfclibSession({"ashost": "h"}, 10.0)
