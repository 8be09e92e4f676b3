"""The services of the S/4-like server: paths, entity sets and how they hang together.

It describes only; reading and writing live in the odata and s4 modules next to it.
"""

from connectors.sandbox import s4_older
from connectors.sandbox.odata_model import EntitySet, Navigation, Service, make_set, same
from connectors.sandbox.s4_fields_v2 import SETS_V2
from connectors.sandbox.s4_fields_v4 import SETS_V4

_V2 = "/sap/opu/odata/sap"
_V4 = "/sap/opu/odata4/sap"
_PRODUCT = same("Product")
_PLANT = same("Product", "Plant")
_DOCUMENT = same("MaterialDocumentYear", "MaterialDocument")
_ORDER = same("PurchaseOrder")
_ITEM = same("PurchaseOrder", "PurchaseOrderItem")
_NAVIGATIONS: dict[str, tuple[Navigation, ...]] = {
    "A_Product": (
        Navigation("to_Description", "A_ProductDescription", _PRODUCT),
        Navigation("to_Plant", "A_ProductPlant", _PRODUCT),
        Navigation("to_ProductUnitsOfMeasure", "A_ProductUnitsOfMeasure", _PRODUCT),
        Navigation("to_Valuation", "A_ProductValuation", _PRODUCT),
    ),
    "A_ProductPlant": (
        Navigation("to_ProductSupplyPlanning", "A_ProductSupplyPlanning", _PLANT, many=False),
        Navigation("to_ProductPlantProcurement", "A_ProductPlantProcurement", _PLANT, many=False),
    ),
    "A_PurchasingInfoRecord": (
        Navigation("to_PurgInfoRecdOrgPlantData", "A_PurgInfoRecdOrgPlantData", same("PurchasingInfoRecord")),
    ),
    "A_PurgInfoRecdOrgPlantData": (
        Navigation("to_PurgInfoRecd", "A_PurchasingInfoRecord", same("PurchasingInfoRecord"), many=False),
        Navigation(
            "to_PurInfoRecdPrcgCndnValidity",
            "A_PurInfoRecdPrcgCndnValidity",
            same("PurchasingInfoRecord", "PurchasingInfoRecordCategory", "PurchasingOrganization", "Plant"),
        ),
    ),
    "A_PurInfoRecdPrcgCndnValidity": (
        Navigation("to_PurInfoRecdPrcgCndn", "A_PurInfoRecdPrcgCndn", same("ConditionRecord"), many=False),
    ),
    "A_PurInfoRecdPrcgCndn": (
        Navigation(
            "to_PurgInfoPricingCndnRecdScale",
            "A_PurInfoRecdPrcgCndnScale",
            same("ConditionRecord", "ConditionSequentialNumber"),
        ),
    ),
    "A_BusinessPartner": (
        Navigation("to_BusinessPartnerAddress", "A_BusinessPartnerAddress", same("BusinessPartner")),
        Navigation("to_Supplier", "A_Supplier", same("Supplier"), many=False),
    ),
    "A_Supplier": (Navigation("to_SupplierPurchasingOrg", "A_SupplierPurchasingOrg", same("Supplier")),),
    "A_BusinessPartnerAddress": (Navigation("to_EmailAddress", "A_AddressEmailAddress", same("AddressID")),),
    "A_MaterialDocumentHeader": (Navigation("to_MaterialDocumentItem", "A_MaterialDocumentItem", _DOCUMENT),),
    "A_MaterialDocumentItem": (
        Navigation("to_MaterialDocumentHeader", "A_MaterialDocumentHeader", _DOCUMENT, many=False),
    ),
    "PurchaseOrder": (Navigation("_PurchaseOrderItem", "PurchaseOrderItem", _ORDER),),
    "PurchaseOrderItem": (
        Navigation("_PurchaseOrder", "PurchaseOrder", _ORDER, many=False),
        Navigation("_PurchaseOrderScheduleLineTP", "PurchaseOrderScheduleLine", _ITEM),
    ),
    "PurchaseOrderScheduleLine": (
        Navigation("_PurchaseOrder", "PurchaseOrder", _ORDER, many=False),
        Navigation("_PurchaseOrderItem", "PurchaseOrderItem", _ITEM, many=False),
    ),
    "PurchaseReqn": (Navigation("_PurchaseRequisitionItem", "PurchaseReqnItem", same("PurchaseRequisition")),),
    "PurchaseReqnItem": (Navigation("_PurReqn", "PurchaseReqn", same("PurchaseRequisition"), many=False),),
}
_VERSIONS = {"PurchaseReqnItem": "LastChangeDateTime"}
SETS: dict[str, EntitySet] = {
    name: make_set(name, spec, _NAVIGATIONS.get(name, ()), _VERSIONS.get(name, ""))
    for name, spec in (SETS_V2 | SETS_V4).items()
}


def _v2(name: str, *stems: str) -> Service:
    sets = {key: SETS[key] for key in SETS_V2 if key.startswith(stems)}
    return Service(name, f"{_V2}/{name}", 2, name, sets)


def _v4(folder: str, leaf: str, stem: str) -> Service:
    sets = {key: SETS[key] for key in SETS_V4 if key.startswith(stem)}
    namespace = f"com.sap.gateway.srvd_a2x.{folder}.v0001"
    return Service(folder, f"{_V4}/{folder}/srvd_a2x/sap/{leaf}/0001", 4, namespace, sets)


SERVICES: tuple[Service, ...] = (
    _v2("API_PRODUCT_SRV", "A_Product"),
    _v2("API_MATERIAL_STOCK_SRV", "A_MatlStk"),
    _v2("API_INFORECORD_PROCESS_SRV", "A_Purchasing", "A_PurgInfo", "A_PurInfo"),
    _v2("API_BUSINESS_PARTNER", "A_Supplier", "A_BusinessPartner", "A_Address"),
    _v2("API_MATERIAL_DOCUMENT_SRV", "A_MaterialDocument"),
    _v4("api_purchaseorder_2", "purchaseorder", "PurchaseOrder"),
    _v4("api_purchaserequisition_2", "purchaserequisition", "PurchaseReqn"),
    s4_older.ORDERS,
    s4_older.REQUISITIONS,
)
NEWER = {service.name: service for service in SERVICES if service.version == 4}
INDEXES = (
    'CREATE INDEX requisition_reference ON "PurchaseReqnItem" ("PurReqnExternalReference")',
    'CREATE INDEX mat_posting ON "A_MaterialDocumentHeader" ("PostingDate")',
    'CREATE INDEX item_order ON "A_MaterialDocumentItem" ("PurchaseOrder", "PurchaseOrderItem")',
    'CREATE INDEX order_reference ON "PurchaseOrder" ("CorrespncInternalReference")',
    'CREATE INDEX order_date ON "PurchaseOrder" ("PurchaseOrderDate")',
    'CREATE INDEX org_data ON "A_PurInfoRecdPrcgCndnValidity" ("PurchasingInfoRecord", "Plant")',
)
