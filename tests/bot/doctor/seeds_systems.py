"""Misconfigurations of systems: S/4-like and Fusion-like servers whose answers are twisted, TLS servers, folders."""

import json
import re
import socket
import ssl
import warnings
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.bot.doctor.lab import NOW, PASSWORD, PLANT, Lab, Rule, ShiftedClock, free_port
from tests.bot.doctor.seeds import Seed, unreachable_s4

_ORDERS = "/purchaseorder/0001"


def s4(lab: Lab, *rules: Rule, **keys: Any) -> None:
    lab.s4().update(keys)
    lab.twisted["s4"].rules += rules


def fusion(lab: Lab, *rules: Rule, **keys: Any) -> None:
    lab.fusion().update(keys)
    lab.twisted["fusion"].rules += rules


def secret(lab: Lab, name: str) -> None:
    {"s4": lab.s4, "fusion": lab.fusion}[name]()
    lab.secrets[name] = PASSWORD


def encrypted(lab: Lab, context: ssl.SSLContext, **keys: Any) -> None:
    lab.s4(context).update(keys)


def old_tls(lab: Lab) -> None:
    context = lab.tls()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that it is out of date is the point
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    encrypted(lab, context)


def silent(lab: Lab) -> None:
    server = lab.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    unreachable_s4(lab, base_url=f"https://127.0.0.1:{server.getsockname()[1]}")


def without_rfc(lab: Lab) -> None:
    lab.secrets["ecc"] = PASSWORD
    lab.tree["systems"]["ecc"] = {
        "connector": "sap-ecc", "ashost": "127.0.0.1", "user": "RESTOCK", "password_file": "secrets/ecc",
        "rfc_library": "pyrfc_that_is_not_here", "plants": {"1010": dict(PLANT)},
    }  # fmt: skip


def no_tls(lab: Lab) -> None:
    keys = lab.s4()
    keys["base_url"] = keys["base_url"].replace("http:", "https:")


def without(pattern: str) -> Callable[[str], str]:
    """Take every match out of an answer."""
    return lambda text: re.sub(pattern, "", text)


