"""The chart of one item is the one that the plan would have drawn."""

from bot.jobs.item_chart import item_chart, memory_of
from bot.orders.plan import Memory
from bot.policy.parse import parse_policies
from bot.ports import Planning
from tests.bot.company import Company


def test_it_is_the_picture_of_the_plan() -> None:
    company = Company.small()
    drawn = company.cycle().decisions.iloc[0]["chart"]
    parts = company.snapshot(), parse_policies({"policy.yaml": company.policy}), Memory.blank()
    assert item_chart(*parts, Planning("test", "UTC", "EUR"), ("bolt", "L1")) == drawn
    assert item_chart(*parts, Planning("test", "UTC", "EUR"), ("bolt", "L9")) == ""


def test_what_a_plan_used_of_learning_is_used_again() -> None:
    blank = Memory.blank()
    champions = blank.champions.assign(pattern=[])
    assert memory_of({"champions": champions, "decisions": blank.items}).champions is champions
    assert memory_of({}).items.empty
