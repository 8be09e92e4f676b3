"""What learning keeps of one system, and what is new in it: supplier scores, lead times, champions, patterns.

It is pure: the same basis and the same earlier learning give the same frames and the same sentences.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from bot.forecast import champions as table
from bot.forecast.champions import Champions
from bot.forecast.choose import Board, Choice
from bot.forecast.demand import choose_champions
from bot.forecast.selection import choose_items
from bot.inventory.targets import DEFAULT_SERVICE
from bot.jobs.basis import Basis
from bot.jobs.pattern_news import pattern_news
from bot.patterns import kept as said

ITEMS_DAYS = 28  # between two choices for single series
RENEW_DAYS = 7  # younger champions stay: a choice made anew every day would make forecasts jump
SCORE_MOVED = 0.02  # of a score (0 to 1) that people are told
DAYS_MOVED, SHARE_MOVED = 1.0, 0.05  # of a mean lead time that people are told: both
TOLD_MOST = 50  # sentences about suppliers; the frames have all of them
_FRAMES = ("suppliers", "lead_times", "champions", "items", "patterns")
_ROW = ["item", "location", "supplier"]
_BEFORE, _NOW, _LINES = "before", "now", "lines"


@dataclass(frozen=True, slots=True)
class Learned:
    """Frames that are kept until the next learning.

    `suppliers`: supplier, lines, lines_effective, otif, otif_low, late_share, told; `lead_times` per item-location and
    its supplier: lines, mean_days, p90_days, told. `told` is the value that people were last told: small steps add up
    until they are worth telling. `champions` as in `bot.forecast.champions`, `patterns` as in `bot.patterns.kept`.
    """

    suppliers: pd.DataFrame
    lead_times: pd.DataFrame
    champions: pd.DataFrame
    items: pd.DataFrame
    patterns: pd.DataFrame

    def frames(self) -> dict[str, pd.DataFrame]:
        """To be stored."""
        return {name: getattr(self, name) for name in _FRAMES}

    @staticmethod
    def of(frames: Mapping[str, pd.DataFrame]) -> "Learned":
        """Inverse of `frames`; from no frames, what was learned before anything was."""
        told = (pd.DataFrame(columns=["supplier", "told"]), pd.DataFrame(columns=[*_ROW, "told"]))
        blank = (*told, table.blank(), table.blank_items(), said.blank())
        return Learned(*(frames.get(name, empty) for name, empty in zip(_FRAMES, blank, strict=True)))


@dataclass(frozen=True, slots=True)
class Changes:
    """What a learning changed: `counts` for the ledger, `sentences` for people."""

    counts: Mapping[str, int]
    sentences: tuple[str, ...]


def learn(base: Basis, as_of: date, seed: int, before: Learned) -> tuple[Learned, Changes]:
    """Refresh what was learned before from what the newest extract shows on `as_of`."""
    suppliers, scores = _suppliers(base.scores, before.suppliers)
    lead_times, days = _lead_times(base, before.lead_times)
    kept = table.usable(before.champions, base.panel.freq, as_of, RENEW_DAYS - 1)
    champions = _champions(base, as_of, seed, kept)
    items = _items(base, as_of, seed, table.of_frame(champions), before.items)
    news = _champion_news(before.champions, champions)
    about = pattern_news(base.panel, base.patterns, base.worth, as_of, before.patterns)
    counts = {
        "scores_changed": len(scores), "lead_times_changed": len(days),
        "champions_chosen": champions["pattern"].nunique() - kept["pattern"].nunique(),
        "champions_changed": len(news), "item_champions_changed": _moved(before.items, items), **about.counts,
    }  # fmt: skip
    sentences = (*_supplier_news(scores, days), *news, *about.sentences)
    return Learned(suppliers, lead_times, champions, items, about.frame), Changes(counts, sentences)


def _suppliers(scores: pd.DataFrame, before: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame of suppliers, and those whose score moved: index supplier, columns before, now, lines."""
    frame = scores.rename_axis("supplier").reset_index().astype({"supplier": "str"})
    told = _looked_up(before, frame, ["supplier"])
    now = frame["otif"].to_numpy()
    moved = (np.abs(now - told) >= SCORE_MOVED) & (frame["lines"].to_numpy() > 0)  # NaN, never told, has not moved
    changes = pd.DataFrame({_BEFORE: told, _NOW: now, _LINES: frame["lines"]})[moved].set_axis(frame["supplier"][moved])
    return frame.assign(told=np.where(moved | np.isnan(told), now, told)), changes


