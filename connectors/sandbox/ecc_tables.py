"""The table reader of the ECC-like library, with the limits of the real one.

Conditions are translated word by word, so that only what the real reader understands gets through.
"""

import re
import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from connectors.sandbox.ecc_errors import ABAPApplicationError
from connectors.sandbox.ecc_interfaces import TABLES, Field

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|[()]|[A-Z0-9_]+|[<>=]+)")
_WORDS = {"EQ": "=", "NE": "<>", "GE": ">=", "LE": "<=", "GT": ">", "LT": "<"}
_PLAIN = frozenset({"AND", "OR", "NOT", "BETWEEN", "LIKE", "(", ")", "=", "<>", ">=", "<=", ">", "<"})
_WIDTH = 512
_LETTER = {"N": "N", "D": "D", "Q": "P", "P": "P", "I": "I"}


def read(connection: sqlite3.Connection, values: dict[str, Any], *, wide: bool) -> dict[str, Any]:
    """Answer of the reader; raises the exceptions that it declares."""
    table = values["QUERY_TABLE"]
    if table not in TABLES:
        raise _declared("TABLE_NOT_AVAILABLE", f"Table {table} not available", number="029")
    fields = TABLES[table][1]
    names = [row["FIELDNAME"] for row in values["FIELDS"]] or list(fields)
    unknown = [name for name in names if name not in fields]
    if unknown:
        raise _declared("FIELD_NOT_VALID", f"Field {unknown[0]} not in table {table}")
    shown, width = _described(fields, names)
    if width > _WIDTH and not wide and not values["NO_DATA"]:
        raise _declared("DATA_BUFFER_EXCEEDED", "Selected fields do not fit into a row")
    rows = [] if values["NO_DATA"] else _rows(connection, table, fields, names, values)
    lines = ["".join(_cell(fields[n], cell) for n, cell in zip(names, row, strict=True)).rstrip() for row in rows]
    if wide:
        return {"FIELDS": shown, "DATA": [], "ET_DATA": [{"LINE": line} for line in lines]}
    return {"FIELDS": shown, "DATA": [{"WA": line} for line in lines]}


def _described(fields: dict[str, Field], names: Sequence[str]) -> tuple[list[dict[str, str]], int]:
    found, offset = [], 0
    for name in names:
        length = _length(fields[name])
        found.append({"FIELDNAME": name, "OFFSET": f"{offset:06d}", "LENGTH": f"{length:06d}",
                      "TYPE": _LETTER.get(fields[name].kind, "C"), "FIELDTEXT": name.title()})  # fmt: skip
        offset += length
    return found, offset


def _length(field: Field) -> int:
    return field.length + 2 if field.kind in "PQ" else field.length


def _cell(field: Field, value: str) -> str:
    """A cell as the reader writes it: numbers right-aligned with the minus behind them."""
    length = _length(field)
    if field.kind in "PQI":
        number = Decimal(value or "0")
        text = f"{abs(number):.{field.decimals}f}" + ("-" if number < 0 else " ")
        return text.rjust(length) if len(text) <= length else "*" * length
    if field.kind == "D":
        return (value or "00000000").ljust(length)
    return value.ljust(length)[:length]


def _rows(
    connection: sqlite3.Connection, table: str, fields: dict[str, Field], names: Sequence[str], values: dict[str, Any]
) -> list[sqlite3.Row]:
    where, cells = _condition(fields, " ".join(row["TEXT"] for row in values["OPTIONS"]))
    text = f"SELECT {', '.join(names)} FROM {table}" + (f" WHERE {where}" if where else "")  # noqa: S608 - checked names
    if values.get("GET_SORTED"):
        text += f" ORDER BY {', '.join(list(fields)[: TABLES[table][0]])}"
    if values["ROWCOUNT"] or values["ROWSKIPS"]:
        text += f" LIMIT {values['ROWCOUNT'] or -1} OFFSET {values['ROWSKIPS']}"
    return connection.execute(text, cells).fetchall()


def _condition(fields: dict[str, Field], text: str) -> tuple[str, list[str]]:
    words, cells, place = [], [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _declared("OPTION_NOT_VALID", f"not understood: {text[place : place + 20]}")
        word, place = match.group(1), match.end()
        if word.startswith("'"):
            words.append("?")
            cells.append(_stored(word[1:-1].replace("''", "'")))
        elif word in _WORDS or word in _PLAIN:
            words.append(_WORDS.get(word, word))
        elif word in fields:
            words.append(word)
        else:
            raise _declared("OPTION_NOT_VALID", f"{word} is no field and no operator")
    return " ".join(words), cells


def _stored(value: str) -> str:
    """Blanks and the empty day are stored as nothing."""
    return "" if value.strip() in {"", "00000000"} else value.rstrip()


def _declared(key: str, message: str, number: str = "000") -> ABAPApplicationError:
    return ABAPApplicationError(message, 5, key, msg_class="SV", msg_type="E", msg_number=number)
