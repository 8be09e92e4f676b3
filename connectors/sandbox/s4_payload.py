"""Checks what a client posts: known properties, right types, lengths and decimals, as the gateway does.

It applies no business rule and stores nothing.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.sandbox.odata_errors import ODataError, bad
from connectors.sandbox.odata_filter import milliseconds
from connectors.sandbox.odata_model import EntitySet, Property, Service
from connectors.sandbox.s4_state import Row

_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


def parse_body(raw: bytes) -> dict[str, Any]:
    """The JSON object of a request body; 400 where it is none. Numbers with a fraction become Decimal."""
    try:
        body = json.loads(raw, parse_float=Decimal)
    except (ValueError, UnicodeDecodeError) as error:
        raise ODataError(400, "CX_SXML_PARSE_ERROR/001", f"Error while parsing the request body: {error}") from None
    if not isinstance(body, dict):
        raise bad("The request body must be an object")
    return body


def split_entity(
    body: Mapping[str, Any], entity: EntitySet, service: Service
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Separate and check the own properties and the nested collections of a posted entity."""
    row: dict[str, Any] = {}
    nested: dict[str, list[Any]] = {}
    for name, value in body.items():
        if name.startswith("@") or name == "SAP__Messages":
            continue
        if name in entity.navigations and entity.navigations[name].many:
            if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
                raise bad(f"Navigation property '{name}' must be a collection", name)
            nested[name] = value
        elif name in entity.properties:
            row[name] = stored(value, entity.properties[name], service.version)
        else:
            raise bad(f"Property '{name}' does not exist in type '{entity.type_name}'", name)
    return row, nested


def stored(value: Any, prop: Property, version: int) -> str | int | float | None:
    """The value as stored; 400 where type, length or decimals do not fit the property."""
    if value is None and prop.kind in "tzDT":
        return None
    if prop.kind == "s" and isinstance(value, str):
        if len(value) > prop.length:
            raise bad(f"Property '{prop.name}' has value '{value}' longer than {prop.length} characters", prop.name)
        return value
    if prop.kind == "b" and isinstance(value, bool):
        return int(value)
    if prop.kind == "d" and (isinstance(value, str) if version == 2 else _number(value)):
        return _decimal(value, prop)
    if prop.kind == "D" and isinstance(value, str) and _DAY.fullmatch(value):
        milliseconds(value, prop.name)
        return value
    if prop.kind == "z" and isinstance(value, str):
        return milliseconds(value, prop.name)
    raise bad(f"Property '{prop.name}' has invalid value '{value}'", prop.name)


def _number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _decimal(value: Any, prop: Property) -> float:
    number = Decimal(value)
    _, digits, exponent = number.normalize().as_tuple()
    places = max(0, -int(exponent))
    whole = len(digits) + int(exponent)
    if prop.scale is not None and places > prop.scale:
        raise bad(f"Property '{prop.name}' has invalid value '{value}': at most {prop.scale} decimals", prop.name)
    if whole + (prop.scale or 0) > prop.length:
        raise bad(f"Property '{prop.name}' has invalid value '{value}': too many digits", prop.name)
    return float(number)


def only(row: Row, allowed: frozenset[str], entity: EntitySet) -> None:
    """400 when a change names a property that cannot be changed."""
    if fixed := row.keys() - allowed:
        raise bad(f"Property '{min(fixed)}' of type '{entity.type_name}' is read-only", min(fixed))
