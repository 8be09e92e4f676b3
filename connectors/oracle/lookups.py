"""Resolves names of the settings and visible codes to ids: business units, styles, agents, suppliers, sites.

Answers are kept for a day; what cannot be resolved is told with the place in the settings that names it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock

from bot.errors import NeedsAdmin, Refused, StopRun
from bot.ports import Clock
from connectors.looking import few
from connectors.oracle.client import FusionClient
from connectors.oracle.query import both, equal
from connectors.oracle.settings import FusionSettings
from connectors.oracle.wire import Row, whole

_DAY = 86400.0
_SITE_FIELDS = (
    "SupplierSiteId",
    "SupplierSite",
    "ProcurementBUId",
    "SitePurposePurchasingFlag",
    "Status",
    "Email",
    "HoldAllNewPurchasingDocumentsFlag",
    "PurchasingHoldReason",
    "InactiveDate",
)
_AGENT_FIELDS = ("AssignmentId", "AgentId", "Agent", "AgentEmail", "StatusCode", "ManageOrdersAllowedFlag")

_PLACE_FIELDS = ("OrganizationId", "OrganizationCode", "LocationId", "LocationCode", "ManagementBusinessUnitId",
                 "ManagementBusinessUnitName")  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """Ids that a purchase order for one location and supplier needs."""

    buyer: int
    style: int
    procurement_bu: int
    requisitioning_bu: int | None
    supplier: int
    site: int


@dataclass(frozen=True, slots=True)
class RequisitionTerms:
    """Ids that a requisition for one location and supplier needs; no address when the organisation has none."""

    preparer: int
    requisitioning_bu: int
    supplier: int
    site: int
    organization: int
    deliver_to: int | None


@dataclass(frozen=True, slots=True)
class ImportNames:
    """Names by which the file import knows what orders know by id; `buyer_email` wins over `buyer`."""

    procurement_bu: str
    requisitioning_bu: str
    buyer: str
    buyer_email: str
    style: str
    supplier: str
    site: str
    ship_to: str


def usable(site: Row, today: str) -> str:
    """Why no order may go to a site; empty when one may. `today` is an ISO day."""
    if site.get("SitePurposePurchasingFlag") is False:
        return "it is not for purchasing"
    if str(site.get("Status") or "ACTIVE").upper() != "ACTIVE" or ended(site, today):
        return "it is inactive"
    if site.get("HoldAllNewPurchasingDocumentsFlag") is True:
        return f"it is on hold ({site.get('PurchasingHoldReason') or 'no reason given'})"
    return ""


def ended(row: Row, today: str) -> bool:
    """Whether the row's InactiveDate has come."""
    until = row.get("InactiveDate")
    return isinstance(until, str) and until[:10] <= today


