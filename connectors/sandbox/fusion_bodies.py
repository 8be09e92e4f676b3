"""The request bodies that the Fusion-like server accepts: names, types, lengths, what is mandatory.

It checks form only; whether a supplier site or an item is right is the business of the order modules.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from connectors.sandbox.fusion_errors import FusionError


@dataclass(frozen=True, slots=True)
class Shape:
    """One JSON object: allowed members, and groups of which one member at least is needed."""

    members: Mapping[str, str]
    lists: Mapping[str, "Shape"] = field(default_factory=dict)
    one_of: tuple[tuple[str, ...], ...] = ()
    not_empty: tuple[str, ...] = ()


def _shape(
    text: str,
    *,
    one_of: tuple[tuple[str, ...], ...] = (),
    not_empty: tuple[str, ...] = (),
    lists: Mapping[str, Shape] | None = None,
) -> Shape:
    """Parse `Name:kind` words: `<n` = longest text, `?` = may be null, `!` = mandatory."""
    members = dict(word.split(":", 1) for word in text.split())
    return Shape(members, lists or {}, one_of, not_empty)


DISTRIBUTION = _shape(
    """DistributionNumber:id! Quantity:number! DeliverToLocation:text? DeliverToLocationId:id? POChargeAccount:text?
    POChargeAccountId:id?"""
)
SCHEDULE = _shape(
    """ScheduleNumber:id! ShipToLocationId:id ShipToLocation:text ShipToOrganizationId:id
    ShipToOrganizationCode:text<18? Quantity:number? Price:number? Amount:number? RequestedDeliveryDate:date?
    PromisedDeliveryDate:date? RequestedShipDate:date? PromisedShipDate:date? DestinationTypeCode:text<25?
    ReceiptRequiredFlag:flag InspectionRequiredFlag:flag ReceiptRoutingId:id ReceiptCloseTolerancePercent:number?
    InvoiceCloseTolerancePercent:number? InvoiceMatchOptionCode:text? EarlyReceiptToleranceDays:id?
    LateReceiptToleranceDays:id? AccrueAtReceiptFlag:flag? Carrier:text?""",
    lists={"distributions": DISTRIBUTION},
)
LINE = _shape(
    """LineNumber:number! LineTypeId:id LineType:text<30 ItemId:id? Item:text<4000? Description:text<240? CategoryId:id?
    Category:text? Quantity:number? UOMCode:text<3? UOM:text? Price:number? Amount:number? SupplierItem:text<300?
    NoteToSupplier:text<1000?""",
    lists={"schedules": SCHEDULE},
)
DRAFT = _shape(
    """BuyerId:id! DocumentStyleId:id! ProcurementBUId:id! SupplierId:id? SupplierSiteId:id? RequisitioningBUId:id?
    CurrencyCode:text<15? Description:text<240? OrderNumber:text<30? NoteToSupplier:text<1000?
    NoteToReceiver:text<1000? DefaultShipToLocationId:id? BillToLocationId:id? BillToBUId:id?""",
    lists={"lines": LINE},
)
DRAFT_PATCH = _shape(
    """BuyerId:id SupplierSiteId:id? Description:text<240? NoteToSupplier:text<1000? NoteToReceiver:text<1000?
    BillToLocationId:id?"""
)
REQUISITION_LINE = _shape(
    """LineNumber:number! LineTypeId:id? LineTypeCode:text? ItemId:id? Item:text<300? ItemDescription:text<240?
    CategoryId:id? CategoryName:text? Quantity:number? UOMCode:text<3? UOM:text? UnitPrice:number? Price:number?
    CurrencyCode:text<15? RequestedDeliveryDate:date? RequesterId:id? DeliverToLocationId:id?
    DestinationTypeCode:text<25? DestinationOrganizationId:id? SupplierId:id? Supplier:text? SupplierSiteId:id?
    SupplierSite:text? SourceAgreementHeaderId:id? SourceAgreementLineId:id? NegotiatedByPreparerFlag:flag?
    NoteToBuyer:text<1000? NoteToSupplier:text<1000? UrgentFlag:flag?"""
)
REQUISITION = _shape(
    """PreparerId:id PreparerEmail:text? RequisitioningBUId:id RequisitioningBU:text? Description:text<240?
    Justification:text<1000? EmergencyRequisitionFlag:flag? ExternallyManagedFlag:flag?""",
    one_of=(("PreparerId", "PreparerEmail"), ("RequisitioningBUId", "RequisitioningBU")),
    lists={"lines": REQUISITION_LINE},
)
SUPPLY_LINE = _shape(
    """InterfaceBatchNumber:text<50! ProcessStatus:text<30! Quantity:number! SupplyType:text<30! UOMCode:text<3!
    ItemId:id? ItemNumber:text<300? SupplyOrderReferenceLineId:id? SupplyOrderReferenceLineNumber:text<20?
    NeedByDate:datetime? RequestedShipDate:datetime? SourceOrganizationId:id? SourceOrganizationCode:text<18?
    SourceSubinventoryCode:text<40? DestinationOrganizationId:id? DestinationOrganizationCode:text<18?
    DestinationSubinventoryCode:text<40? DestinationTypeCode:text<30? SupplyOperation:text<30? Comments:text<240?
    InterfaceSourceCode:text<30? SupplyOrderSource:text<30? BackToBackFlag:text? PreparerEmail:text?
    DeliverToRequesterEmail:text?"""
)
SUPPLY = _shape(
    """InterfaceBatchNumber:text<50! InterfaceSourceCode:text<30? SupplyOrderSource:text<30! SupplyRequestDate:datetime!
    SupplyRequestStatus:text<30! TrustedSource:id! SupplyOrderReferenceId:id? SupplyOrderReferenceNumber:text<200?
    ProcessRequestFlag:flag? AllowPartialRequestFlag:flag?""",
    not_empty=("supplyRequestLines",),
    lists={"supplyRequestLines": SUPPLY_LINE},
)
IMPORT = _shape(
    """OperationName:text! DocumentContent:text! ContentType:text! FileName:text! DocumentAccount:text! JobName:text!
    ParameterList:text! CallbackURL:text NotificationCode:text? JobOptions:text?"""
)
BATCH_PART = _shape("id:text! path:text! operation:text! payload:any")
BATCH = _shape("", not_empty=("parts",), lists={"parts": BATCH_PART})
ACTIONS: dict[str, Shape] = {
    "submit": _shape("validateBeforeSubmitFlag:flag"),
    "validateDocument": _shape(""),
    "calculateTaxAndAccounting": _shape(""),
    "submitRequisition": _shape("requestFundsOverrideFlag:flag"),
    "withdraw": _shape(""),
    "cancel": _shape(
        """cancellationReason:text? cancelUnfulfilledDemandFlag:flag? initiatingParty:text? communicationMethod:text?
        email:text? CCEmail:text? BCCEmail:text? fax:text? requiredAcknowledgment:text? acknowledgeWithinDays:number?"""
    ),
    "close": _shape("closeAction:text? closeReason:text?"),
    "hold": _shape("holdReason:text?"),
    "removeHold": _shape(""),
}

_KIND = re.compile(r"([a-z]+)(?:<(\d+))?([?!]?)")


def parse(raw: bytes) -> dict[str, object]:
    """The JSON object of a body, numbers exact; FusionError 400 when it is none."""
    try:
        body = json.loads(raw or b"null", parse_float=Decimal)
    except ValueError as error:
        raise FusionError(400, f"The request body is not valid JSON: {error}") from error
    if not isinstance(body, dict):
        raise FusionError(400, "The request body must be a JSON object.")
    return body


def check(shape: Shape, body: Mapping[str, object]) -> None:
    """FusionError 400 with every deviation of the body from the shape."""
    found = list(_deviations(shape, body, ""))
    if found:
        raise FusionError(400, *(f"{place}: {what}" for place, what in found), path=found[0][0])


def _deviations(shape: Shape, body: Mapping[str, object], path: str) -> list[tuple[str, str]]:
    found = [
        (f"{path}/{name}", f"Unknown attribute {name}.")
        for name in body
        if name not in shape.members and name not in shape.lists
    ]
    for name, kind in shape.members.items():
        problem = _problem(kind, body, name)
        if problem:
            found.append((f"{path}/{name}", problem))
    found += [
        (path or "/", f"Attribute {' or '.join(group)} is required.")
        for group in shape.one_of
        if not any(body.get(name) is not None for name in group)
    ]
    for name, inner in shape.lists.items():
        found += _list_deviations(name, inner, body, path, needed=name in shape.not_empty)
    return found


def _list_deviations(
    name: str, inner: Shape, body: Mapping[str, object], path: str, *, needed: bool
) -> list[tuple[str, str]]:
    rows = body.get(name, [])
    if not isinstance(rows, list) or (needed and not rows):
        return [(f"{path}/{name}", f"Attribute {name} must be a list with at least one row.")]
    found: list[tuple[str, str]] = []
    for index, row in enumerate(rows):
        place = f"{path}/{name}/{index}"
        if isinstance(row, dict):
            found += _deviations(inner, row, place)
        else:
            found.append((place, "An object is expected."))
    return found


def _problem(kind: str, body: Mapping[str, object], name: str) -> str:
    match = _KIND.fullmatch(kind)
    if match is None:
        raise ValueError(kind)
    base, longest, mark = match.groups()
    if name not in body:
        return f"Attribute {name} is required." if mark == "!" else ""
    cell = body[name]
    if cell is None:
        return "" if mark == "?" else f"Attribute {name} must not be null."
    if not _fits(base, cell):
        return f"The value of attribute {name} is not a valid {base}: {cell}."
    if longest and len(str(cell)) > int(longest):
        return f"The value of attribute {name} is longer than {longest} characters."
    return ""


def _fits(base: str, cell: object) -> bool:
    if base in ("id", "number"):
        return isinstance(cell, int if base == "id" else int | Decimal) and not isinstance(cell, bool)
    if base == "flag":
        return isinstance(cell, bool)
    if base == "any":
        return True
    if not isinstance(cell, str):
        return False
    return base == "text" or _is_day(cell, timed=base == "datetime")


def _is_day(text: str, *, timed: bool) -> bool:
    try:
        if timed:
            return "T" in text and datetime.fromisoformat(text).tzinfo is not None
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
