"""Learning on the demo company: both ERPs are learned from, it is told once, and the next plan uses it."""

from typing import Any

import pytest

from bot.jobs.memory import last_learned
from tests.scenarios.company import AS_OF, SYSTEMS, World

pytestmark = pytest.mark.servers


def test_both_systems_are_learned_from_once_and_the_next_plan_uses_it(planned: World) -> None:
    before = orders(planned)
    first: Any = planned.run("learn")
    assert first.exit_code == 0, first.message
    assert sorted(first.report["learned"]) == sorted(SYSTEMS)
    for found in first.report["learned"].values():
        assert found["as_of"] == AS_OF.isoformat()
        assert min(found["suppliers"], found["item_locations"], found["champions"]) > 0
    assert any(text.startswith("s4: champion for ") for text in first.report["news"])

    second: Any = planned.run("learn")
    assert (second.exit_code, second.report["news"]) == (0, [])
    assert second.report["learned"] == first.report["learned"]

    again: Any = planned.run("plan")
    assert again.exit_code == 0, again.message
    for name in SYSTEMS:
        used = again.report["systems"][name]["learned"]["champions"]
        assert len(used) == first.report["learned"][name]["champions"]
        assert set(used.values()) == {AS_OF.isoformat()}
    champions = last_learned(planned.app().runs, planned.app().files, "s4")["items"]
    assert (champions["score"] <= champions["naive_score"]).all()
    after = orders(planned)
    assert set(before) - set(after) == set(), "a new champion may change an order, it forgets none"
    once_more: Any = planned.run("plan")
    assert (once_more.exit_code, orders(planned)) == (0, after), "the same champions plan the same orders"


def orders(world: World) -> dict[str, str]:
    return {stored.order.order_key: stored.order.content_hash for stored in world.app().orders.select()}
