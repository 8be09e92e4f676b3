"""Signed statements: what they say, and keys that sign nothing."""

import base64
import hashlib
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bot.errors import NeedsAdmin
from connectors.oracle.assertions import Signer
from connectors.sandbox.fusion_auth import claims
from tests.connectors.oracle.key_parts import certificate_pem, locked_pem, private_pem, public_pem


def head(text: str) -> dict[str, str]:
    part = text.split(".", maxsplit=1)[0]
    found: dict[str, str] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_a_statement_is_signed_by_the_key_and_says_what_it_was_given() -> None:
    text = Signer(private_pem(), "", "", "here").sign({"iss": "a", "exp": 7})
    assert claims(text, public_pem()) == {"iss": "a", "exp": 7}
    assert head(text) == {"alg": "RS256", "typ": "JWT"}
    content, _, signature = text.rpartition(".")
    forged = content[:-2] + ("AA" if content[-2:] != "AA" else "BB")
    assert claims(f"{forged}.{signature}", public_pem()) == {}
    assert "=" not in text


def test_key_id_and_thumbprint_of_the_certificate_stand_in_the_header() -> None:
    pem = certificate_pem()
    der = x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)
    found = head(Signer(private_pem(), pem, "k1", "here").sign({}))
    assert found["kid"] == "k1"
    assert (
        found["x5t"]
        == base64.urlsafe_b64encode(hashlib.sha1(der, usedforsecurity=False).digest()).rstrip(b"=").decode()
    )


@pytest.mark.parametrize("key", ["", "no key", locked_pem(), public_pem(), private_pem(1024)])
def test_a_key_that_cannot_sign_is_told_with_its_place(key: str) -> None:
    with pytest.raises(NeedsAdmin, match="here: the private key"):
        Signer(key, "", "", "here")


def test_a_certificate_that_is_none_is_told() -> None:
    with pytest.raises(NeedsAdmin, match="certificate"):
        Signer(private_pem(), "no certificate", "", "here")
