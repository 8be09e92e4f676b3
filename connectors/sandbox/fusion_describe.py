"""How the Fusion-like server describes its resources: attributes, what a new row needs, children, actions.

It is made of the same declarations by which bodies are checked, so that it does not lie.
"""

from collections.abc import Mapping

from connectors.sandbox import fusion_bodies as bodies
from connectors.sandbox.fusion_schema import Attribute, Resource

_JSON_TYPES = {"id": "integer", "number": "number", "flag": "boolean", "date": "date", "datetime": "datetime"}
_CREATED: Mapping[str, bodies.Shape] = {
    "draftPurchaseOrders": bodies.DRAFT,
    "purchaseRequisitions": bodies.REQUISITION,
    "supplyRequests": bodies.SUPPLY,
}


def describe(resource: Resource) -> dict[str, object]:
    """The resource's own description, as a client compares it with what it will send and ask."""
    return {"Resources": {resource.name: _described(resource, _CREATED.get(resource.name))}}


def _described(resource: Resource, shape: bodies.Shape | None) -> dict[str, object]:
    members = dict(shape.members) if shape else {}
    attributes = [_attribute(each, members.pop(each.name, None)) for each in resource.attributes]
    attributes += [_sent_only(name, kind) for name, kind in members.items()]
    children: dict[str, object] = {
        child.name: _described(child, shape.lists.get(child.name) if shape else None) for child in resource.children
    }
    for name, inner in shape.lists.items() if shape else ():
        children.setdefault(name, {"attributes": [_sent_only(*member) for member in inner.members.items()]})
    return {
        "attributes": attributes,
        "collection": {"rangeSize": 25, "finders": [{"name": "PrimaryKey"}], "links": []},
        "item": {"links": [], "actions": [{"name": action, "method": "POST"} for action in resource.actions]},
        "children": children,
    }


def _attribute(attribute: Attribute, kind: str | None) -> dict[str, object]:
    needed = kind is not None and kind.endswith("!")
    return {
        "name": attribute.name,
        "type": _JSON_TYPES.get(attribute.kind, "string"),
        "updatable": kind is not None,
        "mandatory": needed or attribute.required,
        "queryable": attribute.queryable,
        "allowChanges": "never" if kind is None else "always",
    }


def _sent_only(name: str, kind: str) -> dict[str, object]:
    """An attribute that can be given to a new row and is not shown again."""
    word = kind.rstrip("?!").partition("<")[0]
    return {
        "name": name,
        "type": _JSON_TYPES.get(word, "string"),
        "updatable": True,
        "mandatory": kind.endswith("!"),
        "queryable": False,
        "allowChanges": "whenNew",
    }
