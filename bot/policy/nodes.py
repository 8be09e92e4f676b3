"""Where a piece of a policy stands, and the tree of pieces that a file turns into.

It knows neither YAML nor CSV nor what a key means; `parse` and `bulk` build the tree, `typed` reads it.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.errors import Finding


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a policy file; line and column count from 1."""

    path: str
    line: int
    column: int
    width: int = 1

    def __str__(self) -> str:
        """Render as `path:line:column`."""
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Node:
    """A scalar (text as written), a list or a mapping, with its place and the places of its keys."""

    place: Place
    content: "str | list[Node] | dict[str, Node]"
    keys: Mapping[str, Place] = field(default_factory=dict)

    def plain(self) -> object:
        """The content without places: nested text, lists and dictionaries."""
        if isinstance(self.content, list):
            return [node.plain() for node in self.content]
        if isinstance(self.content, dict):
            return {key: node.plain() for key, node in self.content.items()}
        return self.content

    def child(self, name: str) -> "Node | None":
        """The value of a key, or None where this is no mapping or has no such key."""
        return self.content.get(name) if isinstance(self.content, dict) else None

    def place_of(self, steps: Iterable[str | int], *, key: bool = False) -> Place:
        """The place of the piece that `steps` lead to, or of the nearest piece around it.

        With `key` the place of the last key itself instead of its value.
        """
        node, place = self, self.place
        for step in steps:
            content = node.content
            if isinstance(content, dict) and isinstance(step, str) and step in content:
                place = node.keys.get(step, content[step].place) if key else content[step].place
                node = content[step]
            elif isinstance(content, list) and isinstance(step, int) and step < len(content):
                node = content[step]
                place = node.place
            else:
                break
        return place


class Findings:
    """Collects errors and warnings together with the line that they point at."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._lines = {path: text.splitlines() for path, text in texts.items()}
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []

    def error(self, place: Place, code: str, message: str, *, hint: str = "", remedy: str = "") -> None:
        """Record something that makes the policy unusable."""
        self.errors.append(self._finding(place, code, message, hint, remedy))

    def warning(self, place: Place, code: str, message: str, *, hint: str = "", remedy: str = "") -> None:
        """Record something that a person should know but that harms nobody."""
        self.warnings.append(self._finding(place, code, message, hint, remedy))

    def _finding(self, place: Place, code: str, message: str, hint: str, remedy: str) -> Finding:
        excerpt = self._excerpt(place, hint)
        return Finding(place.path, place.line, place.column, code, message, remedy, excerpt)

    def _excerpt(self, place: Place, hint: str) -> str:
        lines = self._lines.get(place.path, [])
        if not 1 <= place.line <= len(lines):
            return hint
        text = lines[place.line - 1]
        margin = f"{place.line} | "
        marks = "^" * max(1, min(place.width, len(text) - place.column + 1))
        pointer = " " * (len(margin) - 2) + "| " + " " * (place.column - 1) + marks
        return f"{margin}{text}\n{pointer} {hint}".rstrip()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question naming the nearest known word, or nothing when none is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else ""
