"""What the Fusion-like server serves: every resource with its attributes, kinds, keys and children.

It holds no rows and answers no request; state, query and read modules use these declarations.
"""

from connectors.sandbox.fusion_schema_documents import (
    DRAFT_LINES,
    DRAFTS,
    LIFE_CYCLE,
    PO_SCHEDULES,
    PURCHASE_ORDERS,
    REQUISITIONS,
    SUPPLY_REQUESTS,
    TRANSFER_ORDERS,
)
from connectors.sandbox.fusion_shapes import Attribute, Resource, attributes_of, words

__all__ = ["DRAFTS", "DRAFT_LINES", "HIDDEN", "INDEXES", "REQUISITIONS", "RESOURCES", "ROOT", "SUPPLY_REQUESTS"]
__all__ += ["Attribute", "Resource", "all_resources"]

ROOT = "/fscmRestApi/resources/11.13.18.05"

ITEMS = Resource(
    "itemsV2",
    "itemsV2",
    "",
    attributes_of(
        "ItemId:id! OrganizationId:id! OrganizationCode:text ItemNumber:text! "
        + words(
            "text",
            "ItemDescription ItemClass ApprovalStatusValue ItemStatusValue LifecyclePhaseValue UserItemTypeValue "
            "PrimaryUOMValue SecondaryUOMValue InventoryPlanningMethodValue PlanningMakeBuyValue Planner "
            "SafetyStockPlanningMethodValue DefaultBuyerValue BuyerEmailAddress SourceOrganizationValue "
            "ReplenishmentSourceTypeValue WeightUOMValue VolumeUOMValue",
        )
        + " "
        + words(
            "flag",
            "InventoryItemFlag StockEnabledFlag PurchasingFlag PurchasableFlag UseApprovedSupplierFlag "
            "ContractManufacturingFlag ConsignedFlag",
        )
        + " "
        + words(
            "number",
            "MinimumMinmaxQuantity MaximumMinmaxQuantity MinimumOrderQuantity MaximumOrderQuantity FixedOrderQuantity "
            "FixedLotSizeMultiplier FixedDaysSupply PreprocessingDays ProcessingDays PostprocessingDays FixedLeadTime "
            "VariableLeadTime CumulativeTotalLeadTime LeadTimeLotSize DaysOfCover DemandPeriod ListPrice OrderCost "
            "CarryingCostPercentage ShelfLifeDays UnitWeightQuantity UnitVolumeQuantity",
        )
        + " CreationDateTime:datetime LastUpdateDateTime:datetime"
    ),
)
ONHAND = Resource(
    "onhandQuantityDetails",
    "onhandQuantityDetails",
    "",
    attributes_of(
        """OrganizationId:id! OrganizationCode:text InventoryItemId:id! ItemNumber:text SubinventoryCode:text
        LocatorId:id LotNumber:text SerialNumber:text PrimaryUOMCode:text SecondaryUOMCode:text OnhandQuantity:number-
        SecondaryOnhandQuantity:number- ReceivingQuantity:number- SecondaryReceivingQuantity:number-
        ReservedQuantity:number- SecondaryReservedQuantity:number- InboundQuantity:number-
        SecondaryInboundQuantity:number- ConsignedQuantity:number- SecondaryConsignedQuantity:number-
        OwningOrganizationId:id OwningOrganization:text"""
    ),
)
BALANCES = Resource(
    "inventoryOnhandBalances",
    "inventoryOnhandBalances",
    "",
    attributes_of("OrganizationCode:text ItemNumber:text SubinventoryCode:text PrimaryQuantity:number- LotNumber:text"),
)
TRANSACTIONS = Resource(
    "inventoryCompletedTransactions",
    "inventoryCompletedTransactions",
    "TransactionId",
    attributes_of(
        """TransactionId:id! OrganizationId:id Organization:text InventoryItemId:id Item:text ItemDescription:text
        Revision:text SubinventoryId:id SubinventoryCode:text SubinventoryName:text LocatorId:id Locator:text
        TransactionDate:datetime TransactionType:text TransactionSourceType:text SourceReference:text Reason:text
        Reference:text TransactionQuantity:number Quantity:number TransactionUOM:text TransactionUOMCode:text
        PrimaryUOMCode:text SecondaryQuantity:number SecondaryUOMCode:text TransferOrganizationId:id
        TransferOrganizationCode:text TransferOrganization:text TransferSubinventoryCode:text
        PurchaseOrderHeaderId:id"""
    ),
)
SITES = Resource(
    "sites",
    "supplierSites",
    "SupplierSiteId",
    attributes_of(
        """SupplierSiteId:id! SupplierSite:text ProcurementBUId:id ProcurementBU:text SupplierAddressId:id
        SupplierAddressName:text SitePurposePurchasingFlag:flag SitePurposeSourcingOnlyFlag:flag Status:text Email:text
        CommunicationMethodCode:text HoldAllNewPurchasingDocumentsFlag:flag PurchasingHoldReason:text
        InactiveDate:date CreationDate:datetime LastUpdateDate:datetime"""
    ),
    on="SupplierId",
)
SUPPLIERS = Resource(
    "suppliers",
    "suppliers",
    "SupplierId",
    attributes_of(
        """SupplierId:id! Supplier:text SupplierNumber:text SupplierPartyId:id AlternateName:text Alias:text
        BusinessRelationship:text BusinessRelationshipCode:text SupplierType:text SupplierTypeCode:text Status:text
        CorporateWebsite:text OneTimeSupplierFlag:flag InactiveDate:date CreationDate:datetime
        LastUpdateDate:datetime"""
    ),
    children=(SITES,),
)
_SIMPLE = (
    (
        "inventoryOrganizations",
        "OrganizationId",
        """OrganizationId:id! OrganizationCode:text! OrganizationName:text Status:text LocationId:id LocationCode:text
        InventoryFlag:flag ManagementBusinessUnitId:id ManagementBusinessUnitName:text LegalEntityId:id
        LegalEntityName:text ProfitCenterBusinessUnitId:id ProfitCenterBusinessUnitName:text MasterOrganizationId:id
        MasterOrganizationCode:text MasterOrganizationName:text""",
    ),
    (
        "procurementApprovedSupplierListEntries",
        "AslId",
        """AslId:id! AslStatusId:id Item:text ItemId:id Supplier:text SupplierId:id ShipToOrganization:text
        AslCreationDate:datetime""",
    ),
    ("purchaseAgreementLines", "AgreementLineId", "AgreementLineId:id!"),
    ("procurementBusinessUnitsLOV", "ProcurementBUId", "ProcurementBUId:id! ProcurementBU:text AgentAction:text"),
    ("procurementPersonsLOV", "PersonId", "PersonId:id PersonNumber:text DisplayName:text"),
    (
        "purchasingDocumentStylesLOV",
        "StyleId",
        "StyleId:id! StyleName:text DisplayName:text DocumentSubtype:text StatusCode:text",
    ),
    (
        "procurementAgents",
        "AssignmentId",
        """AssignmentId:id! AgentId:id Agent:text AgentEmail:text ProcurementBUId:id ProcurementBU:text
        DefaultRequisitioningBUId:id DefaultRequisitioningBU:text Status:text StatusCode:text
        ManageOrdersAllowedFlag:flag ManageRequisitionsAllowedFlag:flag AccessLevelToOtherAgentsOrdersCode:text""",
    ),
)
RESOURCES: dict[str, Resource] = {
    resource.name: resource
    for resource in (
        *(Resource(name, name, key, attributes_of(text)) for name, key, text in _SIMPLE),
        ITEMS, ONHAND, BALANCES, TRANSACTIONS, SUPPLIERS, PURCHASE_ORDERS, PO_SCHEDULES, LIFE_CYCLE, DRAFTS,
        REQUISITIONS, SUPPLY_REQUESTS, TRANSFER_ORDERS,
    )
}  # fmt: skip

