"""The q, orderBy, fields and expand parameters, parsed and checked, as SQL over declared attributes.

It runs nothing; whatever it does not understand is a 400, never an empty page.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.sandbox.fusion_errors import FusionError
from connectors.sandbox.fusion_schema import Attribute, Resource

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?P<op><>|<=|>=|=|<|>)|(?P<mark>[(),])"""
    r"""|(?P<word>[A-Za-z_][A-Za-z0-9_.]*)|(?P<number>-?\d+(?:\.\d+)?))"""
)
_TERM_V1 = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(<>|<=|>=|=|<|>|\s+like\s+)\s*(.+?)\s*", re.IGNORECASE)
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(T.*)?")


@dataclass(slots=True)
class Condition:
    """A WHERE clause with its parameters, and the attributes that it compares."""

    sql: str = "1"
    values: list[object] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def condition(text: str, resource: Resource, alias: str, framework: int) -> Condition:
    """Parse q of the framework's grammar; FusionError 400 for anything unknown."""
    if framework == 1:
        return _version_1(text, resource, alias)
    return _Parser(text, resource, alias).parse()


def _refuse(what: str) -> FusionError:
    return FusionError(400, f"The value of the query parameter q is not valid: {what}")


def _version_1(text: str, resource: Resource, alias: str) -> Condition:
    result = Condition()
    terms = []
    for term in re.split(r";(?=(?:[^']*'[^']*')*[^']*$)", text):
        match = _TERM_V1.fullmatch(term)
        if match is None:
            raise _refuse(term)
        name, operator, raw = match[1], match[2].strip().lower(), match[3]
        quoted = _QUOTED.fullmatch(raw) is not None
        if not quoted and " " in raw:
            raise _refuse(f"{raw} needs quotation marks")
        value = raw[1:-1].replace(raw[0] * 2, raw[0]) if quoted else raw
        cell, attribute = _cell(name, resource, alias)
        result.names.add(name)
        if operator == "like":
            value = value.replace("*", "%")
        terms.append(f"{cell} {operator} ?")
        result.values.append(_typed(value, attribute))
    result.sql = " AND ".join(terms)
    return result


def _cell(name: str, resource: Resource, alias: str) -> tuple[str, Attribute]:
    attribute = resource.by_name.get(name)
    if attribute is None or not attribute.queryable:
        why = "is not queryable" if attribute else "does not exist"
        raise _refuse(f"attribute {name} of {resource.name} {why}")
    return f'{alias}."{name}"', attribute


def _typed(value: str, attribute: Attribute) -> object:
    if attribute.kind in ("id", "number"):
        try:
            return int(value) if re.fullmatch(r"-?\d+", value) else float(value)
        except ValueError:
            raise _refuse(f"{attribute.name} is a number, not {value}") from None
    if attribute.kind == "flag":
        if value.lower() not in ("true", "false", "y", "n"):
            raise _refuse(f"{attribute.name} is true or false, not {value}")
        return int(value.lower() in ("true", "y"))
    if attribute.kind in ("date", "datetime") and not _DAY.fullmatch(value):
        raise _refuse(f"{attribute.name} is a date such as 2026-10-01, not {value}")
    return value


