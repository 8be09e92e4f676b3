"""Compares what we are about to send with the pod's own description of the resource, once per resource and process.

It sends only GET. Where a pod does not show its description, nothing is known and nothing is held up.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.errors import NeedsAdmin, RestockError
from connectors.oracle.client import FusionClient

_LOG = logging.getLogger(__name__)
_REMEDY = (
    "Nothing was written. Have the field made optional or given a default in Fusion, or tell us the release and the "
    "field; `restock doctor` compares what is read."
)


class Described:
    """Descriptions of one pod; `check` raises NeedsAdmin when the first write could not be right."""

    def __init__(self, client: FusionClient) -> None:
        self._client = client
        self._good: set[str] = set()
        self._trouble: dict[str, list[str]] = {}

    def check(self, resource: str, body: Mapping[str, Any], actions: Sequence[str] = ()) -> None:
        """Compare a body and the actions that will follow; a resource that has fitted once is not asked about again."""
        if resource in self._good:
            return
        if resource not in self._trouble:
            try:
                description = self._client.description(resource)
            except NeedsAdmin as error:
                _LOG.warning("%s does not show its description: %s", resource, error.what)
                description = {}
            except RestockError as error:
                _LOG.warning("%s: description not read: %s", resource, error)
                return
            self._trouble[resource] = list(differences(description, body, actions))
        if self._trouble[resource]:
            what = "; ".join(self._trouble[resource])
            raise NeedsAdmin(f"{resource} does not take what we send: {what}", f"description of {resource}", _REMEDY)
        self._good.add(resource)


def differences(description: Mapping[str, Any], body: Mapping[str, Any], actions: Sequence[str]) -> Iterator[str]:
    """What stands against a body: fields that do not exist, mandatory ones that are not sent, missing actions."""
    yield from _fields(description, body, "")
    offered = {str(each.get("name")) for each in (description.get("item") or {}).get("actions") or []}
    for action in actions if offered else ():
        if action not in offered:
            yield f"there is no action {action}"


def _fields(description: Mapping[str, Any], body: Mapping[str, Any], place: str) -> Iterator[str]:
    attributes = {str(each.get("name")): each for each in description.get("attributes") or []}
    children = description.get("children") or {}
    if attributes:
        for name in sorted(set(body) - set(attributes) - set(children)):
            yield f"there is no field {place}{name}"
        for name, attribute in attributes.items():
            if name not in body and _needed(attribute):
                yield f"the field {place}{name} is mandatory, and we do not send it"
    for name, rows in body.items():
        if isinstance(rows, list) and rows and isinstance(children.get(name), dict):
            yield from _fields(children[name], rows[0], f"{place}{name}.")


def _needed(attribute: Mapping[str, Any]) -> bool:
    """Whether Fusion expects us to send it: keys and what it fills itself are mandatory too, but not ours."""
    if attribute.get("mandatory") is not True or attribute.get("hasDefaultValueExpression") is True:
        return False
    changes = attribute.get("allowChanges")
    return changes in {"always", "whenNew"} if changes is not None else attribute.get("updatable") is True
