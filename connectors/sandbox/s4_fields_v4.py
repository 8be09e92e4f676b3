"""Entity sets and properties that the S/4-like server offers over OData V4, with type and length.

Only names and types; no behaviour.
"""

# set name: (type name, key, properties as name:type; s40 text, d13.3 decimal, b flag, t DateTime, z
# DateTimeOffset, D date, T time)
SETS_V4: dict[str, tuple[str, str, str]] = {
    "PurchaseOrder": (
        "PurchaseOrder_Type",
        "PurchaseOrder",
        (
            "PurchaseOrder:s10 PurchaseOrderType:s4 PurchaseOrderSubtype:s1 CreatedByUser:s12 CreationDate:D "
            "PurchaseOrderDate:D LastChangeDateTime:z Language:s2 PurchaseOrderDeletionCode:s1 "
            "ReleaseIsNotCompleted:b PurchasingCompletenessStatus:b PurchasingProcessingStatus:s2 "
            "PurgReleaseSequenceStatus:s8 ReleaseCode:s1 PurchasingReleaseStrategy:s2 "
            "PurgReasonForDocCancellation:s2 CompanyCode:s4 PurchasingOrganization:s4 PurchasingGroup:s3 "
            "Supplier:s10 SupplierRespSalesPersonName:s30 SupplierPhoneNumber:s16 SupplyingPlant:s4 "
            "InvoicingParty:s10 PurchaseContract:s10 PaymentTerms:s4 CashDiscount1Days:d3.0 NetPaymentDays:d3.0 "
            "IncotermsClassification:s3 IncotermsTransferLocation:s28 IncotermsLocation1:s70 "
            "CorrespncExternalReference:s12 CorrespncInternalReference:s12 DocumentCurrency:s3 ExchangeRate:d9.5 "
            "ExchangeRateIsFixed:b PurchasingCollectiveNumber:s10"
        ),
    ),
    "PurchaseOrderItem": (
        "PurchaseOrderItem_Type",
        "PurchaseOrder PurchaseOrderItem",
        (
            "PurchaseOrder:s10 PurchaseOrderItem:s5 PurchaseOrderCategory:s1 DocumentCurrency:s3 "
            "PurchasingDocumentDeletionCode:s1 MaterialGroup:s9 Material:s40 MaterialType:s4 "
            "SupplierMaterialNumber:s35 PurchaseOrderItemText:s40 CompanyCode:s4 Plant:s4 StorageLocation:s4 "
            "PurchaseOrderQuantityUnit:s3 OrderItemQtyToBaseQtyNmrtr:d5.0 OrderItemQtyToBaseQtyDnmntr:d5.0 "
            "NetPriceQuantity:d5.0 IsCompletelyDelivered:b IsFinallyInvoiced:b GoodsReceiptIsExpected:b "
            "InvoiceIsExpected:b IsOrderAcknRqd:b InvoiceIsGoodsReceiptBased:b PurchaseContract:s10 "
            "PurchaseContractItem:s5 PurchaseRequisition:s10 PurchaseRequisitionItem:s5 RequirementTracking:s10 "
            "UnlimitedOverdeliveryIsAllowed:b OverdelivTolrtdLmtRatioInPct:d3.1 "
            "UnderdelivTolrtdLmtRatioInPct:d3.1 RequisitionerName:s12 PlannedDeliveryDurationInDays:d3.0 "
            "GoodsReceiptDurationInDays:d3.0 BaseUnit:s3 PurchaseOrderItemCategory:s1 OrderPriceUnit:s3 "
            "IsReturnsItem:b IncotermsClassification:s3 InternationalArticleNumber:s18 "
            "PurgItemIsBlockedForDelivery:b SupplierConfirmationControlKey:s4 PurgDocOrderAcknNumber:s20 "
            "AccountAssignmentCategory:s1 PurchasingInfoRecord:s10 NetAmount:d13.v GrossAmount:d13.v "
            "OrderQuantity:d13.3 NetPriceAmount:d11.v OrderPriceUnitToOrderUnitNmrtr:d5.0 "
            "OrdPriceUnitToOrderUnitDnmntr:d5.0 TaxCode:s2 TaxCountry:s3 StockType:s1 ItemIsRejectedBySupplier:b "
            "PurgDocPriceDate:D PurchasingPriceIsEstimated:b PurchasingItemIsFreeOfCharge:b"
        ),
    ),
    "PurchaseOrderScheduleLine": (
        "PurchaseOrderScheduleLine_Type",
        "PurchaseOrder PurchaseOrderItem ScheduleLine",
        (
            "PurchaseOrder:s10 PurchaseOrderItem:s5 ScheduleLine:s4 ScheduleLineDeliveryDate:D "
            "SchedLineStscDeliveryDate:D ScheduleLineOrderQuantity:d13.3 OpenPurchaseOrderQuantity:d14.3 "
            "PurchaseOrderQuantityUnit:s3 Currency:s3 PurchaseRequisition:s10 PurchaseRequisitionItem:s5 "
            "DelivDateCategory:s1 ScheduleLineOrderDate:D"
        ),
    ),
    "PurchaseReqn": (
        "PurchaseReqnType",
        "PurchaseRequisition",
        (
            "PurchaseRequisition:s10 PurchaseRequisitionType:s4 PurReqnDescription:s40 SourceDetermination:b "
            "PurReqnDoOnlyValidation:b"
        ),
    ),
    "PurchaseReqnItem": (
        "PurchaseReqnItemType",
        "PurchaseRequisition PurchaseRequisitionItem",
        (
            "PurchaseRequisition:s10 PurchaseRequisitionItem:s5 PurchasingDocument:s10 PurchasingDocumentItem:s5 "
            "PurReqnReleaseStatus:s2 PurchaseRequisitionItemText:s40 AccountAssignmentCategory:s1 Material:s40 "
            "PurchasingDocumentItemCategory:s1 MaterialGroup:s9 RequestedQuantity:d13.3 BaseUnit:s3 "
            "BaseUnitISOCode:s3 "
            "PurchaseRequisitionPrice:d11.v PurReqnPriceQuantity:d5.0 PurchasingOrganization:s4 "
            "PurchasingGroup:s3 Plant:s4 CompanyCode:s4 SupplyingPlant:s4 OrderedQuantity:d13.3 DeliveryDate:D "
            "ProcessingStatus:s1 PurchasingInfoRecord:s10 Supplier:s10 IsDeleted:b FixedSupplier:s10 "
            "RequisitionerName:s12 CreatedByUser:s12 PurReqCreationDate:D PurReqnItemCurrency:s3 "
            "StorageLocation:s4 IsClosed:b ReleaseIsNotCompleted:b RequirementTracking:s10 LastChangeDateTime:z "
            "PurReqnExternalReference:s35 PurReqnItemExternalReference:s10 PurReqnExternalSystemId:s60"
        ),
    ),
}
