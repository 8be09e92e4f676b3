"""Examines an S/4HANA system: the way, sign-on, which system it is, its services, fields and rights.

Only GET is sent, and a refused logon is not repeated. What is in the tables is looked at by `s4_examine_data`.
"""

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.diagnoses.found import fine, found
from bot.errors import RestockError
from bot.ports import Clock, Diagnosis
from connectors.looking import LIMITS, Looker, Seen
from connectors.probe import Way, clocks, look
from connectors.sap.odata import Query, Service
from connectors.sap.odata_metadata import Metadata, parse
from connectors.sap.s4_asked import Asked, Pull, asked, written
from connectors.sap.s4_base import params, session, token_source
from connectors.sap.s4_orderbook import order_names
from connectors.sap.settings import LOGON, S4Settings

_COOKIE = re.compile(r"SAP_SESSIONID_([A-Z0-9]{3})_(\d{3})")
_REALM = re.compile(r"\[([A-Z0-9]{3})/(\d{3})\]")
_ACTIVATE = {
    2: "activate it in transaction /IWFND/MAINT_SERVICE; in the cloud add the communication arrangement that holds it",
    4: "publish it in transaction /IWFND/V4_ADMIN; in the cloud add the communication arrangement that holds it",
}
_KINDS: dict[str, str] = {
    **dict.fromkeys(
        "AvailabilityEndDate AvailabilityStartDate ConditionValidityEndDate ConditionValidityStartDate "
        "CreationDate "
        "EffectiveOutDate PostingDate PriceValidityEndDate PurchaseOrderDate SchedLineStscDeliveryDate "
        "ScheduleLineDeliveryDate".split(),
        "day",
    ),
    **dict.fromkeys(
        "ConditionIsDeleted ConditionScaleIsDeleted DeletionIndicator GoodsMovementIsCancelled IsRegularSupplier "
        "IsAutoPurOrdCreationAllowed IsCompletelyDelivered IsDefaultEmailAddress IsReturnsItem PostingIsBlocked "
        "PurOrdAutoGenerationIsAllowed PurchasingIsBlocked PurchasingIsBlockedForSupplier ReleaseIsNotCompleted "
        "IsMarkedForDeletion PurchasingCompletenessStatus".split(),
        "flag",
    ),
    **dict.fromkeys(
        "ConditionQuantity ConditionRateValue ConditionScaleQuantity GoodsReceiptDuration LotSizeRoundingQuantity "
        "MaterialPlannedDeliveryDurn MaterialPriceUnitQty MatlWrhsStkQtyInMatlBaseUnit MaximumOrderQuantity "
        "MaximumStockQuantity MinimumOrderAmount MinimumPurchaseOrderQuantity MovingAveragePrice NetPriceAmount "
        "NetPriceQuantity OpenPurchaseOrderQuantity OrdPriceUnitToOrderUnitDnmntr OrderItemQtyToBaseQtyDnmntr "
        "OrderItemQtyToBaseQtyNmrtr OrderPriceUnitToOrderUnitNmrtr OrderQuantity PlannedDeliveryDurationInDays "
        "PriceUnitQty QuantityDenominator QuantityInBaseUnit QuantityNumerator ReorderThresholdQuantity "
        "SafetyStockQuantity ScheduleLineOrderQuantity StandardPrice StockInTransitQuantity".split(),
        "number",
    ),
}
_NO_USER = "have the certificate assigned to a user (transaction CERTRULE), or the token's client allowed in the system"
_OPTIONAL = {"DebitCreditCode": "set debit_credit_code = false; moves are then told apart by their plants"}


@dataclass(slots=True)
class Exam:
    """What the parts of the examination share: the session, what is asked, what the services say they offer."""

    settings: S4Settings
    clock: Clock
    looker: Looker
    asked: list[Asked] = field(default_factory=list)
    offered: dict[str, Metadata] = field(default_factory=dict)  # by path of the service

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, options: Mapping[str, str | int] | None = None
    ) -> Seen:
        """Read one path with client and language; `options` are query options without their dollar sign."""
        named = {f"${name}": value for name, value in (options or {}).items()}
        return self.looker.get(path, {**params(self.settings), **named}, headers)

    def rows(self, service: Service, query: Query, top: int = 1, orderby: str = "") -> Seen:
        """Ask for the first rows of a query and their number."""
        count = {"inlinecount": "allpages", "format": "json"} if service.version == 2 else {"count": "true"}
        options: dict[str, str | int] = {"select": ",".join(query.select), "top": top, **count}
        options |= {"filter": query.where} if query.where else {}
        options |= {"expand": query.expand} if query.expand else {}
        options |= {"orderby": orderby} if orderby else {}
        return self.get(f"{service.path}/{query.entity_set}", options=options)


