from bot.tables.plan import ANSWER, EXPLANATION, FIGURES, KEYS, NOT_NEEDED, NOT_PLANNABLE, ORDERED, REASONS


def test_orders_csv_has_what_the_contract_asks_for() -> None:
    assert {"item", "location", "supplier", "from_location"} == set(KEYS)
    assert ANSWER == ("quantity", "need_date", "order_date", "decision", "reason")
    assert not set(FIGURES) & {*KEYS, *ANSWER}


def test_every_reason_belongs_to_one_part_of_the_balance_and_says_what_it_means() -> None:
    assert {reason.part for reason in REASONS.values()} == {ORDERED, NOT_NEEDED, NOT_PLANNABLE}
    for code, reason in REASONS.items():
        assert reason.code == code
        assert len(reason.meaning) > 10
    assert len({reason.meaning for reason in REASONS.values()}) == len(REASONS)


def test_every_figure_has_a_meaning() -> None:
    assert all(FIGURES.values())
    assert all(EXPLANATION.values())
    assert not set(EXPLANATION) & {*FIGURES, *KEYS, *ANSWER}
