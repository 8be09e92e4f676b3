"""The capability matrix says what the connectors serve, no more and no less."""

import json

import pytest
from click.testing import CliRunner

from bot.cli.connectors import as_markdown, connectors, routes
from bot.tables.erp import TABLES
from connectors.catalog import connector, ids
from connectors.catalog_types import Route


@pytest.mark.parametrize("name", ids())
def test_routes_declare_exactly_the_tables_that_the_connector_serves(name: str) -> None:
    kind = connector(name)
    assert kind.routes
    assert set().union(*(route.reads for route in kind.routes)) == set(kind.tables)
    for route in kind.routes:
        assert not set(route.reads) & set(route.absent)
        assert set(route.reads) | set(route.absent) <= set(TABLES)


@pytest.mark.parametrize("route", routes(), ids=lambda route: str(route.name))
def test_every_route_leads_somewhere_and_every_table_is_served_or_explained(route: Route) -> None:
    assert route.writes or route.reads
    assert set(route.reads) | set(route.absent) == set(TABLES)
    assert all(each.via for each in (*route.reads.values(), *route.writes.values()))


def test_the_matrix_has_a_row_per_table_and_a_column_per_route() -> None:
    head, _, *rows = as_markdown().split("\n\n", maxsplit=1)[0].splitlines()
    assert head.count("|") == len(routes()) + 2
    assert [row.split("|")[1].strip() for row in rows][: len(TABLES)] == [f"`{name}`" for name in TABLES]


def test_the_command_prints_both_forms() -> None:
    assert "| `stock` |" in CliRunner().invoke(connectors, catch_exceptions=False).output
    content = json.loads(CliRunner().invoke(connectors, ["--format", "json"], catch_exceptions=False).output)
    assert len(content["routes"]) == len(routes())
