"""Every set that is read may be ordered and searched by the field that it is paged by, say the published metadata."""

from typing import Any

import pytest

from connectors.http import HttpSession
from connectors.sap.odata import ODataSession
from connectors.sap.s4 import PULLS
from connectors.sap.s4_asked import Asked, asked
from tests.connectors.sap.stub import settings
from tests.fakes import ManualClock
from tests.published.edmx_judge import service_of, violations
from tests.published.edmx_model import EDMX, load

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif(not EDMX.is_dir(), reason=f"no published metadata at {EDMX} (RESTOCK_REFERENCE)"),
]


def questions(**changes: Any) -> list[Asked]:
    return asked(settings(**changes), ManualClock(), PULLS)


@pytest.mark.parametrize("changes", [{}, {"order_service": "v2"}], ids=["v4", "v2"])
def test_pages_behind_a_key_keep_to_the_published_contract(changes: dict[str, Any]) -> None:
    session = ODataSession(HttpSession("https://s4.example", ManualClock()), {"sap-client": "100"})
    judged = set()
    for each in questions(**changes):
        for operator in ("ge", "gt", "eq"):
            behind = each.query.but(f"{each.query.lead} {operator} '1'")
            url = session.link(each.service, behind, ordered=True)
            assert violations("GET", url, {}, "") == []
            judged.add(each.query.entity_set)
    assert len(judged) > 10


@pytest.mark.parametrize("changes", [{}, {"order_service": "v2"}], ids=["v4", "v2"])
def test_the_field_to_page_by_is_part_of_the_key_and_no_year(changes: dict[str, Any]) -> None:
    for each in questions(**changes):
        entity = load(service_of(f"https://s4.example{each.service.path}")).sets[each.query.entity_set]
        assert each.query.lead in entity.key
        assert not each.query.lead.endswith("Year")
