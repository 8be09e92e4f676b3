"""Metadata of both versions: kinds of fields, where navigations lead, what is closed for new entities."""

import pytest

from connectors.sap.odata_metadata import parse

V2 = b"""<edmx:Edmx xmlns:edmx="e" xmlns:sap="s" Version="1.0"><edmx:DataServices><Schema Namespace="N">
<EntityType Name="AType"><Key><PropertyRef Name="K"/></Key><Property Name="K" Type="Edm.String"/>
<Property Name="D" Type="Edm.DateTime"/><Property Name="Q" Type="Edm.Decimal"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="A_Thing" EntityType="N.AType" sap:creatable="false"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""
V4 = b"""<edmx:Edmx xmlns:edmx="e" Version="4.0"><edmx:DataServices><Schema Namespace="N">
<EntityType Name="OType"><Property Name="K" Type="Edm.String"/>
<NavigationProperty Name="_Item" Type="Collection(N.IType)"/></EntityType>
<EntityType Name="IType"><Property Name="On" Type="Edm.Date"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Order" EntityType="N.OType"/><EntitySet Name="Item" EntityType="N.IType"/>
</EntityContainer><Annotations Target="N.C/Item"><Annotation Term="SAP__capabilities.InsertRestrictions"><Record>
<PropertyValue Property="Insertable" Bool="false"/></Record></Annotation></Annotations>
</Schema></edmx:DataServices></edmx:Edmx>"""


def test_version_2() -> None:
    found = parse(V2)
    assert found.sets == {"A_Thing": {"K": "text", "D": "day", "Q": "number"}}
    assert found.closed == {"A_Thing"}
    assert found.target("A_Thing", "to_Other") == "A_Other"


def test_version_4() -> None:
    found = parse(V4)
    assert found.target("Order", "_Item") == "Item"
    assert found.target("Order", "") == "Order"
    assert found.sets["Item"] == {"On": "day"}
    assert found.closed == {"Item"}


@pytest.mark.parametrize("body", [b"<no", b"<html/>"])
def test_what_is_no_metadata_is_told(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"XML|no sets"):
        parse(body)
