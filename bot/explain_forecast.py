"""Says in plain words how a forecast knows: by what method, out of what parts, how often it held, and what changed.

It reads the figures that the plan stored (`bot.tables.plan.EXPLANATION`), and computes no others but shares of them.
"""

import math
import re

from bot.cells import Row, amount, day, figure, known, number, share, show, word

WORTH_TELLING = 0.01  # share of the level from which a part is told
LITTLE = 0.05  # share of the larger expectation up to which nothing much has changed
SOME_OF = 0.1  # share of a change from which its cause is told beside others
MOST_OF = 0.5  # share of a change from which a cause is called the main one
PEAK_DAYS = 56.0  # a quantity that was not reached for so long is worth telling
FAR = 1000.0  # factors beyond it are not written as percentages
BUCKETS = {"D": ("day", 1.0), "W": ("week", 7.0), "M": ("month", 365.25 / 12.0)}
METHODS = {
    "pooled": "several memories of its past, weighed by what came of them for all items",
    "tsb": "how much is sold and how often, each by itself",
    "croston": "how much is sold and after how long, each by itself",
    "sba": "how much is sold and after how long, each by itself",
    "ses": "a level that follows demand",
    "damped": "a level and a trend that fades",
    "bootstrap": "past stretches as long as the interval",
    "naive": "the mean of the last {} {}s",
    "negbin": "a level that forgets half in {} days",
    "all": "the mean of all its past",
}
_NAME = re.compile(r"(?P<base>[a-z]+)(?:\((?P<with>[\w.]*?)\+?(?P<inside>season|trend)?\))?(?P<season>\+season)?")
PARTS = (
    ("common_factor", "what all items did lately"),
    ("size_factor", "what items of its size did"),
    ("seen_factor", "what items sold as often did"),
    ("memories_factor", "what came of such rises and falls"),
    ("group_factor", "what items of its kind sell"),
    ("season_factor", "the season"),
    ("trend_factor", "the trend"),
)


def forecast_sentences(row: Row) -> list[str]:
    """How the forecast knows, longest form: method, parts, how often it held, how it was calibrated."""
    return [text for text in (_method(row), _parts(row), _held(row), _calibrated(row)) if text]


def in_short(row: Row) -> str:
    """One sentence about the forecast, for a mail; empty where nothing was compared."""
    gain, held = _gain(row), _own_held(row)
    if not gain:
        return ""
    return f"The forecast {gain} in past intervals" + (f"; {held}" if held else "") + "."


def changed(row: Row) -> list[str]:
    """What changed since the plan before; nothing without one."""
    if not (known(row, "mean_before") and known(row, "interval_mean") and word(row, "before_on")):
        return []
    return [_moved(row), *_words_changed(row)]


def method(name: str, bucket: str = "") -> str:
    """A method in words, with its name behind; a name that is not ours stays as it is."""
    found = _NAME.fullmatch(name)
    words = METHODS.get(found["base"]) if found else None
    if found is None or words is None or bool(found["with"]) != ("{}" in words):
        return name
    given = found["with"] or ""
    told = METHODS["all"] if given == "all" else words.format(given.rstrip("d"), BUCKETS.get(bucket, ("bucket",))[0])
    seasonal = ", with the season of the year" if found["season"] else ""
    return f"{told}{seasonal} ({name})"


def _method(row: Row) -> str:
    champion, used = word(row, "champion"), word(row, "forecaster") or "another forecaster"
    if not champion:
        return ""
    ours = method(champion, word(row, "bucket"))
    text = f"Method: {ours}" if used == champion else f"The mean is that of {used}, its range that of: {ours}"
    gain = _gain(row)
    if not gain:
        return f"{text}; the past is too short to compare methods."
    whom = "its own past and that of items like it" if word(row, "judged_on") == "item" else "items with such demand"
    return f"{text}. Tried on {whom}, it {gain}{_next_best(row)}."


def _gain(row: Row) -> str:
    """What the method is worth against the last interval's mean."""
    if not known(row, "value_added_pct"):
        return ""
    gain = number(row, "value_added_pct")
    if not math.isfinite(gain):
        return ""
    than = "shortage and excess than repeating the last weeks"
    if round(abs(gain)) == 0:
        return "left as much shortage and excess as repeating the last weeks"
    return f"left {abs(gain):.0f} % {'less' if gain > 0 else 'more'} {than}"


def _next_best(row: Row) -> str:
    score, second = number(row, "score"), number(row, "runner_up_score")
    behind = 100.0 * (second / score - 1.0) if score > 0.0 else math.nan
    if not word(row, "runner_up") or not math.isfinite(behind):
        return ""
    rank = f"{behind:.0f} % behind" if round(behind) > 0 else "as good"
    return f"; next best: {word(row, 'runner_up')}, {rank}"


def _parts(row: Row) -> str:
    """The mean of the interval as its level, what moves it, and its length."""
    level = number(row, "level_per_day")
    if not (math.isfinite(level) and level > 0.0 and known(row, "interval_mean") and known(row, "interval_days")):
        return ""
    moves = [f"{_percent(number(row, name))} by {words}" for name, words in PARTS if _tells(number(row, name))]
    per_week = number(row, "trend_pct_per_week")
    if _tells(number(row, "trend_factor")) and math.isfinite(per_week):
        moves[-1] += f" ({_percent(1.0 + per_week / 100.0, 1)} a week)"
    own = f"{show(level)} {word(row, 'unit')}".strip() + " per day by its own past"
    moved = f"; {', '.join(moves)}" if moves else ""
    source = word(row, "level_source")
    borrowed = f" ({source})" if source else ""
    total = f"over {figure(row, 'interval_days')} days that makes {amount(row, 'interval_mean')}"
    return f"Expected: {own}{moved}{borrowed}; {total}."


