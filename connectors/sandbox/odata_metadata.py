"""Writes `$metadata` and the service document of a sandbox service from its description.

It describes what the server offers, no more; annotations of a real system are left out.
"""

from xml.sax.saxutils import quoteattr

from connectors.sandbox.odata_model import EDM, EntitySet, Property, Service

_EDMX = {
    2: ("1.0", "http://schemas.microsoft.com/ado/2007/06/edmx", "http://schemas.microsoft.com/ado/2008/09/edm"),
    4: ("4.0", "http://docs.oasis-open.org/odata/ns/edmx", "http://docs.oasis-open.org/odata/ns/edm"),
}


def metadata(service: Service) -> str:
    """The EDMX document."""
    version, edmx, edm = _EDMX[service.version]
    types = "".join(_type(entity, service) for entity in service.sets.values())
    sets = "".join(_set(entity, service) for entity in service.sets.values())
    return (
        f'<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="{version}" xmlns:edmx="{edmx}"><edmx:DataServices>'
        f'<Schema Namespace={quoteattr(service.namespace)} xmlns="{edm}">{types}'
        f'<EntityContainer Name="Container">{sets}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>'
    )


def _type(entity: EntitySet, service: Service) -> str:
    key = "".join(f'<PropertyRef Name="{name}"/>' for name in entity.key)
    properties = "".join(_property(prop) for prop in entity.properties.values())
    ways = "".join(_navigation(entity, name, service) for name in entity.navigations) if service.version == 4 else ""
    return f'<EntityType Name="{entity.type_name}"><Key>{key}</Key>{properties}{ways}</EntityType>'


def _property(prop: Property) -> str:
    size = f' MaxLength="{prop.length}"' if prop.kind == "s" else ""
    if prop.kind == "d":
        size = f' Precision="{prop.length}" Scale="{"variable" if prop.scale is None else prop.scale}"'
    return f'<Property Name="{prop.name}" Type="{EDM[prop.kind]}"{size}/>'


def _navigation(entity: EntitySet, name: str, service: Service) -> str:
    way = entity.navigations[name]
    target = f"{service.namespace}.{service.sets[way.target].type_name}"
    kind = f"Collection({target})" if way.many else target
    return f'<NavigationProperty Name="{name}" Type="{kind}"/>'


def _set(entity: EntitySet, service: Service) -> str:
    return f'<EntitySet Name="{entity.name}" EntityType="{service.namespace}.{entity.type_name}"/>'


def document(service: Service) -> dict[str, object]:
    """The service document as a JSON value."""
    if service.version == 2:
        return {"d": {"EntitySets": list(service.sets)}}
    return {"@odata.context": "$metadata", "value": [{"name": name, "url": name} for name in service.sets]}
