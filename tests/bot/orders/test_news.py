"""Who is concerned by which news."""

from bot.orders.news import ALARMING, TOLD, NewsKind


def test_nobody_is_alarmed_and_told_of_the_same_news() -> None:
    assert not ALARMING & TOLD


def test_what_runs_as_it_should_is_mailed_to_nobody() -> None:
    usual = {NewsKind.RELEASED, NewsKind.CONFIRMED, NewsKind.GOODS, NewsKind.RECEIVED, NewsKind.FOUND}
    assert not usual & (ALARMING | TOLD)


def test_what_people_changed_of_an_approved_order_is_told() -> None:
    assert {NewsKind.CHANGED, NewsKind.LINE_CANCELLED, NewsKind.LINE_ADDED, NewsKind.CANCELLED} <= TOLD
