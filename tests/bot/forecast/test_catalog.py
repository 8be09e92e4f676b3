import numpy as np
import pytest

from bot.errors import NeedsAdmin
from bot.forecast import catalog
from bot.forecast.fit import Spec
from bot.forecast.forecasters import PanelNegBin, learn
from bot.forecast.season import Season
from tests.bot.forecast.panels import counts, panel_of


def test_native_and_library_forecasters_are_found_by_name() -> None:
    assert isinstance(catalog.named("PanelNegBin"), PanelNegBin)
    assert catalog.named("PanelNegBin(half_life=9.0, trend=True)").half_life == 9.0
    naive = catalog.named("NaiveForecaster(sp=4, strategy='last')")
    assert (type(naive).__name__, naive.sp) == ("NaiveForecaster", 4)
    assert naive.get_config()["remember_data"] is False


@pytest.mark.parametrize(
    "text",
    ["", "NaiveForecaster(", "NaiveForecaster('mean')", "__import__('os').system('x')", "a + b",
     "NaiveForecaster(strategy=open('x'))", "NaiveForcaster", "NaiveForecaster(no_such=1)", "Zzz",
     "HierarchicalProphet"],
)  # fmt: skip
def test_anything_else_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(NeedsAdmin) as caught:
        catalog.named(text)
    assert caught.value.remedy
    assert "forecaster" in caught.value.where


def test_too_many_series_for_a_library_forecaster() -> None:
    panel = panel_of(counts(catalog.MOST_SERIES + 1, 3))
    season = Season("W", np.zeros(panel.n, dtype=np.int64))
    state = learn(Spec(), panel.values, panel.starts, season, np.ones(panel.n, dtype=np.bool_), (1.0, 1.0))
    with pytest.raises(NeedsAdmin, match="5001 times"):
        catalog.broadcast_path("NaiveForecaster", panel, state, 4)
    assert catalog.broadcast_path("PanelNaive", panel, state, 4).path is not None
