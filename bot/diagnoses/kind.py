"""What one kind of finding is: a stable code with its grade, its reason and its remedy.

It holds no findings; the tables of the package do.
"""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How bad a finding is; `ok` says that something was looked at and is right."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table; `remedy` may have gaps such as {setting} that the finding fills."""

    code: str
    grade: Grade
    why: str
    remedy: str


def table(grade: Grade, *rows: tuple[str, str, str]) -> tuple[Kind, ...]:
    """Kinds of one grade from (code, why, remedy)."""
    return tuple(Kind(code, grade, why, remedy) for code, why, remedy in rows)
