"""Looks at an ECC system without changing it: library, logon, system, tables, modules, reference field, powers.

It yields what it finds, good things too; a finding that makes the rest pointless ends it.
"""

import re
from collections.abc import Generator, Iterator

from bot.diagnoses.found import fine, found
from bot.errors import NeedsAdmin, RestockError
from bot.ports import Clock, Diagnosis
from connectors.looking import few
from connectors.sap import ecc_payload
from connectors.sap.ecc_base import Ecc, connect
from connectors.sap.ecc_orders import reference_columns
from connectors.sap.ecc_settings import EccSettings
from connectors.sap.rfc import RfcProblem, Trouble
from connectors.sap.rfc_pyrfc import library
from connectors.sap.rfc_tables import equal
from connectors.sap.settings import LOGON

NOBODY = "000000000000"  # an order key that is never made: keys have no digit 0
_BANKS = "LFBK"
_OTHER = re.compile(r"this is system (\S+),")
TABLES: dict[str, tuple[list[str], str]] = {
    "MARA": (["MATNR", "MEINS", "MATKL", "LVORM"], "items"),
    "MARC": (["MATNR", "WERKS", "PLIFZ", "MINBE"], "item_locations"),
    "MARD": (["MATNR", "WERKS", "LGORT", "LABST", "INSME", "SPEME"], "stock"),
    "EKKO": (["EBELN", "LIFNR", "BEDAT", "UNSEZ", "PROCSTAT"], "open_orders"),
    "EKPO": (["EBELN", "EBELP", "MATNR", "MENGE", "UMREZ"], "open_orders"),
    "EKET": (["EBELN", "EBELP", "ETENR", "EINDT", "WEMNG"], "open_orders"),
    "EKBE": (["EBELN", "EBELP", "BUDAT", "CPUDT", "MENGE", "SHKZG"], "receipts"),
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
        yield found("library-missing", error.what, how=error.remedy)
        return
    ecc = connect(settings, clock)
    try:
        blocked = yield from _logon(ecc)
        if not blocked:
            yield from _tables(ecc)
            yield from _modules(ecc)
            yield from _plants(ecc)
            yield from _reference(ecc)
            yield from _powers(ecc)
    finally:
        ecc.pool.close()


def _logon(ecc: Ecc) -> Generator[Diagnosis, None, bool]:
    """Open a connection; the generator's value says whether that failed."""
    try:
        with ecc.pool.lease(ecc.settings.read_seconds) as lease:
            here = lease.attributes()
            lease.call("RFC_PING")
    except RfcProblem as problem:
        yield _opening(problem)
        return True
    except NeedsAdmin as error:
        if other := _OTHER.match(error.what):
            yield found("system-other", error.what, found=other[1])
        else:
            yield found("library-missing", error.what, how=error.remedy)
        return True
    yield fine(f"logged on to {here.get('sysId', '?')}, client {here.get('client', '?')}")
    if not ecc.settings.system_id:
        yield found("system-not-pinned", f"the system says it is {here.get('sysId', '?')}", found=here.get("sysId", ""))
    return False


def _opening(problem: RfcProblem) -> Diagnosis:
    if problem.trouble is Trouble.LOGON:
        return found("logon-refused", str(problem), how=LOGON)
    if problem.trouble is Trouble.AUTHORISATION:
        how = "give the RFC user S_RFC for the modules that docs/connect-sap-ecc.md lists"
        return found("service-forbidden", str(problem), how=how)
    setting = "ashost and sysnr (or mshost and group; the gateway port is 33NN)"
    return found("connection-refused", str(problem), setting=setting)


def _tables(ecc: Ecc) -> Iterator[Diagnosis]:
    for table, (columns, serves) in TABLES.items():
        try:
            ecc.tables.attempt(table, columns)
        except RestockError as error:
            how = f"S_TABU_NAM for {table}; or its columns do not exist in this release"
            yield found("table-forbidden", f"{table}, needed by {serves}: {error}".splitlines()[0], how=how)
        else:
            yield fine(f"{table} can be read")


def _modules(ecc: Ecc) -> Iterator[Diagnosis]:
    for function, wanted in MODULES.items():
        try:
            with ecc.pool.lease(ecc.settings.read_seconds) as lease:
                there = lease.describe(function)
        except RfcProblem as problem:
            yield found("module-missing", f"{function}: {problem}", function=function)
            continue
        missing = [name for name in wanted if name not in there]
        missing += [f"{p}-{f}" for p, fields in wanted.items() for f in sorted(fields - there.get(p, fields))]
        if missing:
            yield found("module-differs", f"{function} has no {', '.join(missing)}")
        else:
            yield fine(f"{function} has what is used")


def _plants(ecc: Ecc) -> Iterator[Diagnosis]:
    """Whether the plants of the settings exist."""
    try:
        known = set(ecc.tables.read("T001W", ["WERKS"], ["WERKS"], [])["WERKS"])
    except RestockError:
        return  # the table is judged with the others
    for plant in sorted(ecc.settings.plants.keys() - known):
        what = f"there is no plant {plant}; there are: {few(known)}"
        yield found("location-empty", what, setting=f"plants.{plant}", location=f"plant {plant}")


def _reference(ecc: Ecc) -> Iterator[Diagnosis]:
    column = reference_columns(ecc)[0]
    try:
        rows = ecc.tables.read("EKKO", ["EBELN"], [column], [equal(column, NOBODY), equal("BSTYP", "F")])
    except RestockError as error:
        yield found("reference-not-searchable", f"a search by {column} is refused: {error}".splitlines()[0])
        return
    if len(rows):
        yield found("reference-not-searchable", f"a search by {column} for a key that cannot exist returns strangers")
    else:
        yield fine(f"{column} can be searched")


def _powers(ecc: Ecc) -> Iterator[Diagnosis]:
    """What the user can see although it should not, and what only a real order would show."""
    try:
        ecc.tables.attempt(_BANKS, ["LIFNR"])
    except RestockError:
        yield fine("bank data of suppliers are closed to the user")
    else:
        yield found("may-see-bank-data", f"user {ecc.settings.user} may read {_BANKS}")
    how = "give M_BEST_BSA, M_BEST_EKG, M_BEST_EKO and M_BEST_WRK with activity 01 to 03; M_EINK_FRG (release), "
    how += "F_LFA1_APP and F_LFA1_BUK must be missing; then try one small order in a test client"
    yield found(
        "cannot-be-checked", "whether the user may create orders, and may not release or change suppliers", how=how
    )
