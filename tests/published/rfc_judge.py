"""Judges calls of function modules by the published interfaces: parameters, fields, directions, types, lengths.

It knows nothing of the connector or of the sandbox; the interfaces come from the reference material.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FILE = (ROOT / os.environ.get("RESTOCK_REFERENCE", "../shared")).resolve() / "contracts/sap/rfc/rfc_interfaces.json"
WIDE = ("GET_SORTED", "USE_ET_DATA_4_RETURN")
_PACKED = frozenset({"DEC", "QUAN", "CURR"})
_WHOLE = frozenset({"INT1", "INT2", "INT4", "INT8"})
Published = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RfcJudge:
    """The published interfaces."""

    functions: Mapping[str, Published]
    structures: Mapping[str, Published]
    tables: Mapping[str, Published]

    @classmethod
    def load(cls) -> "RfcJudge":
        """Read the reference material; FileNotFoundError when it is absent."""
        content = json.loads(FILE.read_text("utf-8"))
        return cls(content["functions"], content["structures"], content["tables"])

    def violations(self, function: str, values: Mapping[str, Any]) -> list[str]:
        """What the published interface forbids in a call; empty = nothing."""
        name = f"{function}__WITH_ET_DATA" if any(each in values for each in WIDE) else function
        if name not in self.functions:
            return [f"{function} is not published"]
        return list(self._call(function, self.functions[name]["params"], values))

    def _call(self, function: str, parameters: Mapping[str, Published], values: Mapping[str, Any]) -> Iterator[str]:
        for name, value in values.items():
            place = f"{function}-{name}"
            if name not in parameters:
                yield f"{place} does not exist"
            elif parameters[name]["dir"] not in {"import", "tables", "changing"}:
                yield f"{place} is {parameters[name]['dir']}"
            else:
                yield from self._value(place, parameters[name], value)
        for name, each in parameters.items():
            if each.get("required") and each["dir"] == "import" and name not in values:
                yield f"{function}-{name} is required"
        if function.endswith("READ_TABLE"):
            yield from self._columns(values)

    def _columns(self, values: Mapping[str, Any]) -> Iterator[str]:
        """Columns that are read, where the table is published; lists that say they are not complete are no proof."""
        table = self.tables.get(str(values.get("QUERY_TABLE")))
        for row in values.get("FIELDS", ()) if table and table.get("complete") else ():
            if table and row.get("FIELDNAME") not in table["fields"]:
                yield f"{values['QUERY_TABLE']}-{row.get('FIELDNAME')} does not exist"

    def _value(self, place: str, parameter: Published, value: Any) -> Iterator[str]:
        if parameter["kind"] == "scalar":
            yield from _cell(place, parameter, value)
        elif parameter["kind"] == "struct":
            yield from self._row(place, parameter["struct"], value)
        elif type(value) is not list:
            yield f"{place} must be a list, not {type(value).__name__}"
        else:
            for row in value:
                yield from self._row(place, parameter["struct"], row)

    def _row(self, place: str, structure: str, row: Any) -> Iterator[str]:
        if type(row) is not dict:
            yield f"{place} must be a dict, not {type(row).__name__}"
            return
        published = self.structures.get(structure)
        if published is None:
            yield f"{place}: the structure {structure} is not published"
            return
        for name, value in row.items():
            if name not in published["fields"]:
                yield f"{place}-{name} does not exist in {structure}"
            else:
                yield from _cell(f"{place}-{name}", published["fields"][name], value)


def _cell(place: str, field: Published, value: Any) -> Iterator[str]:
    kind = field["t"]
    if kind in _PACKED:
        yield from _number(place, field, value)
    elif kind in _WHOLE:
        if type(value) is not int:
            yield f"{place} must be int, not {type(value).__name__}"
    elif kind == "DATS" and type(value) is date:
        return
    elif type(value) is not str:
        yield f"{place} must be str, not {type(value).__name__}"
    else:
        yield from _text(place, field, value)


def _number(place: str, field: Published, value: Any) -> Iterator[str]:
    if type(value) not in (Decimal, str, float):
        yield f"{place} must be Decimal, not {type(value).__name__}"
        return
    number, decimals = Decimal(str(value)), field.get("dec") or 0
    if abs(number) >= Decimal(10) ** (field["len"] - decimals) or number != round(number, decimals):
        yield f"{place}: {value} does not fit {field['len']}.{decimals}"


def _text(place: str, field: Published, value: str) -> Iterator[str]:
    if field["len"] and len(value) > field["len"]:
        yield f"{place}: {value!r} is longer than {field['len']}"
    if field["t"] == "NUMC" and (not value.isdecimal() or len(value) != field["len"]):
        yield f"{place}: {value!r} must be {field['len']} digits"
    if field["t"] == "DATS" and not (len(value) == 8 and value.isdecimal()):
        yield f"{place}: {value!r} is no day"
