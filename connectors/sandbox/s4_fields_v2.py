"""Entity sets and properties that the S/4-like server offers over OData V2, with type and length.

Only names and types; no behaviour.
"""

# set name: (type name, key, properties as name:type; s40 text, d13.3 decimal, b flag, t DateTime, z
# DateTimeOffset, D date, T time)
SETS_V2: dict[str, tuple[str, str, str]] = {
    "A_Product": (
        "A_ProductType",
        "Product",
        (
            "Product:s40 ProductType:s4 CrossPlantStatus:s2 CrossPlantStatusValidityDate:t CreationDate:t "
            "LastChangeDate:t LastChangeDateTime:z IsMarkedForDeletion:b ProductOldID:s40 GrossWeight:d13.3 "
            "PurchaseOrderQuantityUnit:s3 WeightUnit:s3 NetWeight:d13.3 ProductGroup:s9 BaseUnit:s3 "
            "ProductHierarchy:s18 VolumeUnit:s3 MaterialVolume:d13.3 ProcurementRule:s1 ProductStandardID:s18 "
            "ProductManufacturerNumber:s40 IsBatchManagementRequired:b"
        ),
    ),
    "A_ProductDescription": (
        "A_ProductDescriptionType",
        "Product Language",
        "Product:s40 Language:s2 ProductDescription:s40",
    ),
    "A_ProductPlant": (
        "A_ProductPlantType",
        "Product Plant",
        (
            "Product:s40 Plant:s4 PurchasingGroup:s3 CountryOfOrigin:s3 ProfileCode:s2 ProfileValidityStartDate:t "
            "GoodsReceiptDuration:d3.0 IsMarkedForDeletion:b MRPType:s2 MRPResponsible:s3 ABCIndicator:s1 "
            "MinimumLotSizeQuantity:d13.3 MaximumLotSizeQuantity:d13.3 FixedLotSizeQuantity:d13.3 "
            "StockInTransferQuantity:d13.3 StockInTransitQuantity:d13.3 ProcurementType:s1 BaseUnit:s3 "
            "GoodsIssueUnit:s3"
        ),
    ),
    "A_ProductSupplyPlanning": (
        "A_ProductSupplyPlanningType",
        "Product Plant",
        (
            "Product:s40 Plant:s4 FixedLotSizeQuantity:d13.3 MaximumLotSizeQuantity:d13.3 "
            "MinimumLotSizeQuantity:d13.3 LotSizeRoundingQuantity:d13.3 LotSizingProcedure:s2 MRPType:s2 "
            "MRPResponsible:s3 SafetyStockQuantity:d13.3 MinimumSafetyStockQuantity:d13.3 ABCIndicator:s1 "
            "MaximumStockQuantity:d13.3 ReorderThresholdQuantity:d13.3 PlannedDeliveryDurationInDays:d3.0 "
            "TotalReplenishmentLeadTime:d3.0 ProcurementType:s1 ProcurementSubType:s2 GoodsReceiptDuration:d3.0 "
            "BaseUnit:s3 RoundingProfile:s4 SrvcLvl:d3.1 FollowUpProduct:s40 EffectiveOutDate:t "
            "ProductIsToBeDiscontinued:s1 Currency:s5"
        ),
    ),
    "A_ProductPlantProcurement": (
        "A_ProductPlantProcurementType",
        "Product Plant",
        (
            "Product:s40 Plant:s4 IsAutoPurOrdCreationAllowed:b IsSourceListRequired:b SourceOfSupplyCategory:s1 "
            "ItmIsRlvtToJITDelivSchedules:s1"
        ),
    ),
    "A_ProductValuation": (
        "A_ProductValuationType",
        "Product ValuationArea ValuationType",
        (
            "Product:s40 ValuationArea:s4 ValuationType:s10 ValuationClass:s4 StandardPrice:d12.3 "
            "PriceUnitQty:d5.0 InventoryValuationProcedure:s1 IsMarkedForDeletion:b MovingAveragePrice:d12.3 "
            "Currency:s5 BaseUnit:s3"
        ),
    ),
    "A_ProductUnitsOfMeasure": (
        "A_ProductUnitsOfMeasureType",
        "Product AlternativeUnit",
        (
            "Product:s40 AlternativeUnit:s3 QuantityNumerator:d5.0 QuantityDenominator:d5.0 MaterialVolume:d13.3 "
            "VolumeUnit:s3 GrossWeight:d13.3 WeightUnit:s3 GlobalTradeItemNumber:s18 BaseUnit:s3"
        ),
    ),
    "A_MatlStkInAcctMod": (
        "A_MatlStkInAcctModType",
        (
            "Material Plant StorageLocation Batch Supplier Customer WBSElementInternalID SDDocument "
            "SDDocumentItem InventorySpecialStockType InventoryStockType"
        ),
        (
            "Material:s40 Plant:s4 StorageLocation:s4 Batch:s10 Supplier:s10 Customer:s10 WBSElementInternalID:s8 "
            "SDDocument:s10 SDDocumentItem:s6 InventorySpecialStockType:s1 InventoryStockType:s2 "
            "WBSElementExternalID:s24 MaterialBaseUnit:s3 MatlWrhsStkQtyInMatlBaseUnit:d31.14"
        ),
    ),
    "A_PurchasingInfoRecord": (
        "A_PurchasingInfoRecordType",
        "PurchasingInfoRecord",
        (
            "PurchasingInfoRecord:s10 Supplier:s10 Material:s40 MaterialGroup:s9 CreationDate:t IsDeleted:b "
            "PurchasingInfoRecordDesc:s40 PurgDocOrderQuantityUnit:s3 OrderItemQtyToBaseQtyNmrtr:d5.0 "
            "OrderItemQtyToBaseQtyDnmntr:d5.0 SupplierMaterialNumber:s35 BaseUnit:s3 AvailabilityStartDate:t "
            "AvailabilityEndDate:t VarblPurOrdUnitIsActive:s1 Manufacturer:s10 IsRegularSupplier:b "
            "LastChangeDateTime:z"
        ),
    ),
    "A_PurgInfoRecdOrgPlantData": (
        "A_PurgInfoRecdOrgPlantDataType",
        "PurchasingInfoRecord PurchasingInfoRecordCategory PurchasingOrganization Plant",
        (
            "PurchasingInfoRecord:s10 PurchasingInfoRecordCategory:s1 PurchasingOrganization:s4 Plant:s4 "
            "CreationDate:t IsMarkedForDeletion:b PurchasingGroup:s3 Currency:s5 "
            "MinimumPurchaseOrderQuantity:d13.3 StandardPurchaseOrderQuantity:d13.3 "
            "MaterialPlannedDeliveryDurn:d3.0 OverdelivTolrtdLmtRatioInPct:d3.1 "
            "UnderdelivTolrtdLmtRatioInPct:d3.1 UnlimitedOverdeliveryIsAllowed:b LastReferencingPurchaseOrder:s10 "
            "LastReferencingPurOrderItem:s5 Material:s40 Supplier:s10 MaterialGroup:s9 "
            "PurgDocOrderQuantityUnit:s3 NetPriceAmount:d12.3 PurgInfoRecdEffctvPrc:d12.3 "
            "MaterialPriceUnitQty:d5.0 PurchaseOrderPriceUnit:s3 OrderPriceUnitToOrderUnitNmrtr:d5.0 "
            "OrdPriceUnitToOrderUnitDnmntr:d5.0 PriceValidityEndDate:t InvoiceIsGoodsReceiptBased:b TaxCode:s2 "
            "IncotermsClassification:s3 MaximumOrderQuantity:d13.3 IsRelevantForAutomSrcg:s1 IsOrderAcknRqd:b "
            "SupplierConfirmationControlKey:s4 MaterialRoundingProfile:s4"
        ),
    ),
    "A_PurInfoRecdPrcgCndnValidity": (
        "A_PurInfoRecdPrcgCndnValidityType",
        "ConditionRecord ConditionValidityEndDate",
        (
            "ConditionRecord:s10 ConditionValidityEndDate:t ConditionValidityStartDate:t ConditionApplication:s2 "
            "ConditionType:s4 PurgDocOrderQuantityUnit:s3 PurchasingOrganization:s4 "
            "PurchasingInfoRecordCategory:s1 PurchasingInfoRecord:s10 Supplier:s10 MaterialGroup:s9 Material:s40 "
            "Plant:s4"
        ),
    ),
    "A_PurInfoRecdPrcgCndn": (
        "A_PurInfoRecdPrcgCndnType",
        "ConditionRecord",
        (
            "ConditionRecord:s10 ConditionSequentialNumber:s2 ConditionApplication:s2 ConditionType:s4 "
            "ConditionValidityEndDate:t ConditionValidityStartDate:t CreationDate:t PricingScaleType:s1 "
            "PricingScaleBasis:s1 ConditionScaleQuantity:d15.3 ConditionScaleQuantityUnit:s3 "
            "ConditionCalculationType:s1 ConditionRateValue:d12.3 ConditionRateValueUnit:s5 "
            "ConditionRateRatio:d24.9 ConditionCurrency:s5 ConditionRateAmount:d24.9 ConditionQuantity:d5.0 "
            "ConditionQuantityUnit:s3 ConditionToBaseQtyNmrtr:d5.0 ConditionToBaseQtyDnmntr:d5.0 BaseUnit:s3 "
            "ConditionIsDeleted:b"
        ),
    ),
    "A_PurInfoRecdPrcgCndnScale": (
        "A_PurInfoRecdPrcgCndnScaleType",
        "ConditionRecord ConditionSequentialNumber ConditionScaleLine",
        (
            "ConditionRecord:s10 ConditionSequentialNumber:s2 ConditionScaleLine:s4 ConditionScaleQuantity:d15.3 "
            "ConditionScaleQuantityUnit:s3 ConditionScaleAmount:d16.3 ConditionScaleAmountCurrency:s5 "
            "ConditionRateValue:d12.3 ConditionRateValueUnit:s5 ConditionRateRatio:d24.9 ConditionCurrency:s5 "
            "ConditionRateAmount:d24.9 ConditionScaleIsDeleted:b"
        ),
    ),
    "A_BusinessPartner": (
        "A_BusinessPartnerType",
        "BusinessPartner",
        (
            "BusinessPartner:s10 Supplier:s10 BusinessPartnerCategory:s1 BusinessPartnerFullName:s81 "
            "BusinessPartnerName:s81 OrganizationBPName1:s40 SearchTerm1:s20 BusinessPartnerIsBlocked:b "
            "IsMarkedForArchiving:b"
        ),
    ),
    "A_Supplier": (
        "A_SupplierType",
        "Supplier",
        (
            "Supplier:s10 AuthorizationGroup:s4 CreationDate:t PaymentIsBlockedForSupplier:b PostingIsBlocked:b "
            "PurchasingIsBlocked:b SupplierAccountGroup:s4 SupplierFullName:s220 SupplierName:s80 "
            "VATRegistration:s20 DeletionIndicator:b Industry:s4 SupplierCorporateGroup:s10 "
            "SupplierProcurementBlock:s2 TaxNumber1:s16"
        ),
    ),
    "A_SupplierPurchasingOrg": (
        "A_SupplierPurchasingOrgType",
        "Supplier PurchasingOrganization",
        (
            "Supplier:s10 PurchasingOrganization:s4 CalculationSchemaGroupCode:s2 DeletionIndicator:b "
            "IncotermsClassification:s3 IncotermsLocation1:s70 InvoiceIsGoodsReceiptBased:b "
            "MaterialPlannedDeliveryDurn:d3.0 MinimumOrderAmount:d14.3 PaymentTerms:s4 PlanningCycle:s3 "
            "PurOrdAutoGenerationIsAllowed:b PurchaseOrderCurrency:s5 PurchasingGroup:s3 "
            "PurchasingIsBlockedForSupplier:b RoundingProfile:s4 SupplierABCClassificationCode:s1 "
            "SupplierConfirmationControlKey:s4 IsOrderAcknRqd:b"
        ),
    ),
    "A_BusinessPartnerAddress": (
        "A_BusinessPartnerAddressType",
        "BusinessPartner AddressID",
        (
            "BusinessPartner:s10 AddressID:s10 ValidityStartDate:z ValidityEndDate:z CityName:s40 Country:s3 "
            "FullName:s80 Language:s2 PostalCode:s10 Region:s3 StreetName:s60 HouseNumber:s10"
        ),
    ),
    "A_AddressEmailAddress": (
        "A_AddressEmailAddressType",
        "AddressID Person OrdinalNumber",
        ("AddressID:s10 Person:s10 OrdinalNumber:s3 IsDefaultEmailAddress:b EmailAddress:s241 SearchEmailAddress:s20"),
    ),
    "A_MaterialDocumentHeader": (
        "A_MaterialDocumentHeaderType",
        "MaterialDocumentYear MaterialDocument",
        (
            "MaterialDocumentYear:s4 MaterialDocument:s10 InventoryTransactionType:s2 DocumentDate:t "
            "PostingDate:t CreationDate:t CreationTime:T CreatedByUser:s12 MaterialDocumentHeaderText:s25 "
            "ReferenceDocument:s16 GoodsMovementCode:s2"
        ),
    ),
    "A_MaterialDocumentItem": (
        "A_MaterialDocumentItemType",
        "MaterialDocumentYear MaterialDocument MaterialDocumentItem",
        (
            "MaterialDocumentYear:s4 MaterialDocument:s10 MaterialDocumentItem:s4 Material:s40 Plant:s4 "
            "StorageLocation:s4 Batch:s10 GoodsMovementType:s3 InventoryStockType:s2 InventorySpecialStockType:s1 "
            "Supplier:s10 Customer:s10 SalesOrder:s10 SalesOrderItem:s6 PurchaseOrder:s10 PurchaseOrderItem:s5 "
            "GoodsMovementRefDocType:s1 GoodsMovementReasonCode:s4 CostCenter:s10 MaterialBaseUnit:s3 "
            "QuantityInBaseUnit:d13.3 EntryUnit:s3 QuantityInEntryUnit:d13.3 IssuingOrReceivingPlant:s4 "
            "IssuingOrReceivingStorageLoc:s4 IsCompletelyDelivered:b MaterialDocumentItemText:s50 "
            "GoodsMovementIsCancelled:b ReversedMaterialDocumentYear:s4 ReversedMaterialDocument:s10 "
            "ReversedMaterialDocumentItem:s4 DebitCreditCode:s1"
        ),
    ),
}
