"""What the ECC-like library knows of its function modules and tables: parameters, fields, types, lengths.

It describes only; the modules themselves live in the other ecc modules. Written as `NAME TYPE.LENGTH[.DECIMALS]`:
C text, c text that keeps its case, N digits, D day, T time, P packed, Q quantity, I integer, S string of any length.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """One field: type letter, length, decimals."""

    kind: str
    length: int
    decimals: int = 0

    def initial(self) -> Any:
        """Value of a field that nobody filled, as it comes out."""
        return {"N": "0" * self.length, "P": Decimal(0), "Q": Decimal(0), "I": 0}.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: direction (import, export, tables), kind (scalar, struct, table), its structure or field."""

    direction: str
    kind: str
    fields: dict[str, Field]
    required: bool = False


def _fields(text: str) -> dict[str, Field]:
    found = {}
    for word in text.split(","):
        name, _, form = word.strip().partition(" ")
        kind, *sizes = form.strip().split(".")
        found[name] = Field(kind, *(int(size) for size in sizes))
    return found


_RETURN = _fields(
    "TYPE C.1, ID C.20, NUMBER N.3, MESSAGE C.220, LOG_NO C.20, LOG_MSG_NO N.6, MESSAGE_V1 C.50, MESSAGE_V2 C.50, "
    "MESSAGE_V3 C.50, MESSAGE_V4 C.50, PARAMETER C.32, ROW I.10, FIELD C.30, SYSTEM C.10"
)
_HEADER = _fields(
    "PO_NUMBER C.10, COMP_CODE C.4, DOC_TYPE C.4, DELETE_IND C.1, STATUS C.1, CREAT_DATE D.8, CREATED_BY C.12, "
    "VENDOR C.10, PMNTTRMS C.4, PURCH_ORG C.4, PUR_GROUP C.3, CURRENCY C.5, CURRENCY_ISO C.3, DOC_DATE D.8, "
    "REF_1 c.12, OUR_REF c.12, SUPPL_PLNT C.4, COLLECT_NO C.10, AGREEMENT C.10"
)
_ITEM = _fields(
    "PO_ITEM N.5, DELETE_IND C.1, SHORT_TEXT c.40, MATERIAL C.18, MATERIAL_LONG C.40, PLANT C.4, STGE_LOC C.4, "
    "TRACKINGNO C.10, MATL_GROUP C.9, INFO_REC C.10, QUANTITY Q.13.3, PO_UNIT c.3, PO_UNIT_ISO C.3, ORDERPR_UN c.3, "
    "ORDERPR_UN_ISO C.3, CONV_NUM1 P.5, CONV_DEN1 P.5, NET_PRICE P.28.9, PRICE_UNIT P.5, TAX_CODE C.2, "
    "NO_MORE_GR C.1, ITEM_CAT C.1, ACCTASSCAT C.1, PREQ_NAME C.12, NO_ROUNDING C.1, PO_PRICE C.1"
)
_SCHEDULE = _fields(
    "PO_ITEM N.5, SCHED_LINE N.4, DEL_DATCAT_EXT C.1, DELIVERY_DATE C.10, QUANTITY Q.13.3, STAT_DATE D.8, "
    "DELETE_IND C.1"
)
_HISTORY = _fields(
    "PO_ITEM N.5, SERIAL_NO N.2, PROCESS_ID C.1, DOC_YEAR N.4, MAT_DOC C.10, MATDOC_ITM N.4, HIST_TYPE C.1, "
    "MOVE_TYPE C.3, PSTNG_DATE D.8, QUANTITY Q.13.3, DB_CR_IND C.1, ENTRY_DATE D.8, MATERIAL C.18, PLANT C.4"
)
_CONFIRMATION = _fields(
    "PO_ITEM N.5, CONF_SER N.4, CONF_TYPE C.2, DELIV_DATE D.8, QUANTITY Q.13.3, DELETE_IND C.1, EXT_DOC C.20"
)
_REQUISITION = _fields(
    "PREQ_ITEM N.5, PUR_GROUP C.3, PREQ_NAME C.12, SHORT_TEXT C.40, MATERIAL C.18, PLANT C.4, TRACKINGNO C.10, "
    "SUPPL_PLNT C.4, QUANTITY Q.13.3, UNIT C.3, DELIV_DATE D.8, ITEM_CAT C.1, FIXED_VEND C.10, MATERIAL_LONG C.40"
)
_READ_FIELDS = _fields("FIELDNAME C.30, OFFSET N.6, LENGTH N.6, TYPE C.1, FIELDTEXT c.60")


def _marks(fields: dict[str, Field], *keys: str) -> dict[str, Field]:
    """The X structure of a structure: flags, and the keys with their values and flags of their own."""
    marks = {name: Field("C", 1) for name in fields if name not in keys}
    return {**{key: fields[key] for key in keys}, **{f"{key}X": Field("C", 1) for key in keys}, **marks}


def _scalar(direction: str, form: str, *, required: bool = False) -> Parameter:
    return Parameter(direction, "scalar", _fields(f"VALUE {form}"), required)