def name_of(service: Service) -> str:
    """Name of a service as administrators know it."""
    parts = service.path.strip("/").split("/")
    return parts[-1] if service.version == 2 else parts[4]


def begin(settings: S4Settings, clock: Clock, pulls: Mapping[str, Pull]) -> Generator[Diagnosis, None, Exam | None]:
    """Look at the way, sign on once, find out which system it is; None when there is no point in going on."""
    for key in ("ca_bundle", "client_certificate", "client_key"):
        path = getattr(settings, key)
        if path and not _readable(Path(path)):
            yield found("certificate-file-unreadable", f"{path} cannot be read", setting=key)
            return None
    way = Way(settings.base_url, "base_url", settings.ca_bundle)
    if not (yield from look(way, clock)):
        return None
    tokens = token_source(settings, clock)
    try:
        if tokens:
            tokens.header()
    except RestockError as error:
        yield found("token-refused", f"oauth.token_url: {getattr(error, 'what', error)}")
        return None
    exam = Exam(settings, clock, Looker(session(settings, clock, LIMITS, tokens), clock))
    root = order_names(settings).service.root
    first = exam.get(root, {"x-csrf-token": "Fetch"})
    if refusal := _refusal(settings, first):
        yield refusal
        return None
    if difference := clocks(first.header("Date"), first.sent, first.received):
        yield difference
    if first.status >= 500:
        yield found("service-broken", f"{root}: {first.text}")
    else:
        yield fine(f"user {settings.user or 'of the certificate'} is signed on")
    yield from _which(settings, first)
    yield from _token(settings, first)
    exam.asked += asked(settings, clock, pulls)
    return exam


