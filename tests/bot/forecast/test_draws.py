import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bot.forecast import draws

STREAM = draws.streams(np.asarray([1, 2**63], dtype=np.uint64), 20_000)


def test_uniforms_are_uniform_and_streams_have_nothing_in_common() -> None:
    first, second = draws.uniforms(STREAM, 0)
    assert stats.kstest(first, "uniform").pvalue > 0.001
    for other in (second, draws.uniforms(STREAM, 1)[0], draws.uniforms(STREAM, 0, 1)[0], np.roll(first, 1)):
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.03
    assert 0.0 < first.min() < first.max() < 1.0


@pytest.mark.parametrize("shape", [0.05, 0.7, 1.0, 40.0])
def test_gammas_follow_their_law(shape: float) -> None:
    found = draws.gammas(np.full((2, 1), shape), STREAM, 3)
    assert stats.kstest(found[0], stats.gamma(shape).cdf).pvalue > 0.001
    assert stats.kstest(found[1], stats.gamma(shape).cdf).pvalue > 0.001


@pytest.mark.parametrize("mean", [0.0, 0.2, 3.0, 11.0, 13.0, 5000.0])
def test_poissons_follow_their_law(mean: float) -> None:
    found = draws.poissons(np.full(STREAM.shape, mean), STREAM, 3)[0]
    assert (found == np.rint(found)).all()
    assert found.mean() == pytest.approx(mean, rel=0.03)
    for level in (0.1, 0.5, 0.9, 0.99):
        at = stats.poisson.ppf(level, mean) if mean else 0.0
        assert (found <= at).mean() == pytest.approx(stats.poisson.cdf(at, mean), abs=0.012)


def test_marks_depend_on_the_key_and_the_seed_only() -> None:
    keys = pd.DataFrame({"item": ["a", "b", "ab", "a"], "location": ["x", "x", "", "bx"]})
    marks = draws.marks(keys, 5)
    assert len(set(marks.tolist())) == 4
    back = keys.astype("category").iloc[::-1].reset_index(drop=True)
    assert np.array_equal(draws.marks(back, 5), marks[::-1])
    assert not set(draws.marks(keys, 6).tolist()) & set(marks.tolist())


def test_a_draw_does_not_depend_on_its_neighbours() -> None:
    shape = np.linspace(0.1, 9.0, 7)[:, None]
    stream = draws.streams(np.arange(7, dtype=np.uint64), 501)
    whole = draws.gammas(shape, stream, 2)
    assert np.array_equal(draws.gammas(shape[3:5], stream[3:5], 2), whole[3:5])
    assert np.array_equal(draws.gammas(shape, stream[:, :77], 2), whole[:, :77])
    counts = draws.poissons(8.0 * shape * np.ones(501), stream, 2)
    assert np.array_equal(draws.poissons(8.0 * shape[[6, 0]] * np.ones(501), stream[[6, 0]], 2), counts[[6, 0]])
