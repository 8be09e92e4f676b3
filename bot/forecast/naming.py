"""Reads how a forecaster is named in text: `Name` or `Name(key=value, ...)` with plain values.

It evaluates nothing and knows no forecaster; `catalog` finds what a name stands for.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

AUTO = "auto"  # the word for the champion as chosen
LONGEST = 300
FORM = "write Name or Name(key=value, ...) with plain values: AutoETS(auto=True, sp=52)"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a text cannot be used as a forecaster: what is wrong, what was probably meant, what to do about it."""

    what: str
    hint: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A forecaster as it was written: its name and the values of its arguments."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


Judge = Callable[[str], Fault | None]  # says what is wrong with a named forecaster on this machine, if anything


def parsed(text: str) -> Named | Fault:
    """Split a text into name and arguments, or say what is wrong with it."""
    if len(text) > LONGEST:
        return Fault(f"more than {LONGEST} characters are no forecaster", remedy=FORM)
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Fault(f'"{text}" is no forecaster', remedy=FORM)
    if isinstance(tree, ast.Name):
        return Named(tree.id)
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        return Fault(f'"{text}" is no forecaster', remedy=FORM)
    return _called(tree, tree.func.id)


def _called(tree: ast.Call, name: str) -> Named | Fault:
    if tree.args or any(keyword.arg is None for keyword in tree.keywords):
        return Fault(f"an argument of {name} has no name", remedy=FORM)
    arguments = {}
    for keyword in tree.keywords:
        try:
            arguments[str(keyword.arg)] = ast.literal_eval(keyword.value)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            what = f"{keyword.arg} of {name} is no plain value: {ast.unparse(keyword.value)}"
            return Fault(what, remedy="numbers, texts in quotes, True, False, None and lists of them are possible")
    return Named(name, arguments)
