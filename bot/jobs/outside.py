"""What a snapshot says that is known from outside: signals and days on which locations are closed.

It only hands tables on, as they came; when each value was known is decided where they are used.
"""

import pandas as pd

from bot.forecast.outside import Outside
from bot.snapshot.dataset import Snapshot


def known_outside(snapshot: Snapshot, rows: pd.DataFrame) -> Outside:
    """Signals, closed days, and the category of every row (item, location); '' where it has none."""
    signals = snapshot["signals"] if snapshot.has("signals") else None
    categories = None
    if snapshot.has("items"):
        named = (
            rows[["item"]]
            .astype("str")
            .merge(
                snapshot["items"][["item", "category"]].astype({"item": "str", "category": "object"}),
                how="left",
                on="item",
            )
        )
        categories = named["category"].where(named["category"].notna(), "").to_numpy(dtype=object)
    return Outside(signals, _closed(snapshot), categories)


def _closed(snapshot: Snapshot) -> pd.DataFrame | None:
    """Location and date of the days that a location's calendar calls closed; None without such calendars."""
    if not (snapshot.has("calendars") and snapshot.has("locations")):
        return None
    places = snapshot["locations"][["location", "calendar"]].dropna().astype("str")
    days = snapshot["calendars"]
    shut = days.loc[~days["open"].astype("bool"), ["calendar", "date"]].astype({"calendar": "str"})
    return places.merge(shut, on="calendar")[["location", "date"]]
