"""Pours what arrived for an order line into its schedule lines, earliest first.

It is pure and knows no interface; quantities are exact and in one unit.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction


def pour(ordered: Sequence[Fraction], arrived: Sequence[Fraction]) -> Iterator[tuple[int, int, Fraction]]:
    """Yield (schedule line, arrival, quantity); what is more than ordered goes to the last line.

    `ordered` are the schedule lines in the order of their days, `arrived` the arrivals in the order of theirs.
    """
    position, room = 0, ordered[0]
    for index, quantity in enumerate(arrived):
        left = quantity
        while left > 0:
            last = position == len(ordered) - 1
            part = left if last else min(left, room)
            if part > 0:
                yield position, index, part
            left, room = left - part, room - part
            if room <= 0 and not last:
                position += 1
                room = ordered[position]
