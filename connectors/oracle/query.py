"""Builds `q` terms in the grammar of framework version 2 and later, with every value quoted safely.

It offers no `like`, whose wildcard differs between versions; texts are compared in Python instead.
"""

import re
from datetime import date

from bot.errors import NeedsAdmin

_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")


def term(attribute: str, operator: str, value: str | int | date) -> str:
    """Return one comparison, such as `SupplierId=300`; NeedsAdmin when a text holds control characters."""
    if not _ATTRIBUTE.match(attribute) or operator not in {"=", ">=", "<=", ">", "<", "<>"}:
        raise ValueError(f"not a comparison: {attribute} {operator}")
    return f"{attribute}{operator}{_literal(attribute, value)}"


def equal(attribute: str, value: str | int | date) -> str:
    """Return an equality."""
    return term(attribute, "=", value)


def both(*terms: str) -> str:
    """Join terms that must all hold; empty ones are left out."""
    return " and ".join(one for one in terms if one)


def either(*terms: str) -> str:
    """Join terms of which one must hold."""
    return terms[0] if len(terms) == 1 else f"({' or '.join(terms)})"


def _literal(attribute: str, value: str | int | date) -> str:
    if isinstance(value, int):
        return str(value)
    text = value.isoformat() if isinstance(value, date) else value
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise NeedsAdmin("the value holds control characters", f"query on {attribute}", "Correct it in the settings.")
    return "'" + text.replace("'", "''") + "'"