def _tells(factor: float) -> bool:
    return math.isfinite(factor) and (factor <= 0.0 or abs(math.log(factor)) >= WORTH_TELLING)


def _percent(factor: float, decimals: int = 0) -> str:
    if factor >= FAR:
        return f"times {factor:,.0f}"
    return f"{100.0 * (factor - 1.0):+.{decimals}f} %".replace("-", "−")


def _own_held(row: Row) -> str:
    cases = number(row, "own_cases")
    if not cases > 0.0:
        return ""
    return f"its 95 % figure covered {figure(row, 'own_covered')} of {figure(row, 'own_cases')} past intervals"


def _held(row: Row) -> str:
    """How often the 95 % figure was enough: for the item, for its class."""
    own, cases, covered = _own_held(row), number(row, "class_cases"), number(row, "class_covered_pct")
    if not (cases > 0.0 and math.isfinite(covered)):
        return f"So far {own}." if own else ""
    of_class = f"{covered:.1f} % of {show(cases)} among items with such demand"
    return f"So far {own}, and {of_class}." if own else f"So far the 95 % figure covered {of_class}."


def _calibrated(row: Row) -> str:
    wanted, stated = number(row, "service_level"), number(row, "stated_level")
    if not (math.isfinite(wanted) and math.isfinite(stated)) or abs(stated - wanted) < 0.0005:
        return ""
    why = "too sure of itself" if stated > wanted else "too careful"
    return (
        f"The model was {why} in the past: to be covered {share(row, 'service_level', 1)} of the time, what it calls "
        f"{stated:.1%} is taken."
    )


def _moved(row: Row) -> str:
    before, now = number(row, "mean_before"), number(row, "interval_mean")
    then = f"the plan of {day(row, 'before_on')}"
    if abs(now - before) <= LITTLE * max(abs(now), abs(before)):
        news = _news(row)
        return f"Little has changed since {then}, which expected {_before(row)}{'; ' + news if news else ''}."
    causes = _causes(row, now - before)
    lead = "mostly because " if len(causes) == 1 else "because "
    reason = lead + " and ".join(causes) if causes else "without a single cause that stands out"
    return f"T{then[1:]} expected {_before(row)}; today it is {figure(row, 'interval_mean')}, {reason}."


def _before(row: Row) -> str:
    """What the plan before expected, with its days where these differ from today's."""
    days = f" over {figure(row, 'days_before')} days" if _longer(row) else ""
    return f"{amount(row, 'mean_before')}{days}"


def _longer(row: Row) -> float:
    """By how many days the interval is longer than before; 0 for less than half a day."""
    step = number(row, "interval_days") - number(row, "days_before")
    return step if math.isfinite(step) and abs(step) >= 0.5 else 0.0


def _causes(row: Row, change: float) -> list[str]:
    """What moved the expectation in the direction of `change`; one cause alone stands for most of it."""
    step = _longer(row)
    per_day = number(row, "mean_before") / max(number(row, "days_before"), 1e-9) if step else 0.0
    by_length = per_day * step / change
    longer = [f"the interval is now {figure(row, 'interval_days')} days long"]
    if by_length >= MOST_OF:
        return longer
    causes = []
    if word(row, "forecaster_before") and word(row, "forecaster_before") != word(row, "forecaster"):
        causes.append(f"the method changed from {word(row, 'forecaster_before')} to {word(row, 'forecaster')}")
    if (news := _news(row)) and _explains(row, change * (1.0 - by_length)):
        causes.append(news)
    return causes + longer * (by_length > SOME_OF)


def _explains(row: Row, change: float) -> bool:
    """Whether the new buckets can have moved the level so: the same way, and by less than they surprised."""
    length = BUCKETS.get(word(row, "bucket"), ("bucket", 1.0))[1]
    per_bucket = change * length / max(number(row, "interval_days"), 1e-9)
    surprise = number(row, "last_quantity") - number(row, "last_expected")
    return surprise * change > 0.0 and abs(per_bucket) <= abs(surprise)


def _news(row: Row) -> str:
    """What the buckets that ended since brought."""
    many, quantity, expected = (number(row, f"last_{name}") for name in ("buckets", "quantity", "expected"))
    if not (many > 0.0 and math.isfinite(many + quantity + expected)):
        return ""
    unit, length = BUCKETS.get(word(row, "bucket"), ("bucket", 1.0))
    since, peak = day(row, "last_bucket"), number(row, "last_peak")
    name = {"day": since, "month": f"the month of {since[:7]}"}.get(unit, f"the {unit} of {since}")
    name = f"the {many:.0f} {unit}s from {since} on" if many > 1 else name
    record = f", the most in {peak + 1:,.0f} {unit}s" if FAR * FAR > peak * length >= PEAK_DAYS else ""
    of_it = round(expected, 1) if abs(expected) < 10.0 else float(round(expected))
    return f"{name} brought {show(quantity)} where {show(of_it)} were expected{record}"


def _words_changed(row: Row) -> list[str]:
    told = []
    if math.isfinite(number(row, "service_before") + number(row, "service_level")):
        then, now = (share(row, name, 1) for name in ("service_before", "service_level"))
        told += [f"The level to be covered is now {now}, it was {then}."] if then != now else []
    for name, about in (("pattern", "Demand"), ("lifecycle", "The item")):
        then, now = word(row, f"{name}_before"), word(row, name)
        told += [f"{about} is now {now}, it was {then}."] if then and now and then != now else []
    return told
