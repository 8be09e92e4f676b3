"""The backend on saprfclib, a client in pure Python for Python 3.12 and newer; beta, never tried against SAP by us.

Its differences from pyrfc end here: strict parameters, its own exceptions, dates that come as dates.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from importlib import import_module
from typing import Any

from bot.errors import NeedsAdmin
from connectors.sap.rfc import RfcProblem, Trouble, Values

_NAMES = {"passwd": "password"}
_INSTALL = "Install saprfclib with Python 3.12 or newer; docs/connect-sap-ecc.md says how."
_TROUBLES = {
    "CommunicationError": Trouble.COMMUNICATION,
    "LogonError": Trouble.LOGON,
    "AbapApplicationError": Trouble.APPLICATION,
    "AbapSystemFailure": Trouble.RUNTIME,
}


def problem(error: Exception) -> RfcProblem:
    """Name the trouble behind an exception of the library."""
    names = {kind.__name__ for kind in type(error).__mro__}
    key = str(getattr(error, "key", "") or "")
    for name, trouble in _TROUBLES.items():
        if name in names:
            return RfcProblem(trouble, str(error), key)
    if isinstance(error, TimeoutError):
        return RfcProblem(Trouble.TIMEOUT, str(error), key)
    if isinstance(error, OSError):
        return RfcProblem(Trouble.COMMUNICATION, str(error), key)
    interface = isinstance(error, (TypeError, ValueError, KeyError))
    return RfcProblem(Trouble.INTERFACE if interface else Trouble.COMMUNICATION, str(error), key)


class SaprfclibSession:
    """Implements `RfcSession`; a session that met trouble counts as closed, whatever the library believes."""

    def __init__(self, parameters: Mapping[str, str], seconds: float) -> None:
        try:
            module = import_module("saprfclib")
        except ImportError as error:
            what = f"the RFC library saprfclib is not installed: {error}"
            raise NeedsAdmin(what, "python environment", _INSTALL) from error
        self._broken = False
        try:
            self._connection = module.connect(**dict(parameters), strict_params=True, read_timeout=seconds)
        except Exception as error:  # noqa: BLE001 - the library has no common base that can be imported here
            raise problem(error) from None

    @property
    def handle(self) -> object:
        """The connection object itself: this library opens none anew."""
        return id(self._connection)

    def call(self, function: str, seconds: float, values: Mapping[str, Any]) -> Values:  # noqa: ARG002 - set at opening
        """Call a module; raises RfcProblem."""
        try:
            return dict(_plain(self._connection.call(function, **values)))
        except Exception as error:  # noqa: BLE001 - see above
            found = problem(error)
            self._broken = self._broken or found.trouble is not Trouble.APPLICATION
            raise found from None

    def ping(self) -> None:
        """Ask for a sign of life; raises RfcProblem."""
        self.call("RFC_PING", 0.0, {})

    def is_valid(self) -> bool:
        """Whether nothing but application exceptions has happened."""
        return not self._broken

    def close(self) -> None:
        """Close; a connection that is gone already is no trouble."""
        self._broken = True
        with suppress(Exception):  # nothing is left to lose
            self._connection.close()

    def describe(self, function: str) -> dict[str, frozenset[str]]:
        """Parameters of a module with the fields of structures and tables; raises RfcProblem."""
        try:
            found = self._connection.get_function_description(function)
            return {str(name): frozenset(getattr(each, "fields", ()) or ()) for name, each in found.items()}
        except Exception as error:  # noqa: BLE001 - see above
            raise problem(error) from None

    def attributes(self) -> dict[str, str]:
        """System id, client, user, release; raises RfcProblem."""
        try:
            return {str(name): str(value) for name, value in dict(self._connection.attributes).items()}
        except Exception as error:  # noqa: BLE001 - see above
            raise problem(error) from None


def _plain(value: Any) -> Any:
    """Dates as eight digits, as inside tables."""
    if isinstance(value, date):
        return value.strftime("%Y%m%d")
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
