"""What setting responses aside would do: how many it catches, and the figure of the unit without them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import add

from sipas import lines, periods, set_asides, tallied
from sipas.periods import Period
from sipas.set_asides import Selection
from sipas.statistics import Share, Tally, is_satisfied, is_too_few, proportion
from sipas.tallied import Wanted

MOST = 10_000
"""Responses in one set-aside; who doubts more doubts a whole survey point, and closes it."""


class TooMany(Exception):
    """A selection catches more than MOST; the argument is how many."""


@dataclass(frozen=True)
class Preview:
    """How many responses are caught, and the figure of the whole months in which they came, as it is and without.

    There are no figures where fewer than five are caught: with one response alone they would tell how it rated.
    """

    responses: int
    period: Period
    before: Share | None
    after: Share | None
    left: int


def preview(selection: Selection, last_day: date) -> Preview | None:
    """What a selection would set aside, with figures of days up to one; None where it catches nothing.

    Raises TooMany.
    """
    ids = set_asides.found(selection)
    if len(ids) > MOST:
        raise TooMany(len(ids))
    caught = set_asides.counted(ids)
    if not caught:
        return None
    days = [one.day for one in caught]
    period = Period(min(days).replace(day=1), periods.month_of(max(days)).end).until(last_day)
    counted = [one.overall for one in caught if one.day <= last_day]
    tally = _stand(selection.unit_id, period)
    left = tally.responses - len(counted)
    if is_too_few(len(counted)) or is_too_few(left):
        return Preview(len(caught), period, None, None, left)
    after = proportion(tally.satisfied - sum(map(is_satisfied, counted)), left)
    return Preview(len(caught), period, lines.satisfaction(tally), after, left)


def _stand(unit_id: int, period: Period) -> Tally:
    """All responses of a unit's subtree that are not set aside."""
    if not period.days:
        return Tally()
    counted = tallied.by_field(Wanted(unit_id, period), with_factors=False)
    return reduce(add, (both.stand for both in counted.values()), Tally())
