"""What the Fusion connector reads and writes by which resource; the capability matrix is made from it.

It calls nothing.
"""

from connectors.catalog_types import Capability, Route

_API = "the OpenAPI contract (every request and answer), Prism"
_SIDE = "side folder"
ROUTES = (
    Route(
        "Fusion, REST",
        {
            "items": Capability("itemsV2", judged_by=_API),
            "locations": Capability("inventoryOrganizations", judged_by=_API),
            "item_locations": Capability("itemsV2", judged_by=_API),
            "stock": Capability("onhandQuantityDetails", judged_by=_API),
            "open_orders": Capability(
                "purchaseOrderSchedules, purchaseOrders, transferOrders",
                judged_by=_API,
                doubt="status codes of transfer orders",
            ),
            "demand": Capability(
                "inventoryCompletedTransactions",
                "transactions by TransactionId",
                judged_by=_API,
                doubt="words of transaction types; q on TransactionId",
            ),
            "receipts": Capability(
                "inventoryCompletedTransactions, receipts of orders",
                "transactions by TransactionId; orders whole",
                judged_by=_API,
                doubt="q on TransactionId",
            ),
            "sourcing": Capability("procurementApprovedSupplierListEntries, itemsV2, newest orders", judged_by=_API),
            "suppliers": Capability("suppliers with sites", judged_by=_API),
        },
        {
            "purchase order": Capability(
                "draftPurchaseOrders, validateDocument, submit", judged_by=_API, doubt="search on the description"
            ),
            "purchase requisition": Capability(
                "purchaseRequisitions, submitRequisition, withdraw",
                judged_by=_API,
                doubt="search on the description; names of the lines read back; status codes",
            ),
            "stock transfer": Capability(
                "supplyRequests",
                judged_by=_API,
                doubt="search by reference number; TrustedSource; names of the lines read back",
            ),
        },
        {
            "units": "conversions of the settings",
            "requirements": _SIDE,
            "price_breaks": "the published interface documents only their keys",
            **dict.fromkeys(("lanes", "signals", "calendars", "rates"), _SIDE),
        },
    ),
    Route(
        "Fusion, BI Publisher",
        {
            name: Capability(f"report named in report_paths.{name}", judged_by="", doubt="the report is the company's")
            for name in ("demand", "open_orders", "receipts", "items", "stock")
        },
        absent=dict.fromkeys(
            ("locations", "sourcing", "suppliers", "units"),
            "REST, beside it",
        )
        | {"item_locations": "the report of items"}
        | {"requirements": _SIDE, "price_breaks": "as by REST"}
        | dict.fromkeys(("lanes", "signals", "calendars", "rates"), _SIDE),
    ),
    Route(
        "Fusion, import file",
        {},
        {
            "purchase order": Capability(
                "order-KEY.zip, four CSV members",
                judged_by="the column list of a loader that ran on a pod",
                doubt="uploaded by somebody else; units, sites and buyer by name; own order numbers",
            ),
            "stock transfer": Capability(
                "supplyRequests, over REST",
                judged_by=_API,
                doubt="as by REST",
            ),
        },
        dict.fromkeys(
            (
                "items",
                "locations",
                "item_locations",
                "stock",
                "open_orders",
                "demand",
                "receipts",
                "sourcing",
                "suppliers",
                "units",
            ),
            "REST, beside it",
        )
        | {"requirements": _SIDE, "price_breaks": "as by REST"}
        | dict.fromkeys(("lanes", "signals", "calendars", "rates"), _SIDE),
    ),
)
