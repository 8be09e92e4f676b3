"""Signed statements (JWT, RS256) that a pod or its identity domain accepts in place of a password.

It makes and signs them; whom they are shown to is the sign-on's business.
"""

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bot.errors import NeedsAdmin

_SMALLEST = 2048
_REMEDY = "Name the file of an RSA key of at least 2048 bits in PEM form, without a passphrase."


class Signer:
    """Signs with one private key; NeedsAdmin when the texts are no key or no certificate."""

    def __init__(self, private_key: str, certificate: str, key_id: str, where: str) -> None:
        self._key = _key(private_key, where)
        self._header = {"alg": "RS256", "typ": "JWT"} | ({"kid": key_id} if key_id else {})
        if certificate:
            self._header["x5t"] = _thumbprint(certificate, where)

    def sign(self, claims: Mapping[str, str | int]) -> str:
        """Return the compact form of a statement."""
        text = f"{_encoded(_json(self._header))}.{_encoded(_json(claims))}"
        signature = self._key.sign(text.encode("ascii"), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_encoded(signature)}"


def _key(text: str, where: str) -> rsa.RSAPrivateKey:
    try:
        found = serialization.load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NeedsAdmin("the private key cannot be read", where, _REMEDY) from None
    if not isinstance(found, rsa.RSAPrivateKey) or found.key_size < _SMALLEST:
        raise NeedsAdmin("the private key is no RSA key of at least 2048 bits", where, _REMEDY)
    return found


def _thumbprint(text: str, where: str) -> str:
    try:
        found = x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        raise NeedsAdmin(
            "the certificate cannot be read", where, "Name the file of a certificate in PEM form."
        ) from None
    content = found.public_bytes(serialization.Encoding.DER)
    return _encoded(hashlib.sha1(content, usedforsecurity=False).digest())


def _json(content: Mapping[str, str | int]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