def _struct(direction: str, fields: dict[str, Field], *, required: bool = False) -> Parameter:
    return Parameter(direction, "struct", fields, required)


def _table(fields: dict[str, Field], *, required: bool = False) -> Parameter:
    return Parameter("tables", "table", fields, required)


_ORDER = {
    "POHEADERX": _struct("import", {name: Field("C", 1) for name in _HEADER}),
    "TESTRUN": _scalar("import", "C.1"),
    "NO_MESSAGING": _scalar("import", "C.1"),
    "RETURN": _table(_RETURN),
    "POITEM": _table(_ITEM),
    "POITEMX": _table(_marks(_ITEM, "PO_ITEM")),
    "POSCHEDULE": _table(_SCHEDULE),
    "POSCHEDULEX": _table(_marks(_SCHEDULE, "PO_ITEM", "SCHED_LINE")),
}
_READER = {
    "QUERY_TABLE": _scalar("import", "C.30", required=True),
    "DELIMITER": _scalar("import", "C.1"),
    "NO_DATA": _scalar("import", "C.1"),
    "ROWSKIPS": _scalar("import", "I.10"),
    "ROWCOUNT": _scalar("import", "I.10"),
    "OPTIONS": _table(_fields("TEXT c.72"), required=True),
    "FIELDS": _table(_READ_FIELDS, required=True),
    "DATA": _table(_fields("WA c.512")),
}
WIDE = {
    "GET_SORTED": _scalar("import", "C.1"),
    "USE_ET_DATA_4_RETURN": _scalar("import", "C.1"),
    "ET_DATA": Parameter("export", "table", _fields("LINE S.0")),
}
FUNCTIONS: dict[str, dict[str, Parameter]] = {
    "BAPI_PO_CREATE1": {
        "POHEADER": _struct("import", _HEADER, required=True),
        **_ORDER,
        "EXPPURCHASEORDER": _scalar("export", "C.10"),
        "EXPHEADER": _struct("export", _HEADER),
    },
    "BAPI_PO_CHANGE": {
        "PURCHASEORDER": _scalar("import", "C.10", required=True),
        "POHEADER": _struct("import", _HEADER),
        **_ORDER,
        "EXPHEADER": _struct("export", _HEADER),
    },
    "BAPI_PO_GETDETAIL1": {
        "PURCHASEORDER": _scalar("import", "C.10", required=True),
        "POHEADER": _struct("export", _HEADER),
        "POITEM": _table(_ITEM),
        "POSCHEDULE": _table(_SCHEDULE),
        "POHISTORY": _table(_HISTORY),
        "POCONFIRMATION": _table(_CONFIRMATION),
        "RETURN": _table(_RETURN),
    },
    "BAPI_PR_CREATE": {
        "PRHEADER": _struct("import", _fields("PREQ_NO C.10, PR_TYPE C.4, AUTO_SOURCE C.1")),
        "PRHEADERX": _struct("import", _fields("PREQ_NO C.1, PR_TYPE C.1, AUTO_SOURCE C.1")),
        "TESTRUN": _scalar("import", "C.1"),
        "NUMBER": _scalar("export", "C.10"),
        "PRITEM": _table(_REQUISITION, required=True),
        "PRITEMX": _table(_marks(_REQUISITION, "PREQ_ITEM")),
        "RETURN": _table(_RETURN),
    },
    "BAPI_TRANSACTION_COMMIT": {"WAIT": _scalar("import", "C.1"), "RETURN": _struct("export", _RETURN)},
    "BAPI_TRANSACTION_ROLLBACK": {"RETURN": _struct("export", _RETURN)},
    "RFC_PING": {},
    "RFC_READ_TABLE": _READER,
}

