"""Writes the pages that are made from code: tables, tables inside the policy and settings pages, the policy schema.

It is what `make docs` runs; a test compares its output with the files, so it changes nothing that is already right.
"""

import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from bot.cli.connectors import as_markdown as capability_matrix
from bot.cli.tables import as_markdown
from bot.diagnoses.found import KINDS
from bot.orders.machine import NEEDS_PERSON, TRANSITIONS
from bot.policy.document import guards_table, keys_table, match_table, schema_text
from bot.settings import Settings, System
from bot.tables.erp import TABLES
from bot.tables.plan import REASONS
from connectors.answers import Outcome
from connectors.catalog import connector, ids
from connectors.oracle.outcomes import OUTCOMES
from connectors.oracle.report_columns import REPORTS
from connectors.sap.odata_outcomes import SILENT_ROWS, WRITE_ROWS
from connectors.signals import SignalSettings

ROOT = Path(__file__).parent.parent
HEAD = "| key | kind | default | meaning |\n|---|---|---|---|"
MEANINGS: dict[str, str] = tomllib.loads((Path(__file__).parent / "setting_meanings.toml").read_text("utf-8"))
GIVEN = {"system", "name"}  # set by the program, not by a person

SIGNAL_MEANINGS = {
    "kind": "where the values come from",
    "systems": "systems whose forecasts may use it; empty = all",
    "required": "true = without it nothing is planned; else it is left out and logged",
    "locations": 'holidays: location to calendar, such as `W1 = "DE-BY"`',
    "path": "csv: the file",
    "url": "rest: address of the list; `{from}` and `{to}` stand for the first and last day",
    "query": "rest: query parameters; `{from}` and `{to}` as in `url`",
    "rows": "rest: dotted path of the list of objects in the answer; empty = the answer is the list",
    "next": "rest: dotted path of the address of the next page",
    "user": "rest: account, with `password`",
    "password": "write `password_file` instead",
    "token": "rest: bearer token; write `token_file` instead",
    "token_parameter": "rest: send the token in this query parameter, not in a header",
    "ca_bundle": "file with the certificate authorities to trust",
    "date_field": "column or dotted path of the day that the value is for",
    "value_field": "of the value",
    "available_on_field": "of the day on which the value could first be known",
    "published_after_days": "without such a field: days from the date until the value is known",
    "item_field": "of the item, where values are per item",
    "location_field": "of the location, where values are per location",
    "category_field": "of the category, where values are per category",
    "item": "only this item",
    "location": "only this location",
    "category": "only this category",
    "history_days": "days back to read",
    "ahead_days": "days ahead to read",
    "timezone": "zone in which today is told",
}


def settings_table() -> str:
    """Every key of restock.toml, section by section, then the keys of each connector."""
    blocks = []
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            blocks.append(_block(f"[{name}]", _rows(section, name)))
    blocks.append(_block("[systems.NAME]", _rows(System, "systems.NAME")))
    blocks.append(_block("[signals.NAME]", _rows(SignalSettings, "signals.NAME")))
    for each in ids():
        text = f'[systems.NAME] with connector = "{each}"'
        blocks.append(_block(text, _rows(connector(each).settings, each)))
    return "\n\n".join(blocks)


def _block(title: str, rows: Iterator[str]) -> str:
    return "\n".join([f"### {title}", "", HEAD, *rows])


def _rows(model: type[BaseModel], place: str, shown: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        key = f"{place}.{name}"
        if name in GIVEN and key not in MEANINGS:
            continue
        meaning = SIGNAL_MEANINGS[name] if model is SignalSettings else MEANINGS[key]
        yield f"| `{shown}{name}` | {_kind(field.annotation)} | {_default(field)} | {meaning} |"
        inner = [each for each in get_args(field.annotation) if isinstance(each, type) and issubclass(each, BaseModel)]
        if str(field.annotation).startswith("dict") and inner:
            yield from _rows(inner[0], key, f"{shown}{name}.CODE.")


def _kind(annotation: Any) -> str:
    choices = get_args(annotation)
    if str(annotation).startswith("typing.Literal"):
        return " or ".join(str(each) for each in choices)
    words = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "Path": "path"}
    words |= {"SecretStr": "text", "dict": "table", "frozenset": "list", "tuple": "list", "OAuthClient": "table"}
    names = [getattr(each, "__name__", "") for each in (annotation, getattr(annotation, "__origin__", None), *choices)]
    return next((words[name] for name in names if name in words), "text")