class _Parser:
    """Recursive descent over the grammar of versions 2 and later."""

    def __init__(self, text: str, resource: Resource, alias: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._resource = resource
        self._alias = alias
        self._result = Condition()

    def parse(self) -> Condition:
        self._result.sql = self._either()
        if self._at < len(self._tokens):
            raise _refuse(f"unexpected {self._tokens[self._at][1]}")
        return self._result

    def _either(self) -> str:
        terms = [self._both()]
        while self._word("or"):
            terms.append(self._both())
        return f"({' OR '.join(terms)})"

    def _both(self) -> str:
        terms = [self._term()]
        while self._word("and"):
            terms.append(self._term())
        return " AND ".join(terms)

    def _term(self) -> str:
        if self._mark("("):
            inner = self._either()
            self._need("mark", ")")
            return inner
        name = self._need("word")
        if "." in name:
            return self._child_term(name)
        cell, attribute = _cell(name, self._resource, self._alias)
        self._result.names.add(name)
        return self._comparison(cell, attribute)

    def _child_term(self, name: str) -> str:
        child_name, _, attribute_name = name.partition(".")
        child = self._resource.child(child_name)
        if child is None:
            raise _refuse(f"{self._resource.name} has no child {child_name}")
        cell, attribute = _cell(attribute_name, child, "q")
        comparison = self._comparison(cell, attribute)
        return (
            f'EXISTS (SELECT 1 FROM "{child.table}" q '  # noqa: S608 - declared names only
            f'WHERE q."{child.on}"={self._alias}."{child.on}" AND {comparison})'
        )

    def _comparison(self, cell: str, attribute: Attribute) -> str:
        kind, token = self._next()
        if kind == "op":
            return self._with(f"{cell} {token} ?", attribute)
        if kind != "word":
            raise _refuse(f"an operator is missing before {token}")
        word = token.lower()
        if word == "is":
            negated = self._word("not")
            self._need("word", "null")
            return f"{cell} IS {'NOT ' if negated else ''}NULL"
        negated = word == "not"
        if negated:
            word = self._need("word").lower()
        prefix = "NOT " if negated else ""
        if word == "like":
            clause = self._with(f"{cell} {prefix}LIKE ?", attribute)
            self._result.values[-1] = str(self._result.values[-1]).replace("*", "%")
            return clause
        if word == "in":
            return self._listed(f"{cell} {prefix}IN", attribute)
        if word == "between":
            clause = self._with(f"{cell} {prefix}BETWEEN ?", attribute)
            self._need("word", "and")
            return self._with(f"({clause} AND ?)", attribute)
        raise _refuse(f"unknown operator {token}")

    def _listed(self, start: str, attribute: Attribute) -> str:
        self._need("mark", "(")
        marks = [self._with("?", attribute)]
        while self._mark(","):
            marks.append(self._with("?", attribute))
        self._need("mark", ")")
        return f"{start} ({', '.join(marks)})"

    def _with(self, clause: str, attribute: Attribute) -> str:
        kind, token = self._next()
        if kind == "text":
            token = token[1:-1].replace(token[0] * 2, token[0])
        elif kind == "word" and attribute.kind == "flag":
            token = token.lower()
        elif kind != "number" or attribute.kind not in ("id", "number"):
            raise _refuse(f"{attribute.name} needs a value in quotation marks, not {token}")
        self._result.values.append(_typed(token, attribute))
        return clause

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise _refuse("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _word(self, word: str) -> bool:
        return self._take("word", word)

    def _mark(self, mark: str) -> bool:
        return self._take("mark", mark)

    def _take(self, kind: str, token: str) -> bool:
        found = self._peek()
        hit = found[0] == kind and found[1].lower() == token
        self._at += hit
        return hit

    def _need(self, kind: str, token: str = "") -> str:
        found = self._next()
        if found[0] != kind or (token and found[1].lower() != token):
            raise _refuse(f"{token or kind} expected, not {found[1]}")
        return found[1]


def _tokens(text: str) -> list[tuple[str, str]]:
    found = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _refuse(f"at {text[at : at + 20]!r}")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return found


def ordering(text: str, resource: Resource, alias: str) -> str:
    """ORDER BY clause of `A:asc,B:desc`; the order of creation where nothing is asked."""
    if not text:
        return f"{alias}.rowid"
    terms = []
    for part in text.split(","):
        name, _, direction = part.strip().partition(":")
        if name not in resource.by_name or direction not in ("", "asc", "desc"):
            raise FusionError(400, f"The value of the query parameter orderBy is not valid: {part}")
        terms.append(f'{alias}."{name}" {direction or "asc"}')
    return ", ".join(terms)


def fields_of(text: str, resource: Resource) -> dict[str, Sequence[str]]:
    """Attributes per child ('' = the resource) of `A,B;child:C,D`; an empty text asks for links only."""
    chosen: dict[str, Sequence[str]] = {"": ()}
    for part in filter(None, re.split(r";|,(?=\w+:)", text)):
        child_name, colon, names = part.rpartition(":")
        owner = resource.child(child_name.strip()) if colon else resource
        listed = [name.strip() for name in names.split(",") if name.strip()]
        unknown = [name for name in listed if owner is None or name not in owner.by_name]
        if owner is None or unknown:
            raise FusionError(400, f"The value of the query parameter fields is not valid: {unknown or child_name}")
        chosen[child_name.strip()] = listed
    return chosen


def expansion(text: str, resource: Resource) -> dict[str, object]:
    """Tree of child names of `lines.schedules,other` or `all` (the direct children)."""
    if text == "all":
        return {child.name: {} for child in resource.children}
    tree: dict[str, object] = {}
    for path in filter(None, (part.strip() for part in text.split(","))):
        owner: Resource | None = resource
        branch = tree
        for name in path.split("."):
            owner = owner.child(name) if owner else None
            if owner is None:
                raise FusionError(400, f"The value of the query parameter expand is not valid: {path}")
            deeper = branch.setdefault(name, {})
            branch = deeper if isinstance(deeper, dict) else {}
    return tree
