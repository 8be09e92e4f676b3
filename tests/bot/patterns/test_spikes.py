import numpy as np

from bot.patterns.spikes import cap_spikes


def test_one_value_times_a_thousand_is_capped_and_flagged() -> None:
    values = np.tile([3.0, 0.0, 5.0, 4.0, np.nan, 2.0, 6.0, 1.0], (2, 3))
    values[0, 2] = 5000.0
    capped, flagged = cap_spikes(values)
    assert flagged.tolist() == [True, False]
    assert capped[0, 2] == 6.0
    np.testing.assert_array_equal(capped[1], values[1])
    assert values[0, 2] == 5000.0


def test_two_spikes_are_both_capped() -> None:
    values = np.full((1, 30), 4.0)
    values[0, [3, 20]] = 4000.0, 6000.0
    assert cap_spikes(values)[0].max() == 4.0


def test_lumpy_demand_and_very_few_sales_are_left_alone() -> None:
    lumpy = np.asarray([[0, 0, 40, 0, 1, 0, 0, 5, 0, 0, 90, 2, 0, 0, 0, 0]], dtype=float)
    rare = np.asarray([[0, 0, 500, 0, 1] + [0] * 20], dtype=float)
    assert not cap_spikes(lumpy)[1].any()
    assert not cap_spikes(rare)[1].any()


def test_an_empty_panel_has_no_spikes() -> None:
    assert not cap_spikes(np.zeros((2, 0)))[1].any()
