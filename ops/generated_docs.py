"""Writes the pages that are made from code: tables, tables inside the policy and settings pages, the policy schema.

It is what `make docs` runs; a test compares its output with the files, so it changes nothing that is already right.
"""

import re
import sys
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
GIVEN = {"system", "name"}  # set by the program, not by a person

MEANINGS = {
    "installation.name": "name of this installation; it enters every order key, so never change it",
    "installation.timezone": "zone of cron lines, planning days, mails and pages",
    "installation.currency": "currency of amounts where neither a policy nor a row names one",
    "paths.database": "SQLite database of orders, runs, people",
    "paths.files": "snapshots and plans as Parquet, named by content",
    "paths.policies": "folder of policy files",
    "paths.templates": "folder with own mail and page templates, in place of the built-in ones",
    "paths.metrics": "text file with the metrics of docs/operating.md, for a collector that reads files",
    "paths.stop_file": "while this file exists nothing is sent",
    "orders.review_period_days": "days between two looks, where no policy says otherwise",
    "orders.undo_minutes": "how long an approved order waits before it may be sent",
    "orders.lease_seconds": "after so many seconds a dead process has lost the right to send",
    "orders.seed": "seed of everything random in a plan",
    "orders.pending_alarm_days": "days that an order may wait in the ERP's own approval before an alarm",
    "mail.host": "SMTP server",
    "mail.port": "its port",
    "mail.sender": "From address; its host also makes message ids",
    "mail.user": "account at the mail server; empty = none",
    "mail.password": "its password; write `password_file` instead",
    "mail.security": "none, starttls or tls",
    "console.url": "address of the console as buyers reach it; stands in mails and is checked on every request",
    "console.host": "address to listen on",
    "console.port": "port to listen on",
    "console.secret": "key that signs forms; made once beside the database when empty",
    "schedule.plan": "cron line of the job plan; empty = `0 5 * * 1-5`",
    "schedule.submit": "cron line of the job submit; empty = `*/5 * * * *`",
    "schedule.approve": "cron line of the job approve; empty = `*/10 * * * *`",
    "schedule.follow_up": "cron line of the job follow_up; empty = `15 6-19 * * 1-6`",
    "schedule.learn": "cron line of the job learn; empty = `30 6 * * *`",
    "schedule.housekeeping": "cron line of the job housekeeping; empty = `30 4 * * *`",
    "systems.NAME.connector": "which connector serves the system: one of the next sections",
    "systems.NAME.side_folder": "folder of canonical tables that the ERP does not serve",
    "files.folder": "folder with the canonical tables as CSV or Parquet",
    "files.orders_folder": "folder for one JSON file per order",
    "files.journal_folder": "folder that remembers what was written; empty = beside orders_folder",
    "files.manifest": "required = without manifest.json nothing is read",
    "files.deliveries": "each delivery is a sub-folder, the one with the last name counts",
    "files.source_system": "the only system that a manifest may name; empty = any",
    "files.max_age_days": "how many days old the morning of a manifest may be; empty = any",
    "files.timezone": "zone in which today is told",
    "oracle-fusion.base_url": "address of the pod, https",
    "oracle-fusion.user": "integration account, with `password`; or give `oauth`",
    "oracle-fusion.password": "write `password_file` instead",
    "oracle-fusion.oauth": "application of the identity domain: token_url, client_id, client_secret_file, scope; with"
    " private_key_file and subject (also key_id, certificate_file, issuer, audience) by signed statement",
    "oracle-fusion.trusted_issuer": "our own signed statements: issuer, user, private_key_file, certificate_file",
    "oracle-fusion.organizations": "inventory organizations to read and order for; everything else is left alone",
    "oracle-fusion.organizations.procurement_bu": "procurement business unit",
    "oracle-fusion.organizations.buyer": "procurement agent: mail address, display name, person number or id",
    "oracle-fusion.organizations.requisitioning_bu": "requisitioning business unit, where it differs",
    "oracle-fusion.foreign_locations": "ship-to locations where nothing is planned; their orders are left out",
    "oracle-fusion.organizations.ship_to_location": "ship-to location, where it is not the organization's own",
    "oracle-fusion.organizations.document_style": "document style, where it differs from the system's",
    "oracle-fusion.organizations.currency": "currency of list prices",
    "oracle-fusion.organizations.excluded_subinventories": "stock here counts as blocked",
    "oracle-fusion.document_style": "document style of purchase orders",
    "oracle-fusion.line_type": "line type of purchase orders",
    "oracle-fusion.supplier_sites": "SUPPLIER or SUPPLIER@LOCATION to the site to order from",
    "oracle-fusion.history_days": "days of movements and receipts to read",
    "oracle-fusion.overlap_days": "days before the last run whose transactions are read again, see operating.md",
    "oracle-fusion.full_read_days": "days between whole readings of transactions; 0 = always whole",
    "oracle-fusion.max_concurrent": "calls at once, also the tables that are read side by side",
    "oracle-fusion.requests_per_second": "calls per second on average, a second's worth at a stroke; 0 = no limit",
    "oracle-fusion.settle_seconds": "how long a doubtful order may take to become visible",
    "oracle-fusion.transaction_types": "transaction type to sale, issue, transfer, return, receipt or ignore",
    "oracle-fusion.item_statuses": "item status to active, blocked, phase_out or discontinued",
    "oracle-fusion.uom_codes": "name of a unit to its code",
    "oracle-fusion.methods_without_automatic_orders": "planning methods that count as a veto",
    "oracle-fusion.conversions": "list of { unit, base_units, item }: Fusion does not publish conversions",
    "oracle-fusion.timezone": "zone in which Fusion's days count",
    "oracle-fusion.page_size": "rows per request",
    "oracle-fusion.search_days": "days back from the newest document that are searched for an order key in any case",
    "oracle-fusion.search_rows": "newest documents that are searched for an order key, at least",
    "oracle-fusion.receipt_calls": "most requests for receipt details in one extract",
    "oracle-fusion.framework_version": "REST framework version to ask for",
    "oracle-fusion.ca_bundle": "file with the certificate authorities to trust",
    "oracle-fusion.organizations.preparer": "who requisitions, where it is not the buyer",
    "oracle-fusion.organizations.transfer_subinventory": "where transfers leave and enter",
    "oracle-fusion.write_route": "drafts and requisitions are created over REST, files are handed over for upload",
    "oracle-fusion.import_folder": "where files of `import_file` are put; who uploads takes them from there",
    "oracle-fusion.transfer_orders": "false where no stock moves by transfer orders, or the user may not read them",
    "oracle-fusion.supply_source": "source of supply requests for transfers, as it is set up in Fusion",
    "oracle-fusion.supply_trusted_source": "trusted source of supply requests; the values are not published",
    "oracle-fusion.report_paths": "table (demand, open_orders, receipts) to the BI Publisher report that gives it",
    "oracle-fusion.report_user": "who runs reports, with `report_password`, where sign-on is by token",
    "oracle-fusion.report_password": "write `report_password_file` instead",
    "oracle-fusion.report_days": "days that one run of a report covers",
    "oracle-fusion.report_chunk_bytes": "most bytes of a report in one answer",
    "oracle-fusion.report_seconds": "how long a report may run",
    "sap-ecc.backend": "library for the calls",
    "sap-ecc.rfc_library": "module that offers pyrfc's interface",
    "sap-ecc.ashost": "application server; or give `mshost`",
    "sap-ecc.sysnr": "its instance number",
    "sap-ecc.mshost": "message server, with `group` and `system_id`",
    "sap-ecc.msserv": "its port, where it is not the usual one",
    "sap-ecc.group": "logon group",
    "sap-ecc.saprouter": "route through SAProuters",
    "sap-ecc.client": "client",
    "sap-ecc.language": "logon language; messages come in it",
    "sap-ecc.user": "RFC user, of type system or service",
    "sap-ecc.password": "write `password_file` instead",
    "sap-ecc.snc_partnername": "SNC name of the server: sign-on without a password",
    "sap-ecc.snc_lib": "SNC library",
    "sap-ecc.snc_qop": "SNC level of protection",
    "sap-ecc.system_id": "id that the system must have; another one gets no call",
    "sap-ecc.timezone": "zone in which the system's days count",
    "sap-ecc.plants": "plants to read and order for; everything else is left alone",
    "sap-ecc.plants.company_code": "company code of orders for the plant",
    "sap-ecc.plants.purchasing_organisation": "purchasing organisation",
    "sap-ecc.plants.purchasing_group": "purchasing group",
    "sap-ecc.plants.currency": "currency of valuation prices of the plant",
    "sap-ecc.plants.storage_locations": "storage locations whose stock counts as on hand; empty = all",
    "sap-ecc.order_type": "document type of purchase orders",
    "sap-ecc.transfer_type": "document type of requisitions for stock transfers",
    "sap-ecc.reference_field": "header field that carries the order key; must be searchable",
    "sap-ecc.material_numbers": "lexicographic where leading zeros of item numbers count",
    "sap-ecc.units": "send the internal unit as it was read, or its ISO code",
    "sap-ecc.iso_units": "internal unit to ISO code",
    "sap-ecc.schedule_date": "form of delivery dates in orders",
    "sap-ecc.test_first": "let the system check each order before it is created",
    "sap-ecc.table_function": "function module that reads tables",
    "sap-ecc.page_rows": "rows per call where the reader sorts; 0 = all at once",
    "sap-ecc.movement_table": "where goods movements stand: MSEG, or MATDOC on S/4HANA",
    "sap-ecc.requirements": "read reservations and sales orders",
    "sap-ecc.history_days": "days of movements and receipts to read",
    "sap-ecc.window_days": "days of movements in one call",
    "sap-ecc.search_days": "age of orders that are searched for an order key",
    "sap-ecc.overlap_days": "days before the last run whose documents are read again, see operating.md",
    "sap-ecc.full_read_days": "days between whole readings of documents; 0 = always whole",
    "sap-ecc.settle_seconds": "how long a doubtful order may take to become visible",
    "sap-ecc.read_seconds": "longest call that reads",
    "sap-ecc.write_seconds": "longest call that writes",
    "sap-ecc.connections": "connections at once, also the tables that are read side by side",
    "sap-ecc.movement_types": "movement type to sale, issue, return, transfer or ignore; a minus takes back",
    "sap-ecc.status_codes": "material status code to active, blocked, phase_out or discontinued; others block",
    "sap-ecc.categories": "material group to category path of policies",
    "sap-ecc.lock_codes": "messages ID/NUMBER that mean locked, nothing was done",
    "sap-ecc.blocking_warnings": "warnings ID/NUMBER that count as a refusal",
    "sap-s4.base_url": "address of the system, https",
    "sap-s4.allow_http": "send the password in clear to another machine",
    "sap-s4.client": "client (sap-client)",
    "sap-s4.system_id": "id that the system must have (SID); `restock doctor` compares it",
    "sap-s4.language": "language of texts",
    "sap-s4.user": "communication user",
    "sap-s4.password": "write `password_file` instead",
    "sap-s4.ca_bundle": "file with the certificate authorities to trust",
    "sap-s4.client_certificate": "certificate for sign-on without a password",
    "sap-s4.client_key": "its key",
    "sap-s4.timezone": "zone in which the system's days count",
    "sap-s4.oauth": "client credentials in place of user and password: token_url, client_id, client_secret, scope",
    "sap-s4.order_service": "v4, or v2 where the current service is not there",
    "sap-s4.repeat_lost_answers": "V2 only: ask once more, by the same RequestID, for an answer that was lost; only "
    "where idempotent services were switched on and tried",
    "sap-s4.order_type": "document type of orders; customer types such as ZNB; never UB",
    "sap-s4.transfer_type": "document type of requisitions for stock transfers",
    "sap-s4.plants": "plants to read and order for; everything else is left alone",
    "sap-s4.plants.company_code": "company code of orders for the plant",
    "sap-s4.plants.purchasing_organisation": "purchasing organisation",
    "sap-s4.plants.purchasing_group": "purchasing group",
    "sap-s4.history_days": "days of movements and receipts to read",
    "sap-s4.window_days": "days of movements in one request",
    "sap-s4.max_concurrent": "calls at once, also the tables that are read side by side",
    "sap-s4.requests_per_second": "calls per second on average, a second's worth at a stroke; 0 = no limit",
    "sap-s4.overlap_days": "days before the last run whose documents are read again, see operating.md",
    "sap-s4.full_read_days": "days between whole readings of documents; 0 = always whole",
    "sap-s4.settle_seconds": "how long a doubtful order may take to become visible",
    "sap-s4.reference_field": "header field that carries the order key; must be searchable",
    "sap-s4.movement_types": "movement type to sale, issue, return, transfer or ignore; a minus takes back",
    "sap-s4.debit_credit_code": "false for releases whose material documents lack DebitCreditCode",
    "sap-s4.stock_types": "stock type, behind its special stock indicator (`K01`), to on_hand, inspection, blocked or "
    "ignore; others count as not there and are logged",
    "sap-s4.status_codes": "material status code to active, blocked, phase_out or discontinued; others block",
    "sap-s4.categories": "product group to category path of policies",
    "sap-s4.price_conditions": "condition types that are prices",
    "sap-s4.lock_codes": "error codes that mean locked, nothing was done",
}


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
