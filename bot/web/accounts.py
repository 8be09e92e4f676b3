"""Passwords and one-time codes of local accounts, as pure functions; the only home of pyotp.

It stores nothing: hashes, secrets and used codes are kept by `bot.store.people`.
"""

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from datetime import datetime

import pyotp

COST, BLOCK, LANES = 2**15, 8, 3
SHORTEST_PASSWORD = 12
STEP_SECONDS = 30
_MEMORY = 128 * COST * BLOCK * 2
_HASH = re.compile(rf"scrypt\$(\d{{4,6}})\${BLOCK}\${LANES}\$([\w+/]+=*)\$([\w+/]+=*)")


def hash_password(password: str, cost: int = COST) -> str:
    """Salted scrypt hash, written as `scrypt$cost$block$lanes$salt$hash`."""
    salt = secrets.token_bytes(16)
    return "$".join(["scrypt", str(cost), str(BLOCK), str(LANES), _text(salt), _text(_scrypt(password, salt, cost))])


def check_password(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; takes as long for an account that does not exist."""
    found = _HASH.fullmatch(stored or "")
    if found is None or int(found[1]) > COST:
        _scrypt(password, b"0" * 16, COST)
        return False
    return hmac.compare_digest(_scrypt(password, b64decode(found[2]), int(found[1])), b64decode(found[3]))


def weakness(password: str) -> str:
    """What is wrong with a new password, in words; empty when it may be used."""
    if len(password) < SHORTEST_PASSWORD:
        return f"use at least {SHORTEST_PASSWORD} characters; a sentence is fine"
    return "do not repeat one character" if len(set(password)) < 5 else ""


def new_totp_secret() -> str:
    """A fresh base-32 secret for an authenticator app."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, email: str, issuer: str = "Restock") -> str:
    """The `otpauth://` address that an authenticator app reads, as a QR code or typed."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def current_code(secret: str, now: datetime) -> str:
    """The code that the app shows at `now`; for the demo and for tests."""
    return pyotp.TOTP(secret).generate_otp(_step(now))


def code_step(secret: str | None, code: str, now: datetime) -> int | None:
    """Time step whose code this is, one step of clock drift either way allowed; None when it is wrong.

    The caller spends the step, so that a code that was seen over a shoulder works only once.
    """
    typed = code.replace(" ", "")
    found = None
    generator = pyotp.TOTP(secret or pyotp.random_base32())
    for step in (_step(now) - 1, _step(now), _step(now) + 1):
        if hmac.compare_digest(generator.generate_otp(step).encode(), typed.encode()):
            found = step
    return found if secret else None


def token_hash(token: str) -> str:
    """What is stored of a session cookie."""
    return hashlib.sha256(token.encode()).hexdigest()


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=BLOCK, p=LANES, maxmem=_MEMORY, dklen=32)


def _text(data: bytes) -> str:
    return b64encode(data).decode()
