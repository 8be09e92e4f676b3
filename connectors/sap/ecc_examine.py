"""Looks at an ECC system without changing it: library, logon, system, tables, modules and the reference field.

It yields what it finds, good things too; a finding that makes the rest pointless ends it.
"""

from collections.abc import Generator, Iterator

from bot.errors import NeedsAdmin, RestockError
from bot.ports import Clock, Diagnosis
from connectors.sap import ecc_payload
from connectors.sap.ecc_base import Ecc, connect
from connectors.sap.ecc_orders import reference_column
from connectors.sap.ecc_settings import EccSettings
from connectors.sap.rfc import RfcProblem, Trouble
from connectors.sap.rfc_pyrfc import library
from connectors.sap.rfc_tables import equal

NOBODY = "000000000000"  # an order key that is never made: keys have no digit 0
TABLES: dict[str, tuple[list[str], str]] = {
    "MARA": (["MATNR", "MEINS", "MATKL", "LVORM"], "items"),
    "MARC": (["MATNR", "WERKS", "PLIFZ", "MINBE"], "item_locations"),
    "MARD": (["MATNR", "WERKS", "LGORT", "LABST", "INSME", "SPEME"], "stock"),
    "EKKO": (["EBELN", "LIFNR", "BEDAT", "UNSEZ", "PROCSTAT"], "open_orders"),
    "EKPO": (["EBELN", "EBELP", "MATNR", "MENGE", "UMREZ"], "open_orders"),
    "EKET": (["EBELN", "EBELP", "ETENR", "EINDT", "WEMNG"], "open_orders"),
    "EKBE": (["EBELN", "EBELP", "BUDAT", "MENGE", "SHKZG"], "receipts"),
    "EINA": (["INFNR", "LIFNR", "MATNR", "UMREZ"], "sourcing"),
    "EINE": (["INFNR", "EKORG", "NETPR", "PEINH", "APLFZ"], "sourcing"),
    "LFA1": (["LIFNR", "NAME1", "SPERM"], "suppliers"),
    "LFM1": (["LIFNR", "EKORG", "SPERM", "PLIFZ"], "suppliers"),
    "T001W": (["WERKS", "NAME1"], "locations"),
}
MODULES: dict[str, dict[str, frozenset[str]]] = {
    "BAPI_PO_CREATE1": {
        "POHEADER": frozenset(ecc_payload.HEADER),
        "POITEM": frozenset(ecc_payload.ITEM) - {"MATERIAL_LONG"},
        "POSCHEDULE": frozenset(ecc_payload.SCHEDULE),
        "POHEADERX": frozenset(),
        "POITEMX": frozenset(),
        "POSCHEDULEX": frozenset(),
        "RETURN": frozenset({"TYPE", "ID", "NUMBER", "MESSAGE"}),
        "EXPPURCHASEORDER": frozenset(),
    },
    "BAPI_TRANSACTION_COMMIT": {"WAIT": frozenset(), "RETURN": frozenset({"TYPE", "MESSAGE"})},
    "BAPI_TRANSACTION_ROLLBACK": {},
    "BAPI_PO_GETDETAIL1": {"PURCHASEORDER": frozenset(), "POHISTORY": frozenset({"PO_ITEM", "QUANTITY"})},
    "BAPI_PO_CHANGE": {"PURCHASEORDER": frozenset(), "POITEM": frozenset({"PO_ITEM", "DELETE_IND"})},
}


def examine(settings: EccSettings, clock: Clock) -> Iterator[Diagnosis]:
    """Yield what is found; opens its own connections and closes them."""
    try:
        if settings.backend == "pyrfc":
            library(settings.rfc_library)
    except NeedsAdmin as error:
        yield Diagnosis("RFC_LIBRARY_MISSING", "error", error.what, "without it no call can be made", error.remedy)
        return
    ecc = connect(settings, clock)
    try:
        blocked = yield from _logon(ecc)
        if not blocked:
            yield from _tables(ecc)
            yield from _modules(ecc)
            yield from _reference(ecc)
    finally:
        ecc.pool.close()


