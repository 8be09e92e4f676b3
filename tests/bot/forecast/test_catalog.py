import warnings

import pytest

from bot.errors import NeedsAdmin
from bot.forecast import catalog
from bot.forecast.forecasters import PanelNegBin


def test_native_and_library_forecasters_are_found_by_name() -> None:
    assert isinstance(catalog.named("PanelNegBin"), PanelNegBin)
    assert catalog.named("PanelNegBin(half_life=9.0, trend=True)").half_life == 9.0
    naive = catalog.named("NaiveForecaster(sp=4, strategy='last')")
    assert (type(naive).__name__, naive.sp) == ("NaiveForecaster", 4)
    assert naive.get_config()["remember_data"] is False
    assert [catalog.is_native(text) for text in ("PanelNaive(sp=4)", "NaiveForecaster", "a + b")] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "what", "help_"),
    [
        ("", "is no forecaster", "write Name"),
        ("NaiveForecaster('mean')", "has no name", "write Name"),
        ("__import__('os').system('x')", "is no forecaster", "write Name"),
        ("NaiveForecaster(strategy=open('x'))", "no plain value", "texts in quotes"),
        ("NaiveForcaster", "no forecaster 'NaiveForcaster'", 'did you mean "NaiveForecaster"?'),
        ("panelnaive", "no forecaster 'panelnaive'", 'did you mean "PanelNaive"?'),
        ("Zzz", "no forecaster 'Zzz'", "sktime's list"),
        ("TSB(alfa=0.1)", "no argument 'alfa'", 'did you mean "alpha"? possible here: alpha, beta'),
        ("PanelNaive(zzz=1)", "no argument 'zzz'", "possible here: sp"),
        ("ForecastX", "cannot be built", "correct the arguments"),
        ("HierarchicalProphet", "needs prophetverse", "install it"),
    ],
)
def test_anything_else_is_refused_with_what_is_wrong_and_a_remedy(text: str, what: str, help_: str) -> None:
    fault = catalog.fault(text)
    assert fault is not None
    assert what in fault.what
    assert help_ in f"{fault.hint} {fault.remedy}"
    with pytest.raises(NeedsAdmin) as caught:
        catalog.named(text)
    assert (caught.value.what, caught.value.where) == (fault.what, "policy key `forecaster`")
    assert caught.value.remedy


def test_looking_up_warns_of_nothing() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert catalog.fault("NaiveForecaster(sp=3)") is None
        assert catalog.fault("BaggingForecaster") is None
    assert not [each for each in seen if each.category is FutureWarning]
