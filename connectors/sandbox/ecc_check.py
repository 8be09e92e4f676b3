"""Refuses what a strict RFC library and system refuse: unknown names, wrong Python types, values that do not fit.

It is told an interface and judges a call by it; it carries nothing out.
"""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from connectors.sandbox.ecc_errors import ExternalRuntimeError
from connectors.sandbox.ecc_interfaces import Field, Parameter


def check(function: Mapping[str, Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the system takes them: checked, upper case, missing ones initial. Raises as the library does."""
    for name, value in values.items():
        if name not in function or function[name].direction == "export":
            raise ExternalRuntimeError(f"field '{name}' not found", key="RFC_INVALID_PARAMETER", code=20)
        _judge(name, function[name], value)
    missing = [n for n, p in function.items() if p.required and p.direction == "import" and n not in values]
    if missing:
        text = f"No value given for parameter {missing[0]}"
        raise ExternalRuntimeError(text, key="RFC_INVALID_PARAMETER", code=20)
    return {name: _taken(p, values.get(name)) for name, p in function.items() if p.direction != "export"}


def _judge(name: str, parameter: Parameter, value: Any) -> None:
    if parameter.kind == "scalar":
        _cell(name, parameter.fields["VALUE"], value)
    elif parameter.kind == "struct":
        _row(name, parameter.fields, value)
    else:
        if type(value) is not list:
            raise TypeError(f"{name}: list is required, received {type(value).__name__}")
        for number, row in enumerate(value):
            _row(f"{name}[{number}]", parameter.fields, row)


def _row(name: str, fields: Mapping[str, Field], value: Any) -> None:
    if type(value) is not dict:
        raise TypeError(f"{name}: dict is required, received {type(value).__name__}")
    for field, cell in value.items():
        if field not in fields:
            raise ExternalRuntimeError(f"field '{field}' not found", key="RFC_INVALID_PARAMETER", code=20)
        _cell(f"{name}-{field}", fields[field], cell)


def _cell(name: str, field: Field, value: Any) -> None:
    if field.kind in "PQ":
        _number(name, field, value)
    elif field.kind == "I":
        if type(value) is not int:
            raise TypeError(f"{name}: int is required, received {type(value).__name__}")
    elif (field.kind, type(value)) in (("D", date), ("T", time)):
        return
    elif type(value) is not str:
        raise TypeError(f"{name}: str is required, received {type(value).__name__}")
    else:
        _text(name, field, value)


def _number(name: str, field: Field, value: Any) -> None:
    if type(value) not in (Decimal, float, str):
        raise TypeError(f"{name}: decimal is required, received {type(value).__name__}")
    number = Decimal(str(value))
    whole = field.length - field.decimals
    if not number.is_finite() or abs(number) >= Decimal(10) ** whole or number != round(number, field.decimals):
        raise ExternalRuntimeError(f"{name}: value {value} does not fit", key="RFC_CONVERSION_FAILURE", code=22)


def _text(name: str, field: Field, value: str) -> None:
    if field.kind == "N" and value and not value.isdecimal():
        raise TypeError(f"{name}: NUMC string should have only digits: {value}")
    if field.kind == "D" and value and len(value) != 8:
        raise TypeError(f"{name}: date value required, received: {value}")
    if field.length and len(value) > field.length:
        raise ExternalRuntimeError(f"{name}: value too long", key="RFC_CONVERSION_FAILURE", code=22)


def _taken(parameter: Parameter, value: Any) -> Any:
    if parameter.kind == "scalar":
        return parameter.fields["VALUE"].initial() if value is None else _upper(parameter.fields["VALUE"], value)
    if parameter.kind == "struct":
        return {} if value is None else _upper_row(parameter.fields, value)
    return [_upper_row(parameter.fields, row) for row in value or []]


def _upper_row(fields: Mapping[str, Field], row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _upper(fields[name], value) for name, value in row.items()}


def _upper(field: Field, value: Any) -> Any:
    if field.kind in "PQ":
        return Decimal(str(value))
    if isinstance(value, date):
        return value.strftime("%Y%m%d")
    return value.upper() if isinstance(value, str) and field.kind == "C" else value


def given(fields: Mapping[str, Field], row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as it comes out: every field there, initial where nothing is known."""
    return {name: row.get(name, field.initial()) for name, field in fields.items()}
