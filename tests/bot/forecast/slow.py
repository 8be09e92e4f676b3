"""The native forecasters once more, for one series and in plain Python: what the fast ones must agree with."""

from collections.abc import Sequence


def average(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights) if weights else 0.0


def fading(count: int, gain: float) -> list[float]:
    return [(1.0 - gain) ** (count - 1 - k) for k in range(count)]


def effective(weights: Sequence[float]) -> float:
    return sum(weights) ** 2 / sum(w * w for w in weights) if weights else 0.0


def size_and_variance(sizes: Sequence[float], alpha: float, gain: float) -> tuple[float, float]:
    errors = []
    for k in range(1, len(sizes)):
        before = fading(k, alpha)
        errors.append((sizes[k] - average(before, sizes[:k])) ** 2 / (1.0 + 1.0 / effective(before)))
    return average(fading(len(sizes), alpha), sizes), average(fading(len(errors), gain), errors)


def gaps(series: Sequence[float]) -> list[float]:
    at = [k for k, value in enumerate(series) if value > 0.0]
    return [float(b - a) for a, b in zip([-1, *at], at, strict=False)]


def probability(series: Sequence[float], method: str, beta: float) -> float:
    if method == "tsb":
        return average(fading(len(series), beta), [float(value > 0.0) for value in series])
    waits = gaps(series)
    if not waits:
        return 0.0
    return (1.0 - beta / 2.0 if method == "sba" else 1.0) / average(fading(len(waits), beta), waits)


def intermittent(
    series: Sequence[float], method: str, alpha: float, beta: float, gain: float
) -> tuple[float, float, float]:
    """Level, spread and strength."""
    sizes = [value for value in series if value > 0.0]
    if not sizes:
        return 0.0, 0.0, float(len(series))
    size, variance = size_and_variance(sizes, alpha, gain)
    p = probability(series, method, beta)
    own = p * (1.0 - p) * size**2 / effective(fading(len(series), beta))
    if method != "tsb":
        own = p**2 * (1.0 - p) * size**2 / effective(fading(len(sizes), beta))
    spread = p * variance + p * (1.0 - p) * size**2
    doubt = p**2 * variance / effective(fading(len(sizes), alpha)) + own
    strength = spread / doubt if doubt > 0.0 else effective(fading(len(sizes), alpha)) / p
    return p * size, spread, min(strength, float(len(series)))


def one_step(series: Sequence[float], alpha: float, beta: float, damping: float) -> tuple[list[float], float, float]:
    """One-step forecasts, final level and final trend of damped smoothing; beta 0 is simple smoothing."""
    level, trend, mass = 0.0, 0.0, 0.0
    forecasts = []
    for k, value in enumerate(series):
        trend *= damping
        level += trend
        forecasts.append(level)
        trend += alpha * beta * (value - level) if k else 0.0
        mass = mass * (1.0 - alpha) + 1.0
        level += (value - level) / mass
    return forecasts, level, trend


def spread(series: Sequence[float], forecasts: Sequence[float], alpha: float, gain: float) -> float:
    errors = [
        (series[k] - forecasts[k]) ** 2 / (1.0 + 1.0 / effective(fading(k, alpha))) for k in range(1, len(series))
    ]
    return average(fading(len(errors), gain), errors)


def squared(series: Sequence[float], forecasts: Sequence[float]) -> float:
    warm = min(8, len(series) // 2)
    return sum((value - said) ** 2 for value, said in list(zip(series, forecasts, strict=True))[warm:])


def windows(series: Sequence[float], length: int, half_life: float) -> tuple[list[float], list[float]]:
    """Overlapping sums and their weights, oldest first."""
    ends = range(length, len(series) + 1)
    return [sum(series[e - length : e]) for e in ends], [2.0 ** (-(len(series) - e) / half_life) for e in ends]
