"""Examines a Fusion pod: the way, sign-on, version, organizations, names, and what lies behind them.

Only GET is sent, and a POST to the identity domain where tokens are used; a refused logon is not repeated.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.diagnoses.found import fine, found
from bot.errors import NeedsAdmin, Refused, RestockError
from bot.ports import Clock, Diagnosis
from connectors.looking import LIMITS, Looker, Seen, few
from connectors.oracle.client import ROOT, FusionClient
from connectors.oracle.lookups import Lookups
from connectors.oracle.settings import FusionSettings
from connectors.oracle.sign_on import tokens
from connectors.oracle.wire import whole
from connectors.probe import Way, clocks, look

_LOGON = "correct user and password_file; if they are right, the password has expired or the account locked: reset it"
_UNTAKEN = "the pod does not take the token: correct scope; its user must exist in the pod and not be locked"
_VERSIONS, _VERSION = ROOT.rsplit("/", 1)


@dataclass(slots=True)
class Exam:
    """What the parts share; `settings` hold only organizations that exist."""

    settings: FusionSettings
    clock: Clock
    looker: Looker
    client: FusionClient

    @property
    def who(self) -> str:
        """The account, for people."""
        return f"user {self.settings.user}" if self.settings.user else "the client of the token"


def begin(settings: FusionSettings, clock: Clock) -> Generator[Diagnosis, None, Exam | None]:
    """Look at the way, sign on once, ask for the versions; None when there is no point in going on."""
    if settings.ca_bundle and not Path(settings.ca_bundle).is_file():
        yield found("certificate-file-unreadable", f"{settings.ca_bundle} is not a file", setting="ca_bundle")
        return None
    ways = [Way(settings.base_url, "base_url", settings.ca_bundle)]
    if settings.oauth:
        ways.append(Way(settings.oauth.token_url, "oauth.token_url", settings.ca_bundle))
    for way in ways:
        if not (yield from look(way, clock)):
            return None
    if trouble := _token(settings, clock):
        yield trouble
        return None
    client = FusionClient(settings, clock, LIMITS)
    exam = Exam(settings, clock, Looker(client.http, clock), client)
    first = exam.looker.get(settings.base_url.rstrip("/") + _VERSIONS)
    if trouble := _refusal(exam, first):
        yield trouble
        return None
    if difference := clocks(first.header("Date"), first.sent, first.received):
        yield difference
    if first.status < 500:
        yield fine(f"{exam.who} is signed on")
    yield from _version(settings, first)
    return exam


def _token(settings: FusionSettings, clock: Clock) -> Diagnosis | None:
    where = settings.oauth.token_url if settings.oauth else "trusted_issuer"
    try:
        source = tokens(settings, clock)
        if source:
            source.header()
    except RestockError as error:
        return found("token-refused", f"{where}: {getattr(error, 'what', error)}")
    return None


def _refusal(exam: Exam, seen: Seen) -> Diagnosis | None:
    if seen.status == 0:
        page = "another host" in seen.text
        return found("logon-page" if page else "connection-timeout", seen.text, setting="base_url")
    if seen.is_page:
        return found("logon-page", f"{_VERSIONS} answers with a page (HTTP {seen.status})")
    if seen.status == 401:
        said, how = f": {seen.text}" if seen.text else "", _LOGON if exam.settings.user else _UNTAKEN
        return found("logon-refused", f"the pod refuses {exam.who}{said}", how=how)
    return None


def _version(settings: FusionSettings, seen: Seen) -> Iterator[Diagnosis]:
    """Whether the pod offers the version of the interface and of the framework that we speak."""
    items = seen.json().get("items")
    rows = [row for row in items if isinstance(row, dict)] if isinstance(items, list) else []
    if not rows:
        yield found("cannot-be-checked", "which versions the pod offers", how="the lists below show whether it works")
        return
    ours = [row for row in rows if row.get("version") == _VERSION]
    allowed = [str(each) for row in ours for each in row.get("adf:extension", {}).get("allowedFrameworkVersions", [])]
    if not ours:
        yield found("service-missing", f"the pod does not offer {_VERSION}", how="tell us which versions it offers")
    elif allowed and str(settings.framework_version) not in allowed:
        what = f"the pod does not offer framework version {settings.framework_version}"
        yield found("version-not-offered", what, offered=", ".join(allowed))
    else:
        yield fine(f"version {_VERSION}, framework {settings.framework_version}")


def organizations(exam: Exam) -> Iterator[Diagnosis]:
    """Whether the organizations exist; afterwards the examination goes on with those that do."""
    fields = ("OrganizationId", "OrganizationCode")
    try:
        rows = exam.client.rows("inventoryOrganizations", ("OrganizationId",), fields=fields)
    except RestockError:
        return  # the list is judged with the others
    known = {row["OrganizationCode"] for row in rows}
    for code in sorted(exam.settings.organizations.keys() - known):
        what = f"there is no inventory organization {code} among the {len(rows)} that {exam.who} may see: {few(known)}"
        yield found("location-empty", what, setting=f"organizations.{code}", location=f"organization {code}")
    there = {code: each for code, each in exam.settings.organizations.items() if code in known}
    exam.settings = exam.settings.model_copy(update={"organizations": there})


def names(exam: Exam) -> Iterator[Diagnosis]:
    """Whether business units, buyers, styles and supplier sites of the settings exist and may be used."""
    lookups = Lookups(exam.client, exam.settings, exam.clock)
    told: set[str] = set()
    for code, each in exam.settings.organizations.items():
        place = f"organizations.{code}"
        checks: dict[str, Callable[[], object]] = {
            f"{place}.procurement_bu": lambda each=each: lookups.procurement_bu(each.procurement_bu),  # type: ignore[misc]
            f"{place}.buyer": lambda each=each: lookups.buyer(each.buyer, lookups.procurement_bu(each.procurement_bu)),  # type: ignore[misc]
        }
        style = each.document_style or exam.settings.document_style
        key = f"{place}.document_style" if each.document_style else "document_style"
        checks[key] = lambda style=style: lookups.style(style)  # type: ignore[misc]
        if each.requisitioning_bu:
            name = each.requisitioning_bu
            checks[f"{place}.requisitioning_bu"] = lambda name=name: lookups.requisitioning_bu(name)  # type: ignore[misc]
        for setting, check in checks.items():
            yield from _named(setting, check, told)
    for supplier, site in exam.settings.supplier_sites.items():
        yield from _site(lookups, supplier, site)
    if not told:
        yield fine("business units, buyers and styles exist")


def _named(setting: str, check: Callable[[], object], told: set[str]) -> Iterator[Diagnosis]:
    try:
        check()
    except NeedsAdmin as error:
        if "settings of system" not in error.where or error.what in told:
            return  # a list that cannot be read is judged with the others
        told.add(error.what)
        entitled = "may not order" not in error.what
        yield found("name-unknown" if entitled else "buyer-not-entitled", f"{setting}: {error.what}", setting=setting)
    except RestockError:
        return


def _site(lookups: Lookups, supplier: str, site: str) -> Iterator[Diagnosis]:
    setting = f'supplier_sites."{supplier}"'
    try:
        row = lookups.supplier(supplier.partition("@")[0])
        sites = lookups.sites(whole(row["SupplierId"]) or 0)
    except Refused as error:
        yield found("name-unknown", f"{setting}: {error.reason}", setting=setting)
        return
    except RestockError:
        return
    known = [str(each["SupplierSite"]) for each in sites]
    if site not in {*known, *(str(each["SupplierSiteId"]) for each in sites)}:
        yield found("name-unknown", f"{setting}: no site {site}; there are: {few(known)}", setting=setting)