def _logon(ecc: Ecc) -> Generator[Diagnosis, None, bool]:
    """Open a connection; the generator's value says whether that failed."""
    try:
        with ecc.pool.lease(ecc.settings.read_seconds) as lease:
            found = lease.attributes()
            lease.call("RFC_PING")
    except RfcProblem as problem:
        yield _opening(problem)
        return True
    except NeedsAdmin as error:
        code = "SYSTEM_ID_DIFFERS" if "this is system" in error.what else "RFC_LIBRARY_MISSING"
        yield Diagnosis(code, "error", error.what, "orders would go to another system", error.remedy)
        return True
    yield Diagnosis("RFC_LOGON_OK", "ok", f"logged on to {found.get('sysId', '?')}, client {found.get('client', '?')}")
    if not ecc.settings.system_id:
        yield Diagnosis(
            "SYSTEM_ID_NOT_PINNED", "warning", "system_id is not set",
            "a wrong address could lead to a test system unnoticed", f"set system_id = \"{found.get('sysId', '')}\"",
        )  # fmt: skip
    return False


def _opening(problem: RfcProblem) -> Diagnosis:
    if problem.trouble is Trouble.LOGON:
        remedy = "correct user, password and client; SAP locks users after some wrong tries, so it is tried once"
        return Diagnosis("RFC_LOGON_FAILED", "error", str(problem), "nothing can be read or ordered", remedy)
    if problem.trouble is Trouble.AUTHORISATION:
        remedy = "give the RFC user S_RFC for the modules that docs/connect-sap-ecc.md lists"
        return Diagnosis("RFC_NOT_AUTHORISED", "error", str(problem), "calls are refused", remedy)
    remedy = "check ashost and sysnr (or mshost and group), the gateway port 33NN and the firewall"
    return Diagnosis("RFC_UNREACHABLE", "error", str(problem), "nothing can be read or ordered", remedy)


def _tables(ecc: Ecc) -> Iterator[Diagnosis]:
    for table, (columns, serves) in TABLES.items():
        try:
            ecc.tables.attempt(table, columns)
        except RestockError as error:
            why = f"the table {serves} would be missing or wrong"
            remedy = f"give the RFC user S_TABU_NAM for {table}, or check that its columns exist in this release"
            yield Diagnosis("TABLE_NOT_READABLE", "error", f"{table}: {error}".splitlines()[0], why, remedy)
        else:
            yield Diagnosis("TABLE_READABLE", "ok", f"{table} can be read")


def _modules(ecc: Ecc) -> Iterator[Diagnosis]:
    for function, wanted in MODULES.items():
        try:
            with ecc.pool.lease(ecc.settings.read_seconds) as lease:
                found = lease.describe(function)
        except RfcProblem as problem:
            remedy = f"check that {function} exists, is remote-enabled, and that S_RFC allows it"
            yield Diagnosis("MODULE_MISSING", "error", f"{function}: {problem}", "orders cannot be created", remedy)
            continue
        missing = [name for name in wanted if name not in found]
        missing += [f"{p}-{f}" for p, fields in wanted.items() for f in sorted(fields - found.get(p, fields))]
        if missing:
            remedy = "tell us the release; nothing is written while the interface differs"
            what = f"{function} has no {', '.join(missing)}"
            yield Diagnosis("MODULE_DIFFERS", "error", what, "values would be ignored or refused", remedy)
        else:
            yield Diagnosis("MODULE_AS_EXPECTED", "ok", f"{function} has what is used")


def _reference(ecc: Ecc) -> Iterator[Diagnosis]:
    column = reference_column(ecc)
    try:
        rows = ecc.tables.read("EKKO", ["EBELN"], [column], [equal(column, NOBODY), equal("BSTYP", "F")])
    except RestockError as error:
        remedy = f"let {column} of EKKO be searched, or choose another reference_field"
        yield Diagnosis(
            "REFERENCE_NOT_SEARCHABLE", "error", str(error).splitlines()[0], "orders are found by it", remedy
        )
        return
    if len(rows):
        remedy = "choose another reference_field; the search returned orders with another value"
        yield Diagnosis("REFERENCE_NOT_SEARCHABLE", "error", f"{column} is not searched exactly", "doubles", remedy)
    else:
        yield Diagnosis("REFERENCE_SEARCHABLE", "ok", f"{column} can be searched")