def _default(field: Any) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    text = getattr(value, "get_secret_value", lambda: value)()
    if text in (None, "", (), frozenset()) or text == {} or value is PydanticUndefined:
        return "-"
    shown = ", ".join(sorted(text)) if isinstance(text, (tuple, frozenset)) else str(text)
    return f"`{shown.lower() if isinstance(text, bool) else shown}`"


def orders_table() -> str:
    """Which state may follow which; steps that only a person may take are marked."""
    rows = ["| from | to |", "|---|---|"]
    for before, after in TRANSITIONS.items():
        steps = [
            f"`{to}`{'*' if (before, to) in NEEDS_PERSON else ''}" for to in sorted(after, key=list(TRANSITIONS).index)
        ]
        rows.append(f"| `{before}` | {' · '.join(steps) or 'the end'} |")
    return "\n".join(rows)


def reasons_table() -> str:
    """Every reason a planned item-location can have."""
    rows = (f"| `{each.code}` | {each.part.replace('_', ' ')} | {each.meaning} |" for each in REASONS.values())
    return "\n".join(["| reason | counts as | meaning |", "|---|---|---|", *rows])


def s4_outcomes_table() -> str:
    """What the S/4HANA connector believes after a write, in the order in which it is judged."""
    rows = (f"| {row.seen} | {row.outcome.replace('_', ' ')} | {row.then} |" for row in (*SILENT_ROWS, *WRITE_ROWS))
    return "\n".join(["| what comes back | outcome | then |", "|---|---|---|", *rows])


_FUSION_SEEN = {
    ("lost", "never left"): "no name, no connection, proxy or TLS handshake failed",
    ("lost", "left"): "connection lost, time-out, half an answer",
    ("answer", "page for people"): "a page for people with 200 to 299",
}
_FUSION_THEN = {
    ("lost", Outcome.NOT_SENT): "nothing has left; later",
    ("lost", Outcome.UNKNOWN): "searched by key",
    ("answer", Outcome.OK): "without the row or the result in the body: unknown",
    ("answer", Outcome.REFUSED): "a person decides; all messages are shown",
    ("answer", Outcome.DENIED): "with tokens sent again later with a new one, once; else an administrator",
    ("answer", Outcome.NOT_SENT): "after the time that is named, at most 15 minutes",
    ("answer", Outcome.UNKNOWN): "searched by key",
    ("action", Outcome.OK): "it went through all the same",
    ("action", Outcome.REFUSED): "a person decides; a draft is deleted first",
    ("action", Outcome.UNKNOWN): "searched by key",
}


def fusion_outcomes_table() -> str:
    """What the Fusion connector believes after a write: answers that mean the same in one row."""
    groups: dict[tuple[str, Outcome, str], list[str]] = {}
    for (kind, seen), outcome in OUTCOMES.items():
        named = _FUSION_SEEN.get((kind, str(seen)), "")
        word = named or ("not to be seen" if seen is None else str(seen))
        groups.setdefault((kind, outcome, named), []).append(word)
    lead = {"answer": "", "lost": "", "action": "an action without SUCCESS, and the document is then "}
    order = ("lost", "answer", "action")
    rows = [
        f"| {lead[kind]}{', '.join(words)} | {outcome.replace('_', ' ')} | {_FUSION_THEN[kind, outcome]} |"
        for (kind, outcome, _), words in sorted(groups.items(), key=lambda each: order.index(each[0][0]))
    ]
    rows.append("| any other status from 200 to 299 | ok | as above |")
    rows.append("| any other status | unknown | searched by key |")
    return "\n".join(["| what comes back | outcome | then |", "|---|---|---|", *rows])


