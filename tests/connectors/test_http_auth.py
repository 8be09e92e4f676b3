"""Which cookies are secrets."""

import requests

from connectors.http_auth import secret_cookies


def test_sessions_are_secrets_and_flags_are_none() -> None:
    jar = requests.cookies.RequestsCookieJar()
    jar.set("SAP_SESSIONID_S4D_100", "aWf8-long-and-secret")
    jar.set("sap-usercontext", "sap-client=100&sap-language=EN")
    jar.set("lang", "en")
    assert list(secret_cookies(jar)) == ["aWf8-long-and-secret"]
