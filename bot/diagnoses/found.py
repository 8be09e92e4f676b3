"""Makes findings from the table: the code says how bad it is, why it matters and what to do.

It looks at nothing by itself.
"""

from bot.diagnoses import installation, systems
from bot.diagnoses.kind import Grade, Kind
from bot.ports import Diagnosis

KINDS: dict[str, Kind] = {
    kind.code: kind
    for rows in (
        installation.ERRORS, systems.ERRORS, installation.WARNINGS, systems.WARNINGS, installation.NOTES, systems.NOTES
    )
    for kind in rows
}  # fmt: skip


def found(code: str, what: str, *, grade: Grade | None = None, **gaps: object) -> Diagnosis:
    """A finding of a known kind; `gaps` fill the gaps of its remedy, `grade` is given where it differs from the table.

    KeyError when the code or a gap is unknown.
    """
    kind = KINDS[code]
    return Diagnosis(code, grade or kind.grade, what, kind.why, kind.remedy.format(**gaps))


def fine(what: str) -> Diagnosis:
    """Something that was looked at and is right."""
    return Diagnosis("fine", Grade.OK, what)
