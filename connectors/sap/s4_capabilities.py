"""What the S/4HANA connector reads and writes by which service; the capability matrix is made from it.

It calls nothing.
"""

from connectors.catalog_types import Capability, Route

_EDMX = "published OData metadata (every request), a CAP server"
_SIDE = "side folder"
_MASTER = {
    "items": Capability("A_Product, A_ProductDescription, A_ProductValuation", judged_by=_EDMX),
    "item_locations": Capability("A_ProductPlant, A_ProductSupplyPlanning, A_ProductPlantProcurement", judged_by=_EDMX),
    "stock": Capability("A_MatlStkInAcctMod, A_ProductPlant", judged_by=_EDMX, doubt="own stock type codes"),
    "units": Capability("A_ProductUnitsOfMeasure", judged_by=_EDMX),
    "suppliers": Capability("A_Supplier, A_SupplierPurchasingOrg, partner addresses", judged_by=_EDMX),
    "sourcing": Capability("A_PurchasingInfoRecord, A_PurgInfoRecdOrgPlantData, conditions", judged_by=_EDMX),
    "price_breaks": Capability("A_PurInfoRecdPrcgCndnScale", judged_by=_EDMX),
    "demand": Capability("A_MaterialDocumentHeader with items", judged_by=_EDMX, doubt="movement types in use"),
}
_ABSENT = {
    "locations": f"{_SIDE}; plants have no service",
    "requirements": f"reservations are read over RFC only; {_SIDE}",
    **dict.fromkeys(("lanes", "signals", "calendars", "rates"), _SIDE),
}
ROUTES = (
    Route(
        "S/4HANA, orders over V4",
        {
            **_MASTER,
            "open_orders": Capability("PurchaseOrderItem with schedule lines (V4)", judged_by=_EDMX),
            "receipts": Capability("A_MaterialDocumentHeader, PurchaseOrder (V4)", judged_by=_EDMX),
        },
        {"purchase order": Capability("PurchaseOrder (V4), deep insert", judged_by=_EDMX, doubt="effect of DELETE")},
        _ABSENT,
    ),
)
