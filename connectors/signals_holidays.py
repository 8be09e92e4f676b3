"""Public holidays of countries and their regions as rows of `signals`, from the library of that name.

It knows no company's own closing days; those stand in the table `calendars`.
"""

from collections.abc import Iterator, Mapping
from datetime import date

import holidays

from bot.errors import NeedsAdmin


def holiday_rows(locations: Mapping[str, str], first: date, last: date) -> Iterator[dict[str, str | None]]:
    """A row of value 1 per location and holiday from `first` to `last`; `locations` maps to DE or DE-BY.

    Holidays count as known from the first day of the year before. NeedsAdmin names a code that does not exist.
    """
    for location, code in sorted(locations.items()):
        for day in sorted(_calendar(location, code, range(first.year, last.year + 1))):
            if first <= day <= last:
                known = date(day.year - 1, 1, 1)
                yield {
                    "date": day.isoformat(), "value": "1", "available_on": known.isoformat(), "location": location,
                }  # fmt: skip


def _calendar(location: str, code: str, years: range) -> list[date]:
    country, _, region = code.partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=region or None, years=years)
    except NotImplementedError:
        remedy = "write a country or a country and its region as in ISO 3166: DE or DE-BY"
        raise NeedsAdmin(f"there is no holiday calendar {code!r}", f"signals, location {location}", remedy) from None
    return list(found)
