"""Random draws that belong to a series: each is a pure function of the series' mark, the path and the draw's number.

It knows no forecast. Neither the order of rows nor the size of chunks nor what was drawn before can change a draw.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from bot.forecast.moments import Floats

Marks = npt.NDArray[np.uint64]
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_LAPS = 24  # attempts at a gamma draw; each succeeds in at least 95 of 100 cases
_PER_DRAW = 64  # numbers of the generator that one draw may use
_MANY = 12.0  # mean above which a Poisson count comes from its normal expansion
_LOG2E = 1.4426950408889634


def marks(keys: pd.DataFrame, seed: int) -> Marks:
    """One number per row of `keys` and seed, whatever the other rows are [n]."""
    hashed = pd.util.hash_pandas_object(keys.astype(str), index=False, hash_key=f"{seed % 10**16:016d}")
    return np.asarray(hashed.to_numpy(dtype=np.uint64))


def streams(mark: Marks, count: int) -> Marks:
    """One generator per series and path [n, count]."""
    return _mixed(mark[:, None] + _STEP * np.arange(1, count + 1, dtype=np.uint64)[None, :])


def uniforms(stream: Marks, draw: int, part: int = 0) -> Floats:
    """Numbers strictly between 0 and 1, one per stream: the bits of SplitMix64 (Steele, Lea and Flood 2014)."""
    number = (draw * _PER_DRAW + part + 1) * int(_STEP) % 2**64
    bits = _mixed(stream + np.uint64(number)) >> np.uint64(11)
    return (bits.astype(np.float64) + 0.5) * 2.0**-53


def gammas(shape: Floats, stream: Marks, draw: int) -> Floats:
    """Gamma draws of scale 1, one per stream, by the rejection method of Marsaglia and Tsang (2000).

    scipy's scalar functions are used where numpy's may round by the place in an array.
    """
    flat, source = np.broadcast_to(shape, stream.shape).ravel(), stream.ravel()
    low = flat < 1.0
    d = np.where(low, flat + 1.0, flat) - 1.0 / 3.0
    out = d.copy()
    open_ = np.arange(len(flat))
    for lap in range(_LAPS):
        value, accepted = _attempt(d[open_], source[open_], draw, 2 * lap)
        out[open_[accepted]] = value[accepted]
        open_ = open_[~accepted]
        if not len(open_):
            break
    down = np.flatnonzero(low)
    if len(down):
        u = uniforms(source[down], draw, 2 * _LAPS)
        out[down] *= special.exp2(_LOG2E * special.xlogy(1.0, u) / np.maximum(flat[down], 1e-12))
    return out.reshape(stream.shape)


def _attempt(d: Floats, stream: Marks, draw: int, part: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """One proposal per stream and whether it stands."""
    x = special.ndtri(uniforms(stream, draw, part))
    u = uniforms(stream, draw, part + 1)
    cube = (1.0 + x / (3.0 * np.sqrt(d))) ** 3
    usable = np.maximum(cube, 1e-300)
    bound = 0.5 * x * x + d - d * usable + d * special.xlogy(1.0, usable)
    return d * usable, np.asarray((cube > 0.0) & (special.xlogy(1.0, u) < bound))


def poissons(mean: Floats, stream: Marks, draw: int) -> Floats:
    """Poisson draws, one per stream: by counting up for small means, by the Cornish-Fisher expansion for large."""
    flat, u = mean.ravel(), uniforms(stream.ravel(), draw)
    z = special.ndtri(u)
    root = np.sqrt(np.maximum(flat, 1.0))
    out = np.maximum(np.ceil(flat + root * z + (z * z - 1.0) / 6.0 + (z - z**3) / (72.0 * root) - 0.5), 0.0)
    some = np.flatnonzero(flat <= _MANY)
    out[some] = _counted(flat[some], u[some])
    return out.reshape(mean.shape)


def _counted(mean: Floats, u: Floats) -> Floats:
    """Smallest count whose distribution function reaches u."""
    out = np.zeros(len(mean))
    chance = special.exp2(-_LOG2E * mean)
    reached = chance.copy()
    open_ = np.flatnonzero(u > reached)
    for k in range(1, 200):
        if not len(open_):
            break
        chance[open_] *= mean[open_] / k
        reached[open_] += chance[open_]
        out[open_] = k
        open_ = open_[u[open_] > reached[open_]]
    return out


def _mixed(x: npt.NDArray[Any]) -> Marks:
    """Scramble 64 bits so that neighbouring inputs have nothing in common."""
    x = (x ^ (x >> np.uint64(30))) * _MIX[0]
    x = (x ^ (x >> np.uint64(27))) * _MIX[1]
    return np.asarray(x ^ (x >> np.uint64(31)))