def _lead_times(base: Basis, before: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame of lead times, and suppliers whose mean moved over the rows that were known before."""
    frame = base.offers[_ROW].astype("str").assign(
        lines=base.leads.lines, mean_days=base.leads.mean, p90_days=np.quantile(base.leads.days, 0.9, axis=1)
    )  # fmt: skip
    frame = frame[base.offers["supplier"].notna().to_numpy(dtype=bool)].reset_index(drop=True)
    told = _looked_up(before, frame, _ROW)
    known = pd.DataFrame({_BEFORE: told, _NOW: frame["mean_days"]})[~np.isnan(told)]
    means = known.groupby(frame["supplier"][known.index]).mean()
    step = (means[_NOW] - means[_BEFORE]).abs()
    changes: pd.DataFrame = means[(step >= DAYS_MOVED) & (step >= SHARE_MOVED * means[_BEFORE])]
    renewed = np.isnan(told) | frame["supplier"].isin(changes.index).to_numpy(dtype=bool)
    return frame.assign(told=np.where(renewed, frame["mean_days"], told)), changes


def _looked_up(before: pd.DataFrame, frame: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """What was told before, in the row order of `frame`; NaN where nothing was."""
    known = before[[*keys, "told"]].astype(dict.fromkeys(keys, "str"))
    merged = frame[keys].merge(known, how="left", on=keys)
    return np.asarray(merged["told"].to_numpy(dtype="float64", na_value=np.nan))


def _champions(base: Basis, as_of: date, seed: int, kept: pd.DataFrame) -> pd.DataFrame:
    """Champions that are still young, and new ones for the other classes where history is long enough to tell."""
    known = table.of_frame(kept)
    found = choose_champions(
        base.panel, base.patterns, horizon_days=base.interval.mean, seed=seed, groups=base.categories,
        champions=Champions(known),
    )  # fmt: skip
    new = {name: choices for name, choices in found.items() if name not in known and _kept(choices[0])}
    frames = [frame for frame in (kept, table.as_frame(new, base.panel.freq, as_of)) if len(frame)]
    return pd.concat(frames, ignore_index=True).sort_values(["pattern", "rank"], ignore_index=True) if frames else kept


def _kept(choice: Choice) -> bool:
    """Whether a choice is worth keeping: proven, or what a small class borrows of the others' experience."""
    return choice.proven or choice.spec.pooled


def _items(base: Basis, as_of: date, seed: int, board: Board, before: pd.DataFrame) -> pd.DataFrame:
    """The champions of single series: those of before for a month, then chosen anew."""
    if not board or len(table.usable_items(before, base.panel.freq, as_of, ITEMS_DAYS - 1)):
        return before
    held = dict(zip(zip(before["item"], before["location"], strict=True), before["champion"], strict=True))
    service = base.settings["service_level_pct"].to_numpy(dtype="float64", na_value=np.nan) / 100.0
    found = choose_items(
        base.panel, base.patterns, board, horizon_days=base.interval.mean, seed=seed, before=held,
        service=np.where(np.isfinite(service), service, DEFAULT_SERVICE),
    )  # fmt: skip
    return table.dated_items(found, base.panel.freq, as_of)


def _moved(before: pd.DataFrame, now: pd.DataFrame) -> int:
    """How many series have another champion than before."""
    keys = ["item", "location"]
    both = before[[*keys, "champion"]].merge(now[[*keys, "champion"]], on=keys, suffixes=("_old", "_new"))
    return int((both["champion_old"] != both["champion_new"]).sum())


def _supplier_news(scores: pd.DataFrame, days: pd.DataFrame) -> list[str]:
    """One sentence per supplier of which something moved; the first TOLD_MOST, and how many more there are."""
    names = sorted({*scores.index, *days.index})
    moved, longer = scores.to_dict("index"), days.to_dict("index")
    sentences = [f"supplier {name}: {_about(moved.get(name), longer.get(name))}" for name in names[:TOLD_MOST]]
    if len(names) > TOLD_MOST:
        sentences.append(f"{len(names) - TOLD_MOST:,} more suppliers changed")
    return sentences


def _about(score: Mapping[Hashable, float] | None, days: Mapping[Hashable, float] | None) -> str:
    parts = []
    if score:
        known = f"{score[_LINES]:,} line" + ("s" if score[_LINES] != 1 else "")
        parts.append(f"on time in full {score[_BEFORE]:.0%} -> {score[_NOW]:.0%} ({known})")
    if days:
        parts.append(f"lead time {days[_BEFORE]:.1f} -> {days[_NOW]:.1f} days")
    return ", ".join(parts)


def _champion_news(before: pd.DataFrame, now: pd.DataFrame) -> list[str]:
    old, new = ({name: choices[0] for name, choices in table.of_frame(f).items()} for f in (before, now))
    return [
        f"champion for {name} demand: " + (f"{old[name].spec.name} -> " if name in old else "") + _in_words(choice)
        for name, choice in new.items()
        if name not in old or old[name].spec.name != choice.spec.name
    ]


def _in_words(choice: Choice) -> str:
    return f"{choice.spec.name} (loss {choice.loss:.4g}, naive {choice.naive_loss:.4g}, {choice.cases:,} cases)"
