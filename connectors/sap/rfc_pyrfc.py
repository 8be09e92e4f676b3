"""The backend on pyrfc, or on any library that offers its interface: opens connections and names its exceptions.

The library needs SAP's own shared libraries and is imported only when a connection is opened.
"""

from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from bot.errors import NeedsAdmin
from connectors import trace
from connectors.sap.rfc import RfcProblem, Trouble, Values

# names of exception classes, the most special first
_TROUBLES: tuple[tuple[str, Trouble], ...] = (
    ("CommunicationError", Trouble.COMMUNICATION),
    ("LogonError", Trouble.LOGON),
    ("ExternalAuthorizationError", Trouble.AUTHORISATION),
    ("ABAPApplicationError", Trouble.APPLICATION),
    ("ABAPRuntimeError", Trouble.RUNTIME),
    ("ExternalApplicationError", Trouble.RUNTIME),
    ("ExternalRuntimeError", Trouble.INTERFACE),
)
_CANCELLED = "RFC_CANCELED"
_INSTALL = (
    'Install pyrfc 3.3.1 with SAP\'s NW RFC SDK, or use backend = "saprfclib" on Python 3.12 or newer; '
    "docs/connect-sap-ecc.md says how."
)


def library(name: str) -> Any:
    """Import the library; NeedsAdmin when it, or what it needs, is not installed."""
    try:
        module = import_module(name)
    except ImportError as error:
        raise NeedsAdmin(f"the RFC library {name} is not installed: {error}", "python environment", _INSTALL) from error
    if not hasattr(module, "Connection"):  # pyrfc swallows the failure of its compiled part
        what = f"the RFC library {name} is installed without SAP's shared libraries"
        raise NeedsAdmin(what, "python environment", _INSTALL)
    return module


def problem(error: Exception) -> RfcProblem:
    """Name the trouble behind an exception of the library."""
    key, message = str(getattr(error, "key", "") or ""), str(getattr(error, "message", "") or error)
    if isinstance(error, TypeError):
        return RfcProblem(Trouble.INTERFACE, message, "TYPE")
    if key == _CANCELLED:
        return RfcProblem(Trouble.TIMEOUT, message, key)
    names = {kind.__name__ for kind in type(error).__mro__}
    for name, trouble in _TROUBLES:
        if name in names:
            refused = trouble is Trouble.RUNTIME and "AUTHORI" in key.upper()
            return RfcProblem(Trouble.AUTHORISATION if refused else trouble, message, key)
    closed = "closed" in message
    return RfcProblem(Trouble.CLOSED if closed else Trouble.COMMUNICATION, message, key)


class PyrfcSession:
    """Implements `RfcSession` on one `Connection` object."""

    def __init__(self, name: str, parameters: Mapping[str, str]) -> None:
        module = library(name)
        try:
            self._connection = module.Connection(**dict(parameters))
        except Exception as error:  # noqa: BLE001 - the library has no common base that can be imported here
            raise problem(error) from None

    @property
    def handle(self) -> object:
        """Number of the open connection; another one after the library has opened it anew."""
        return self._connection.handle

    def call(self, function: str, seconds: float, values: Mapping[str, Any]) -> Values:
        """Call a module; raises RfcProblem."""
        trace.rfc(function, values)
        try:
            result = self._connection.call(function, options={"timeout": round(seconds)}, **values)
        except Exception as error:  # noqa: BLE001 - see above
            raise problem(error) from None
        return dict(result)

    def ping(self) -> None:
        """Ask for a sign of life; raises RfcProblem."""
        try:
            self._connection.ping()
        except Exception as error:  # noqa: BLE001 - see above
            raise problem(error) from None

    def is_valid(self) -> bool:
        """Whether the library believes the connection to be open."""
        return bool(self._connection.alive)

    def close(self) -> None:
        """Close; a connection that is gone already is no trouble."""
        with suppress(Exception):  # nothing is left to lose
            self._connection.close()

    def describe(self, function: str) -> dict[str, frozenset[str]]:
        """Parameters of a module with the fields of structures and tables; raises RfcProblem."""
        try:
            found = self._connection.get_function_description(function)
            return {
                each["name"]: frozenset(field["name"] for field in each["type_description"].fields)
                if each.get("type_description") is not None
                else frozenset()
                for each in found.parameters
            }
        except Exception as error:  # noqa: BLE001 - see above
            raise problem(error) from None

    def attributes(self) -> dict[str, str]:
        """System id, client, user, release and code page; raises RfcProblem."""
        try:
            return {str(name): str(value) for name, value in self._connection.get_connection_attributes().items()}
        except Exception as error:  # noqa: BLE001 - see above
            raise problem(error) from None
