"""Keys that make ordering repeatable: need keys, the digest of a set of needs, and the 12-character order key.

No run id and no clock enters a key, so planning the same need again makes the same key.
"""

import base64
import hashlib
from collections.abc import Iterable
from datetime import date

LENGTH = 12


def bucket(need_date: date) -> str:
    """ISO week of the need date, `2026-W09`."""
    year, week, _ = need_date.isocalendar()
    return f"{year}-W{week:02d}"


def need_key(item: str, location: str, supplier: str, week: str, sequence: int) -> str:
    """Identity of one need; `sequence` counts earlier orders of that bucket which the ERP holds."""
    return _digest("need", item, location, supplier, week, str(sequence))


def needs_digest(need_keys: Iterable[str]) -> str:
    """Identity of a set of needs, whatever their order."""
    return _digest("needs", *sorted(need_keys))


def order_key(installation: str, need_keys: Iterable[str], revision: int) -> str:
    """12 upper-case base-32 characters of SHA-256(installation, sorted need keys, revision)."""
    digest = hashlib.sha256("\x1f".join([installation, *sorted(need_keys), str(revision)]).encode()).digest()
    return base64.b32encode(digest).decode()[:LENGTH]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
