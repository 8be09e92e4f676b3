"""What the ECC connector reads and writes by which table or module; the capability matrix is made from it.

It calls nothing.
"""

from connectors.catalog_types import Capability, Route

_BAPI = "the published BAPI interfaces (every call)"
_READER = "the published interface of the table reader"
_SIDE = "side folder"
ROUTES = (
    Route(
        "ECC, RFC",
        {
            "items": Capability("MARA, MAKT, MBEW", judged_by=_READER),
            "item_locations": Capability("MARC, MBEW", judged_by=_READER, doubt="a veto of automatic orders"),
            "locations": Capability("T001W", judged_by=_READER, doubt="columns"),
            "stock": Capability("MARD", judged_by=_READER),
            "requirements": Capability("RESB, VBBE", judged_by=_READER, doubt="columns"),
            "units": Capability("MARM", judged_by=_READER, doubt="columns"),
            "suppliers": Capability("LFA1, LFM1", judged_by=_READER),
            "sourcing": Capability("EINA, EINE, LFM1, MARC", judged_by=_READER),
            "open_orders": Capability("EKKO, EKPO, EKET", judged_by=_READER),
            "demand": Capability(
                "MKPF and MSEG, or MATDOC", "documents by CPUDT", judged_by=_READER,
                doubt="movement types in use; CPUDT of MATDOC",
            ),
            "receipts": Capability(
                "EKBE, EKKO, EKPO, EKET", "history by CPUDT; orders whole", judged_by=_READER,
                doubt="unit of EKBE-MENGE",
            ),
        },
        {
            "purchase order": Capability(
                "BAPI_PO_CREATE1, BAPI_TRANSACTION_COMMIT, BAPI_PO_GETDETAIL1, BAPI_PO_CHANGE", judged_by=_BAPI,
                doubt="form of POSCHEDULE-DELIVERY_DATE; messages that mean locked",
            ),
            "stock transfer": Capability("BAPI_PR_CREATE, EBAN", judged_by=_BAPI, doubt="item fields, search in EBAN"),
        },
        {
            "price_breaks": "scales are not read over RFC",
            **dict.fromkeys(("lanes", "signals", "calendars", "rates"), _SIDE),
        },
    ),
)  # fmt: skip
