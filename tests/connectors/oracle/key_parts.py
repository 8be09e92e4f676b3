"""Keys and certificates for tests; no tests in here."""

import datetime as dt
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


@cache
def _key(size: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=size)


def private_pem(size: int = 2048) -> str:
    return _pem(_key(size), serialization.NoEncryption())


def locked_pem() -> str:
    return _pem(_key(2048), serialization.BestAvailableEncryption(b"word"))


def _pem(key: rsa.RSAPrivateKey, encryption: serialization.KeySerializationEncryption) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, encryption).decode()


def public_pem() -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return _key(2048).public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def certificate_pem() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "restock")])
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(_key(2048).public_key())
        .serial_number(1).not_valid_before(begin).not_valid_after(begin + dt.timedelta(days=365))
    )  # fmt: skip
    return made.sign(_key(2048), hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
