"""The documents that the Fusion-like server holds: drafts, purchase orders, receipts, requisitions, transfers.

Stock, items, suppliers and lists of values are declared in `fusion_schema`.
"""

from connectors.sandbox.fusion_shapes import Resource, attributes_of, words

_PO_SCHEDULE = """LineLocationId:id! POHeaderId:id! POLineId:id! OrderNumber:text LineNumber:number
    ScheduleNumber:number LineNumberScheduleNumber:text DueDate:date RequestedDeliveryDate:date ScheduleStatus:text
    ScheduleStatusCode:text Supplier:text SupplierSite:text ItemNumber:text ItemDescription:text
    ItemOrScheduleDescription:text Quantity:number- ReceivedQuantity:number- Amount:number- ShipToLocation:text
    RequisitioningBU:text ProcurementBU:text"""

PO_SCHEDULES = Resource(
    "purchaseOrderSchedules", "purchaseOrderSchedules", "LineLocationId", attributes_of(_PO_SCHEDULE)
)
PO_LINES = Resource(
    "lines",
    "purchaseOrderLines",
    "POLineId",
    attributes_of(
        """POLineId:id! POHeaderId:id LineNumber:number LineTypeId:id LineType:text ItemId:id Item:text
        Description:text Quantity:number Price:number Ordered:number Total:number CurrencyCode:text UOMCode:text
        SupplierItem:text Status:text StatusCode:text LastUpdateDate:datetime"""
    ),
    on="POHeaderId",
    children=(
        Resource("schedules", "purchaseOrderSchedules", "LineLocationId", attributes_of(_PO_SCHEDULE), on="POLineId"),
    ),
)
PURCHASE_ORDERS = Resource(
    "purchaseOrders",
    "purchaseOrders",
    "POHeaderId",
    attributes_of(
        """POHeaderId:id! OrderNumber:text Description:text- Status:text StatusCode:text BuyerId:id Buyer:text
        ProcurementBUId:id ProcurementBU:text RequisitioningBUId:id SupplierId:id Supplier:text SupplierSiteId:id
        SupplierSite:text DocumentStyleId:id CurrencyCode:text Ordered:number- Total:number- Revision:number
        FrozenFlag:flag FundsStatus:text OrderDate:datetime CreationDate:datetime LastUpdateDate:datetime
        SupplierEmailAddress:text SupplierCommunicationMethodCode:text"""
    ),
    children=(PO_LINES,),
    actions=("cancel", "close", "hold", "removeHold"),
)
DRAFT_DISTRIBUTIONS = Resource(
    "distributions",
    "draftDistributions",
    "PODistributionId",
    attributes_of(
        "PODistributionId:id! LineLocationId:id DistributionNumber:id Quantity:number DeliverToLocation:text"
    ),
    on="LineLocationId",
)
DRAFT_SCHEDULES = Resource(
    "schedules",
    "draftSchedules",
    "LineLocationId",
    attributes_of(
        """LineLocationId:id! POHeaderId:id POLineId:id ScheduleNumber:id ShipToOrganizationId:id
        ShipToOrganizationCode:text ShipToLocationId:id ShipToLocation:text Quantity:number Price:number
        RequestedDeliveryDate:date PromisedDeliveryDate:date DestinationTypeCode:text"""
    ),
    on="POLineId",
    children=(DRAFT_DISTRIBUTIONS,),
)
DRAFT_LINES = Resource(
    "lines",
    "draftLines",
    "POLineId",
    attributes_of(
        """POLineId:id! POHeaderId:id LineNumber:number LineTypeId:id LineType:text ItemId:id Item:text
        Description:text Quantity:number Price:number Amount:number CurrencyCode:text UOMCode:text SupplierItem:text
        CategoryId:id Category:text CancelFlag:flag LastUpdateDate:datetime"""
    ),
    on="POHeaderId",
    children=(DRAFT_SCHEDULES,),
)
DRAFTS = Resource(
    "draftPurchaseOrders",
    "draftPurchaseOrders",
    "POHeaderId",
    attributes_of(
        """POHeaderId:id! VersionId:id OrderNumber:text Description:text- Status:text StatusCode:text
        ChangeOrderStatusCode:text BuyerId:id Buyer:text ProcurementBUId:id ProcurementBU:text RequisitioningBUId:id
        SupplierId:id Supplier:text SupplierSiteId:id SupplierSite:text DocumentStyleId:id DocumentStyle:text
        CurrencyCode:text OrderedAmountBeforeAdjustments:number- FundsStatus:text CreationDate:datetime
        LastUpdateDate:datetime"""
    ),
    children=(DRAFT_LINES,),
    actions=("submit", "validateDocument", "calculateTaxAndAccounting"),
)
REQUISITION_LINES = Resource(
    "lines",
    "requisitionLines",
    "RequisitionLineId",
    attributes_of(
        """RequisitionLineId:id! RequisitionHeaderId:id LineNumber:number ItemId:id Item:text ItemDescription:text
        Quantity:number UOM:text UOMCode:text UnitPrice:number CurrencyCode:text RequestedDeliveryDate:date
        DestinationTypeCode:text DestinationOrganizationId:id DestinationOrganizationCode:text RequesterId:id
        SupplierId:id Supplier:text SupplierSiteId:id LineStatusCode:text PurchaseOrder:text"""
    ),
    on="RequisitionHeaderId",
)
REQUISITIONS = Resource(
    "purchaseRequisitions",
    "purchaseRequisitions",
    "RequisitionHeaderId",
    attributes_of(
        """RequisitionHeaderId:id! Requisition:text Description:text- DocumentStatus:text DocumentStatusCode:text
        PreparerId:id Preparer:text PreparerEmail:text RequisitioningBUId:id RequisitioningBU:text Justification:text
        FunctionalCurrencyCode:text FundsStatus:text FundsStatusCode:text SubmissionDate:datetime
        ApprovedDate:datetime CreationDate:datetime LastUpdateDate:datetime"""
    ),
    children=(REQUISITION_LINES,),
    actions=("submitRequisition", "withdraw"),
)
SUPPLY_LINES = Resource(
    "supplyOrderLines",
    "supplyOrderLines",
    "SupplyOrderLineId",
    attributes_of(
        """SupplyOrderLineId:id! SupplyOrderNumber:text SupplyOrderReferenceLineNumber:text SupplyType:text
        SupplyLineStatus:text ItemNumber:text Quantity:number UOMCode:text NeedByDate:datetime
        SourceOrganizationCode:text DestinationOrganizationCode:text"""
    ),
    on="SupplyOrderNumber",
)
SUPPLY_REQUESTS = Resource(
    "supplyRequests",
    "supplyRequests",
    "SupplyOrderNumber",
    attributes_of(
        """InterfaceBatchNumber:text InterfaceSourceCode:text SupplyOrderReferenceId:id SupplyOrderReferenceNumber:text
        SupplyOrderSource:text SupplyRequestDate:datetime SupplyRequestStatus:text SupplyOrderNumber:text
        SupplyOrderStatus:text AllowPartialRequestFlag:flag ProcessRequestFlag:flag TrustedSource:id"""
    ),
    children=(SUPPLY_LINES,),
)
TRANSFER_LINES = Resource(
    "transferOrderLines",
    "transferOrderLines",
    "LineId",
    attributes_of(
        """HeaderId:id HeaderNumber:text LineId:id! LineNumber:number ItemNumber:text ItemDescription:text
        InventoryItemId:id TransferOrderLineStatus:text StatusLookup:text RequestedQuantity:number
        ShippedQuantity:number ReceivedQuantity:number DeliveredQuantity:number UnshippedQuantity:number
        QuantityUOMCode:text NeedByDate:datetime ScheduledShipDate:datetime SourceOrganizationId:id
        SourceOrganizationCode:text SourceSubinventoryCode:text DestinationOrganizationId:id
        DestinationOrganizationCode:text DestinationSubinventoryCode:text Comments:text"""
    ),
    on="HeaderId",
)
TRANSFER_ORDERS = Resource(
    "transferOrders",
    "transferOrders",
    "HeaderId",
    attributes_of(
        """HeaderId:id! HeaderNumber:text Description:text Status:text SourceTypeLookup:text
        SourceOfTransferOrder:text BusinessUnitName:text OrderedDate:datetime InterfaceStatus:text
        LastUpdateDate:datetime"""
    ),
    children=(TRANSFER_LINES,),
)
RECEIPTS = Resource(
    "receipts",
    "purchaseOrderReceipts",
    "ReceiptId",
    attributes_of(
        """ReceiptId:id Receipt:text ReceiptDate:datetime POHeaderId:id POLineId:id LineLocationId:id
        LineNumber:number ScheduleNumber:number ItemOrScheduleDescription:text ReceivedBy:text ReceivedQuantity:number
        DeliveredQuantity:number ReturnedQuantity:number ReceivedAmount:number DeliveredAmount:number
        CurrencyCode:text UOMCode:text ShipmentId:id ShipmentNumber:text"""
    ),
    on="POHeaderId",
)
LIFE_CYCLE = Resource(
    "purchaseOrderLifeCycleDetails",
    "purchaseOrderLifeCycleDetails",
    "POHeaderId",
    attributes_of(
        "POHeaderId:id! OrderNumber:text CurrencyCode:text "
        + words(
            "number",
            "OrderedAmount DeliveredAmount InReceivingAmount InTransitAmount PaidAmount PartiallyPaidAmount "
            "UnpaidAmount",
        )
    ),
    listed=False,
    children=(RECEIPTS,),
)