# Columns that carry a tie or a switch and are never shown.
HIDDEN: dict[str, tuple[str, ...]] = {
    "supplierSites": ("SupplierId INTEGER",),
    "draftPurchaseOrders": ("submitted_ REAL", "accounted_ INTEGER DEFAULT 0"),
}
# Further indexes, for the searches that clients make most.
INDEXES: dict[str, tuple[str, ...]] = {
    "inventoryCompletedTransactions": ("OrganizationId, TransactionId", "PurchaseOrderHeaderId", "TransactionDate"),
    "purchaseOrderSchedules": ("POHeaderId", "POLineId", "ScheduleStatusCode, LineLocationId", "OrderNumber"),
    "purchaseOrderLines": ("POHeaderId",),
    "purchaseOrders": ("OrderNumber", "SupplierId, BuyerId"),
    "purchaseOrderReceipts": ("POHeaderId",),
    "itemsV2": ("OrganizationId, ItemId", "ItemNumber"),
    "supplierSites": ("SupplierId",),
    "draftPurchaseOrders": ("SupplierId, BuyerId",),
    "draftLines": ("POHeaderId",),
    "draftSchedules": ("POLineId",),
    "draftDistributions": ("LineLocationId",),
    "transferOrderLines": ("HeaderId",),
    "purchaseRequisitions": ("PreparerId, RequisitioningBUId",),
    "requisitionLines": ("RequisitionHeaderId",),
    "supplyRequests": ("SupplyOrderReferenceNumber", "SupplyOrderNumber"),
    "supplyOrderLines": ("SupplyOrderNumber",),
}


def all_resources() -> list[Resource]:
    """Every resource and child, parents first."""
    found: list[Resource] = []

    def walk(resource: Resource) -> None:
        found.append(resource)
        for child in resource.children:
            walk(child)

    for resource in RESOURCES.values():
        walk(resource)
    return found
