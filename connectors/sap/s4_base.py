"""What every S/4HANA reader and writer part shares: the services, the settings and one OData session.

It reads and writes nothing by itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.ports import Clock
from connectors.http import Auth, HttpSession, Limits, basic_auth, no_auth
from connectors.oauth import TokenSource, client_credentials
from connectors.pace import pace_of
from connectors.sap.odata import ODataSession, Query, Row, Service, one_of
from connectors.sap.odata_outcomes import classifier, problem
from connectors.sap.settings import S4Settings

_V2 = "/sap/opu/odata/sap"
_BATCH = 10  # reads in one batch
PRODUCT = Service(f"{_V2}/API_PRODUCT_SRV")
STOCK = Service(f"{_V2}/API_MATERIAL_STOCK_SRV")
MOVEMENTS = Service(f"{_V2}/API_MATERIAL_DOCUMENT_SRV")
INFO_RECORDS = Service(f"{_V2}/API_INFORECORD_PROCESS_SRV")
PARTNERS = Service(f"{_V2}/API_BUSINESS_PARTNER")
ORDERS_V2 = Service(f"{_V2}/API_PURCHASEORDER_PROCESS_SRV")
REQUISITIONS_V2 = Service(f"{_V2}/API_PURCHASEREQ_PROCESS_SRV")
REQUISITIONS = Service("/sap/opu/odata4/sap/api_purchaserequisition_2/srvd_a2x/sap/purchaserequisition/0001", 4)
ORDERS = Service("/sap/opu/odata4/sap/api_purchaseorder_2/srvd_a2x/sap/purchaseorder/0001", 4)


@dataclass(frozen=True, slots=True)
class S4:
    """One system: settings, clock, session."""

    settings: S4Settings
    clock: Clock
    odata: ODataSession

    def rows(
        self,
        service: Service,
        entity_set: str,
        select: str,
        where: str = "",
        expand: str = "",
        *,
        lasting: bool = False,
    ) -> Iterator[Row]:
        """Rows of a set; `select` and `expand` are written as in the URL, `lasting` is that of `Query`."""
        return self.odata.rows(service, Query(entity_set, tuple(select.split(",")), where, expand, lasting))

    def together(self, service: Service, queries: Sequence[Query]) -> Iterator[Row]:
        """Rows of several queries; more than one travel in batches, which saves a round trip each."""
        for first in range(0, len(queries), _BATCH):
            batch = queries[first : first + _BATCH]
            if len(queries) == 1:
                yield from self.odata.rows(service, batch[0])
            else:
                for rows in self.odata.batch(service, batch):
                    yield from rows

    def of_plants(self, field: str = "Plant") -> str:
        """Filter for the configured plants."""
        return one_of(field, sorted(self.settings.plants))

    def today(self) -> date:
        """Calendar day at the system."""
        return self.clock.today(self.settings.timezone)


def connect(settings: S4Settings, clock: Clock, limits: Limits | None = None) -> S4:
    """Make a session; nothing is sent before the first read."""
    tokens = token_source(settings, clock)
    http = session(settings, clock, limits, tokens)
    return S4(settings, clock, ODataSession(http, params(settings), tokens=tokens, system_id=settings.system_id))


def params(settings: S4Settings) -> dict[str, str]:
    """Query options of every call."""
    return {"sap-client": settings.client, "sap-language": settings.language}


def token_source(settings: S4Settings, clock: Clock) -> TokenSource | None:
    """Tokens, where the settings name a token service."""
    found = settings.oauth
    if found is None:
        return None
    secret, verify = found.client_secret.get_secret_value(), settings.ca_bundle or True
    return client_credentials(found.token_url, found.client_id, secret, clock, scope=found.scope, verify=verify)


def _auth(settings: S4Settings, tokens: TokenSource | None) -> Auth:
    """OAuth, else user and password; a certificate alone needs no header, and an empty one would be refused."""
    if tokens:
        return Auth(tokens.header)
    return basic_auth(settings.user, settings.password.get_secret_value()) if settings.user else no_auth()


def session(
    settings: S4Settings, clock: Clock, limits: Limits | None = None, tokens: TokenSource | None = None
) -> HttpSession:
    """Make the HTTP session of the settings; `tokens` sign on in place of user and password."""
    return HttpSession(
        settings.base_url,
        clock,
        auth=_auth(settings, tokens),
        limits=limits or Limits(),
        describe=problem,
        classify=classifier(settings.lock_codes),
        verify=settings.ca_bundle or True,
        cert=(settings.client_certificate, settings.client_key) if settings.client_certificate else None,
        pace=pace_of(settings.base_url, clock, settings.max_concurrent, settings.requests_per_second),
    )