def swapped(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


def without_field(service: str, name: str) -> Rule:
    return Rule(f"{service}/$metadata", change=without(rf'<Property Name="{name}"[^>]*/>'))


def empty_v2(_: str) -> str:
    return '{"d":{"results":[],"__count":"0"}}'


def no_rows(text: str) -> str:
    body = json.loads(text)
    return json.dumps({**body, "items": [], "count": 0, "totalResults": 0, "hasMore": False})


def closed(text: str) -> str:
    """The metadata with a restriction as V4 services write it."""
    note = (
        '<Annotations Target="SAP__self.Container/PurchaseOrder">'
        '<Annotation Term="SAP__capabilities.InsertRestrictions">'
        '<Record><PropertyValue Property="Insertable" Bool="false"/></Record></Annotation></Annotations></Schema>'
    )
    return text.replace("</Schema>", note)


def strangers(_: str) -> str:
    return json.dumps({"@odata.count": 1, "value": [{"PurchaseOrder": "1", "CorrespncInternalReference": "x"}]})


def used(text: str) -> str:
    return re.sub(r'"CorrespncInternalReference":"[^"]*"', '"CorrespncInternalReference":"Mr. Smith"', text)


def plants(lab: Lab, plant: str = "1010", **keys: str) -> None:
    lab.s4()["plants"][plant].update(keys)


def another_plant(lab: Lab) -> None:
    places = lab.s4()["plants"]
    places["9999"] = dict(places["1010"])


def shifted(lab: Lab, seconds: float) -> None:
    lab.s4()
    lab.clock = ShiftedClock(seconds)


def organizations(lab: Lab, **keys: str) -> None:
    lab.fusion()["organizations"]["M1"].update(keys)


def another_organization(lab: Lab) -> None:
    places = lab.fusion()["organizations"]
    places["M9"] = dict(places["M1"])


def oauth(lab: Lab, name: str) -> None:
    keys = lab.fusion()
    for key in ("user", "password_file"):
        del keys[key]
    lab.secrets["fusion"] = name
    token = f"{keys['base_url']}/oauth2/v1/token"
    keys["oauth"] = {"token_url": token, "client_id": "restock-client", "client_secret_file": "secrets/fusion"}


def untaken(lab: Lab) -> None:
    oauth(lab, "restock-client-demo")
    lab.twisted["fusion"].rules.append(Rule("/fscmRestApi", 401))


def described(change: Callable[[dict[str, Any]], object], resource: str) -> Rule:
    def changed(text: str) -> str:
        body = json.loads(text)
        change(body["Resources"][resource])
        return json.dumps(body)

    return Rule(f"{resource}/describe", change=changed)


def drop_attribute(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda r: r.update(attributes=[each for each in r["attributes"] if each["name"] != name])


def close_attribute(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda r: [each.update(queryable=False) for each in r["attributes"] if each["name"] == name]


def only_print(resource: dict[str, Any]) -> None:
    resource["item"]["actions"] = [{"name": "print"}]


def side(lab: Lab) -> None:
    unreachable_s4(lab, side_folder="side/s4")


def short_list(lab: Lab) -> None:
    side(lab)
    (lab.folder / "side" / "s4").mkdir(parents=True)
    (lab.folder / "side" / "s4" / "locations.csv").write_text("location\n1020\n", "utf-8")


S4 = (
    Seed("RFC library not installed", "library-missing", "pyrfc 3.3.1", without_rfc),
    Seed("host name wrong", "host-unknown", "base_url", lambda x: s4(x, base_url="https://s4.invalid")),
    Seed("plant not in the side folder's list", "location-not-listed", "row with 1010", short_list),
    Seed("nothing listens", "connection-refused", "base_url", unreachable_s4),
    Seed("http to another machine", "unencrypted", "https",
         lambda x: s4(x, base_url="http://s4.invalid", allow_http=True)),
    Seed("certificate expired", "tls-expired", "renew",
         lambda x: encrypted(x, x.tls(not_after=NOW - timedelta(days=1)))),
    Seed("certificate of another host", "tls-wrong-host", "base_url", lambda x: encrypted(x, x.tls("other.example"))),
    Seed("authority unknown", "tls-untrusted", "ca_bundle", lambda x: encrypted(x, x.tls(), ca_bundle="")),
    Seed("TLS 1.1 only", "tls-too-old", "TLS 1.2", old_tls),
    Seed("no TLS on the port", "tls-absent", "https port", no_tls),
    Seed("certificate ends next week", "tls-expires-soon", "renew",
         lambda x: encrypted(x, x.tls(not_after=NOW + timedelta(days=7)))),
    Seed("ca_bundle missing", "certificate-file-unreadable", "ca_bundle",
         lambda x: encrypted(x, x.tls(), ca_bundle="/none.pem")),
    Seed("our clock wrong by an hour", "clock-wrong", "NTP", lambda x: shifted(x, 3600)),
    Seed("our clock wrong by 20 seconds", "clock-differs", "NTP", lambda x: shifted(x, 20)),
    Seed("S/4 password wrong", "logon-refused", "password_file", lambda x: secret(x, "s4")),
    Seed("client wrong", "wrong-client", 'client = "100"', lambda x: s4(x, client="200")),
    Seed("logon page", "logon-page", "launchpad",
         lambda x: s4(x, Rule(_ORDERS, 200, "<html>Logon</html>", {"Content-Type": "text/html"}))),
    Seed("system not pinned", "system-not-pinned", 'system_id = "S4D"',
         lambda x: s4(x, system_id="")),
    Seed("another system", "system-other", "base_url", lambda x: s4(x, system_id="P01")),
    Seed("pinned, and the system does not say who it is", "system-untold", "leave system_id empty",
         lambda x: s4(x, Rule(f"{_ORDERS}/?", drop_header="set-cookie"))),
    Seed("V2 service not active", "service-missing", "/IWFND/MAINT_SERVICE",
         lambda x: s4(x, Rule("API_MATERIAL_STOCK_SRV", 404))),
)  # fmt: skip
S4_WHOLE = (
    Seed("a host that says nothing", "connection-timeout", "firewall", silent),
    Seed("a user who may not use the order service", "service-forbidden", "S_SERVICE",
         lambda x: s4(x, Rule(_ORDERS, 403))),
    Seed("V4 order service not active", "service-missing", "/IWFND/V4_ADMIN", lambda x: s4(x, Rule(_ORDERS, 404))),
    Seed("service forbidden", "service-forbidden", "S_SERVICE", lambda x: s4(x, Rule("API_BUSINESS_PARTNER", 403))),
    Seed("service broken", "service-broken", "error log",
         lambda x: s4(x, Rule("API_PRODUCT_SRV/$metadata", change=lambda _: "<no"))),
    Seed("set not in the release", "set-missing", "release",
         lambda x: s4(x, Rule("API_PRODUCT_SRV/$metadata",
                              change=without('<EntitySet Name="A_ProductValuation"[^>]*/>')))),
    Seed("field not in the release", "field-missing", "release",
         lambda x: s4(x, without_field("API_PRODUCT_SRV", "FollowUpProduct"))),
    Seed("DebitCreditCode missing", "field-optional-missing", "debit_credit_code = false",
         lambda x: s4(x, without_field("API_MATERIAL_DOCUMENT_SRV", "DebitCreditCode"))),
    Seed("field of another type", "field-other-type", "interface",
         lambda x: s4(x, Rule("API_PRODUCT_SRV/$metadata",
                              change=swapped('"SafetyStockQuantity" Type="Edm.Decimal"',
                                             '"SafetyStockQuantity" Type="Edm.String"')))),
    Seed("table forbidden", "table-forbidden", "right to display", lambda x: s4(x, Rule("A_MatlStkInAcctMod", 403))),
    Seed("table refused", "table-unreadable", "answer", lambda x: s4(x, Rule("A_ProductUnitsOfMeasure?", 400))),
    Seed("stock empty", "table-empty", "plants", lambda x: s4(x, Rule("A_MatlStkInAcctMod", change=empty_v2))),
    Seed("movements old", "table-old", "test client", lambda x: shifted(x, 60 * 86400.0)),
    Seed("plant unknown", "location-empty", "plants.9999", another_plant, "of: 1010"),
    Seed("purchasing organisation unknown", "organisation-without-suppliers", "purchasing_organisation",
         lambda x: plants(x, purchasing_organisation="7777")),
    Seed("purchasing group unusual", "writer-unusual", "plants.1010.purchasing_group",
         lambda x: plants(x, purchasing_group="ZZZ")),
    Seed("company code unusual", "writer-unusual", "plants.1010.company_code",
         lambda x: plants(x, company_code="4711")),
    Seed("no token for writing", "may-not-create", "x-csrf-token",
         lambda x: s4(x, Rule(f"{_ORDERS}/?", drop_header="x-csrf-token"))),
    Seed("token for writing refused", "may-not-create", "S_SERVICE", lambda x: s4(x, Rule(f"{_ORDERS}/?", 403))),
    Seed("orders may not be created", "create-not-offered", "authorisations",
         lambda x: s4(x, Rule(f"{_ORDERS}/$metadata", change=closed))),
    Seed("reference field ignored in searches", "reference-not-searchable", "reference_field",
         lambda x: s4(x, Rule("000000000000", change=strangers))),
    Seed("reference field not searchable", "reference-not-searchable", "reference_field",
         lambda x: s4(x, Rule("000000000000", 400))),
    Seed("reference field used by buyers", "reference-in-use", "reference_field",
         lambda x: s4(x, Rule("%24top=100", change=used), Rule("$top=100", change=used))),
    Seed("what only an order would show", "cannot-be-checked", "02 (change", s4),
    Seed("user sees bank data", "may-see-bank-data", "bank data",
         lambda x: s4(x, Rule("A_BusinessPartnerBank", 200, '{"d":{"results":[]}}'))),
    Seed("user can approve", "may-release", "release", lambda x: s4(x, Rule("TASKPROCESSING", 200))),
    Seed("side folder missing", "folder-missing", "side_folder", side),
)  # fmt: skip
FUSION = (
    Seed("pod not listening", "connection-refused", "base_url",
         lambda x: fusion(x, base_url=f"http://127.0.0.1:{free_port()}")),
    Seed("Fusion password wrong", "logon-refused", "password has expired", lambda x: secret(x, "fusion")),
    Seed("sign-on page", "logon-page", "launchpad",
         lambda x: fusion(x, Rule("/fscmRestApi", 302, "x", {"Location": "https://login.example/x"}))),
    Seed("client secret wrong", "token-refused", "client_secret_file", lambda x: oauth(x, PASSWORD)),
    Seed("token not taken by the pod", "logon-refused", "scope", untaken),
    Seed("framework version not offered", "version-not-offered", "framework_version to one of: 1, 2",
         lambda x: fusion(x, Rule("/fscmRestApi/resources?", change=swapped('"4", ', "")))),
)  # fmt: skip
FUSION_WHOLE = (
    Seed("organization unknown", "location-empty", "organizations.M9", another_organization, "M1, M2"),
    Seed("business unit unknown", "name-unknown", "procurement_bu", lambda x: organizations(x, procurement_bu="Mars"),
         "seen: US1 Business Unit"),
    Seed("style unknown", "name-unknown", "document_style", lambda x: fusion(x, document_style="Blanket")),
    Seed("buyer unknown", "name-unknown", "organizations.M1.buyer",
         lambda x: organizations(x, buyer="me@else.example"), "buyer@company.example"),
    Seed("account sees no buyers", "name-unknown", "access",
         lambda x: fusion(x, Rule("procurementAgents?", change=no_rows)), "seen: none"),
    Seed("buyer may not order", "buyer-not-entitled", "procurement agent",
         lambda x: fusion(x, Rule("procurementAgents?", change=swapped('"ManageOrdersAllowedFlag":true',
                                                                      '"ManageOrdersAllowedFlag":false')))),
    Seed("site unknown", "name-unknown", "supplier_sites", lambda x: fusion(x, supplier_sites={"77777": "NOWHERE"})),
    Seed("resource not there", "service-missing", "release", lambda x: fusion(x, Rule("onhandQuantityDetails", 404))),
    Seed("resource forbidden", "service-forbidden", "job role", lambda x: fusion(x, Rule("draftPurchaseOrders", 403))),
    Seed("attribute missing", "field-missing", "release",
         lambda x: fusion(x, described(drop_attribute("FixedLotSizeMultiplier"), "itemsV2"))),
    Seed("attribute not searchable", "field-not-searchable", "order by itself",
         lambda x: fusion(x, described(close_attribute("BuyerId"), "purchaseOrders"))),
    Seed("no submit", "may-not-create", "privilege",
         lambda x: fusion(x, described(only_print, "draftPurchaseOrders"))),
    Seed("no submit of requisitions", "may-not-create", "create requisitions",
         lambda x: fusion(x, described(only_print, "purchaseRequisitions"), write_route="requisition")),
    Seed("import folder below a file", "orders-folder-readonly", "import_folder",
         lambda x: fusion(x, write_route="import_file", import_folder="restock.toml/out")),
    Seed("account sees bank accounts", "may-see-bank-data", "bank data",
         lambda x: fusion(x, Rule("externalBankAccounts", 200, '{"items":[]}'))),
    Seed("account can approve", "may-release", "release", lambda x: fusion(x, Rule("/bpm/api", 200, '{"items":[]}'))),
)  # fmt: skip
