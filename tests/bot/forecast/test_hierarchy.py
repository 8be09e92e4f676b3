import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sktime.transformations.hierarchical.reconcile import OptimalReconciler

from bot.forecast.hierarchy import UNKNOWN, Tree, history_of_totals, reconcile
from tests.bot.forecast.panels import Array

FREE = (0.0, 1e9)


def tree_of(category: list[str | None], location: list[str]) -> Tree:
    keys = pd.DataFrame({"item": [f"i{k}" for k in range(len(category))], "location": location})
    return Tree.of(keys, category)


def small() -> Tree:
    return tree_of(["a", "a", "b", None, "b"], ["x", "y", "x", "x", "y"])


def test_every_total_is_the_sum_of_its_rows() -> None:
    tree = small()
    sums = tree.names.assign(total=tree.totals(np.array([1.0, 2.0, 4.0, 8.0, 16.0]))).set_index(
        ["category", "location"]
    )
    assert sums.loc[("", ""), "total"] == 31.0
    assert sums.loc[("a", ""), "total"] == 3.0
    assert sums.loc[("", "x"), "total"] == 13.0
    assert sums.loc[("b", "y"), "total"] == 16.0
    assert sums.loc[(UNKNOWN, "x"), "total"] == 8.0
    assert list(tree.kind) == [0, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3]


def test_history_of_totals_has_no_hole_where_one_item_was_out_of_stock() -> None:
    values = np.array([[np.nan, 2.0, np.nan, 4.0], [1.0, 1.0, 1.0, 1.0]])
    tree = tree_of(["a", "a"], ["x", "x"])
    assert history_of_totals(values, tree)[0] == pytest.approx([1.0, 3.0, 4.0, 5.0])


def test_reconciled_means_equal_the_solution_of_the_normal_equations() -> None:
    tree = small()
    rng = np.random.default_rng(4)
    means, variances = rng.uniform(5, 20, 5), rng.uniform(1, 9, 5)
    totals, doubts = tree.totals(means) + rng.normal(0, 3, 11), rng.uniform(1, 20, 11)
    summing = tree.totals(np.eye(5))
    gap = totals - summing @ means
    expected = means + variances * (summing.T @ np.linalg.solve(summing * variances @ summing.T + np.diag(doubts), gap))
    got = reconcile(means, variances, totals, doubts, tree, FREE)
    assert got.means == pytest.approx(expected, rel=1e-9)
    assert got.bounded == 0


@pytest.mark.filterwarnings("ignore:Found elements in the index")  # sktime's word about its own output
def test_on_a_nested_hierarchy_the_result_is_that_of_sktime() -> None:
    tree = tree_of(["a", "a", "b", "b"], ["x"] * 4)
    means, variances = np.array([10.0, 6.0, 3.0, 8.0]), np.array([4.0, 1.0, 2.0, 3.0])
    top, by_kind = 30.0, np.array([17.0, 10.0])
    rows = [("a", "i0"), ("a", "i1"), ("b", "i2"), ("b", "i3")]
    every = [*rows, ("a", "__total"), ("b", "__total"), ("__total", "__total")]
    index = pd.MultiIndex.from_tuples([(*row, 0) for row in every], names=["category", "item", "time"])
    frame = pd.DataFrame({"y": [*means, *by_kind, top]}, index=index).sort_index()
    keys = index.droplevel(-1)
    weights = np.array([*variances, 5.0, 6.0, 7.0])
    names = frame.index.droplevel(-1).unique()
    covariance = pd.DataFrame(np.diag(weights), index=keys, columns=keys).loc[names, names]
    theirs = (
        OptimalReconciler(error_covariance_matrix=covariance)
        .fit(frame.loc[[(*row, 0) for row in rows]])
        .inverse_transform(frame)
    )
    totals = np.array([top, *by_kind, 0.0, 0.0, 0.0])
    doubts = np.array([7.0, 5.0, 6.0, np.inf, np.inf, np.inf])  # one location: its totals say nothing new
    ours = reconcile(means, variances, totals, doubts, tree, FREE)
    assert ours.means == pytest.approx([theirs.loc[(*row, 0), "y"] for row in rows], rel=1e-9)


def test_what_meets_a_bound_stays_there_and_the_others_take_over() -> None:
    tree = tree_of(["a", "a"], ["x", "x"])
    sure = np.array([1e-9, np.inf, np.inf, np.inf])
    got = reconcile(np.array([10.0, 10.0]), np.array([100.0, 1.0]), np.array([34.0, 0, 0, 0]), sure, tree)
    assert got.means == pytest.approx([20.0, 14.0])
    assert got.factor == pytest.approx([2.0, 1.4])
    assert got.bounded == 1


Numbers = st.floats(0.0, 1e6)


@settings(deadline=None, max_examples=50)
@given(
    arrays(float, 12, elements=Numbers),
    arrays(float, 12, elements=Numbers),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 0.3, 1.0, 5.0, np.nan]),
)
def test_sums_add_up_stay_bounded_and_do_not_depend_on_row_order(
    means: Array, variances: Array, seed: int, drift: float
) -> None:
    rng = np.random.default_rng(seed)
    keys = pd.DataFrame({"item": [f"i{k}" for k in range(12)], "location": rng.choice(["x", "y", "z"], 12)})
    category = rng.choice(np.array(["a", "b", "", None], dtype=object), 12)
    tree = Tree.of(keys, category)
    aims, doubts = tree.totals(means) * drift, tree.totals(variances)
    got = reconcile(means, variances, aims, doubts, tree)
    assert (got.means >= 0.0).all()
    assert got.totals == pytest.approx(tree.totals(got.means), rel=1e-9)
    assert (got.factor >= 0.5 - 1e-9).all()
    assert (got.factor <= 2.0 + 1e-9).all()
    assert (got.means[means == 0.0] == 0.0).all()
    order = rng.permutation(12)
    mixed = Tree.of(keys.iloc[order].reset_index(drop=True), category[order])
    again = reconcile(means[order], variances[order], aims, doubts, mixed)
    assert np.array_equal(again.means, got.means[order])
    assert np.array_equal(again.totals, got.totals)


def test_no_row_and_no_category_are_no_trouble() -> None:
    none = Tree.of(pd.DataFrame({"item": [], "location": []}))
    assert list(none.totals(np.zeros(0))) == [0.0]
    one = Tree.of(pd.DataFrame({"item": ["i"], "location": ["x"]}))
    got = reconcile(np.array([3.0]), np.array([1.0]), np.full(4, 6.0), np.full(4, 1.0), one)
    assert got.totals == pytest.approx(np.repeat(got.means, 4))
