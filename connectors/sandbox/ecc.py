"""A library shaped like pyrfc over the demo company: strict about calls, forgetful about what was not committed.

`Connection(ashost=FILE)` opens the SQLite file of a system that `load_ecc` made; it speaks to no network.
"""

import itertools
import json
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from connectors.sandbox import ecc_documents, ecc_tables
from connectors.sandbox.ecc_check import check
from connectors.sandbox.ecc_errors import (
    ABAPApplicationError,
    ABAPRuntimeError,
    CommunicationError,
    ExternalRuntimeError,
    LogonError,
    RFCError,
    RFCLibError,
)
from connectors.sandbox.ecc_interfaces import FUNCTIONS, WIDE, Parameter
from connectors.sandbox.ecc_load import PASSWORD, SYSTEM_ID, USER, load_ecc
from connectors.sandbox.ecc_state import Faults, opened, put

__all__ = [
    "ABAPApplicationError", "ABAPRuntimeError", "CommunicationError", "Connection", "ExternalRuntimeError", "Faults",
    "LogonError", "RFCError", "RFCLibError", "load_ecc",
]  # fmt: skip
_LATE_CALLS = 6  # a late commit takes effect after so many further calls
_handles = itertools.count(1)


class Connection:
    """One connection with one ABAP session; parameters are texts, as the real library demands."""

    def __init__(self, config: Mapping[str, Any] | None = None, **parameters: Any) -> None:  # noqa: ARG002 - pyrfc has it
        for name, value in parameters.items():
            if type(value) is not str:
                raise RFCError(f"Connection parameter '{name}' value is not string")
        if not parameters.get("ashost"):
            text = "Parameter ASHOST, GWHOST, MSHOST or PORT is missing."
            raise ExternalRuntimeError(text, 20, "RFC_INVALID_PARAMETER")
        self._path, self._parameters = Path(parameters["ashost"]), parameters
        self._unit = ecc_documents.Unit()
        self.alive, self.handle = False, 0
        self.open()

    def open(self) -> None:
        """Open; the session is new and empty."""
        if not self._path.is_file():
            raise CommunicationError(f"connection to {self._path} refused", 1, "RFC_COMMUNICATION_FAILURE")
        with opened(self._path) as connection:
            fault = Faults(self._path).take(connection, "LOGON")
        wrong = (self._parameters.get("user"), self._parameters.get("passwd")) != (USER, PASSWORD)
        if wrong or fault == "logon":
            raise LogonError("Name or password is incorrect (repeat logon)", 2, "RFC_LOGON_FAILURE")
        if fault:
            raise CommunicationError("gateway is down", 1, "RFC_COMMUNICATION_FAILURE")
        self._unit.clear()
        self.alive, self.handle = True, next(_handles)

    def close(self) -> None:
        """Close; what was not committed is gone."""
        self._unit.clear()
        self.alive = False

    def ping(self) -> None:
        """Ask for a sign of life."""
        self.call("RFC_PING")

    def is_valid(self) -> bool:
        """Whether the connection is open."""
        return self.alive

    def get_connection_attributes(self) -> dict[str, str]:
        """What the system says about itself."""
        return {"sysId": SYSTEM_ID, "client": self._parameters.get("client", "100"), "user": USER, "rel": "731",
                "partnerRel": "731", "language": "E"}  # fmt: skip

    def get_function_description(self, name: str) -> SimpleNamespace:
        """Parameters of a module with the fields of structures and tables."""
        found = [
            {
                "name": parameter,
                "direction": each.direction,
                "type_description": None
                if each.kind == "scalar"
                else SimpleNamespace(fields=[{"name": field} for field in each.fields]),
            }
            for parameter, each in self._interface(name).items()
        ]
        return SimpleNamespace(name=name, parameters=found)

    def _interface(self, name: str) -> dict[str, Parameter]:
        if name not in FUNCTIONS:
            text = f"ID:FL Type:E Number:046 {name}"
            raise ABAPApplicationError(text, 5, "FU_NOT_FOUND", msg_class="FL", msg_type="E", msg_number="046")
        return FUNCTIONS[name] | (WIDE if name == "RFC_READ_TABLE" and self._wide() else {})

    def _wide(self) -> bool:
        with opened(self._path) as connection:
            row = connection.execute("SELECT value FROM facts WHERE name = 'wide'").fetchone()
        return row is not None and row[0] == "yes"

    def call(self, name: str, options: Mapping[str, Any] | None = None, **values: Any) -> dict[str, Any]:
        """Call a module; after most troubles the connection is silently another one, as with the real library."""
        if not self.alive:
            raise RFCError("Remote function module call invocation rejected because the connection is closed")
        if set(options or ()) - {"timeout", "not_requested"}:
            raise RFCError("Call option not supported")
        taken = check(self._interface(name), values)
        try:
            return self._carried_out(name, taken)
        except (CommunicationError, ABAPRuntimeError):
            self._reopen()
            raise
        except RFCLibError as error:
            if error.key == "RFC_CANCELED":
                self._reopen()
            raise

    def _reopen(self) -> None:
        """What the real library does before it raises: the object lives on, the session is gone."""
        self._unit.clear()
        self.handle = next(_handles)

    def _carried_out(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        with opened(self._path) as connection:
            _come_true(connection)
            fault = Faults(self._path).take(connection, name)
            connection.execute("INSERT INTO calls (function) VALUES (?)", (name,))
        _before(fault)
        with opened(self._path) as connection:
            answer = self._answer(connection, name, values, fault)
        if fault in {"drop_after", "late"}:
            raise CommunicationError("connection reset by peer", 1, "RFC_COMMUNICATION_FAILURE")
        return answer

    def _answer(self, connection: sqlite3.Connection, name: str, values: dict[str, Any], fault: str) -> dict[str, Any]:
        if name == "RFC_READ_TABLE":
            wide = bool(values.get("USE_ET_DATA_4_RETURN"))
            return ecc_tables.read(connection, values, wide=wide)
        if name == "BAPI_TRANSACTION_COMMIT":
            self._commit(connection, late=fault == "late")
            return ecc_documents.outputs(name, {})
        if name == "BAPI_TRANSACTION_ROLLBACK":
            self._unit.clear()
            return ecc_documents.outputs(name, {})
        if fault in {"locked", "refused"}:
            text = "Purchasing object is locked by user MILLER" if fault == "locked" else "Budget is used up"
            identity, number = ("ME", "006") if fault == "locked" else ("BP", "603")
            return ecc_documents.outputs(name, {"RETURN": [ecc_documents.message("E", text, identity, number)]})
        return ecc_documents.outputs(name, self._work(connection, name, values, fault))

    def _work(self, connection: sqlite3.Connection, name: str, values: dict[str, Any], fault: str) -> dict[str, Any]:
        work: dict[str, Callable[[], dict[str, Any]]] = {
            "BAPI_PO_CREATE1": lambda: ecc_documents.create_order(connection, self._unit, values),
            "BAPI_PO_CHANGE": lambda: ecc_documents.change_order(connection, self._unit, values),
            "BAPI_PR_CREATE": lambda: ecc_documents.create_requisition(connection, self._unit, values),
            "BAPI_PO_GETDETAIL1": lambda: ecc_documents.detail(connection, values),
            "RFC_PING": dict,
        }
        made = work[name]()
        if fault == "warning":
            made["RETURN"] = [
                *made.get("RETURN", []),
                ecc_documents.message("W", "Delivery date is in the past", "ME", "040"),
            ]
        return made

    def _commit(self, connection: sqlite3.Connection, *, late: bool) -> None:
        for table, row in self._unit.rows:
            if late:
                count = connection.execute("SELECT count(*) FROM calls").fetchone()[0]
                cells = json.dumps({name: str(value) for name, value in row.items()})
                connection.execute(
                    "INSERT INTO late (after, sql, cells) VALUES (?, ?, ?)", (count + _LATE_CALLS, table, cells)
                )
            else:
                put(connection, table, row)
        for mark, number, position in self._unit.deletions:
            connection.execute("UPDATE EKPO SET LOEKZ = ? WHERE EBELN = ? AND EBELP = ?", (mark, number, position))
        self._unit.clear()


def _before(fault: str) -> None:
    """Raise what a call meets before anything is done."""
    if fault == "drop_before":
        raise CommunicationError("connection reset by peer", 1, "RFC_COMMUNICATION_FAILURE")
    if fault == "timeout":
        raise RFCLibError("Connection was canceled", 7, "RFC_CANCELED")
    if fault == "dump":
        raise ABAPRuntimeError("Division by 0", 3, "COMPUTE_INT_ZERODIVIDE")


def _come_true(connection: sqlite3.Connection) -> None:
    """Late commits whose time has come."""
    count = connection.execute("SELECT count(*) FROM calls").fetchone()[0]
    for row in connection.execute("SELECT id, sql, cells FROM late WHERE after <= ?", (count,)).fetchall():
        put(connection, row["sql"], json.loads(row["cells"]))
        connection.execute("DELETE FROM late WHERE id = ?", (row["id"],))
