import warnings

import numpy as np
import pandas as pd

from bot.forecast import catalog
from bot.forecast.tree_forecaster import PanelTrees
from tests.bot.forecast.test_forecasters import frame
from tests.bot.forecast.test_trees import priced

SMALL = {"rounds": 10, "leaves": 8, "rows": 6000}


def sold_at_prices() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    values, price = priced(40, 60, 3)
    price[:20, 60:], price[20:, 60:] = 5.0, 10.0
    y = frame(40, 60)
    y["demand"] = values.ravel()
    index = pd.MultiIndex.from_product(
        [sorted(y.index.levels[0], key=lambda name: int(name[1:])), pd.date_range("2024-01-01", periods=63, freq="7D")],
        names=y.index.names,
    )
    x = pd.DataFrame({"price": price.ravel()}, index=index)
    known = x.index.get_level_values(1) < "2025-02-24"
    return y.sort_index(), x[known].sort_index(), x[~known].sort_index()


def test_the_future_of_x_moves_means_and_quantiles_without_a_warning() -> None:
    y, past, ahead = sold_at_prices()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = PanelTrees(**SMALL).fit(y, X=past, fh=[1, 2, 3])
        mean = fitted.predict(X=ahead)
        quantiles = fitted.predict_quantiles(X=ahead, alpha=[0.1, 0.5, 0.9])
        dear = fitted.predict(X=ahead.assign(price=10.0))
    assert mean.shape == (120, 1)
    assert not hasattr(fitted, "forecasters_")
    assert (np.diff(quantiles.to_numpy(), axis=1) >= 0.0).all()
    cheap = ahead["price"] < 7.0
    assert mean.index.equals(ahead.index)
    assert mean.loc[cheap, "demand"].mean() > 1.5 * dear.loc[cheap, "demand"].mean()
    assert np.array_equal(mean.loc[~cheap], dear.loc[~cheap])
    assert (quantiles.loc[cheap].mean() > quantiles.loc[~cheap].mean()).all()


def test_steps_may_be_left_out_and_rows_of_x_come_in_any_order() -> None:
    y, past, ahead = sold_at_prices()
    one = PanelTrees(**SMALL).fit(y, X=past, fh=[1, 3]).predict(X=ahead)
    whole = PanelTrees(**SMALL).fit(y, X=past, fh=[1, 2, 3]).predict(X=ahead)
    pd.testing.assert_frame_equal(one, whole.loc[one.index])
    assert one.index.get_level_values(1).nunique() == 2
    again = PanelTrees(**SMALL).fit(y, X=past.sample(frac=1.0, random_state=1).sort_index(), fh=[1, 3]).predict(X=ahead)
    pd.testing.assert_frame_equal(one, again)


def test_a_policy_finds_it_by_name() -> None:
    assert isinstance(catalog.named("PanelTrees(rounds=5)"), PanelTrees)


def test_paths_see_the_future_of_x() -> None:
    y, past, ahead = sold_at_prices()
    fitted = PanelTrees(**SMALL).fit(y, X=past, fh=[1, 2, 3])
    drawn = fitted.sample_paths([1, 2, 3], 500, X=ahead).mean(axis=1)
    np.testing.assert_allclose(drawn.ravel().mean(), fitted.predict(X=ahead)["demand"].mean(), rtol=0.03)
    assert drawn.mean() > 1.1 * fitted.sample_paths([1, 2, 3], 500, X=ahead.assign(price=10.0)).mean()
