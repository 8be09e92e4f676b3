"""Planning twice orders nothing twice, whether the ERP shows the new orders yet or not."""

import pytest

from tests.scenarios.company import SYSTEMS, World

pytestmark = pytest.mark.servers

OWN_LINES = {"covered_by_own_orders", "covered", "cover_cap"}


def test_what_waits_for_a_buyer_keeps_its_key_and_is_asked_for_once(planned: World) -> None:
    before = {o.order.order_key: o.state for o in planned.app().orders.select()}
    mails = planned.mails()
    second = planned.run("plan")
    planned.run("approve")
    after = {o.order.order_key: o.state for o in planned.app().orders.select()}
    assert second.exit_code == 0, second.message
    assert after == before
    assert "awaiting_approval" in before.values()
    assert planned.mails() == mails, "the same draft was mailed twice"


def test_orders_that_no_extract_shows_are_not_proposed_again(planned: World) -> None:
    assert planned.run("submit").exit_code == 0
    documents = {system: planned.documents(system) for system in SYSTEMS}
    orders = {o.order.order_key: o.state for o in planned.app().orders.select()}
    assert all(documents.values()), str(planned.states()) + "both ERPs must have got orders, or the test proves nothing"
    for system in SYSTEMS:
        planned.fault(system, hide_orders=True)

    hidden = planned.run("plan")
    planned.run("submit")
    assert hidden.exit_code == 0, hidden.message
    assert {o.order.order_key: o.state for o in planned.app().orders.select()} == orders
    assert {system: planned.documents(system) for system in SYSTEMS} == documents
    answers = planned.decisions(hidden).set_index(["item", "location"])["reason"]
    sent = {(item, place) for system in SYSTEMS for _, _, place, item, _ in documents[system]}
    assert {answers[pair] for pair in sent} == {"covered_by_own_orders"}
    assert all(o for o in planned.app().orders.in_flight("s4")["quantity"])

    planned.calm()
    shown = planned.run("plan")
    planned.run("submit")
    assert shown.exit_code == 0, shown.message
    assert [len(planned.app().orders.in_flight(system)) for system in SYSTEMS] == [0, 0], "not recognised when shown"
    assert {o.order.order_key: o.state for o in planned.app().orders.select()} == orders
    assert {system: planned.documents(system) for system in SYSTEMS} == documents
    answers = planned.decisions(shown).set_index(["item", "location"])["reason"]
    assert {answers[pair] for pair in sent} == {"covered"}
    planned.check_books()
