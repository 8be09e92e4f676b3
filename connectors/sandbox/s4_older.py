"""The older services for orders and requisitions (version 2): the same documents under their older names.

Reading goes through views over the tables of version 4; a body is checked here and then handed to the rules of
version 4. Received quantities and base units are not offered, as in the real services.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.sandbox.odata_errors import bad
from connectors.sandbox.odata_model import EntitySet, Navigation, Property, Service, make_set, same, statement
from connectors.sandbox.s4_fields_v4 import SETS_V4

_V2 = "/sap/opu/odata/sap"
_MOMENT = re.compile(r"/Date\((-?\d+)(?:\+0000)?\)/")
_ORDER = same("PurchaseOrder")
_PARENT = (("PurchaseOrder", "PurchasingDocument"), ("PurchaseOrderItem", "PurchasingDocumentItem"))
# set: (table of version 4, type name, key, properties, properties with another name there, navigations)
_SETS: dict[str, tuple[str, str, str, str, dict[str, str], tuple[Navigation, ...]]] = {
    "A_PurchaseOrder": (
        "PurchaseOrder",
        "A_PurchaseOrderType",
        "PurchaseOrder",
        (
            "PurchaseOrder:s10 CompanyCode:s4 PurchaseOrderType:s4 PurchasingDocumentDeletionCode:s1 "
            "PurchasingProcessingStatus:s2 CreatedByUser:s12 CreationDate:t LastChangeDateTime:z Supplier:s10 "
            "PurchaseOrderSubtype:s1 Language:s2 PaymentTerms:s4 PurchasingOrganization:s4 PurchasingGroup:s3 "
            "PurchaseOrderDate:t DocumentCurrency:s5 PurchasingCollectiveNumber:s10 SupplyingPlant:s4 "
            "CorrespncExternalReference:s12 CorrespncInternalReference:s12 ReleaseIsNotCompleted:b "
            "PurchasingCompletenessStatus:b"
        ),
        {"PurchasingDocumentDeletionCode": "PurchaseOrderDeletionCode"},
        (Navigation("to_PurchaseOrderItem", "A_PurchaseOrderItem", _ORDER),),
    ),
    "A_PurchaseOrderItem": (
        "PurchaseOrderItem",
        "A_PurchaseOrderItemType",
        "PurchaseOrder PurchaseOrderItem",
        (
            "PurchaseOrder:s10 PurchaseOrderItem:s5 PurchasingDocumentDeletionCode:s1 PurchaseOrderItemText:s40 "
            "Plant:s4 "
            "StorageLocation:s4 MaterialGroup:s9 PurchasingInfoRecord:s10 OrderQuantity:d13.3 "
            "PurchaseOrderQuantityUnit:s3 "
            "OrderPriceUnit:s3 OrderPriceUnitToOrderUnitNmrtr:d5.0 OrdPriceUnitToOrderUnitDnmntr:d5.0 "
            "DocumentCurrency:s5 "
            "NetPriceAmount:d12.3 NetPriceQuantity:d5.0 TaxCode:s2 IsCompletelyDelivered:b IsFinallyInvoiced:b "
            "PurchaseOrderItemCategory:s1 AccountAssignmentCategory:s1 GoodsReceiptIsExpected:b InvoiceIsExpected:b "
            "PurchaseRequisition:s10 PurchaseRequisitionItem:s5 IsReturnsItem:b RequisitionerName:s12 Material:s40"
        ),
        {},
        (
            Navigation("to_PurchaseOrder", "A_PurchaseOrder", _ORDER, many=False),
            Navigation("to_ScheduleLine", "A_PurchaseOrderScheduleLine", _PARENT),
        ),
    ),
    "A_PurchaseOrderScheduleLine": (
        "PurchaseOrderScheduleLine",
        "A_PurchaseOrderScheduleLineType",
        "PurchasingDocument PurchasingDocumentItem ScheduleLine",
        (
            "PurchasingDocument:s10 PurchasingDocumentItem:s5 ScheduleLine:s4 DelivDateCategory:s1 "
            "ScheduleLineDeliveryDate:t PurchaseOrderQuantityUnit:s3 ScheduleLineOrderQuantity:d13.3 "
            "SchedLineStscDeliveryDate:t"
        ),
        {"PurchasingDocument": "PurchaseOrder", "PurchasingDocumentItem": "PurchaseOrderItem"},
        (),
    ),
    "A_PurchaseRequisitionHeader": (
        "PurchaseReqn",
        "A_PurchaseRequisitionHeaderType",
        "PurchaseRequisition",
        (
            "PurchaseRequisition:s10 PurchaseRequisitionType:s4 PurReqnDescription:s40 SourceDetermination:b "
            "PurReqnDoOnlyValidation:b"
        ),
        {},
        (Navigation("to_PurchaseReqnItem", "A_PurchaseRequisitionItem", same("PurchaseRequisition")),),
    ),
    "A_PurchaseRequisitionItem": (
        "PurchaseReqnItem",
        "A_PurchaseRequisitionItemType",
        "PurchaseRequisition PurchaseRequisitionItem",
        (
            "PurchaseRequisition:s10 PurchaseRequisitionItem:s5 PurchasingDocument:s10 PurchasingDocumentItem:s5 "
            "PurReqnReleaseStatus:s2 PurchasingDocumentItemCategory:s1 Material:s40 RequestedQuantity:d13.3 "
            "BaseUnit:s3 "
            "PurchasingOrganization:s4 PurchasingGroup:s3 Plant:s4 CompanyCode:s4 SupplyingPlant:s4 "
            "OrderedQuantity:d13.3 "
            "DeliveryDate:t ProcessingStatus:s1 Supplier:s10 FixedSupplier:s10 IsDeleted:s1 IsClosed:b "
            "ReleaseIsNotCompleted:b RequisitionerName:s12 RequirementTracking:s10 PurReqnExternalReference:s35 "
            "PurReqnItemExternalReference:s10 LastChangeDateTime:z"
        ),
        {},
        (),
    ),
}
_NESTED = {"to_PurchaseOrderItem": "_PurchaseOrderItem", "to_ScheduleLine": "_PurchaseOrderScheduleLineTP",
           "to_PurchaseReqnItem": "_PurchaseRequisitionItem"}  # fmt: skip
SETS: dict[str, EntitySet] = {
    name: make_set(name, (kind, key, properties), navigations)
    for name, (_, kind, key, properties, _, navigations) in _SETS.items()
}


def _service(name: str, stem: str) -> Service:
    return Service(name, f"{_V2}/{name}", 2, name, {key: SETS[key] for key in SETS if key.startswith(stem)})


ORDERS = _service("API_PURCHASEORDER_PROCESS_SRV", "A_PurchaseOrder")
REQUISITIONS = _service("API_PURCHASEREQ_PROCESS_SRV", "A_PurchaseRequisition")
TABLE = {name: spec[0] for name, spec in _SETS.items()}


def views() -> list[str]:
    """Statements that make the views."""
    return [_view(name) for name in _SETS]


def _view(name: str) -> str:
    table, _, _, _, renamed, _ = _SETS[name]
    kinds = {text.split(":")[0]: text.split(":")[1][0] for text in SETS_V4[table][2].split()}
    columns = ", ".join(
        _column(prop, renamed.get(prop.name, prop.name), kinds) for prop in SETS[name].properties.values()
    )
    return statement(f'CREATE VIEW "{name}" AS SELECT', columns, f', "_new" FROM "{table}"')


def _column(prop: Property, there: str, kinds: Mapping[str, str]) -> str:
    kind = kinds.get(there)
    if kind is None:
        return f"'' AS \"{prop.name}\""
    if prop.kind == "t" and kind == "D":
        return f'CAST(strftime(\'%s\', "{there}") AS INTEGER) * 1000 AS "{prop.name}"'
    if prop.kind == "s" and kind == "b":
        return f"iif(\"{there}\", 'X', '') AS \"{prop.name}\""
    return f'"{there}" AS "{prop.name}"'


def newer(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The body of a new document under the names and forms of version 4; 400 where version 2 would refuse it."""
    entity, renamed, found = SETS[name], _SETS[name][4], {}
    for key, value in body.items():
        if key.startswith("__"):
            continue
        if key in entity.navigations and key in _NESTED:
            rows = value.get("results") if isinstance(value, dict) else value
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise bad(f"Navigation property '{key}' must be a collection", key)
            found[_NESTED[key]] = [newer(row, entity.navigations[key].target) for row in rows]
        elif key in entity.properties:
            found[renamed.get(key, key)] = _value(value, entity.properties[key])
        else:
            raise bad(f"Property '{key}' does not exist in type '{entity.type_name}'", key)
    return found


def _value(value: Any, prop: Property) -> Any:
    if prop.kind == "d":
        if not isinstance(value, str):
            raise bad(f"Property '{prop.name}' has invalid value '{value}': decimals are text", prop.name)
        return Decimal(value)
    if prop.kind == "t":
        moment = _MOMENT.fullmatch(value) if isinstance(value, str) else None
        if moment is None:
            raise bad(f"Property '{prop.name}' has invalid value '{value}'", prop.name)
        return datetime.fromtimestamp(int(moment[1]) / 1000, UTC).date().isoformat()
    return value