def reports_table() -> str:
    """Columns of the reports that a company makes for the Fusion connector."""
    rows = []
    for name, report in REPORTS.items():
        columns = [f"`{column}`" for column in report.needed] + [f"`{column}` (optional)" for column in report.optional]
        parameters = ", ".join(f"`{each}`" for each in report.parameters)
        key = " + ".join(f"`{column}`" for column in report.key)
        day = f"`{report.day}`" if report.day else "-"
        rows.append(f"| `{name}` | {', '.join(columns)} | {key} | {day} | {parameters} |")
    return "\n".join(["| report | columns | unique | day | parameters |", "|---|---|---|---|---|", *rows])


def _connect_oracle(text: str) -> str:
    return between_marks(between_marks(text, "outcomes", fusion_outcomes_table()), "reports", reports_table())


def findings_table() -> str:
    """Every finding of `restock doctor`, the worst first."""
    rows = (f"| `{kind.code}` | {kind.grade} | {kind.why} | {_gaps(kind.remedy)} |" for kind in KINDS.values())
    return "\n".join(["| code | grade | why it matters | what to do |", "|---|---|---|---|", *rows])


def _gaps(remedy: str) -> str:
    """What the finding fills in, in capitals; a remedy that is nothing else names it there."""
    if remedy == "{how}":
        return "as the finding says"
    return re.sub(r"{(\w+)}", lambda gap: gap[1].upper(), remedy)


def between_marks(text: str, name: str, content: str) -> str:
    """`text` with what stands between the marks called `name` replaced."""
    start, end = f"<!-- made from code: {name} -->", f"<!-- end of {name} -->"
    if text.count(start) != 1 or text.count(end) != 1:
        raise ValueError(f"the marks of {name} are missing or there more than once")
    before, _, rest = text.partition(start)
    return f"{before}{start}\n{content}\n{end}{rest.partition(end)[2]}"


def with_table(text: str, table: str) -> str:
    """`text` with the Markdown table that has the same head replaced by `table`."""
    head = re.escape("\n".join(table.splitlines()[:2]))
    found, count = re.subn(rf"^{head}\n(\|.*\n)*", lambda _: table + "\n", text, flags=re.MULTILINE)
    if count != 1:
        raise ValueError(f"{count} tables begin with {table.splitlines()[0]}")
    return found


def _tables(_: str) -> str:
    return as_markdown(list(TABLES.values())) + "\n"


def _policies(text: str) -> str:
    for table in (match_table(), keys_table(), guards_table()):
        text = with_table(text, table)
    return text


def _schema(_: str) -> str:
    return schema_text()


PAGES: dict[str, Callable[[str], str]] = {
    "docs/tables.md": _tables,
    "docs/policies.md": _policies,
    "docs/settings.md": lambda text: between_marks(text, "settings", settings_table()),
    "docs/architecture.md": lambda text: between_marks(text, "orders", orders_table()),
    "docs/planning.md": lambda text: between_marks(text, "reasons", reasons_table()),
    "docs/doctor.md": lambda text: between_marks(text, "findings", findings_table()),
    "docs/connect-oracle.md": _connect_oracle,
    "docs/connect-sap.md": lambda text: between_marks(text, "outcomes", s4_outcomes_table()),
    "docs/connectors.md": lambda text: between_marks(text, "systems", capability_matrix()),
    "policies/schema.json": _schema,
}


def made(name: str, root: Path = ROOT) -> str:
    """What the file called `name` should hold, given what it holds now."""
    path = root / name
    return PAGES[name](path.read_text("utf-8") if path.is_file() else "")


def main() -> int:
    """Write every page that differs and name it."""
    for name in PAGES:
        text, path = made(name), ROOT / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            sys.stdout.write(f"written: {name}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
