"""What every S/4HANA reader and writer part shares: the services, the settings and one OData session.

It reads and writes nothing by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot.ports import Clock
from connectors.http import HttpSession, Limits, basic_auth
from connectors.sap.odata import ODataSession, Query, Row, Service, classifier, one_of, problem
from connectors.sap.settings import S4Settings

_V2 = "/sap/opu/odata/sap"
PRODUCT = Service(f"{_V2}/API_PRODUCT_SRV")
STOCK = Service(f"{_V2}/API_MATERIAL_STOCK_SRV")
MOVEMENTS = Service(f"{_V2}/API_MATERIAL_DOCUMENT_SRV")
INFO_RECORDS = Service(f"{_V2}/API_INFORECORD_PROCESS_SRV")
PARTNERS = Service(f"{_V2}/API_BUSINESS_PARTNER")
ORDERS = Service("/sap/opu/odata4/sap/api_purchaseorder_2/srvd_a2x/sap/purchaseorder/0001", 4)


@dataclass(frozen=True, slots=True)
class S4:
    """One system: settings, clock, session."""

    settings: S4Settings
    clock: Clock
    odata: ODataSession

    def rows(self, service: Service, entity_set: str, select: str, where: str = "", expand: str = "") -> Iterator[Row]:
        """Rows of a set; `select` and `expand` are written as in the URL."""
        return self.odata.rows(service, Query(entity_set, tuple(select.split(",")), where, expand))

    def of_plants(self, field: str = "Plant") -> str:
        """Filter for the configured plants."""
        return one_of(field, sorted(self.settings.plants))

    def today(self) -> date:
        """Calendar day at the system."""
        return self.clock.today(self.settings.timezone)


def connect(settings: S4Settings, clock: Clock, limits: Limits | None = None) -> S4:
    """Make a session; nothing is sent before the first read."""
    return S4(settings, clock, ODataSession(session(settings, clock, limits), params(settings)))


def params(settings: S4Settings) -> dict[str, str]:
    """Query options of every call."""
    return {"sap-client": settings.client, "sap-language": settings.language}


def session(settings: S4Settings, clock: Clock, limits: Limits | None = None) -> HttpSession:
    """Make the HTTP session of the settings."""
    return HttpSession(
        settings.base_url,
        clock,
        auth=basic_auth(settings.user, settings.password.get_secret_value()),
        limits=limits or Limits(),
        describe=problem,
        classify=classifier(settings.lock_codes),
        verify=settings.ca_bundle or True,
        cert=(settings.client_certificate, settings.client_key) if settings.client_certificate else None,
    )
