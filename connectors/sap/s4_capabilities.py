"""What the S/4HANA connector reads and writes by which service; the capability matrix is made from it.

It calls nothing.
"""

from connectors.catalog_types import Capability, Route

_EDMX = "published OData metadata (every request), a CAP server"
_SIDE = "side folder"
_ENTERED = "documents by CreationDate"
_MASTER = {
    "locations": Capability("the plants of the settings; no service lists plants"),
    "items": Capability("A_Product, A_ProductDescription, A_ProductValuation", judged_by=_EDMX),
    "item_locations": Capability("A_ProductPlant, A_ProductSupplyPlanning, A_ProductPlantProcurement", judged_by=_EDMX),
    "stock": Capability("A_MatlStkInAcctMod, A_ProductPlant", judged_by=_EDMX, doubt="own stock type codes"),
    "units": Capability("A_ProductUnitsOfMeasure", judged_by=_EDMX),
    "suppliers": Capability("A_Supplier, A_SupplierPurchasingOrg, partner addresses", judged_by=_EDMX),
    "sourcing": Capability(
        "A_PurchasingInfoRecord, A_PurgInfoRecdOrgPlantData, A_SupplierPurchasingOrg", judged_by=_EDMX
    ),
    "price_breaks": Capability("A_PurInfoRecdPrcgCndnScale", judged_by=_EDMX),
    "demand": Capability(
        "A_MaterialDocumentHeader with items", _ENTERED, judged_by=_EDMX, doubt="movement types in use"
    ),
}
_ABSENT = {
    "requirements": f"reservations and confirmations are read over RFC only; {_SIDE}",
    **dict.fromkeys(("lanes", "signals", "calendars", "rates"), _SIDE),
}
_CANCELS = "effect of DELETE on orders with follow-on documents"


def _route(name: str, orders: str, requisitions: str, doubt: str = "") -> Route:
    return Route(
        name,
        {
            **_MASTER,
            "open_orders": Capability(orders, judged_by=_EDMX, doubt=doubt),
            "receipts": Capability(f"A_MaterialDocumentHeader, {orders}", f"{_ENTERED}; orders whole", judged_by=_EDMX),
        },
        {
            "purchase order": Capability(f"{orders}, deep insert; DELETE", judged_by=_EDMX, doubt=_CANCELS),
            "stock transfer": Capability(f"{requisitions} with a supplying plant", judged_by=_EDMX),
        },
        _ABSENT,
    )


ROUTES = (
    _route("S/4HANA, orders over V4", "PurchaseOrder", "PurchaseReqn"),
    _route(
        "S/4HANA, orders over V2",
        "A_PurchaseOrder",
        "A_PurchaseRequisitionHeader",
        "open quantities are worked out from goods movements; SAP calls these services deprecated",
    ),
)
