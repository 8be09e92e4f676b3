"""The order key in the Description of a purchase order: where it goes and how it is read back.

It makes no keys; those come with the draft.
"""

import re

_PREFIX = re.compile(r"([A-Z0-9]{12})(?: |\Z)")
_KEY = re.compile(r"[A-Z0-9]{12}\Z")
LONGEST = 240


def is_key(text: str) -> bool:
    """Whether a text has the form of an order key."""
    return bool(_KEY.match(text))


def description(order_key: str, location: str, supplier: str) -> str:
    """Text that starts with the key, at most 240 characters."""
    return f"{order_key} Restock {location} {supplier}"[:LONGEST]


def key_of(text: object) -> str:
    """Order key at the start of a description of ours; empty where there is none."""
    found = _PREFIX.match(text) if isinstance(text, str) else None
    return found.group(1) if found else ""
