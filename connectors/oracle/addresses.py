"""Judges order schedules that go to addresses which are none of ours: foreign ones are left out, doubtful ones stop.

An address that was renamed in Fusion looks like a foreign one; its orders must not be ordered again.
"""

import logging
from collections.abc import Sequence

from bot.errors import StopRun
from connectors.oracle.source import Source
from connectors.oracle.states import delivers
from connectors.oracle.wire import Row, number

_LOG = logging.getLogger(__name__)
_MOST = 5  # addresses named in a message


def leave_out(source: Source, rows: Sequence[Row]) -> None:
    """Accept that these schedules are not ours; StopRun when one that still delivers may be.

    Known as foreign are `foreign_locations` and, as long as every `ship_to_location` exists, the addresses of other
    inventory organisations.
    """
    coming = [row for row in rows if _place(row) not in source.settings.foreign_locations and _is_coming(row)]
    if not coming:
        if rows:
            _LOG.info("%s order schedules go to other addresses and are left out", len(rows))
        return
    lost, others, ours = _lost(source), source.addresses(), set(source.items()["ItemNumber"])
    doubtful = sorted(
        {_place(row) for row in coming if lost or (_place(row) not in others and row["ItemNumber"] in ours)}
    )
    if doubtful:
        raise StopRun(_what(source.settings.system, lost, doubtful), _remedy(lost))
    _LOG.info("%s order schedules go to other addresses and are left out", len(rows))


def _place(row: Row) -> str:
    return str(row["ShipToLocation"] or "")


def _is_coming(row: Row) -> bool:
    """Whether something may still come; an unreadable quantity may."""
    ordered, received = number(row["Quantity"]), number(row["ReceivedQuantity"] or 0)
    rest = ordered is None or received is None or ordered > received
    return rest and delivers(row["ScheduleStatusCode"] or row["ScheduleStatus"])


def _lost(source: Source) -> list[str]:
    """Addresses of the settings that neither an organisation nor a schedule has."""
    named = {o.ship_to_location for o in source.settings.organizations.values() if o.ship_to_location}
    return sorted(named - source.addresses() - set(source.schedules()["ShipToLocation"]))


def _what(system: str, lost: list[str], doubtful: list[str]) -> str:
    named = ", ".join(repr(place) for place in doubtful[:_MOST])
    more = f" and {len(doubtful) - _MOST} more" if len(doubtful) > _MOST else ""
    gone = f"; there is no address {', '.join(map(repr, lost))} (ship_to_location)" if lost else ""
    return f"{system}: open orders go to addresses that no organization of the settings has: {named}{more}{gone}"


def _remedy(lost: list[str]) -> str:
    if lost:
        return "Correct ship_to_location if it was renamed in Fusion; name addresses of others in foreign_locations."
    return "Set ship_to_location of the organization that it belongs to, or name it in foreign_locations."
