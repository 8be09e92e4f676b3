"""Raw lists of one extract, read once each, as columns with the names of the wire, and the codes that join them.

It maps nothing to canonical tables; a second pull of the same table starts a new extract.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from threading import RLock
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.errors import NeedsAdmin
from bot.ports import Clock
from bot.ports_reading import Mirror
from connectors.oracle.client import FusionClient
from connectors.oracle.lookups import Lookups
from connectors.oracle.query import both, either, equal, term
from connectors.oracle.settings import FusionSettings
from connectors.oracle.transactions import transactions
from connectors.oracle.wire import Columns, Row, children, whole

Listed = Callable[[], Columns]
_T = TypeVar("_T")
_LONGEST_ORDER = timedelta(days=365)  # an order may be this much older than the delivery that it asks for
_CHUNK = 25
_HISTORIES = frozenset({"transactions", "schedules", "headers", "lines", "canonical schedules"})

ITEM_FIELDS = (
    "ItemId", "OrganizationId", "ItemNumber", "ItemDescription", "ItemClass", "ItemStatusValue", "PrimaryUOMValue",
    "StockEnabledFlag", "PurchasingFlag", "PurchasableFlag", "PlanningMakeBuyValue", "InventoryPlanningMethodValue",
    "MinimumMinmaxQuantity",
    "MaximumMinmaxQuantity", "MinimumOrderQuantity", "MaximumOrderQuantity", "FixedLotSizeMultiplier",
    "PreprocessingDays", "ProcessingDays", "PostprocessingDays", "ListPrice", "DefaultBuyerValue",
    "BuyerEmailAddress", "ShelfLifeDays",
)  # fmt: skip
ONHAND_KEY = (
    "OrganizationId", "InventoryItemId", "SubinventoryCode", "LocatorId", "LotNumber", "SerialNumber",
    "OwningOrganizationId",
)  # fmt: skip
ONHAND_FIELDS = (*ONHAND_KEY, "ItemNumber", "PrimaryUOMCode", "OnhandQuantity", "ReservedQuantity", "ReceivingQuantity")
SCHEDULE_FIELDS = (
    "LineLocationId", "POHeaderId", "POLineId", "OrderNumber", "LineNumber", "ScheduleNumber", "DueDate",
    "RequestedDeliveryDate", "ScheduleStatus", "ScheduleStatusCode", "Supplier", "ItemNumber", "Quantity",
    "ReceivedQuantity", "Amount", "ShipToLocation", "ProcurementBU",
)  # fmt: skip
_HEADER_FIELDS = (
    "POHeaderId,OrderNumber,Description,SupplierId,CurrencyCode,OrderDate,CreationDate",
    "lines:POLineId,Price,UOMCode",
)


class Source:
    """One extract of one system; lists are columns (name -> values of equal length).

    `listed` gives items and stock where they are read by other means than REST.
    """

    def __init__(
        self, client: FusionClient, settings: FusionSettings, clock: Clock, listed: Mapping[str, Listed] | None = None
    ) -> None:
        self._listed = listed or {}
        self.client, self.settings, self.clock = client, settings, clock
        self.zone = ZoneInfo(settings.timezone)
        self.lookups = Lookups(client, settings, clock)
        self.since = date.min
        self.whole_history = True  # no caller asked for another begin
        self.mirror: Mirror | None = None  # where settled transactions are kept between runs
        self._kept: dict[str, Any] = {}
        self._locks: dict[str, Any] = {}  # one per list: lists need others, never in a ring

    def begin(self) -> None:
        """Start a new extract: forget what was read; histories go back `history_days`."""
        self._kept.clear()
        self.lookups = Lookups(self.client, self.settings, self.clock)
        self.since = self.clock.today(self.settings.timezone) - timedelta(days=self.settings.history_days)
        self.whole_history = True

    def window(self, since: date) -> None:
        """Let histories start at `since`; what was read of another window is forgotten."""
        self.whole_history = False
        if since != self.since:
            self.since = since
            for name in _HISTORIES & set(self._kept):
                del self._kept[name]

    def once(self, name: str, read: Callable[[], _T]) -> _T:
        """Return what `read` gives, read once per extract."""
        with self._locks.setdefault(name, RLock()):
            if name not in self._kept:
                self._kept[name] = read()
            found: _T = self._kept[name]
        return found

    def organizations(self) -> dict[str, Row]:
        """Rows of the configured organisations by code; NeedsAdmin when one does not exist."""
        return self.once("organizations", self._organizations)

    def _every_organization(self) -> list[Row]:
        fields = ("OrganizationId", "OrganizationCode", "OrganizationName", "LocationCode")
        name, key = "inventoryOrganizations", ("OrganizationId",)
        return self.once("every organization", lambda: self.client.rows(name, key, fields=fields))

    def addresses(self) -> frozenset[str]:
        """Ship-to location names of all organisations of the pod, configured or not."""
        return frozenset(str(row["LocationCode"]) for row in self._every_organization() if row["LocationCode"])

    def _organizations(self) -> dict[str, Row]:
        rows = self._every_organization()
        found = {row["OrganizationCode"]: row for row in rows if row["OrganizationCode"] in self.settings.organizations}
        for code in self.settings.organizations:
            if code not in found:
                where = f"settings of system {self.settings.system}, organizations.{code}"
                raise NeedsAdmin(f"there is no inventory organization {code}", where, "Correct or remove it.")
        return found

    def places(self) -> dict[str, str]:
        """Organisation code by ship-to location name; the settings win over the organisation's own address."""
        named = {o.ship_to_location: code for code, o in self.settings.organizations.items() if o.ship_to_location}
        own = {str(row["LocationCode"]): code for code, row in self.organizations().items() if row["LocationCode"]}
        return {**own, **named}

    def items(self) -> Columns:
        """Items of the configured organisations, with a column `location`."""
        rest = partial(self._by_organization, "itemsV2", ("ItemId",), ITEM_FIELDS)
        return self.once("items", self._listed.get("items", partial(rest, lasting=True)))

    def onhand(self) -> Columns:
        """Stock details of the configured organisations, with a column `location`."""
        rest = partial(self._by_organization, "onhandQuantityDetails", ONHAND_KEY[1:], ONHAND_FIELDS)
        return self.once("onhand", self._listed.get("stock", rest))

    def transactions(self) -> Columns:
        """Completed transactions since `since` of the configured organisations, with a column `location`."""
        mirror = self.mirror if self.whole_history else None
        asked = (self.client, self.settings, self.clock, self.organizations, mirror, self.since)
        return self.once("transactions", lambda: transactions(*asked))

    def _by_organization(
        self, resource: str, key: tuple[str, ...], fields: tuple[str, ...], q: str = "", *, lasting: bool = False
    ) -> Columns:
        found: Columns = {name: [] for name in (*fields, "location")}
        for code, row in self.organizations().items():
            where = equal("OrganizationId", whole(row["OrganizationId"]) or 0)
            columns = self.client.columns(resource, key, fields, both(where, q), lasting=lasting)
            for name, column in columns.items():
                found[name] += column
            found["location"] += [code] * len(columns[key[0]])
        return found

    def base_units(self) -> dict[str, str]:
        """Code of the base unit by item number, from stock rows, else learned or set for the unit's name."""
        return self.once("base_units", self._base_units)

    def _base_units(self) -> dict[str, str]:
        stock, items = self.onhand(), self.items()
        known = {item: code for item, code in zip(stock["ItemNumber"], stock["PrimaryUOMCode"], strict=True) if code}
        pairs = list(zip(items["ItemNumber"], items["PrimaryUOMValue"], strict=True))
        learned = {name: known[item] for item, name in pairs if item in known}
        codes = {**learned, **self.settings.uom_codes}
        return {item: known.get(item) or codes.get(name) or name for item, name in pairs if item and name}

    def suppliers(self) -> list[Row]:
        """All suppliers."""
        fields = ("SupplierId", "SupplierNumber", "Supplier", "SupplierTypeCode", "Status", "InactiveDate")
        key = ("SupplierId",)
        return self.once("suppliers", lambda: self.client.rows("suppliers", key, fields=fields, lasting=True))

    def supplier_codes(self) -> dict[Any, str]:
        """Supplier number by id and by name; a name that two suppliers bear is left out."""
        return self.once("supplier_codes", self._supplier_codes)

    def _supplier_codes(self) -> dict[Any, str]:
        rows = self.suppliers()
        names = Counter(row["Supplier"] for row in rows)
        by_name = {row["Supplier"]: str(row["SupplierNumber"]) for row in rows if names[row["Supplier"]] == 1}
        return by_name | {whole(row["SupplierId"]): str(row["SupplierNumber"]) for row in rows}

    def approved(self) -> Columns:
        """Approved supplier list entries for items."""
        fields = ("AslId", "Item", "Supplier", "SupplierId", "ShipToOrganization")
        name = "procurementApprovedSupplierListEntries"
        return self.once("approved", lambda: self.client.columns(name, ("AslId",), fields, lasting=True))

    def schedules(self) -> Columns:
        """Order schedules of the business units: all open ones and those asked for since `since`."""
        return self.once("schedules", self._schedules)

    def _schedules(self) -> Columns:
        found: Columns = {name: [] for name in SCHEDULE_FIELDS}
        seen: set[Any] = set()
        windows = (term("RequestedDeliveryDate", ">=", self.since), equal("ScheduleStatusCode", "OPEN"))
        for bu in self.settings.procurement_bus():
            for window in windows:
                q = both(equal("ProcurementBU", bu), window)
                columns = self.client.columns("purchaseOrderSchedules", ("LineLocationId",), SCHEDULE_FIELDS, q)
                new = [i for i, key in enumerate(columns["LineLocationId"]) if key not in seen]
                seen.update(columns["LineLocationId"])
                for name, column in columns.items():
                    found[name] += [column[i] for i in new]
        return found

    def headers(self) -> dict[int, Row]:
        """Order headers with their lines by id: those of every schedule."""
        return self.once("headers", self._headers)

    def _headers(self) -> dict[int, Row]:
        start = term("OrderDate", ">=", self.since - min(_LONGEST_ORDER, self.since - date.min))
        found: dict[int, Row] = {}
        for bu in self.settings.procurement_bus():
            q = both(equal("ProcurementBUId", self.lookups.procurement_bu(bu)), start)
            found |= self._read_headers(q)
        missing = sorted({whole(key) or 0 for key in self.schedules()["POHeaderId"]} - set(found))
        for i in range(0, len(missing), _CHUNK):
            found |= self._read_headers(either(*(equal("POHeaderId", key) for key in missing[i : i + _CHUNK])))
        return found

    def _read_headers(self, q: str) -> dict[int, Row]:
        fields = (";".join(_HEADER_FIELDS),)
        rows = self.client.rows("purchaseOrders", ("POHeaderId",), q, fields=fields, lasting=True)
        return {whole(row["POHeaderId"]) or 0: row for row in rows}

    def lines(self) -> dict[int, Row]:
        """Lines (price, unit) of the headers by id; orders with more lines than came along are read again."""
        return self.once("lines", self._lines)

    def _lines(self) -> dict[int, Row]:
        found: dict[int, Row] = {}
        for key, header in self.headers().items():
            lines = children(header, "lines")
            if lines is None and "lines" in header:
                fields = ("POLineId", "Price", "UOMCode")
                path, unique = f"purchaseOrders/{key}/child/lines", ("POLineId",)
                lines = self.client.rows(path, unique, fields=fields, lasting=True)
            found |= {whole(line.get("POLineId")) or 0: line for line in lines or []}
        return found