class Lookups:
    """Ids by name; NeedsAdmin when a name of the settings does not exist in the system."""

    def __init__(self, client: FusionClient, settings: FusionSettings, clock: Clock) -> None:
        self._client, self._settings, self._clock = client, settings, clock
        self._kept: dict[tuple[str, str], list[Row]] = {}
        self._until = 0.0
        self._lock = RLock()

    def terms(self, supplier: str, location: str) -> OrderTerms:
        """Resolve everything an order needs; Refused when supplier or site may not receive orders."""
        organization = self._settings.organizations.get(location)
        if organization is None:
            raise Refused(f"location {location} is not among the organizations of the settings", "LOCATION")
        bu = self.procurement_bu(organization.procurement_bu)
        requisitioning = organization.requisitioning_bu
        row = self.supplier(supplier)
        return OrderTerms(
            buyer=self.buyer(organization.buyer, bu),
            style=self.style(organization.document_style or self._settings.document_style),
            procurement_bu=bu,
            requisitioning_bu=self.requisitioning_bu(requisitioning) if requisitioning else None,
            supplier=_id(row, "SupplierId"),
            site=self._site(supplier, location, _id(row, "SupplierId"), bu),
        )

    def requisition_terms(self, supplier: str, location: str) -> RequisitionTerms:
        """Resolve everything a requisition needs; Refused when supplier or site may not receive orders."""
        organization = self._settings.organizations.get(location)
        if organization is None:
            raise Refused(f"location {location} is not among the organizations of the settings", "LOCATION")
        bu = self.procurement_bu(organization.procurement_bu)
        known = _id(self.supplier(supplier), "SupplierId")
        places = self._all("inventoryOrganizations", "OrganizationId", _PLACE_FIELDS)
        here = self._pick(places, location, ("OrganizationCode",), "OrganizationId", f"organizations.{location}")
        wanted = organization.ship_to_location
        own = [p for p in places if (p["LocationCode"] == wanted if wanted else whole(p["OrganizationId"]) == here)]
        return RequisitionTerms(
            preparer=self.preparer(location),
            requisitioning_bu=self.unit_of(location),
            supplier=known,
            site=self._site(supplier, location, known, bu),
            organization=here,
            deliver_to=whole(own[0]["LocationId"]) if own else None,
        )

    def import_names(self, supplier: str, location: str) -> ImportNames:
        """Names for the file import of what `terms` resolves; raises as it does."""
        terms, organization = self.terms(supplier, location), self._settings.organizations[location]
        units = self._all("procurementBusinessUnitsLOV", "ProcurementBUId", ("ProcurementBUId", "ProcurementBU"))
        styles = self._all("purchasingDocumentStylesLOV", "StyleId", ("StyleId", "StyleName", "DisplayName"))
        agents = self._all(
            "procurementAgents", "AssignmentId", _AGENT_FIELDS, equal("ProcurementBUId", terms.procurement_bu)
        )
        agent = _of(agents, "AgentId", terms.buyer)
        style = _of(styles, "StyleId", terms.style)
        procuring = str(_of(units, "ProcurementBUId", terms.procurement_bu)["ProcurementBU"])
        return ImportNames(
            procurement_bu=procuring,
            requisitioning_bu=organization.requisitioning_bu or procuring,
            buyer=str(agent["Agent"] or ""),
            buyer_email=str(agent["AgentEmail"] or ""),
            style=str(style["DisplayName"] or style["StyleName"]),
            supplier=supplier,
            site=str(_of(self.sites(terms.supplier), "SupplierSiteId", terms.site)["SupplierSite"]),
            ship_to=organization.ship_to_location,
        )

    def unit_of(self, location: str) -> int:
        """Id of the business unit that requisitions for a location."""
        organization = self._settings.organizations[location]
        return self.requisitioning_bu(organization.requisitioning_bu or organization.procurement_bu)

    def preparer(self, location: str) -> int:
        """Id of the person in whose name a location requisitions."""
        organization = self._settings.organizations[location]
        name = organization.preparer or organization.buyer
        q = equal("ProcurementBUId", self.procurement_bu(organization.procurement_bu))
        agents = self._all("procurementAgents", "AssignmentId", _AGENT_FIELDS, q)
        if any(name in {str(row[n]) for n in ("AgentEmail", "Agent", "AgentId")} for row in agents):
            return self._pick(agents, name, ("AgentEmail", "Agent"), "AgentId", "preparer")
        persons = self._all("procurementPersonsLOV", "PersonId", ("PersonId", "PersonNumber", "DisplayName"))
        return self._pick(persons, name, ("PersonNumber", "DisplayName"), "PersonId", "preparer")

    def procurement_bu(self, name: str) -> int:
        """Id of a procurement business unit."""
        rows = self._all("procurementBusinessUnitsLOV", "ProcurementBUId", ("ProcurementBUId", "ProcurementBU"))
        return self._pick(rows, name, ("ProcurementBU",), "ProcurementBUId", "procurement_bu")

    def requisitioning_bu(self, name: str) -> int:
        """Id of a requisitioning business unit, which owns an inventory organisation or procures itself."""
        rows = self._all("inventoryOrganizations", "OrganizationId", _PLACE_FIELDS)
        if any(name in {r["ManagementBusinessUnitName"], str(r["ManagementBusinessUnitId"])} for r in rows):
            what = ("ManagementBusinessUnitName",)
            return self._pick(rows, name, what, "ManagementBusinessUnitId", "requisitioning_bu")
        return self.procurement_bu(name)

    def style(self, name: str) -> int:
        """Id of a document style."""
        rows = self._all("purchasingDocumentStylesLOV", "StyleId", ("StyleId", "StyleName", "DisplayName"))
        return self._pick(rows, name, ("StyleName", "DisplayName"), "StyleId", "document_style")

    def buyer(self, name: str, bu: int) -> int:
        """Id of a person who is an active agent of the business unit and may manage orders."""
        q = equal("ProcurementBUId", bu)
        agents = self._all("procurementAgents", "AssignmentId", _AGENT_FIELDS, q)
        names = ("AgentEmail", "Agent")
        if not any(name in {str(row[n]) for n in (*names, "AgentId")} for row in agents):
            persons = self._all("procurementPersonsLOV", "PersonId", ("PersonId", "PersonNumber", "DisplayName"))
            seen = few(str(row["AgentEmail"] or row["Agent"] or "") for row in agents)
            found = self._pick(persons, name, ("PersonNumber", "DisplayName"), "PersonId", "buyer", seen)
        else:
            found = self._pick(agents, name, names, "AgentId", "buyer")
        for row in agents:
            active = str(row["StatusCode"] or "ACTIVE").upper() == "ACTIVE"
            if whole(row["AgentId"]) == found and active and row["ManageOrdersAllowedFlag"] is not False:
                return found
        remedy = "Make the person a procurement agent who may manage orders, or name another buyer."
        raise NeedsAdmin(f"{name} may not order in business unit {bu}", self._place("buyer"), remedy)

    def buyers(self) -> list[int]:
        """Ids of all buyers in whose name orders are created."""
        pairs = {(o.buyer, o.procurement_bu) for o in self._settings.organizations.values()}
        return sorted({self.buyer(buyer, self.procurement_bu(bu)) for buyer, bu in pairs})

    def supplier(self, code: str) -> Row:
        """Supplier with this number; Refused when it is unknown or inactive."""
        found = self._some("suppliers", equal("SupplierNumber", code))
        if len(found) != 1:
            raise Refused(f"supplier {code} is not in the system", "SUPPLIER")
        if str(found[0].get("Status") or "ACTIVE").upper() != "ACTIVE" or ended(found[0], self._today()):
            raise Refused(f"supplier {code} is inactive", "SUPPLIER")
        return found[0]

    def supplier_code(self, supplier_id: int, name: str) -> str:
        """Number of a supplier, by which people know it; its name when the number cannot be seen."""
        found = self._some("suppliers", equal("SupplierId", supplier_id))
        return str((found[0] if found else {}).get("SupplierNumber") or name)

    def sites(self, supplier_id: int) -> list[Row]:
        """Sites of a supplier."""
        return self._all(f"suppliers/{supplier_id}/child/sites", "SupplierSiteId", _SITE_FIELDS)

    def _site(self, supplier: str, location: str, supplier_id: int, bu: int) -> int:
        wanted = self._settings.supplier_sites
        name = wanted.get(f"{supplier}@{location}") or wanted.get(supplier)
        sites = [s for s in self.sites(supplier_id) if whole(s["ProcurementBUId"]) == bu]
        named = [s for s in sites if name in {s["SupplierSite"], str(s["SupplierSiteId"])}] if name else sites
        reasons = {str(s["SupplierSite"]): usable(s, self._today()) for s in named}
        good = [s for s in named if not reasons[str(s["SupplierSite"])]]
        if len(good) == 1:
            return _id(good[0], "SupplierSiteId")
        if good:
            hint = f'name one in supplier_sites."{supplier}"'
            raise Refused(f"supplier {supplier} has the sites {', '.join(reasons)}: {hint}", "SITE")
        why = "; ".join(f"{site}: {reason}" for site, reason in reasons.items()) or f"no site {name or ''}".strip()
        raise Refused(f"no site of supplier {supplier} may receive orders in business unit {bu} ({why})", "SITE")

    def _pick(
        self, rows: list[Row], name: str, attributes: tuple[str, ...], key: str, setting: str, seen: str = ""
    ) -> int:
        """Id of the one row with this name; `seen` = names that may be meant, default those of the rows."""
        found = {whole(r[key]) for r in rows if name in {str(r[a]) for a in (*attributes, key)}} - {None}
        if len(found) == 1:
            return found.pop() or 0
        if found:
            what = f"{name!r} names {len(found)} of {len(rows)} entries"
        else:
            what = f"{name!r} does not exist; seen: {seen or few(str(r[attributes[0]] or '') for r in rows)}"
        remedy = "Use a name of the list of values in Fusion, or the id."
        raise NeedsAdmin(what, self._place(setting), remedy)

    def _place(self, setting: str) -> str:
        return f"settings of system {self._settings.system}, {setting}"

    def _all(self, resource: str, key: str, fields: tuple[str, ...], q: str = "") -> list[Row]:
        return self._keep((resource, q), lambda: self._client.rows(resource, (key,), q, fields=fields))

    def _some(self, resource: str, q: str) -> list[Row]:
        fields = ("SupplierId", "SupplierNumber", "Supplier", "Status", "InactiveDate")
        return self._keep((resource, q), lambda: self._client.rows(resource, ("SupplierId",), both(q), fields=fields))

    def _keep(self, name: tuple[str, str], read: Callable[[], list[Row]]) -> list[Row]:
        with self._lock:
            if self._clock.monotonic() >= self._until:
                self._kept, self._until = {}, self._clock.monotonic() + _DAY
            if name not in self._kept:
                self._kept[name] = read()
            return self._kept[name]

    def _today(self) -> str:
        return self._clock.today(self._settings.timezone).isoformat()


def _of(rows: list[Row], key: str, wanted: int) -> Row:
    """The row whose id was found among these rows before."""
    return next(row for row in rows if whole(row[key]) == wanted)


def _id(row: Row, name: str) -> int:
    found = whole(row.get(name))
    if found is None:
        raise StopRun(f"a row came without {name}", "Report the answer to the administrator of the Fusion system.")
    return found
