"""Bulk rules for items: a CSV file whose rows become the same trees that YAML rules become.

It splits text and keeps places; the values are typed and checked like those of every other rule.
"""

import re
from collections.abc import Sequence

from bot.policy.keys import LIMIT_KEYS, SETTING_KEYS
from bot.policy.nodes import Findings, Node, Place
from bot.policy.retired import nearest, replacement

_RULE_KEYS = ("id", "priority", "from", "until", "reason", "review_by")
_MATCH_KEYS = ("item", "location", "supplier")
_COLUMNS = (*_MATCH_KEYS, *_RULE_KEYS, *SETTING_KEYS, *(k for k, spec in LIMIT_KEYS.items() if not spec.company_only))


def rules_of(path: str, text: str, findings: Findings) -> Node:
    """The rows of a CSV file (header first, an empty cell inherits) as a list of rule trees."""
    lines = text.removeprefix("\ufeff").splitlines()
    top = Place(path, 1, 1)
    if not lines:
        findings.error(top, "E107", "the file is empty", remedy="write a header: item,service_level_pct")
        return Node(top, [])
    separator = ";" if lines[0].count(";") > lines[0].count(",") else ","
    header = _cells(path, 1, lines[0], separator)
    if not _header_is_good(header, findings):
        return Node(top, [])
    rules = []
    for number, line in enumerate(lines[1:], start=2):
        if line.strip():
            cells = _cells(path, number, line, separator)
            if len(cells) == len(header) and line.count('"') % 2 == 0:
                rules.append(_rule(cells, header, number))
            else:
                message = f"{len(cells)} cells, but the header has {len(header)}"
                findings.error(Place(path, number, 1, len(line)), "E107", message)
    return Node(top, rules)


def _cells(path: str, number: int, line: str, separator: str) -> list[Node]:
    found = []
    for piece in re.finditer(rf'((?:"(?:[^"]|"")*"|[^{separator}"])*)({separator}|$|")', line):
        raw = piece[1]
        value = raw.strip()
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1].replace('""', '"')
        column = piece.start() + 1 + len(raw) - len(raw.lstrip())
        found.append(Node(Place(path, number, column, max(1, len(raw.strip()))), value))
        if piece[2] != separator:
            break
    return found


def _header_is_good(header: Sequence[Node], findings: Findings) -> bool:
    seen: set[object] = set()
    before = len(findings.errors)
    for cell in header:
        name = str(cell.content)
        if instead := replacement(name):
            findings.error(cell.place, "E112", f'"{name}" does not exist any more', remedy=instead)
        elif name not in _COLUMNS:
            findings.error(cell.place, "E104", f'unknown column "{name}"', hint=nearest(name, _COLUMNS))
        elif name in seen:
            findings.error(cell.place, "E103", f'the column "{name}" stands here twice')
        seen.add(name)
    if "item" not in seen:
        findings.error(header[0].place, "E105", 'the column "item" is missing')
    return len(findings.errors) == before


def _rule(cells: Sequence[Node], header: Sequence[Node], number: int) -> Node:
    place = cells[0].place
    given = {str(head.content): cell for head, cell in zip(header, cells, strict=True) if cell.content != ""}
    content = {key: given[key] for key in _RULE_KEYS if key in given}
    content.setdefault("id", Node(place, f"{place.path}:{number}"))
    groups = {"match": _MATCH_KEYS, "set": tuple(SETTING_KEYS), "limits": tuple(LIMIT_KEYS)}
    for group, keys in groups.items():
        content[group] = Node(place, {key: given[key] for key in keys if key in given})
    return Node(place, content)
