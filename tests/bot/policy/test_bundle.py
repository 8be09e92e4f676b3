"""What a policy set answers: how many people an order value needs."""

import pytest

from bot.policy.parse import parse_policies

ROUTES = """version: 1
approvals:
  routes:
    - { id: small, up_to: 50.00 EUR, need: [1 buyer] }
    - { id: pair, up_to: 100.00 EUR, need: [1 buyer, 2 finance] }
    - { id: top, up_to: 200.00 EUR, need: [2 admin] }
"""


@pytest.mark.parametrize(
    ("minor", "people"), [(0, 1), (5_000, 1), (5_001, 3), (10_000, 3), (10_001, 2), (20_000, 2), (20_001, 3), (-1, 3)]
)
def test_the_route_of_the_value_says_how_many_people_approve_and_doubt_asks_the_most(minor: int, people: int) -> None:
    assert parse_policies({"policy.yaml": ROUTES}).routes_needed(minor) == people


def test_without_routes_one_person_approves() -> None:
    policies = parse_policies({"policy.yaml": "version: 1\n"})
    assert [policies.routes_needed(minor) for minor in (-1, 0, 10**12)] == [1, 1, 1]
