"""Puts the demo company's share into the state of the Fusion-like server: organizations, items, stock, suppliers.

Orders are the work of `fusion_load_orders`, movements of `fusion_load_moves`; requests are not answered here.
"""

import hashlib
import sqlite3
from pathlib import Path

import pandas as pd

from connectors.sandbox.fusion_load_moves import load_transactions
from connectors.sandbox.fusion_load_orders import load_orders
from connectors.sandbox.fusion_state import create_tables, identifier, insert, opened
from connectors.sandbox.fusion_world import (
    BUSINESS_UNIT,
    BUSINESS_UNIT_ID,
    INTEGRATION_EMAIL,
    INTEGRATION_NAME,
    STYLE_ID,
    CompanyLike,
    World,
    make_world,
    number,
    stamp,
    uom_name,
    value,
)

_STATUS = {"active": "Active", "blocked": "Inactive", "phase_out": "Phase-Out", "discontinued": "Obsolete"}
_START = "2023-01-01T00:00:00+00:00"
Row = dict[str, object]


def load_fusion(company: CompanyLike, db_path: Path, *, system: str = "fusion") -> None:
    """Write the locations of `system` into a new database at `db_path`; an older file is replaced."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{db_path}{suffix}").unlink(missing_ok=True)
    world = make_world(company, system)
    with opened(db_path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN")
        create_tables(connection)
        connection.execute("INSERT INTO facts VALUES ('as_of', ?)", [company.as_of.isoformat()])
        _organizations(connection, world)
        _items(connection, world)
        _stock(connection, world)
        _suppliers(connection, world)
        _people(connection, world)
        headers = load_orders(connection, world)
        load_transactions(connection, world, headers)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")


def opaque(*parts: object) -> str:
    """A key that a client cannot build: hexadecimal, long, and different per row."""
    return "00020000000EACED0005" + hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest().upper()[:44]


def _organizations(connection: sqlite3.Connection, world: World) -> None:
    master = next(iter(world.organizations), "")
    insert(
        connection,
        "inventoryOrganizations",
        (
            {
                "OrganizationId": org, "OrganizationCode": code,
                "OrganizationName": f"{world.places[code]} Organization",
                "Status": "ACTIVE", "LocationId": identifier(9, index + 1), "LocationCode": world.places[code],
                "InventoryFlag": True, "ManagementBusinessUnitId": BUSINESS_UNIT_ID,
                "ManagementBusinessUnitName": BUSINESS_UNIT, "LegalEntityId": identifier(1, 9),
                "LegalEntityName": "US1 Legal Entity", "ProfitCenterBusinessUnitId": BUSINESS_UNIT_ID,
                "ProfitCenterBusinessUnitName": BUSINESS_UNIT, "MasterOrganizationId": world.organizations[master],
                "MasterOrganizationCode": master, "MasterOrganizationName": f"{world.places[master]} Organization",
                "key_": str(org),
            }
            for index, (code, org) in enumerate(world.organizations.items())
        ),
    )  # fmt: skip


def _items(connection: sqlite3.Connection, world: World) -> None:
    masters = {str(row["item"]): row for row in world.rows("items")}
    sourcing = world.frames["sourcing"]
    if "priority" in sourcing:
        sourcing = sourcing.sort_values("priority", kind="stable")
    terms: dict[tuple[str, str], Row] = {}
    for row in sourcing.to_dict("records"):
        terms.setdefault((row["item"], row["location"]), {str(name): cell for name, cell in row.items()})
    rows = (
        _item(world, index, place, masters.get(str(place["item"]), {}), terms)
        for index, place in enumerate(world.rows("item_locations"))
    )
    insert(connection, "itemsV2", rows)


def _item(world: World, index: int, place: Row, master: Row, terms: dict[tuple[str, str], Row]) -> Row:
    item, location = str(place["item"]), str(place["location"])
    buying = terms.get((item, location), {})
    days = number(buying.get("lead_time_days")) or 0.0
    after = 1.0 if days > 3 else 0.0
    status = str(value(place.get("status")) or "active")
    buyer = value(place.get("buyer"))
    auto = place.get("auto_order", True)
    multiple = number(buying.get("order_multiple"))
    return {
        "ItemId": world.items[item], "OrganizationId": world.organizations[location], "OrganizationCode": location,
        "ItemNumber": item, "ItemDescription": value(master.get("description")),
        "ItemClass": value(master.get("category")), "ApprovalStatusValue": "Approved",
        "ItemStatusValue": _STATUS.get(status, status), "LifecyclePhaseValue": "Production",
        "UserItemTypeValue": "Purchased item", "PrimaryUOMValue": uom_name(world.units.get(item, "")) or None,
        "InventoryItemFlag": True, "StockEnabledFlag": True, "PurchasingFlag": True,
        "PurchasableFlag": status == "active", "UseApprovedSupplierFlag": True,
        "InventoryPlanningMethodValue": "Min-max planning" if auto else "Not planned",
        "PlanningMakeBuyValue": "Buy", "MinimumMinmaxQuantity": number(place.get("reorder_point")),
        "MaximumMinmaxQuantity": number(place.get("order_up_to")),
        "MinimumOrderQuantity": number(buying.get("moq")) or None,
        "MaximumOrderQuantity": number(buying.get("max_quantity")),
        "FixedLotSizeMultiplier": multiple if multiple and multiple != 1 else None,
        "PreprocessingDays": after, "ProcessingDays": days - 2 * after, "PostprocessingDays": after,
        "ListPrice": number(place.get("unit_cost")) or number(master.get("unit_cost")),
        "DefaultBuyerValue": buyer,
        "BuyerEmailAddress": f"buyer{buyer}@company.example" if buyer else None,
        "ShelfLifeDays": number(master.get("shelf_life_days")), "UnitWeightQuantity": number(master.get("weight")),
        "UnitVolumeQuantity": number(master.get("volume")),
        "WeightUOMValue": "Kilogram", "VolumeUOMValue": "Cubic Meter", "CreationDateTime": _START,
        "LastUpdateDateTime": stamp(world.as_of, 1), "key_": opaque("item", index, item, location),
    }  # fmt: skip


def _stock(connection: sqlite3.Connection, world: World) -> None:
    inbound = _inbound(world)
    details: list[Row] = []
    for row in world.rows("stock"):
        item, location = str(row["item"]), str(row["location"])
        blocked = number(row.get("blocked"))
        on_hand = number(row["on_hand"])
        coming = inbound.get((item, location), 0.0) + (number(row.get("in_transit")) or 0.0)
        aside = float(int(on_hand / 4)) if on_hand and on_hand >= 20 and world.items[item] % 4 == 0 else 0.0
        stores = None if on_hand is None else on_hand - aside
        details.append(
            _detail(world, item, location, "Stores", stores)
            | {
                "ReceivingQuantity": number(row.get("inspection")) or 0,
                "ReservedQuantity": number(row.get("reserved")) or 0,
                "InboundQuantity": coming,
            }
        )
        if aside:
            details.append(_detail(world, item, location, "Bulk", aside))
        if blocked:
            details.append(_detail(world, item, location, "Quarantine", blocked))
    for index, detail in enumerate(details):
        detail["key_"] = opaque("onhand", index)
    insert(connection, "onhandQuantityDetails", details)
    balances = (
        {
            "OrganizationCode": row["OrganizationCode"], "ItemNumber": row["ItemNumber"],
            "SubinventoryCode": row["SubinventoryCode"], "PrimaryQuantity": row["OnhandQuantity"],
            "key_": f"B{row['key_']}",
        }
        for row in details
    )  # fmt: skip
    insert(connection, "inventoryOnhandBalances", balances)


def _detail(world: World, item: str, location: str, subinventory: str, quantity: float | None) -> Row:
    return {
        "OrganizationId": world.organizations[location], "OrganizationCode": location,
        "InventoryItemId": world.items[item], "ItemNumber": item, "SubinventoryCode": subinventory,
        "PrimaryUOMCode": world.units.get(item), "OnhandQuantity": quantity, "ReceivingQuantity": 0,
        "ReservedQuantity": 0, "InboundQuantity": 0, "ConsignedQuantity": 0,
        "OwningOrganizationId": world.organizations[location], "OwningOrganization": location,
    }  # fmt: skip


def _inbound(world: World) -> dict[tuple[str, str], float]:
    """Open order quantities per item and location: the server counts them as inbound too."""
    sums: dict[tuple[str, str], float] = {}
    for row in world.rows("open_orders"):
        place = str(row["item"]), str(row["location"])
        sums[place] = sums.get(place, 0.0) + (number(row["quantity_open"]) or 0.0)
    return sums


def _suppliers(connection: sqlite3.Connection, world: World) -> None:
    masters = {str(row["supplier"]): row for row in world.rows("suppliers")}
    insert(
        connection,
        "suppliers",
        (
            {
                "SupplierId": known, "Supplier": world.supplier_names[code], "SupplierNumber": code,
                "SupplierPartyId": known + 500000, "BusinessRelationship": "Spend Authorized",
                "BusinessRelationshipCode": "SPEND_AUTHORIZED", "Status": "ACTIVE", "OneTimeSupplierFlag": False,
                "SupplierTypeCode": value(masters.get(code, {}).get("group")), "CreationDate": _START,
                "LastUpdateDate": _START, "key_": str(known),
            }
            for code, known in world.suppliers.items()
        ),
    )  # fmt: skip
    sites: list[Row] = []
    for index, code in enumerate(world.suppliers):
        sites.extend(_sites(world, index, code, masters.get(code, {})))
    insert(connection, "supplierSites", sites)
    _approved(connection, world)


def _sites(world: World, index: int, code: str, master: Row) -> list[Row]:
    site_id, name = world.site(code)
    held = bool(master.get("blocked", False))
    main: Row = {
        "SupplierSiteId": site_id, "SupplierSite": name, "ProcurementBUId": BUSINESS_UNIT_ID,
        "ProcurementBU": BUSINESS_UNIT, "SupplierAddressId": site_id + 5, "SupplierAddressName": "HQ",
        "SitePurposePurchasingFlag": True, "SitePurposeSourcingOnlyFlag": False, "Status": "ACTIVE",
        "Email": value(master.get("email")), "CommunicationMethodCode": "EMAIL",
        "HoldAllNewPurchasingDocumentsFlag": held, "PurchasingHoldReason": "Blocked by finance" if held else None,
        "InactiveDate": None, "CreationDate": _START, "LastUpdateDate": _START,
        "SupplierId": world.suppliers[code], "key_": str(site_id),
    }  # fmt: skip
    sites = [main]
    if index % 3 == 0:
        quoting = {"SupplierSite": f"RFQ-{code}"[:15], "SitePurposePurchasingFlag": False}
        quoting |= {"SitePurposeSourcingOnlyFlag": True}
        sites.append(main | quoting | {"SupplierSiteId": site_id + 1, "key_": str(site_id + 1)})
    if index % 5 == 0:
        old = {"SupplierSite": f"OLD-{code}"[:15], "Status": "INACTIVE", "InactiveDate": "2024-12-31"}
        sites.append(main | old | {"SupplierSiteId": site_id + 2, "key_": str(site_id + 2)})
    return sites


def _approved(connection: sqlite3.Connection, world: World) -> None:
    pairs: pd.DataFrame = world.frames["sourcing"].drop_duplicates(["item", "location", "supplier"])
    insert(
        connection,
        "procurementApprovedSupplierListEntries",
        (
            {
                "AslId": identifier(7, index + 1), "AslStatusId": 2, "Item": row["item"],
                "ItemId": world.items[row["item"]], "Supplier": world.supplier_names[row["supplier"]],
                "SupplierId": world.suppliers[row["supplier"]], "ShipToOrganization": row["location"],
                "AslCreationDate": _START, "key_": str(identifier(7, index + 1)),
            }
            for index, row in enumerate(pairs.to_dict("records"))
        ),
    )  # fmt: skip


def _people(connection: sqlite3.Connection, world: World) -> None:
    insert(
        connection,
        "procurementPersonsLOV",
        (
            {"PersonId": person, "PersonNumber": str(1000 + index), "DisplayName": name, "key_": str(person)}
            for index, (name, person) in enumerate(world.buyers.items())
        ),
    )
    agents = [*world.buyers.items(), ("Former Buyer", identifier(6, 9999))]
    insert(
        connection,
        "procurementAgents",
        (
            {
                "AssignmentId": identifier(8, index + 1), "AgentId": person, "Agent": name,
                "AgentEmail": INTEGRATION_EMAIL if name == INTEGRATION_NAME else f"buyer{name}@company.example".lower(),
                "ProcurementBUId": BUSINESS_UNIT_ID, "ProcurementBU": BUSINESS_UNIT,
                "DefaultRequisitioningBUId": BUSINESS_UNIT_ID, "DefaultRequisitioningBU": BUSINESS_UNIT,
                "Status": "Inactive" if name == "Former Buyer" else "Active",
                "StatusCode": "INACTIVE" if name == "Former Buyer" else "ACTIVE", "ManageOrdersAllowedFlag": True,
                "ManageRequisitionsAllowedFlag": True, "AccessLevelToOtherAgentsOrdersCode": "FULL",
                "key_": str(identifier(8, index + 1)),
            }
            for index, (name, person) in enumerate(agents)
        ),
    )  # fmt: skip
    unit = {"ProcurementBUId": BUSINESS_UNIT_ID, "ProcurementBU": BUSINESS_UNIT, "key_": str(BUSINESS_UNIT_ID)}
    insert(connection, "procurementBusinessUnitsLOV", [unit])
    style = {"StyleId": STYLE_ID, "StyleName": "Purchase Order", "DisplayName": "Purchase Order"}
    style |= {"DocumentSubtype": "STANDARD", "StatusCode": "ACTIVE", "key_": str(STYLE_ID)}
    insert(connection, "purchasingDocumentStylesLOV", [style])
