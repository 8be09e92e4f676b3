import numpy as np
import pytest

from bot.forecast.moments import Floats
from bot.forecast.natives import BLEND, NATIVES, Native, averaged, natives
from tests.bot.forecast.panels import counts

FIELDS = ("level", "spread", "strength", "age", "known")


def panel() -> tuple[Floats, Floats, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    values = counts(5000, 40).astype(np.float32)
    rng = np.random.default_rng(7)
    values[rng.random(values.shape) < 0.03] = np.nan
    values[np.arange(40)[None, :] < rng.integers(0, 45, 5000)[:, None]] = np.nan
    return values, rng.uniform(0.3, 2.0, (6, 40)), rng.integers(0, 6, 5000), rng.integers(1, 9, 5000)


def columns(native: Native, values: Floats, factors: Floats, rows: Floats, length: Floats) -> Floats:
    fit = native(values, factors, rows, length.astype(np.int64))
    return np.stack([*(getattr(fit.moments, name) for name in FIELDS), fit.slope])


@pytest.mark.parametrize("name", sorted(NATIVES))
def test_row_order_and_chunks_change_no_bit(name: str) -> None:
    values, factors, rows, length = panel()
    whole = columns(NATIVES[name], values, factors, rows, length)
    assert np.isfinite(whole).all()
    order = np.random.default_rng(1).permutation(len(values))
    assert np.array_equal(columns(NATIVES[name], values[order], factors, rows[order], length[order]), whole[:, order])
    for part in (slice(0, 1), slice(3, 2500), slice(4999, 5000)):
        again = columns(NATIVES[name], values[part], factors, rows[part], length[part])
        assert np.array_equal(again, whole[:, part])


@pytest.mark.parametrize("name", sorted(NATIVES))
@pytest.mark.parametrize("shape", [(0, 10), (3, 0), (2, 1)])
def test_next_to_nothing_is_answered(name: str, shape: tuple[int, int]) -> None:
    fit = NATIVES[name](np.full(shape, 2.0), None, None, np.ones(shape[0], dtype=np.int64))
    assert fit.moments.level.tolist() == [2.0 if shape[1] and name != "sba" else pytest.approx(0.0, abs=2.0)] * shape[0]


@pytest.mark.parametrize("name", sorted(NATIVES))
def test_factors_of_one_are_no_factors(name: str) -> None:
    values, _, rows, length = panel()
    one = np.ones((6, 40))
    plain = NATIVES[name](values, None, None, length).moments
    assert np.array_equal(NATIVES[name](values, one, rows, length).moments.level, plain.level)


def test_the_damping_follows_the_bucket() -> None:
    values = np.tile(5.0 + np.arange(60.0), (1, 1))
    levels = {freq: natives(freq)["damped"](values, None, None, np.ones(1, dtype=np.int64)).slope[0] for freq in "DWM"}
    assert len(set(levels.values())) == 3


@pytest.mark.parametrize("name", sorted(NATIVES))
def test_the_unit_of_measure_does_not_matter(name: str) -> None:
    """A power of two scales every step exactly, so not a bit may differ."""
    values, factors, rows, length = panel()
    plain, scaled = (columns(NATIVES[name], v, factors, rows, length) for v in (values, 4.0 * values))
    assert np.array_equal(scaled, plain * np.asarray([4.0, 16.0, 1.0, 1.0, 1.0, 1.0])[:, None])


def test_the_mean_of_fits() -> None:
    values, factors, rows, length = panel()
    fits = [NATIVES[name](values, factors, rows, length) for name in BLEND]
    found = averaged(fits)
    for name in FIELDS:
        np.testing.assert_allclose(
            getattr(found.moments, name), np.mean([getattr(f.moments, name) for f in fits], axis=0)
        )
    assert np.array_equal(averaged(fits[:1]).moments.level, fits[0].moments.level)
    with pytest.raises(ValueError, match="no fits"):
        averaged([])
