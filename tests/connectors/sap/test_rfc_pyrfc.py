"""The backend on a pyrfc-shaped library: its exceptions get our names, its absence is told."""

import pytest

from bot.errors import NeedsAdmin
from connectors.sandbox import ecc_errors as lib
from connectors.sap.rfc import Trouble
from connectors.sap.rfc_pyrfc import library, problem


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (lib.CommunicationError("x", 1, "RFC_COMMUNICATION_FAILURE"), Trouble.COMMUNICATION),
        (lib.LogonError("x", 2, "RFC_LOGON_FAILURE"), Trouble.LOGON),
        (lib.ABAPRuntimeError("x", 3, "COMPUTE_INT_ZERODIVIDE"), Trouble.RUNTIME),
        (lib.ABAPRuntimeError("x", 3, "RFC_NO_AUTHORITY"), Trouble.AUTHORISATION),
        (lib.ABAPApplicationError("x", 5, "FU_NOT_FOUND"), Trouble.APPLICATION),
        (lib.ExternalRuntimeError("x", 20, "RFC_INVALID_PARAMETER"), Trouble.INTERFACE),
        (lib.RFCLibError("x", 7, "RFC_CANCELED"), Trouble.TIMEOUT),
        (lib.RFCError("invocation rejected because the connection is closed"), Trouble.CLOSED),
        (lib.RFCError("something else"), Trouble.COMMUNICATION),
        (TypeError("str is required"), Trouble.INTERFACE),
    ],
)
def test_exceptions_of_the_library_get_our_names(error: Exception, trouble: Trouble) -> None:
    assert problem(error).trouble is trouble


def test_a_library_that_is_not_there_says_how_to_install_it() -> None:
    with pytest.raises(NeedsAdmin, match="connect-sap-ecc") as raised:
        library("no_such_rfc_library")
    assert "not installed" in str(raised.value)


def test_a_library_without_its_compiled_part_is_told_apart() -> None:
    with pytest.raises(NeedsAdmin, match="without SAP's shared libraries"):
        library("json")