# columns by table; the key comes first
_CODE = "C.18"
TABLES: dict[str, tuple[int, dict[str, Field]]] = {
    "T001W": (1, _fields("WERKS C.4, NAME1 c.30, FABKL C.2")),
    "TCURX": (1, _fields("CURRKEY C.5, CURRDEC I.3")),
    "MARA": (1, _fields(f"MATNR {_CODE}, MEINS C.3, MATKL C.9, MTART C.4, LVORM C.1, MSTAE C.2")),
    "MAKT": (2, _fields(f"MATNR {_CODE}, SPRAS C.1, MAKTX c.40")),
    "MARM": (2, _fields(f"MATNR {_CODE}, MEINH C.3, UMREZ P.5, UMREN P.5")),
    "MARC": (2, _fields(
        f"MATNR {_CODE}, WERKS C.4, LVORM C.1, MMSTA C.2, EKGRP C.3, DISMM C.2, PLIFZ P.3, WEBAZ P.3, BESKZ C.1, "
        "SOBSL C.2, MINBE Q.13.3, EISBE Q.13.3, BSTMI Q.13.3, BSTMA Q.13.3, BSTFE Q.13.3, BSTRF Q.13.3, MABST Q.13.3")),
    "MARD": (3, _fields(
        f"MATNR {_CODE}, WERKS C.4, LGORT C.4, LABST Q.13.3, UMLME Q.13.3, INSME Q.13.3, EINME Q.13.3, SPEME Q.13.3, "
        "RETME Q.13.3")),
    "MBEW": (3, _fields(
        f"MATNR {_CODE}, BWKEY C.4, BWTAR C.10, LBKUM Q.13.3, SALK3 P.13.2, VPRSV C.1, VERPR P.11.2, STPRS P.11.2, "
        "PEINH P.5")),
    "RESB": (3, _fields(
        f"RSNUM N.10, RSPOS N.4, RSART C.1, MATNR {_CODE}, WERKS C.4, BDTER D.8, BDMNG Q.13.3, ENMNG Q.13.3, "
        "SHKZG C.1, XLOEK C.1, KZEAR C.1")),
    "VBBE": (3, _fields(f"VBELN C.10, POSNR N.6, ETENR N.4, MATNR {_CODE}, WERKS C.4, MBDAT D.8, OMENG Q.15.3")),
    "LFA1": (1, _fields("LIFNR C.10, NAME1 c.35, SPERM C.1, LOEVM C.1, SPRAS C.1")),
    "LFM1": (2, _fields("LIFNR C.10, EKORG C.4, SPERM C.1, MINBW P.13.2, PLIFZ P.3, WAERS C.5")),
    "EINA": (1, _fields(
        f"INFNR C.10, MATNR {_CODE}, MATKL C.9, LIFNR C.10, LOEKZ C.1, MEINS C.3, UMREZ P.5, UMREN P.5, IDNLF C.35, "
        "RELIF C.1")),
    "EINE": (4, _fields(
        "INFNR C.10, EKORG C.4, ESOKZ C.1, WERKS C.4, LOEKZ C.1, EKGRP C.3, WAERS C.5, MINBM Q.13.3, NORBM Q.13.3, "
        "APLFZ P.3, DATLB D.8, NETPR P.11.2, PEINH P.5, BPRME C.3")),
    "EKKO": (1, _fields(
        "EBELN C.10, BUKRS C.4, BSTYP C.1, BSART C.4, LOEKZ C.1, AEDAT D.8, ERNAM C.12, LIFNR C.10, EKORG C.4, "
        "EKGRP C.3, WAERS C.5, BEDAT D.8, IHREZ c.12, UNSEZ c.12, SUBMI C.10, RESWK C.4, FRGKE C.1, FRGZU C.8, "
        "FRGRL C.1, PROCSTAT C.2, MEMORY C.1")),
    "EKPO": (2, _fields(
        f"EBELN C.10, EBELP N.5, LOEKZ C.1, TXZ01 c.40, MATNR {_CODE}, BUKRS C.4, WERKS C.4, LGORT C.4, BEDNR C.10, "
        "MATKL C.9, INFNR C.10, MENGE Q.13.3, MEINS C.3, BPRME C.3, BPUMZ P.5, BPUMN P.5, UMREZ P.5, UMREN P.5, "
        "NETPR P.11.2, PEINH P.5, NETWR P.13.2, ELIKZ C.1, PSTYP C.1, KNTTP C.1, WEPOS C.1, RETPO C.1, PLIFZ P.3")),
    "EKET": (3, _fields(
        "EBELN C.10, EBELP N.5, ETENR N.4, EINDT D.8, SLFDT D.8, MENGE Q.13.3, WEMNG Q.13.3, WAMNG Q.13.3, BEDAT D.8")),
    "EKBE": (7, _fields(
        f"EBELN C.10, EBELP N.5, ZEKKN N.2, VGABE C.1, GJAHR N.4, BELNR C.10, BUZEI N.4, BEWTP C.1, BWART C.3, "
        f"BUDAT D.8, CPUDT D.8, MENGE Q.13.3, SHKZG C.1, MATNR {_CODE}, WERKS C.4, XBLNR C.16")),
    "EKES": (3, _fields(
        "EBELN C.10, EBELP N.5, ETENS N.4, EBTYP C.2, EINDT D.8, MENGE Q.13.3, LOEKZ C.1")),
    "MKPF": (2, _fields("MBLNR C.10, MJAHR N.4, BUDAT D.8, CPUDT D.8, BLDAT D.8, USNAM C.12")),
    "MSEG": (3, _fields(
        f"MBLNR C.10, MJAHR N.4, ZEILE N.4, BWART C.3, MATNR {_CODE}, WERKS C.4, LGORT C.4, MENGE Q.13.3, MEINS C.3, "
        "SHKZG C.1, EBELN C.10, EBELP N.5, UMWRK C.4")),
    "EBAN": (2, _fields(
        f"BANFN C.10, BNFPO N.5, BSART C.4, LOEKZ C.1, MATNR {_CODE}, WERKS C.4, RESWK C.4, MENGE Q.13.3, MEINS C.3, "
        "LFDAT D.8, EKGRP C.3, AFNAM C.12, BEDNR C.10, FRGKZ C.1, EBELN C.10, EBELP N.5, BSMNG Q.13.3, PSTYP C.1")),
}  # fmt: skip