def _readable(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return bool(stream.read(1))
    except OSError:
        return False


def _refusal(settings: S4Settings, seen: Seen) -> Diagnosis | None:
    """Why the sign-on did not work; None when it did."""
    if seen.status == 0:
        return found("connection-timeout", seen.text, setting="base_url")
    if seen.is_page:
        return found("logon-page", f"{order_names(settings).service.root} answers with a page (HTTP {seen.status})")
    if seen.status != 401:
        return None
    realm = _REALM.search(seen.header("WWW-Authenticate"))
    if realm and realm[2] != settings.client:
        what = f"the system refuses user {settings.user} in client {settings.client}; it offers client {realm[2]}"
        return found("wrong-client", what, client=realm[2], asked=settings.client)
    what = f"the system refuses user {settings.user} in client {settings.client}"
    return found("logon-refused", what, how=LOGON if settings.user else _NO_USER)


def _which(settings: S4Settings, seen: Seen) -> Iterator[Diagnosis]:
    """Compare the system's id with the pinned one."""
    pinned = settings.system_id
    cookie = _COOKIE.search(seen.header("Set-Cookie"))
    if cookie is None:
        if pinned:
            what = f"the system does not tell whether it is {pinned}: its cookie SAP_SESSIONID_... does not come"
            yield found("system-untold", what)
    elif not pinned:
        yield found("system-not-pinned", f"the system says it is {cookie[1]}", found=cookie[1])
    elif pinned != cookie[1]:
        yield found("system-other", f"the system says it is {cookie[1]}, pinned is {pinned}", found=cookie[1])
    else:
        yield fine(f"the system is {pinned}, as pinned")


def _token(settings: S4Settings, seen: Seen) -> Iterator[Diagnosis]:
    """Whether a writing call could begin; the service itself is judged with the others."""
    if seen.status == 404:
        return
    if seen.status == 403:
        how = f"give user {settings.user} S_SERVICE (in the cloud: the scenario) for the order service, and let "
        how += "`x-csrf-token: Fetch` on its root through proxies and gateways"
        yield found("may-not-create", f"the order service refuses a token for writing: {seen.text}", how=how)
    elif not seen.header("x-csrf-token"):
        how = "let the order service answer `x-csrf-token: Fetch` on its root, also through proxies and gateways"
        yield found("may-not-create", "the order service hands out no token for writing", how=how)


def services(exam: Exam) -> Iterator[Diagnosis]:
    """Compare every service with what is asked of it and sent to it."""
    for path in sorted({each.service.path for each in exam.asked}):
        service = next(each.service for each in exam.asked if each.service.path == path)
        seen = exam.get(f"{path}/$metadata", {"Accept": "application/xml"})
        trouble = _trouble(exam, service, seen)
        if trouble:
            yield trouble
            continue
        missing = list(gaps(exam, service))
        yield from missing or [fine(f"{name_of(service)} offers every field that is used")]


def _trouble(exam: Exam, service: Service, seen: Seen) -> Diagnosis | None:
    name, needed = name_of(service), _needed_by(exam, service)
    if seen.status == 404:
        return found("service-missing", f"{name} is not there; needed by {needed}", how=_ACTIVATE[service.version])
    if seen.status == 403:
        how = f"give user {exam.settings.user} the authorisation S_SERVICE (in the cloud: the scenario) for {name}"
        return found("service-forbidden", f"{name} may not be used; needed by {needed}", how=how)
    if not seen.good or seen.answer is None:
        return found("service-broken", f"{name}: {seen.text or 'a page came instead of data'}")
    try:
        exam.offered[service.path] = parse(seen.answer.body)
    except ValueError as error:
        return found("service-broken", f"{name}: the description of the service cannot be read: {error}")
    return None


def _needed_by(exam: Exam, service: Service) -> str:
    return ", ".join(sorted({each.table for each in exam.asked if each.service.path == service.path}))


def gaps(exam: Exam, service: Service) -> Iterator[Diagnosis]:
    """Sets and fields that are used and not offered, each once, with what needs them."""
    offered = exam.offered[service.path]
    needs: dict[tuple[str, str], set[str]] = {}
    for each in exam.asked:
        if each.service.path == service.path:
            for entity_set, navigation, name in each.fields():
                needs.setdefault((offered.target(entity_set, navigation), name), set()).add(each.table)
    for used, place, name in written(exam.settings, exam.clock):
        if used.path == service.path:
            way = place if place in offered.ways else ""
            needs.setdefault((offered.target(place, way), name), set()).add("orders")
    missing_sets = {entity_set for entity_set, _ in needs if entity_set not in offered.sets}
    for entity_set in sorted(missing_sets):
        yield found("set-missing", f"{name_of(service)} has no {entity_set}")
    for (entity_set, name), tables in sorted(needs.items()):
        if entity_set not in missing_sets:
            yield from _gap(
                f"{name_of(service)}, {entity_set}.{name}", name, offered.sets[entity_set].get(name), tables
            )


def _gap(place: str, name: str, kind: str | None, tables: set[str]) -> Iterator[Diagnosis]:
    needed = f"needed by {', '.join(sorted(tables))}"
    expected = _KINDS.get(name, "text")
    if kind is None and name in _OPTIONAL:
        yield found("field-optional-missing", f"{place} does not exist; {needed}", how=_OPTIONAL[name])
    elif kind is None:
        yield found("field-missing", f"{place} does not exist; {needed}")
    elif kind != expected and not (name == "IsDeleted" and kind in {"flag", "text"}):
        yield found("field-other-type", f"{place} is {kind}, expected {expected}; {needed}")


def create_offered(exam: Exam) -> Iterator[Diagnosis]:
    """Whether the order service says that orders can be created, and what only a real order would show."""
    names = order_names(exam.settings)
    offered = exam.offered.get(names.service.path)
    if offered and names.entity_set in offered.closed:
        yield found("create-not-offered", f"{name_of(names.service)} says that no {names.entity_set} can be created")
    how = "give the user M_BEST_BSA, M_BEST_EKG, M_BEST_EKO and M_BEST_WRK with activity 01 (create), 02 (change: "
    how += "cancelling sets the deletion indicator) and 03 (display), not more; then try and cancel one small order in "
    how += "a test client"
    yield found("cannot-be-checked", "whether the user may create orders for every plant and group", how=how)
