"""Finds code that could send a write again: loops, except branches and retry helpers around anything that writes.

It reads syntax only; names decide, so that a new connector is covered without telling it about this.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

# methods that change something at an ERP
WRITES = frozenset(
    {"send_once", "create", "act", "delete", "write", "cancel", "complete", "request_transfer", "submit"}
)
# function modules that change something, wherever their name stands in a call
MODULES = re.compile(r"^BAPI_\w*(CREATE|CHANGE|DELETE|CANCEL|COMMIT|RELEASE)\w*$")
_RETRY = re.compile(r"(?i)retry|tenacity|backoff")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.For, ast.While, ast.AsyncFor, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Offence:
    """A write that may leave more than once: the function it stands in, the call, and what is around it."""

    function: str
    call: str
    around: str
    line: int


def offences(source: str) -> list[Offence]:
    """Every place of a module where a write, direct or through a function of the same module, may be repeated."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)]
    writing = _writing(functions)
    found = [offence for function in functions for offence in _repeated(function, writing)]
    found += [
        Offence(function.name, name, "a retrying decorator", function.lineno)
        for function in functions
        if _calls_of(function, writing)
        for name in map(ast.unparse, function.decorator_list)
        if _RETRY.search(name)
    ]
    return sorted(set(found), key=lambda offence: offence.line)


def _writing(functions: list[ast.FunctionDef | ast.AsyncFunctionDef]) -> frozenset[str]:
    """Names that write: the known ones, and functions of the module that call them, however deep."""
    names = set(WRITES)
    while True:
        more = {f.name for f in functions if f.name not in names and _calls_of(f, names)}
        if not more:
            return frozenset(names)
        names |= more


def _calls_of(node: ast.AST, names: frozenset[str] | set[str]) -> list[ast.Call]:
    return [call for call in ast.walk(node) if isinstance(call, ast.Call) and _writes(call, names)]


def _writes(call: ast.Call, names: frozenset[str] | set[str]) -> bool:
    texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if any(MODULES.match(text) for text in texts):
        return True
    if isinstance(call.func, ast.Attribute):
        return call.func.attr in names
    return isinstance(call.func, ast.Name) and call.func.id in names - WRITES


def _repeated(
    function: ast.FunctionDef | ast.AsyncFunctionDef, names: frozenset[str]
) -> Iterator[Offence]:  # fmt: skip
    for node in ast.walk(function):
        if isinstance(node, _LOOPS):
            around, parts = "a loop", [node]
        elif isinstance(node, ast.ExceptHandler):
            around, parts = "an except branch", list(node.body)
        elif isinstance(node, ast.Call) and _RETRY.search(ast.unparse(node.func)):
            around, parts = "a retrying call", [*node.args, *(word.value for word in node.keywords)]
            for part in parts:
                if isinstance(part, ast.Attribute) and part.attr in names:
                    yield Offence(function.name, part.attr, around, node.lineno)
        else:
            continue
        for part in parts:
            for call in _calls_of(part, names):
                yield Offence(function.name, ast.unparse(call.func), around, call.lineno)
