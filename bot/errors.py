"""The exception family, named after what the job runner does with each member.

It says nothing about how an error is worded for a person beyond its own fields, and it
does not log.

    RestockError
    ├── Retryable        the call provably did nothing: try again later
    ├── OutcomeUnknown   an order may or may not exist: reconcile by key, never send again blindly
    ├── Refused          the other side said no to this one order: park it, go on with the rest
    ├── StopRun          nothing may be ordered in this run
    └── NeedsAdmin       a person must change something; no retry, told once
        └── InputInvalid settings or policies that a person wrote, with place and remedy
            └── DataInvalid   a table as a whole cannot be used; nothing is ordered
"""

from dataclasses import dataclass


class RestockError(Exception):
    """Base class; `exit_code` is the process exit code of facts that operators script against."""

    exit_code = 1


class Retryable(RestockError):
    """The call provably did nothing; `retry_after` is in seconds when the other side named it."""

    exit_code = 8

    def __init__(self, what: str, retry_after: float | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.retry_after = retry_after


class OutcomeUnknown(RestockError):
    """A write was sent and its result is not known; `key` finds the document later."""

    exit_code = 11

    def __init__(self, key: str, what: str) -> None:
        super().__init__(f"{what} (order key {key})")
        self.key = key
        self.what = what


class Refused(RestockError):
    """The other side refused one order for a business reason; other orders go on."""

    exit_code = 3

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(f"{code}: {reason}" if code else reason)
        self.reason = reason
        self.code = code


class StopRun(RestockError):
    """Nothing may be ordered in this run; `remedy` says what a person does about it."""

    exit_code = 9

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(f"{reason}\n    {remedy}" if remedy else reason)
        self.reason = reason
        self.remedy = remedy


class NeedsAdmin(RestockError):
    """A person must change something before this can work: what, where, and what to do."""

    exit_code = 5

    def __init__(self, what: str, where: str, remedy: str) -> None:
        super().__init__(f"{where}: {what}\n    {remedy}")
        self.what = what
        self.where = where
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake in something that a person wrote, with its place (lines and columns count from 1)."""

    path: str
    line: int
    column: int
    code: str
    message: str
    remedy: str = ""
    excerpt: str = ""

    def __str__(self) -> str:
        """Render as `path:line:column: CODE message`, then the excerpt and the remedy, indented."""
        head = f"{self.path}:{self.line}:{self.column}: {self.code} {self.message}"
        tail = [f"    {text}" for text in (*self.excerpt.splitlines(), self.remedy) if text]
        return "\n".join([head, *tail])


class InputInvalid(NeedsAdmin):
    """Settings, policies or tables that a person wrote are wrong; all findings, not just the first."""

    exit_code = 4

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        first = findings[0]
        super().__init__(first.message, first.path, first.remedy)

    def __str__(self) -> str:
        """Render every finding, one after the other."""
        return "\n".join(str(finding) for finding in self.findings)


class DataInvalid(InputInvalid):
    """A table cannot be used at all: a needed column is missing, a number format is ambiguous."""

    exit_code = 9
