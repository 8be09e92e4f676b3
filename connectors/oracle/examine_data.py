"""Examines the lists of a Fusion pod: may they be read, what do they offer, how many rows, how new, which powers.

Only GET is sent, one row of each list.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bot.diagnoses.found import fine, found
from bot.ports import Diagnosis
from connectors.looking import LIMITS, Seen
from connectors.oracle.asked import Asked, asked
from connectors.oracle.documents import DRAFTS
from connectors.oracle.examine import Exam
from connectors.oracle.query import both, term
from connectors.oracle.requisitions import REQUISITIONS
from connectors.oracle.wire import Row

_DATES = {"inventoryCompletedTransactions": "TransactionDate", "purchaseOrders": "OrderDate"}
_OLD = {"inventoryCompletedTransactions": timedelta(days=7), "purchaseOrders": timedelta(days=31)}
_MUST_HAVE_ROWS = frozenset({"itemsV2", "onhandQuantityDetails", "suppliers", "procurementApprovedSupplierListEntries"})
_SUBMITS = {"draft_order": (DRAFTS, "submit"), "requisition": (REQUISITIONS, "submitRequisition")}
_CHILD = re.compile(r"/\d+/child/")
# names of resources as Oracle documents them; UNVERIFIED on a pod
_BANKS, _TASKS = "externalBankAccounts", "/bpm/api/4.0/tasks"


def lists(exam: Exam) -> Iterator[Diagnosis]:
    """Read one row of every list that is used, count, look for the newest day, compare attributes."""
    questions = asked(exam.settings, exam.clock, LIMITS)
    by_resource: dict[str, list[Asked]] = {}
    for each in questions:
        by_resource.setdefault(_CHILD.split(each.resource)[0], []).append(each)
    for resource, group in sorted(by_resource.items()):
        tables = ", ".join(sorted({each.table for each in group}))
        whole = [each for each in group if each.resource == resource]
        if not whole:
            continue
        seen = _first(exam, whole[0], whole)
        if trouble := _trouble(exam, resource, tables, seen):
            yield trouble
            continue
        yield from _content(resource, tables, seen)
        yield from _offered(exam, resource, tables, whole)


def _first(exam: Exam, each: Asked, group: list[Asked]) -> Seen:
    """The newest row of a list over all of our organizations, and how many there are."""
    order = ",".join(f"{name}:desc" for name in each.key)
    query: dict[str, str | int] = {"limit": 1, "onlyData": "true", "totalResults": "true", "orderBy": order}
    fields = sorted({name for one in group for name in one.attributes()})
    query |= {"fields": ",".join(fields)} if fields else {}
    date = _DATES.get(each.resource)
    if date:
        today = exam.clock.today(exam.settings.timezone)
        others = [one for one in re.split(r" and (?=\w+[=<>])", each.q) if one and not one.startswith(date)]
        query["q"] = both(*others, term(date, ">=", today - _OLD[each.resource]))
    elif each.q:
        query["q"] = each.q
    return exam.looker.get(each.resource, query)


def _trouble(exam: Exam, resource: str, tables: str, seen: Seen) -> Diagnosis | None:
    what = f"{resource}, needed by {tables}"
    if seen.good:
        return None
    if not seen.status:
        return found("out-of-time", f"{what}, did not answer: {seen.text}")
    if seen.status == 404:
        how = "the release or the licence of the pod does not hold it, or the user may not see it"
        return found("service-missing", f"{what}, is not there", how=how)
    if seen.status in {401, 403}:
        how = f"give {exam.who} a job role that may read {resource}, and data access to the organizations and units"
        return found("service-forbidden", f"{what}, may not be read", how=how)
    if seen.status == 400:
        return found("table-unreadable", f"{what}: {seen.text}")
    return found("service-broken", f"{what}: {seen.text or 'a page came instead of data'}")


def _content(resource: str, tables: str, seen: Seen) -> Iterator[Diagnosis]:
    body = seen.json()
    rows: list[Row] = list(body.get("items") or [])
    count = body.get("totalResults")
    total = f"{count:,}" if isinstance(count, int) else "at least 1"
    date = _DATES.get(resource)
    if date is None:
        if not rows and resource in _MUST_HAVE_ROWS:
            yield found("table-empty", f"{resource} ({tables}): no rows come")
        else:
            yield fine(f"{resource} ({tables}): {total if rows else 'no'} rows")
    elif not rows:
        what = f"{resource} ({tables}): nothing of the last {_OLD[resource].days} days"
        yield found("table-old", what, how="is this a copy of the system, or a test pod?")
    else:
        newest = str(rows[0].get(date) or "")[:10]
        yield fine(
            f"{resource} ({tables}): {total} rows of the last {_OLD[resource].days} days, the newest of {newest}"
        )


def _offered(exam: Exam, resource: str, tables: str, group: list[Asked]) -> Iterator[Diagnosis]:
    """Compare the resource's own description with what is asked of it."""
    seen = exam.looker.get(f"{resource}/describe", headers={"Accept": "application/vnd.oracle.adf.description+json"})
    described = seen.json().get("Resources", {}).get(resource, {}) if seen.good else {}
    attributes = {str(each.get("name")): each for each in described.get("attributes", [])}
    if not attributes:
        return
    used = {name for each in group for name in each.attributes()} | {name for each in group for name in each.key}
    for name in sorted(used - attributes.keys()):
        yield found("field-missing", f"{resource}.{name} does not exist; needed by {tables}")
    for name in sorted({name for each in group for name in each.compared()} & attributes.keys()):
        if attributes[name].get("queryable") is False:
            yield found("field-not-searchable", f"{resource}.{name} cannot be searched by; needed by {tables}")
    written, action = _SUBMITS.get(exam.settings.write_route, ("", ""))
    if resource == written:
        yield from _may_create(described, resource, action)


def _may_create(described: dict[str, Any], resource: str, action: str) -> Iterator[Diagnosis]:
    actions = {str(each.get("name")) for each in described.get("item", {}).get("actions", [])}
    if actions and action not in actions:
        document = "purchase orders" if resource == DRAFTS else "requisitions"
        how = f"give the user the privilege to create {document}; or the release is too old"
        yield found("may-not-create", f"{resource} does not offer the action {action}", how=how)


def powers(exam: Exam) -> Iterator[Diagnosis]:
    """What the account can do although it should not, and what only a real order would show."""
    if exam.looker.get(_BANKS, {"limit": 1, "onlyData": "true", "fields": "BankAccountId"}).good:
        yield found("may-see-bank-data", f"{exam.who} may read {_BANKS}")
    tasks = exam.looker.get(exam.settings.base_url.rstrip("/") + _TASKS, {"limit": 1})
    if tasks.good:
        yield found("may-release", f"{exam.who} reaches the list of tasks of approval")
    how = "try one small order in a test pod; the buyer must be a procurement agent of the business unit"
    yield found("cannot-be-checked", f"whether {exam.who} may create and submit orders for every unit", how=how)
    how = "check that its roles hold no approval of documents and no maintenance of suppliers or their bank accounts"
    yield found("cannot-be-checked", f"whether {exam.who} may approve orders or change suppliers", how=how)
